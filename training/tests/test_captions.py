"""What captions say, and what they leave to `evaluate`."""

import random

from .. import captions
from ..captions import HELD_OUT_ASKING, HELD_OUT_ENDING, ask, caption
from ..scenes import Scene
from ..things import Thing

THINGS = [Thing("pizza", ("slice of pizza",), ("food",), (), ("披萨",), True)]


def test_training_never_asks_as_evaluate_does(monkeypatch):
    monkeypatch.setattr(captions, "LOOKING", ("lovely ", "nice "))
    monkeypatch.setattr(captions, "KIND", ("painting", "image"))
    rng = random.Random(1)
    asked = [ask(rng) for _ in range(2000)]
    assert any("lovely image" in one for one in asked) and not any(held_out in one for one in asked for held_out in HELD_OUT_ASKING)


def test_evaluate_asks_only_so():
    rng = random.Random(1)
    told = [caption(Scene(0, 0, (0,)), THINGS, rng, held_out=True).lower() for _ in range(200)]
    assert all(one.startswith(HELD_OUT_ASKING) and one.endswith(HELD_OUT_ENDING) for one in told)


def test_praise_and_chinese_names_are_told_of_a_thing_alone():
    rng = random.Random(1)
    told = {caption(Scene(0, 0, (0,)), THINGS, rng).lower() for _ in range(2000)}
    assert any("beautiful pizza" in one for one in told) and any("披萨" in one for one in told)
