"""What every stage of training shares: a budget of minutes, a checkpoint to go on from, a curve, a progress bar."""

import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from pickle import UnpicklingError

import torch
from tqdm import tqdm

from .plots import plot_curve

SAVE_EVERY_S = 150
LOG_EVERY_S = 5


class Stage:
    """
    States: fresh or restored → running (`for progress in stage.steps()`) → finished. Progress 0 … 1 is time used of the budget, steps
    that compiled not counted. SIGTERM and SIGINT save and leave; the next start goes on where it was, with the minutes that are left.
    """

    def __init__(self, folder: Path, name: str, minutes: float, **parts):
        """`parts`: whatever has `state_dict` and `load_state_dict`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name, self.budget_s, self.parts = folder, name, minutes * 60, parts
        self.step, self.used_s, self.sums = 0, 0.0, {}
        self.path, self.curve = folder / f"{name}.pt", folder / f"{name}.jsonl"
        self.stopped_by = 0
        if self.path.exists():
            self.restore()
        else:
            self.curve.unlink(missing_ok=True)

    def restore(self) -> None:
        read_whole(self.path, self.take, weights_only=False)
        self.cut_curve()
        torch.manual_seed(self.step)  # else the draws and the noise of the first start would come again
        print(f"{self.name}: goes on at step {self.step}, {self.used_s / 60:.1f} of {self.budget_s / 60:.1f} minutes used", flush=True)

    def take(self, state: dict) -> None:
        for key, part in self.parts.items():
            part.load_state_dict(state["parts"][key])
        self.step, self.used_s = state["step"], state["used_s"]

    def cut_curve(self) -> None:
        """Without what was logged after the checkpoint, which comes again, and without half a line."""
        lines = self.curve.read_text().splitlines() if self.curve.exists() else []
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= self.step]
        self.curve.write_text("".join(f"{line}\n" for line in kept))

    def save(self) -> None:
        state = {"parts": {key: part.state_dict() for key, part in self.parts.items()}, "step": self.step, "used_s": self.used_s}
        save_whole(state, self.path)

    def steps(self):
        """Yields the progress before each step."""
        previous = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        bar = tqdm(total=round(self.budget_s), initial=round(self.used_s), desc=self.name, unit="s", mininterval=LOG_EVERY_S)
        saved = logged = begun = time.monotonic()
        while self.used_s < self.budget_s:
            compiled = graphs()
            yield self.used_s / self.budget_s
            self.step += 1
            now = time.monotonic()
            self.used_s += now - begun if graphs() == compiled else 0
            begun = now
            if self.stopped_by or now - logged > LOG_EVERY_S:
                self.write_log(bar)
                logged = now
            if self.stopped_by or now - saved > SAVE_EVERY_S:
                self.save()
                saved = now
            if self.stopped_by:
                sys.exit(128 + self.stopped_by)
        self.write_log(bar)
        bar.close()
        for number, handler in previous.items():
            signal.signal(number, handler)
        self.save()
        plot_curve(self.curve, self.folder / f"{self.name}.png")

    def log(self, **values: torch.Tensor) -> None:
        """Adds to the means of the curve's next point; the numbers leave the device only then."""
        for key, value in values.items():
            total, count = self.sums.get(key, (0, 0))
            self.sums[key] = (total + value.detach().float(), count + 1)

    def write_log(self, bar: tqdm) -> None:
        if not self.sums:
            return
        means = {key: round(total.item() / count, 5) for key, (total, count) in self.sums.items()}
        self.sums = {}
        with self.curve.open("a") as file:
            print(json.dumps({"step": self.step, "used_s": round(self.used_s, 1), **means}), file=file)
        bar.set_postfix(step=self.step, **means)
        bar.update(round(min(self.used_s, self.budget_s)) - bar.n)

    def pace(self, batch: int, unit: str = "steps") -> str:
        return f"{self.step} {unit} of {batch}: {self.step * batch / self.used_s:.0f} samples a second"

    def stop(self, number: int, _) -> None:
        self.stopped_by = number


def graphs() -> int:
    """How many PyTorch has compiled."""
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


def save_whole(state, path: Path) -> None:
    """Whoever is ended on the way leaves no half of a file, which the next start would take for a whole one."""
    part = path.with_suffix(".tmp")
    try:
        with part.open("wb") as file:
            torch.save(state, file)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise SystemExit(f"{path} could not be written: is there room on the disk? ({error})") from error  # PyTorch does not say
    os.replace(part, path)


def read_whole(path: Path, take, weights_only: bool = True):
    """→ what `take` makes of what `save_whole` left at `path`."""
    try:
        return take(torch.load(path, map_location="cpu", weights_only=weights_only))
    except FileNotFoundError:
        raise
    except (OSError, EOFError, RuntimeError, ValueError, TypeError, AttributeError, LookupError, ImportError, UnpicklingError) as error:
        raise SystemExit(f"{path} is damaged, or was made with another preset, model or version: go on with those, or remove it") from error


def expect_same(path: Path, made_of: dict, now: dict) -> None:
    """Of a file that an earlier command left: whether it fits what this one has."""
    other = [name for name, value in now.items() if made_of.get(name) != value]
    if other:
        raise SystemExit(f"{path} was made with other {' and '.join(other)}: go on with the same, or remove it and make it anew")


def warm_cosine(step: int, progress: float, warm_steps: int = 200, floor: float = 0.02) -> float:
    """The learning rate's factor: up in `warm_steps`, then half a cosine down to `floor`."""
    return min(1, (step + 1) / warm_steps) * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1, progress))))


class Average:
    """The running mean of a module's weights: what is kept and shipped."""

    def __init__(self, module: torch.nn.Module, decay: float = 0.998):
        self.module, self.decay, self.steps = module, decay, 0
        self.values = {name: p.detach().clone() for name, p in module.named_parameters() if p.requires_grad}

    @torch.no_grad()
    def update(self) -> None:
        self.steps += 1
        current = dict(self.module.named_parameters())
        decay = min(self.decay, self.steps / (self.steps + 20))
        torch._foreach_lerp_(list(self.values.values()), [current[name] for name in self.values], 1 - decay)

    def state_dict(self) -> dict:
        return {"values": self.values, "steps": self.steps}

    def load_state_dict(self, state: dict) -> None:
        self.steps = state["steps"]
        for name, value in state["values"].items():
            self.values[name].copy_(value)

    def copy_to(self, module: torch.nn.Module) -> None:
        module.load_state_dict(self.values, strict=False)
