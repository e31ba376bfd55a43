"""`evaluate`: does a model draw what was asked? A picture is recognised when, of everything it could show, it is nearest to what was asked.

Whatever a caption asks for can be drawn from the set itself, so there is a right picture, and a wrong one for every other thing, place and
number. Distances are between pixels at 32×32. Names and aliases come in ways of asking that were not trained on, pairs were never
composed; bare and Chinese names and flat icons have no way of asking that could be kept from training.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F

from .captions import HELD_OUT_ASKING, HELD_OUT_ENDING, NUMBERS, RELATION_WORDS, article, plural
from .flow import draw
from .models.checkpoint import Model
from .pictures import PATCH_PX, USUAL, Pictures, Size, middle
from .plots import save_grid
from .sceneries import SCENERIES
from .scenes import ARRANGEMENTS, BACKGROUND_COUNT, BACKGROUNDS, COUNTS, RELATIONS, Scene, draw_thing, is_held_out, places, tabulate
from .things import COLOUR_NAMES, Thing

LOOK_PX = 32
SEEDS = (0, 1)
NAMEABLE = [
    "a slice of pizza", "red heart", "a cat", "a dog", "rocket", "birthday cake", "red apple", "a car", "smiling face with sunglasses", "a tree", "guitar", "crown",
    "a burger", "soccer ball", "an octopus", "a rose", "thumbs up", "snowman", "a cup of coffee", "a yellow star", "a house", "a banana", "ghost", "robot",
    "a bee", "sunflower", "airplane", "a bicycle", "umbrella", "light bulb", "a book", "a key", "moon", "fire", "a fish", "an ice cream",
    "a red heart on a blue background", "pizza on a black background", "a flat icon of a rocket", "a flat cat", "two red apples", "three stars", "four hearts",
    "a cat beside a house", "a star above a pizza", "a dog in front of a tree", "a small crown", "一只猫",
]  # fmt: skip


@dataclass(frozen=True)
class Sampling:
    steps: int
    guidance: float
    size: Size = USUAL


def evaluate(model: Model, pictures: Pictures, things: list[Thing], folder: Path, name: str, how: Sampling, prompts: int) -> dict:
    """Writes `evaluation-NAME.json` and a grid of 48 samples into `folder`, and returns the numbers."""
    rng = random.Random(123)
    chosen = [rng.randrange(len(things)) for _ in range(prompts)]
    report = {**asdict(how), "prompts": prompts, "seeds": len(SEEDS)}
    report |= evaluate_names(model, pictures, things, chosen, how, rng)
    report |= evaluate_scenes(model, pictures, things, chosen, how, rng)
    width, height = how.size
    if width != height:
        report["around it"] = {"pixel error": error_around(model, [things[i].name for i in chosen], how)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"evaluation-{name}.json").write_text(json.dumps(report, indent=1))
    latents = draw(model, NAMEABLE, how.steps, how.guidance, size=how.size)
    save_grid(model.decode(latents), folder / f"samples-{name}.png", columns=8, captions=NAMEABLE)
    return report


def ask(text: str, rng: random.Random) -> str:
    return rng.choice(HELD_OUT_ASKING) + text + rng.choice(HELD_OUT_ENDING)


def evaluate_names(model: Model, pictures: Pictures, things: list[Thing], chosen: list[int], how: Sampling, rng: random.Random) -> dict:
    """Single things: is the picture, of all in the set, nearest to the one that was named?"""
    aliased = [i for i, thing in enumerate(things) if thing.aliases]
    some = [rng.choice(aliased) for _ in range(min(len(chosen), 100))] if aliased else []
    kinds = {
        "name": (chosen, [ask(article(things[i].name), rng) for i in chosen]),
        "bare name": (chosen, [things[i].name for i in chosen]),
        "Chinese name": (chosen, [(things[i].chinese or (things[i].name,))[0] for i in chosen]),
        "everyday alias": (some, [ask(article(rng.choice(things[i].aliases)), rng) for i in some]),
    }
    everything = look_at_all(pictures)
    report = {}
    for kind, (targets, captions) in kinds.items():
        if captions:
            hits, errors = zip(*(recognise(look(model, captions, how, seed), everything, targets) for seed in SEEDS))
            report[kind] = {"recognised": mean(hits), "pixel error": mean(errors)}
    return report


def evaluate_scenes(model: Model, pictures: Pictures, things: list[Thing], chosen: list[int], how: Sampling, rng: random.Random) -> dict:
    """Things in a style, on a background, small, several, beside another: see `judge_scenes`."""
    colour = lambda n: 1 + n % (len(BACKGROUNDS) - 1)
    kinds = {
        "flat style": ([Scene(1, 0, (i,)) for i in chosen], [f"a flat icon of {article(things[i].name)}" for i in chosen]),
        "background": (
            [Scene(0, colour(n), (i,)) for n, i in enumerate(chosen)],
            [ask(f"{article(things[i].name)} on a {list(BACKGROUNDS)[colour(n)]} background", rng) for n, i in enumerate(chosen)],
        ),
        "small": ([Scene(0, 0, (i,), sizes=("small",)) for i in chosen], [ask(f"a small {things[i].name}", rng) for i in chosen]),
        "counts": (
            counts := [Scene(0, 0, (i,), count=COUNTS[n % len(COUNTS)]) for n, i in enumerate(chosen)],
            [ask(f"{NUMBERS[scene.count][0]} {plural(things[scene.things[0]].name)}", rng) for scene in counts],
        ),
        "coloured": (
            coloured := [Scene(0, 0, (i,), colours=(things[i].colours[n % len(things[i].colours)], 0)) for n, i in enumerate(chosen) if things[i].colours],
            [ask(article(f"{COLOUR_NAMES[scene.colours[0]]} {things[scene.things[0]].name}"), rng) for scene in coloured],
        ),
        "somewhere": (
            somewhere := [Scene(0, len(BACKGROUNDS) + n % len(SCENERIES), (i,)) for n, i in enumerate(chosen)],
            [ask(f"{article(things[scene.things[0]].name)} {rng.choice(scene.scenery.words)}", rng) for scene in somewhere],
        ),
        "two things": held_out_pairs(things, len(chosen), ARRANGEMENTS, rng),
        "holding": held_out_pairs(things, len(chosen), ("holding",), rng),
    }
    return {
        kind: judge_scenes(pictures, scenes, torch.stack([look(model, captions, how, seed) for seed in SEEDS], 1))
        for kind, (scenes, captions) in kinds.items()
    }


def look(model: Model, captions: list[str], how: Sampling, seed: int) -> torch.Tensor:
    return torch.cat([look_at(middle(pictures, PATCH_PX)) for pictures in draw_some(model, captions, how, seed)])


def draw_some(model: Model, captions: list[str], how: Sampling, seed: int) -> Iterator[torch.Tensor]:
    """→ pictures [up to 64, 3, height, width] after pictures: all at once would take too much memory."""
    for i in range(0, len(captions), 64):
        yield model.decode(draw(model, captions[i : i + 64], how.steps, how.guidance, seed + i, how.size))


def error_around(model: Model, captions: list[str], how: Sampling) -> float:
    """Mean difference to white of what lies beside the square in the middle: nothing is asked for there."""
    errors = []
    for pictures in draw_some(model, captions, how, seed=0):
        missing = (1 - pictures.clamp(-1, 1)) / 2
        square = middle(missing, PATCH_PX)
        errors += ((missing.sum((1, 2, 3)) - square.sum((1, 2, 3))) / (missing[0].numel() - square[0].numel())).tolist()
    return mean(errors)


def look_at(pictures: torch.Tensor) -> torch.Tensor:
    """→ [count, 3·32·32], 0 … 1."""
    return (F.adaptive_avg_pool2d(pictures, LOOK_PX).flatten(1) + 1) / 2


def look_at_all(pictures: Pictures) -> torch.Tensor:
    """→ [things, pixels]: each thing's own picture."""
    return look_at(pictures.render(tabulate([Scene(0, 0, (i,)) for i in range(len(pictures))]), 64))


def compare(seen: torch.Tensor, everything: torch.Tensor, targets) -> tuple[torch.Tensor, torch.Tensor]:
    """→ whether each is nearest to its target, and its mean difference to it: [seen] both."""
    target = torch.as_tensor(targets, device=seen.device)
    return distances(seen, everything).argmin(1) == target, (seen - everything[target]).abs().mean(1)


def distances(seen: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
    """By differences: by a matrix product, which a GPU rounds to ten bits here, look-alikes could change places."""
    return torch.cdist(seen, candidates, compute_mode="donot_use_mm_for_euclid_dist")


def recognise(seen: torch.Tensor, everything: torch.Tensor, targets: list[int]) -> tuple[float, float]:
    """→ share that is nearest to its target, mean difference to it."""
    isRight, errors = compare(seen, everything, targets)
    return isRight.float().mean().item(), errors.mean().item()


def judge_scenes(pictures: Pictures, scenes: list[Scene], seen: torch.Tensor) -> dict[str, float]:
    """
    Every thing of a scene is tried against all things in its place, then the arrangement against all others. `seen` [scenes, seeds, pixels].
    `things`: all of them recognised; `arranged`: the asked relation, number, size, background and style are nearest; `both`: things and arrangement.
    """
    right_things, right_arrangement, right_both = [], [], []
    for scene, pair in zip(scenes, seen):
        slots = [nearest(pictures, pair, replaced(scene, slot, len(pictures))) == scene.things[slot] for slot in range(len(scene.things))]
        hasThings = torch.stack(slots).all(0)
        isArranged = nearest(pictures, pair, [scene, *other_arrangements(scene)]) == 0
        right_things += hasThings.tolist()
        right_arrangement += isArranged.tolist()
        right_both += (hasThings & isArranged).tolist()
    return {"things": mean(right_things), "arranged": mean(right_arrangement), "both": mean(right_both)}


def nearest(pictures: Pictures, seen: torch.Tensor, scenes: list[Scene]) -> torch.Tensor:
    """Of each picture [seeds, pixels] the place of the nearest scene [seeds]."""
    table = tabulate(scenes)
    candidates = torch.cat([look_at(pictures.render(table[i : i + 512], 64)) for i in range(0, len(table), 512)])
    return distances(seen, candidates).argmin(1)


def replaced(scene: Scene, slot: int, count: int) -> list[Scene]:
    return [replace(scene, things=tuple(thing if i == slot else old for i, old in enumerate(scene.things))) for thing in range(count)]


def other_arrangements(scene: Scene) -> list[Scene]:
    """The same things otherwise."""
    others = [replace(scene, style=1 - scene.style), *(replace(scene, background=i) for i in range(BACKGROUND_COUNT))]
    if scene.relation:
        related = [replace(scene, relation=relation) for relation in RELATIONS]
        others += related + [replace(one, things=one.things[::-1]) for one in related] + [Scene(scene.style, scene.background, (thing,)) for thing in scene.things]
    else:
        others += [replace(scene, count=count, sizes=(None,)) for count in (1, *COUNTS)] + [replace(scene, count=1, sizes=("small",))]
        others += [replace(scene, colours=(colour, 0)) for colour in range(len(COLOUR_NAMES))]
    return [one for one in others if not is_same(one, scene)]


def is_same(one: Scene, other: Scene) -> bool:
    """"A above B" is the picture of "B below A"."""
    return (one.style, one.background, places(one)) == (other.style, other.background, places(other))


def held_out_pairs(things: list[Thing], count: int, relations: tuple[str, ...], rng: random.Random) -> tuple[list[Scene], list[str]]:
    scenes = []
    while len(scenes) < count:
        pair = (draw_thing(rng, things), draw_thing(rng, things))
        if pair[0] != pair[1] and is_held_out(*pair):
            scenes.append(Scene(0, 0, pair, relations[len(scenes) % len(relations)], sizes=(None, None)))
    names = [[article(things[i].name) for i in scene.things] for scene in scenes]
    return scenes, [f"{first} {rng.choice(RELATION_WORDS[scene.relation])} {second}" for scene, (first, second) in zip(scenes, names)]


def mean(values) -> float:
    values = list(values)
    return round(sum(map(float, values)) / max(1, len(values)), 4)
