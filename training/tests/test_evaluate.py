"""The judge says what is in a picture: pictures drawn from the set are right, and wrong for any other caption."""

from dataclasses import replace

import pytest
import torch

from .. import evaluate
from ..evaluate import Sampling, error_around, judge_scenes, look_at, recognise
from ..pictures import PATCH_PX, SMALLEST_PX, Pictures, middle
from ..scenes import BACKGROUNDS, RELATIONS, Scene, tabulate

THINGS = 7


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    """Every thing is a patch of colours of its own, in the middle, on nothing."""
    base = torch.zeros(2, THINGS, 4, SMALLEST_PX, SMALLEST_PX)
    base[:, :, :3, 2:-2, 2:-2] = torch.rand(2, THINGS, 3, 12, 12, generator=torch.Generator().manual_seed(4))
    base[:, :, 3, 2:-2, 2:-2] = 1
    enlarged = lambda edge: (base * 255).byte().repeat_interleave(edge // SMALLEST_PX, 3).repeat_interleave(edge // SMALLEST_PX, 4)
    return Pictures({edge: enlarged(edge) for edge in (256, 128, 64, 32, 16)})


def seen(pictures: Pictures, scenes: list[Scene]) -> torch.Tensor:
    return look_at(pictures.render(tabulate(scenes), 256))[:, None]


RELATED = {relation: Scene(0, 0, (1, 2), relation, sizes=(None, None)) for relation in RELATIONS}
COUNTED = {count: Scene(0, 0, (3,), count=count) for count in (2, 3, 4)}
FLAT, ON_COLOUR, SMALL, TINTED = Scene(1, 0, (4,)), Scene(0, 3, (5,)), Scene(0, 0, (6,), sizes=("small",)), Scene(0, 0, (6,), colours=(5, 0))
SOMEWHERE = Scene(0, len(BACKGROUNDS) + 1, (5,))
SCENES = [*RELATED.values(), *COUNTED.values(), FLAT, ON_COLOUR, SMALL, TINTED, SOMEWHERE]


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_what_was_asked_is_right(pictures, scene):
    assert judge_scenes(pictures, [scene], seen(pictures, [scene])) == {"things": 1, "arranged": 1, "both": 1}


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_another_thing_is_not(pictures, scene):
    other = replace(scene, things=(0, *scene.things[1:]))
    assert judge_scenes(pictures, [scene], seen(pictures, [other]))["things"] == 0


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        (RELATED["beside"], replace(RELATED["beside"], things=(2, 1))),
        (RELATED["above"], RELATED["below"]),
        (RELATED["in front of"], RELATED["beside"]),
        (RELATED["holding"], RELATED["in front of"]),
        (COUNTED[2], COUNTED[3]),
        (COUNTED[2], Scene(0, 0, (3,))),
        (FLAT, replace(FLAT, style=0)),
        (ON_COLOUR, replace(ON_COLOUR, background=0)),
        (SMALL, Scene(0, 0, (6,))),
        (TINTED, replace(TINTED, colours=(0, 0))),
        (TINTED, replace(TINTED, colours=(7, 0))),
        (SOMEWHERE, replace(SOMEWHERE, background=SOMEWHERE.background + 1)),
    ],
    ids=str,
)
def test_another_arrangement_is_not(pictures, asked, drawn):
    assert judge_scenes(pictures, [asked], seen(pictures, [drawn]))["arranged"] == 0


def test_above_is_below_the_other_way_round(pictures):
    drawn = Scene(0, 0, (2, 1), "below", sizes=(None, None))
    assert judge_scenes(pictures, [RELATED["above"]], seen(pictures, [drawn])) == {"things": 1, "arranged": 1, "both": 1}


def test_pixel_error_is_the_mean_difference_at_32_by_32(pictures):
    everything = seen(pictures, [Scene(0, 0, (i,)) for i in range(THINGS)])[:, 0]
    assert recognise(everything[2:4] + 0.01, everything, [2, 3]) == (1, pytest.approx(0.01, abs=1e-5))
    assert recognise(everything[:1], everything, [3])[0] == 0


@pytest.mark.parametrize(("size", "left", "top"), [((96, 32), 32, 0), ((32, 96), 0, 32), ((64, 64), 0, 0), ((128, 64), 32, 0), ((160, 64), 32, 0)])
def test_a_scene_is_whole_patches_from_the_edge_of_any_shape(pictures, size, left, top):
    table, edge = tabulate([Scene(0, 3, (5,))]), min(size)
    framed, square = pictures.frame(table, size), pictures.render(table, edge)
    assert framed.shape[2:] == size[::-1] and torch.equal(framed[..., top : top + edge, left : left + edge], square)
    middle(framed, PATCH_PX).fill_(0)
    around = framed[0].flatten(1)
    assert all(set(colours.tolist()) <= {0.0, corner.item()} for colours, corner in zip(around, square[0, :, 0, 0]))


def test_the_error_around_is_what_is_not_white_there(monkeypatch):
    drawn = torch.ones(2, 3, 32, 96)
    drawn[0, :, :, :32] = 0  # half way to black, in half of what lies beside the square
    middle(drawn, PATCH_PX).fill_(-1)
    monkeypatch.setattr(evaluate, "draw", lambda *_: drawn)

    class Model:
        decode = staticmethod(lambda latents: latents)

    assert error_around(Model, ["apple", "dog"], Sampling(4, 0.0, (96, 32))) == pytest.approx(0.125)
