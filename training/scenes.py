"""A scene says what is where: the one truth that pictures are drawn from, captions tell, and `evaluate` checks."""

import random
from dataclasses import dataclass

import numpy as np
import torch

from .things import STYLES

BACKGROUNDS = {
    "white": (255, 255, 255), "blue": (140, 190, 245), "green": (150, 215, 165), "pink": (250, 185, 205), "yellow": (253, 228, 130),
    "purple": (196, 170, 240), "orange": (250, 180, 120), "red": (235, 110, 110), "gray": (170, 174, 180), "black": (28, 28, 34),
}  # fmt: skip
RELATIONS = ("beside", "above", "below", "in front of")
COUNTS = (2, 3, 4)
SIZES = ("small", "large")
MAX_LAYERS = 4  # four of a thing
HELD_OUT_SHARE = 10  # one pair in so many is never composed for training
LEAST_THINGS = 8  # of fewer no pair is kept for `evaluate`

# How often `draw_scene` makes what.
TWO_SHARE, COUNT_SHARE, SIZED_SHARE = 0.22, 0.10, 0.06
FLAT_SHARE, COLOURED_SHARE = 0.3, 0.3
RARE_WEIGHT = 0.6  # of things that are not everyday, against 1


@dataclass(frozen=True)
class Place:
    thing: int
    x: float  # centre, 0 … 1 from the left
    y: float  # centre, 0 … 1 from the top
    size: float  # edge, as a share of the picture's


@dataclass(frozen=True)
class Scene:
    """`things` has one thing, or the two of a `relation`; one thing may have a `count`; `sizes` has a word or None for each."""

    style: int
    background: int
    things: tuple[int, ...]
    relation: str | None = None
    count: int = 1
    sizes: tuple[str | None, ...] = (None,)


@dataclass
class SceneTable:
    """Scenes as tensors, a row each; layers in the order they are drawn, size 0 where there is none."""

    style: torch.Tensor  # [scenes] int64
    background: torch.Tensor  # [scenes] int64
    thing: torch.Tensor  # [scenes, layers] int64
    x: torch.Tensor  # [scenes, layers]
    y: torch.Tensor
    size: torch.Tensor

    def __len__(self) -> int:
        return len(self.style)

    def __getitem__(self, rows) -> "SceneTable":
        return SceneTable(*(values[rows] for values in vars(self).values()))

    def to(self, device: torch.device) -> "SceneTable":
        return SceneTable(*(values.to(device) for values in vars(self).values()))


def places(scene: Scene) -> list[Place]:
    """Where the things go, back to front."""
    if scene.count > 1:
        spots = {2: [(0.27, 0.5), (0.73, 0.5)], 3: [(0.5, 0.26), (0.27, 0.74), (0.73, 0.74)], 4: [(0.26, 0.26), (0.74, 0.26), (0.26, 0.74), (0.74, 0.74)]}
        return [Place(scene.things[0], x, y, 0.48) for x, y in spots[scene.count]]
    if scene.relation is None:
        return [Place(scene.things[0], 0.5, 0.5, 0.5 if scene.sizes[0] == "small" else 1.0)]
    first, second = scene.things
    if scene.relation == "in front of":
        return [Place(second, 0.5, 0.41, 0.78), Place(first, 0.5, 0.74, 0.48)]
    first_edge, second_edge = ({"small": 0.34, "large": 0.6}.get(size, 0.5) for size in scene.sizes)
    if scene.relation == "beside":  # on one ground, together in the middle
        left = (1 - first_edge - second_edge) / 2
        return [
            Place(first, left + first_edge / 2, 0.75 - first_edge / 2, first_edge),
            Place(second, 1 - left - second_edge / 2, 0.75 - second_edge / 2, second_edge),
        ]
    top_edge, bottom_edge = (first_edge, second_edge) if scene.relation == "above" else (second_edge, first_edge)
    top = (1 - top_edge - bottom_edge) / 2
    high, low = (first, second) if scene.relation == "above" else (second, first)
    return [Place(high, 0.5, top + top_edge / 2, top_edge), Place(low, 0.5, 1 - top - bottom_edge / 2, bottom_edge)]


def is_held_out(first: int, second: int) -> bool:
    """Pairs that only `evaluate` composes, whichever comes first."""
    low, high = sorted((first, second))
    return (low * 7919 + high * 104729) % HELD_OUT_SHARE == 0


def draw_scene(rng: random.Random, everyday: list[bool], alone: bool = False) -> Scene:
    """A scene to train on. `alone`: one thing that fills the picture, in 3d."""
    one = lambda: draw_thing(rng, everyday)
    background = rng.randrange(1, len(BACKGROUNDS)) if rng.random() < COLOURED_SHARE else 0
    if alone:
        return Scene(0, background, (one(),))
    style = int(rng.random() < FLAT_SHARE)
    kind = rng.random()
    if kind < TWO_SHARE:
        relation, pair = rng.choice(RELATIONS), (one(), one())
        while pair[0] == pair[1] or is_held_out(*pair):
            pair = (one(), one())
        sizes = rng.choice([("small", "large"), ("large", "small"), ("small", None), (None, "small")])
        isSized = relation != "in front of" and rng.random() < 0.25
        return Scene(style, background, pair, relation, sizes=sizes if isSized else (None, None))
    if kind < TWO_SHARE + COUNT_SHARE:
        return Scene(style, background, (one(),), count=rng.choice(COUNTS))
    if kind < TWO_SHARE + COUNT_SHARE + SIZED_SHARE:
        return Scene(style, background, (one(),), sizes=(rng.choice(SIZES),))
    return Scene(style, background, (one(),))


def draw_thing(rng: random.Random, everyday: list[bool]) -> int:
    while True:
        thing = rng.randrange(len(everyday))
        if everyday[thing] or rng.random() < RARE_WEIGHT:
            return thing


def tabulate(scenes: list[Scene]) -> SceneTable:
    """Things stand just where `places` says: a caption can't tell of less or more, and a student that can't know draws the blur of all."""
    rows = len(scenes)
    thing = np.zeros((rows, MAX_LAYERS), np.int64)
    x, y, size = (np.zeros((rows, MAX_LAYERS), np.float32) for _ in range(3))
    for row, scene in enumerate(scenes):
        for layer, place in enumerate(places(scene)):
            thing[row, layer], x[row, layer], y[row, layer], size[row, layer] = place.thing, place.x, place.y, place.size
    column = lambda values: torch.tensor(values, dtype=torch.int64)
    return SceneTable(column([s.style for s in scenes]), column([s.background for s in scenes]), *map(torch.from_numpy, (thing, x, y, size)))


def unique_scenes(scenes: list[Scene]) -> tuple[list[Scene], torch.Tensor]:
    """→ the different ones in the order they come, and for each draw its place among them: equal scenes are one picture."""
    place = {scene: i for i, scene in enumerate(dict.fromkeys(scenes))}
    return list(place), torch.tensor([place[scene] for scene in scenes])


assert STYLES[0] == "3d"  # style 0 is what a caption without a style word means
