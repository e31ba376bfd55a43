"""A scene says what is where: the one truth that pictures are drawn from, captions tell, and `evaluate` checks."""

import random
from dataclasses import dataclass, replace

import numpy as np
import torch

from .sceneries import SCENERIES, Scenery
from .things import STYLES, Thing

BACKGROUNDS = {
    "white": (255, 255, 255), "blue": (140, 190, 245), "green": (150, 215, 165), "pink": (250, 185, 205), "yellow": (253, 228, 130),
    "purple": (196, 170, 240), "orange": (250, 180, 120), "red": (235, 110, 110), "gray": (170, 174, 180), "black": (28, 28, 34),
}  # fmt: skip
BACKGROUND_COUNT = len(BACKGROUNDS) + len(SCENERIES)
ARRANGEMENTS = ("beside", "above", "below", "in front of")
RELATIONS = (*ARRANGEMENTS, "holding")
WEARABLE = ("top hat", "crown", "billed cap", "graduation cap", "woman's hat", "rescue worker's helmet", "military helmet")
COUNTS = (2, 3, 4)
SIZES = ("small", "large")
MAX_LAYERS = 4  # four of a thing
HELD_OUT_SHARE = 10  # one pair in so many is never composed for training
LEAST_THINGS = 8  # of fewer no pair is kept for `evaluate`

# How often `draw_scene` makes what.
TWO_SHARE, COUNT_SHARE, SIZED_SHARE = 0.27, 0.10, 0.06
WEARING_SHARE = 0.12  # of two things
FLAT_SHARE, COLOURED_SHARE, SCENERY_SHARE = 0.3, 0.2, 0.2
TINTED_SHARE = 0.22  # of things
RARE_WEIGHT = 0.6  # of things that are not everyday, against 1


@dataclass(frozen=True)
class Place:
    thing: int
    x: float  # centre, 0 … 1 from the left
    y: float  # centre, 0 … 1 from the top
    size: float  # edge, as a share of the picture's
    colour: int = 0


@dataclass(frozen=True)
class Scene:
    """
    `things` has one thing, or the two of a `relation`; one thing may have a `count`; `sizes` has a word or None for each, `colours` a place
    in things.COLOURS. `background`: a place in BACKGROUNDS, and behind these in SCENERIES.
    """

    style: int
    background: int
    things: tuple[int, ...]
    relation: str | None = None
    count: int = 1
    sizes: tuple[str | None, ...] = (None,)
    colours: tuple[int, ...] = (0, 0)

    @property
    def scenery(self) -> Scenery | None:
        return SCENERIES[self.background - len(BACKGROUNDS)] if self.background >= len(BACKGROUNDS) else None


@dataclass
class SceneTable:
    """Scenes as tensors, a row each; layers in the order they are drawn, size 0 where there is none."""

    style: torch.Tensor  # [scenes] int64
    background: torch.Tensor  # [scenes] int64
    thing: torch.Tensor  # [scenes, layers] int64
    x: torch.Tensor  # [scenes, layers]
    y: torch.Tensor
    size: torch.Tensor
    colour: torch.Tensor  # [scenes, layers] int64

    def __len__(self) -> int:
        return len(self.style)

    def __getitem__(self, rows) -> "SceneTable":
        return SceneTable(*(values[rows] for values in vars(self).values()))

    def to(self, device: torch.device) -> "SceneTable":
        return SceneTable(*(values.to(device) for values in vars(self).values()))


def places(scene: Scene) -> list[Place]:
    """Where the things go, back to front."""
    first_colour, second_colour = scene.colours
    if scene.count > 1:
        spots = {2: [(0.27, 0.5), (0.73, 0.5)], 3: [(0.5, 0.26), (0.27, 0.74), (0.73, 0.74)], 4: [(0.26, 0.26), (0.74, 0.26), (0.26, 0.74), (0.74, 0.74)]}
        return [Place(scene.things[0], x, y, 0.48, first_colour) for x, y in spots[scene.count]]
    if scene.relation is None:
        return [Place(scene.things[0], 0.5, 0.5, 0.5 if scene.sizes[0] == "small" else 1.0, first_colour)]
    first, second = scene.things
    fixed = {"in front of": ((0.5, 0.74, 0.48), (0.5, 0.41, 0.78)), "holding": ((0.5, 0.5, 1.0), (0.74, 0.74, 0.48)), "wearing": ((0.5, 0.5, 1.0), (0.5, 0.2, 0.4))}
    if scene.relation in fixed:
        one, other = fixed[scene.relation]
        layers = [Place(first, *one, first_colour), Place(second, *other, second_colour)]
        return layers[::-1] if scene.relation == "in front of" else layers
    first_edge, second_edge = ({"small": 0.34, "large": 0.6}.get(size, 0.5) for size in scene.sizes)
    if scene.relation == "beside":  # on one ground, together in the middle
        left = (1 - first_edge - second_edge) / 2
        return [
            Place(first, left + first_edge / 2, 0.75 - first_edge / 2, first_edge, first_colour),
            Place(second, 1 - left - second_edge / 2, 0.75 - second_edge / 2, second_edge, second_colour),
        ]
    high, low = (first, first_edge, first_colour), (second, second_edge, second_colour)
    if scene.relation == "below":
        high, low = low, high
    top = (1 - high[1] - low[1]) / 2
    return [Place(high[0], 0.5, top + high[1] / 2, *high[1:]), Place(low[0], 0.5, 1 - top - low[1] / 2, *low[1:])]


def is_held_out(first: int, second: int) -> bool:
    """Pairs that only `evaluate` composes, whichever comes first."""
    low, high = sorted((first, second))
    return (low * 7919 + high * 104729) % HELD_OUT_SHARE == 0


def draw_scene(rng: random.Random, things: list[Thing], alone: bool = False) -> Scene:
    """A scene to train on. `alone`: one thing that fills the picture, in 3d."""
    one = lambda: draw_thing(rng, things)
    tint = lambda thing: rng.choice(things[thing].colours) if things[thing].colours and rng.random() < TINTED_SHARE else 0
    where = rng.random()
    background = rng.randrange(1, len(BACKGROUNDS)) if where < COLOURED_SHARE else 0
    if alone:
        return Scene(0, background, (one(),))
    if COLOURED_SHARE < where < COLOURED_SHARE + SCENERY_SHARE:
        background = len(BACKGROUNDS) + rng.randrange(len(SCENERIES))
    style = int(rng.random() < FLAT_SHARE)
    kind = rng.random()
    if kind < TWO_SHARE:
        relation, pair = draw_pair(rng, things)
        sizes = rng.choice([("small", "large"), ("large", "small"), ("small", None), (None, "small")])
        isSized = relation in ("beside", "above", "below") and rng.random() < 0.25
        return Scene(style, background, pair, relation, sizes=sizes if isSized else (None, None), colours=tuple(map(tint, pair)))
    thing = one()
    count = rng.choice(COUNTS) if kind < TWO_SHARE + COUNT_SHARE else 1
    sizes = (rng.choice(SIZES),) if 0 < kind - TWO_SHARE - COUNT_SHARE < SIZED_SHARE else (None,)
    return Scene(style, background, (thing,), count=count, sizes=sizes, colours=(tint(thing), 0))


def draw_pair(rng: random.Random, things: list[Thing]) -> tuple[str, tuple[int, int]]:
    wearable = [i for i, thing in enumerate(things) if thing.name in WEARABLE] if rng.random() < WEARING_SHARE else []
    while True:
        pair = draw_thing(rng, things), rng.choice(wearable) if wearable else draw_thing(rng, things)
        if pair[0] != pair[1] and not is_held_out(*pair):
            return "wearing" if wearable else rng.choice((*RELATIONS, "holding")), pair  # the hardest more often


def draw_thing(rng: random.Random, things: list[Thing]) -> int:
    while True:
        thing = rng.randrange(len(things))
        if things[thing].everyday or rng.random() < RARE_WEIGHT:
            return thing


def tabulate(scenes: list[Scene]) -> SceneTable:
    """Things stand just where `places` says: a caption can't tell of less or more, and a student that can't know draws the blur of all."""
    numbers = lambda values: torch.tensor(values, dtype=torch.int64)
    return replace(tabulate_places(list(map(places, scenes))), style=numbers([s.style for s in scenes]), background=numbers([s.background for s in scenes]))


def tabulate_places(rows: list[list[Place]]) -> SceneTable:
    """On the first background, in the first style."""
    none = torch.zeros(len(rows), dtype=torch.int64)
    thing, colour = (np.zeros((len(rows), MAX_LAYERS), np.int64) for _ in range(2))
    x, y, size = (np.zeros((len(rows), MAX_LAYERS), np.float32) for _ in range(3))
    for row, there in enumerate(rows):
        for layer, place in enumerate(there):
            for column, value in zip((thing, x, y, size, colour), vars(place).values()):
                column[row, layer] = value
    return SceneTable(none, none, *map(torch.from_numpy, (thing, x, y, size, colour)))


def unique_scenes(scenes: list[Scene]) -> tuple[list[Scene], torch.Tensor]:
    """→ the different ones in the order they come, and for each draw its place among them: equal scenes are one picture."""
    place = {scene: i for i, scene in enumerate(dict.fromkeys(scenes))}
    return list(place), torch.tensor([place[scene] for scene in scenes])


assert STYLES[0] == "3d"  # style 0 is what a caption without a style word means
