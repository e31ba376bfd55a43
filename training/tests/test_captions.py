"""What captions say, and what they leave to `evaluate`."""

import random

from .. import captions
from ..captions import HELD_OUT_ASKING, HELD_OUT_ENDING, ask, caption
from ..sceneries import SCENERIES
from ..scenes import BACKGROUNDS, Scene, draw_scene
from ..things import COLOURS, Thing, colours_of

THINGS = [Thing("pizza", ("slice of pizza",), ("food",), (), ("披萨",), True)]


def test_training_never_asks_as_evaluate_does(monkeypatch):
    monkeypatch.setattr(captions, "LOOKING", ("lovely ", "nice "))
    monkeypatch.setattr(captions, "KIND", ("painting", "image"))
    rng = random.Random(1)
    asked = [ask(rng) for _ in range(2000)]
    assert any("lovely image" in one for one in asked) and not any(held_out in one for one in asked for held_out in HELD_OUT_ASKING)


def test_evaluate_asks_only_so():
    rng = random.Random(1)
    told = [caption(Scene(0, 0, (0,)), THINGS, rng, held_out=True) for _ in range(200)]
    assert all(one.startswith(HELD_OUT_ASKING) and one.endswith(HELD_OUT_ENDING) for one in told)


def test_praise_and_chinese_names_are_told_of_a_thing_alone():
    rng = random.Random(1)
    told = {caption(Scene(0, 0, (0,)), THINGS, rng) for _ in range(2000)}
    assert any("beautiful pizza" in one for one in told) and any("披萨" in one for one in told)


def told(scene: Scene, things: list[Thing] = THINGS) -> set[str]:
    rng = random.Random(1)
    return {caption(scene, things, rng) for _ in range(2000)}


def test_places_and_colours_are_told_in_both_languages():
    snow, red = len(BACKGROUNDS), list(COLOURS).index("red")
    captions_told = told(Scene(0, snow, (0,), colours=(red, 0)))
    assert all(any(word in one for word in (*SCENERIES[0].words, *SCENERIES[0].chinese)) for one in captions_told)
    assert all("red pizza" in one or "red slice of pizza" in one or "红色的披萨" in one or "红色披萨" in one for one in captions_told)
    assert {"雪地里的红色的披萨", "红色披萨在雪中"} < captions_told


def test_who_is_in_front_is_told_from_either_side():
    things = [*THINGS, Thing("cat", (), (), (), ("猫",), True)]
    captions_told = told(Scene(0, 0, (0, 1), "in front of", sizes=(None, None)), things)
    assert any("pizza in front of a cat" in one for one in captions_told) and any("cat behind a pizza" in one for one in captions_told)
    assert not any("pizza behind" in one for one in captions_told)


def test_what_has_a_colour_in_its_name_is_made_no_other():
    taken = {"cat", "black cat", "red heart"}
    assert colours_of(Thing("red heart", (), (), (), (), True), taken) == ()
    names = list(COLOURS)
    assert {names[i] for i in colours_of(Thing("cat", (), (), (), (), True), taken)} == {*names} - {"", "black"}


def test_only_what_can_be_worn_is_worn():
    things = [Thing(name, (), (), (), (), True) for name in ("pizza", "cat", "dog", "top hat", "crown", "house", "tree", "car", "bee", "bus")]
    rng = random.Random(1)
    worn = {things[scene.things[1]].name for scene in (draw_scene(rng, things) for _ in range(2000)) if scene.relation == "wearing"}
    assert worn == {"top hat", "crown"}


def test_a_size_is_told_of_either_thing():
    """Sizes have English words only: in Chinese the second's was left out, and one caption meant two pictures."""
    things = [*THINGS, Thing("cat", (), (), (), ("猫",), True)]
    for sizes in (("small", None), (None, "small"), ("large", "small")):
        assert all(any(word in one for word in captions.SMALL) for one in told(Scene(0, 0, (0, 1), "beside", sizes=sizes), things))
