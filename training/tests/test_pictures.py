"""Scenes as pictures: what colours and backgrounds do to them."""

import pytest
import torch

from ..pictures import Pictures, recolour
from ..sceneries import SCENERIES
from ..scenes import BACKGROUNDS, Scene, tabulate
from ..things import COLOURS, Thing


def coloured(name: str, *rgba: float) -> list[float]:
    """A pixel and white beside it, of one picture, in a colour; colours are multiplied by transparency. → the pixel."""
    picture = torch.tensor([*rgba, 1.0, 1.0, 1.0, 1.0]).reshape(1, 2, 4).permute(0, 2, 1)[..., None]
    return recolour(picture, torch.tensor([list(COLOURS).index(name)]))[0, :, 0, 0].tolist()


def test_a_colour_changes_the_hue_and_leaves_what_is_clear():
    red, green, blue, alpha = coloured("blue", 1.0, 0.2, 0.1, 1.0)
    assert blue > 2 * red and blue > green and alpha == 1
    assert coloured("blue", 0.0, 0.0, 0.0, 0.0) == [0, 0, 0, 0]


def test_half_clear_pixels_take_half_of_the_colour():
    whole, half = coloured("green", 1.0, 0.2, 0.1, 1.0), coloured("green", 0.5, 0.1, 0.05, 0.5)
    assert half[3] == 0.5 and half[:3] == pytest.approx([value / 2 for value in whole[:3]], abs=0.02)


def test_no_colour_is_the_picture_itself():
    picture = torch.rand(2, 4, 8, 8)
    assert torch.equal(recolour(picture, torch.tensor([0, 0])), picture)


def test_what_is_gray_all_over_takes_a_colour():
    gray = torch.full((1, 4, 8, 8), 0.7)
    gray[:, 3] = 1
    red, green, blue, _ = recolour(gray, torch.tensor([list(COLOURS).index("red")]))[0, :, 0, 0].tolist()
    assert red > green + 0.2 and red > blue + 0.2


def test_white_is_bright_and_black_is_dark_whatever_they_were():
    for was in ((0.2, 0.1, 0.1, 1.0), (0.9, 0.4, 0.1, 1.0)):
        assert min(coloured("white", *was)[:3]) > 0.7 and max(coloured("black", *was)[:3]) < 0.4


def test_a_scenery_shows_its_small_things_where_the_pack_has_them():
    square = torch.ones(2, 1, 4, 256, 256).byte() * 255
    levels = {edge: square[..., :edge, :edge] for edge in (256, 128, 64, 32, 16)}
    name, x, y, _ = SCENERIES[0].spots[0]
    without, having = (Pictures(levels, [Thing(named, (), (), (), (), True)]) for named in ("something else", name))
    snow, spot = len(BACKGROUNDS), (..., int(y * 256), int(x * 256))
    assert torch.equal(having.backgrounds[snow][spot], torch.ones(3)) and not torch.equal(without.backgrounds[snow][spot], torch.ones(3))
    assert torch.equal(having.backgrounds[:snow], without.backgrounds[:snow])


def test_a_picture_of_another_shape_goes_on_with_its_background():
    levels = {edge: torch.zeros(2, 1, 4, edge, edge).byte() for edge in (256, 128, 64, 32, 16)}
    framed = Pictures(levels).frame(tabulate([Scene(0, len(BACKGROUNDS), (0,))]), (512, 256))[0]
    assert torch.equal(framed[:, :, :1].expand_as(framed), framed)  # sky and ground, from side to side
    assert not torch.equal(framed[:, 0], framed[:, -1])
