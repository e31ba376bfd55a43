"""What goes into the bank."""

import random

import numpy as np
import torch

from .. import bank
from ..models.transformer import PATCH
from ..pictures import OTHER_SIZES, SMALL, USUAL, middle
from ..scenes import Scene, tabulate
from ..things import Thing
from ..tokenizer import make_tokenizer

THINGS = [Thing(name, (), (), (), (), True) for name in ("apple", "dog", "red heart", "pizza", "rocket", "tree")]


def test_several_processes_draw_what_one_draws(monkeypatch):
    monkeypatch.setattr(bank, "CHUNK", 60)
    tokenizer = make_tokenizer([thing.name for thing in THINGS] * 3, 400)
    alone, together = (bank.collect(tokenizer, THINGS, 120, processes, False) for processes in (1, 2))
    assert torch.equal(together[0], alone[0]) and torch.equal(together[1], alone[1]) and together[2] == alone[2]
    *sent, _ = bank.draw_many((tokenizer.to_str(), THINGS, 60, 1, False))
    assert all(isinstance(values, np.ndarray) for values in sent)  # tensors would go through shared memory


def test_equal_scenes_are_one_picture():
    pair, alone = Scene(0, 0, (1, 2), "above", sizes=(None, None)), Scene(0, 0, (1,))
    turned = Scene(0, 0, (2, 1), "above", sizes=(None, None))
    different, place = bank.unique_scenes([pair, alone, Scene(0, 0, (1,)), pair, turned])
    assert different == [pair, alone, turned] and place.tolist() == [0, 1, 1, 0, 2]


def test_a_picture_of_another_shape_is_the_scene_with_more_of_its_background():
    """Latents of four patches an edge, which are their scene's number; around them, less than nothing for every background."""
    scenes, edge = torch.arange(3), 4 * PATCH
    usual = scenes.half()[:, None, None, None].expand(-1, 1, edge, edge)
    backgrounds = -1 - torch.arange(2.0).half()[:, None, None, None]
    around = {(w, h): backgrounds.expand(-1, 1, h * edge // 256, w * edge // 256).clone() for w, h in OTHER_SIZES}
    background = torch.tensor([1, 0, 1])
    table = tabulate([Scene(0, int(colour), (0,)) for colour in background])
    ids = scenes[:, None].short().expand(-1, 64)
    some = bank.Bank({USUAL: usual}, around, table, ids, torch.ones(3).short(), scenes, scenes[:, None], 1, ids[0], 1, torch.ones(3), 0.5)
    torch.manual_seed(1)
    rng = random.Random(1)
    shapes = set()
    for _ in range(100):
        clean, told, _, drawn = some.batch(4, rng, may_be_empty=False, other_share=1)
        assert told[:, 0].tolist() == drawn.tolist()
        assert torch.equal(middle(clean, PATCH), usual[drawn].float())
        assert torch.equal(clean.flatten(1).min(1).values, -1.0 - background[drawn])
        shapes.add(tuple(clean.shape[2:]))
    assert len(shapes) == len(OTHER_SIZES)
    assert all((values == backgrounds).all() for values in around.values())  # what is pasted stays in its batch


def test_small_batches_show_more_of_what_is_hard_to_draw_small():
    """A thing that fills the picture, a small one, two, and a flat one; a half of usual batches is hard, three quarters of small ones."""
    scenes = [Scene(0, 0, (0,)), Scene(0, 0, (1,)), Scene(0, 0, (2,), sizes=("small",)), Scene(0, 0, (3,), count=2), Scene(1, 0, (4,)), Scene(0, 3, (5,))]
    easy = {0, 1, 5}
    number = torch.arange(6)
    latents = {size: number.half()[:, None, None, None].expand(-1, 1, size[0] // 16, size[1] // 16) for size in (USUAL, SMALL)}
    ids = number[:, None].short().expand(-1, 64)
    some = bank.Bank(latents, {}, tabulate(scenes), ids, torch.ones(6).short(), number, number[:, None], 6, ids[0], 1, torch.ones(6), 1.0)
    torch.manual_seed(1)
    share = {}
    for small_share in (0, 1):
        *_, drawn = some.batch(3000, random.Random(1), may_be_empty=False, small_share=small_share)
        share[small_share] = sum(int(scene) not in easy for scene in drawn) / len(drawn)
    assert abs(share[0] - 0.5) < 0.03 and abs(share[1] - 0.75) < 0.03
