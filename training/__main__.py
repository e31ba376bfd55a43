"""
python -m training COMMAND, in this order: prepare, vae, base, scorers, distil, finetune, decoder, export, evaluate; `all` is the last eight in one go, and `tables`
compares students; `cases` has diffusers draw with the exported model, for `npm run verify`. `smoke` runs everything at toy size. All stages go on where they were stopped.
"""

import argparse
import math
import re
import shutil
import sys
import time
from pathlib import Path

from .cases import write_cases
from .distil.train import RECIPES
from .pictures import LONGEST_PX, PATCH_PX, USUAL, Size
from .prepare import prepare
from .presets import PRESETS
from .recipe import Recipe
from .scenes import LEAST_THINGS

HERE = Path(__file__).parent
COMMANDS = ("prepare", "vae", "base", "scorers", "distil", "finetune", "decoder", "export", "evaluate", "tables", "cases", "all", "smoke")


def main() -> None:
    parser = argparse.ArgumentParser(prog="training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--work", type=Path, default=HERE / "work", help="checkpoints, curves and grids (default: training/work)")
    parser.add_argument("--pack", type=Path, help="pictures and words made by `prepare` (default: WORK/pack)")
    parser.add_argument("--preset", choices=PRESETS, help="default: gpu where there is one, else cpu")
    parser.add_argument("--minutes", type=above_zero(float), help="of training in this stage (for tables: of each student)")
    parser.add_argument("--batch", type=above_zero(int))
    parser.add_argument("--draws", type=above_zero(int), help="captions in the bank")
    parser.add_argument("--alone", action="store_true", help="only one thing a picture, in 3d: no compositions, counts, sizes and flat icons")
    parser.add_argument("--squares", action="store_true", help="only square pictures: no other shapes")
    parser.add_argument("--things", type=above_zero(int), help=f"only the first so many, {LEAST_THINGS} at least")
    parser.add_argument("--prompts", type=above_zero(int), help="of each kind in `evaluate`")
    parser.add_argument("--recipe", choices=RECIPES, default="dmdr", help="what `distil` makes")
    parser.add_argument("--only", choices=RECIPES, help="the one student that `tables` compares with the teacher (default: all of them)")
    parser.add_argument("--model", type=Path, help="a model folder, for `evaluate` instead of the student, for `cases` instead of the exported one")
    parser.add_argument("--teacher", action="store_true", help="`export` and `evaluate`: the teacher, not the student")
    parser.add_argument("--steps", type=above_zero(int), help="of `evaluate`, and of the exported profile: 4, and 25 for the teacher")
    parser.add_argument("--guidance", type=above_zero(float, orZero=True), help="of the same: 0, and 1.5 for the teacher")
    parser.add_argument("--size", type=size, default=USUAL, metavar="WxH", help="of `evaluate`'s pictures, in pixels (default: 256x256)")
    parser.add_argument("--start", type=Path, help="a model folder to begin with instead of random numbers; its sizes are kept, and the words it knows")
    parser.add_argument("--out", type=Path, help="where `export` writes (default: WORK/model), or `cases` (WORK/cases)")
    parser.add_argument("--device")
    parser.add_argument("--threads", type=above_zero(int))
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    if options.command in ("all", "smoke") and (options.minutes or options.batch):
        parser.error(f"--minutes and --batch are one stage's; {options.command} takes them from its preset")
    if options.things and options.things < LEAST_THINGS:
        parser.error(f"argument --things: expected {LEAST_THINGS} or more, got {options.things}")
    try:
        run(options)
    except KeyboardInterrupt:
        sys.exit(130)
    except FileNotFoundError as error:
        if error.filename == "npm":
            parser.error("npm is not there: it comes with Node.js, and fetches the pictures")
        parser.error(f"{error.filename} is not there; what an earlier command makes is expected: prepare, vae, base, scorers, distil, finetune, decoder, in this order")
    except OSError as error:  # no room, no permission
        parser.error(str(error))


def above_zero(kind, orZero: bool = False):
    def number(text: str):
        value = kind(text)
        if not (0 < value < math.inf or orZero and value == 0):
            raise argparse.ArgumentTypeError(f"expected {'0 or ' if orZero else ''}a number above 0, got {text}")
        return value

    number.__name__ = kind.__name__  # argparse says "invalid int value"
    return number


def size(text: str) -> Size:
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    edges = tuple(map(int, found.groups())) if found else ()
    if not edges or any(edge % PATCH_PX or not PATCH_PX <= edge <= LONGEST_PX for edge in edges):
        raise argparse.ArgumentTypeError(f"expected WxH, both multiples of {PATCH_PX} up to {LONGEST_PX}, got {text}")
    return edges


def run(options) -> None:
    started = time.monotonic()
    if options.command == "smoke":
        options.preset, options.device, options.no_compile = "smoke", "cpu", True
        options.threads = options.threads or 1  # at toy size several wait for each other longer than they compute
        shutil.rmtree(options.work / "smoke", ignore_errors=True)
        options.pack, npm, options.work = options.pack or options.work / "pack", options.work / "npm", options.work / "smoke"
        if not (options.pack / "things.json").exists():
            prepare(options.pack, npm, PRESETS["smoke"].things)
    options.pack = options.pack or options.work / "pack"
    if options.command == "prepare":
        return prepare(options.pack, options.work / "npm", options.things)
    if options.command == "cases":
        return write_cases(options.model or options.work / "model", options.out or options.work / "cases")
    Recipe(options).run(options.command)
    print(f"{options.command}: {(time.monotonic() - started) / 60:.1f} minutes in all", flush=True)


if __name__ == "__main__":
    main()
