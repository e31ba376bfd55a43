"""What goes into the bank."""

import numpy as np
import torch

from .. import bank
from ..scenes import Scene
from ..things import Thing
from ..tokenizer import make_tokenizer

THINGS = [Thing(name, (), (), (), (), True) for name in ("apple", "dog", "red heart", "pizza", "rocket", "tree")]


def test_several_processes_draw_what_one_draws(monkeypatch):
    monkeypatch.setattr(bank, "CHUNK", 60)
    tokenizer = make_tokenizer([thing.name for thing in THINGS] * 3, 400)
    alone, together = (bank.collect(tokenizer, THINGS, 120, 1, processes, False) for processes in (1, 2))
    assert torch.equal(together[0], alone[0]) and torch.equal(together[1], alone[1]) and together[2] == alone[2]
    *sent, _ = bank.draw_many((tokenizer.to_str(), THINGS, 60, 1, False))
    assert all(isinstance(values, np.ndarray) for values in sent)  # tensors would go through shared memory


def test_equal_scenes_are_one_picture():
    pair, alone = Scene(0, 0, (1, 2), "above", sizes=(None, None)), Scene(0, 0, (1,))
    turned = Scene(0, 0, (2, 1), "above", sizes=(None, None))
    different, place = bank.unique_scenes([pair, alone, Scene(0, 0, (1,)), pair, turned])
    assert different == [pair, alone, turned] and place.tolist() == [0, 1, 1, 0, 2]
