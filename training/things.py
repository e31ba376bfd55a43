"""A thing is one picture of the set with its words. The list is made by `prepare`."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

STYLES = ("3d", "flat")
# What a thing can be made: its hue in turns (None: as it is), and what becomes of saturation and brightness: both are multiplied, brightness is then raised.
COLOURS = {
    "": (None, 1, 1, 0), "red": (0.0, 1, 0.95, 0), "orange": (0.08, 1, 1, 0), "yellow": (0.14, 0.95, 1, 0), "green": (0.36, 0.85, 0.85, 0),
    "blue": (0.6, 0.9, 0.95, 0), "purple": (0.76, 0.75, 0.85, 0), "pink": (0.93, 0.55, 1, 0), "brown": (0.06, 0.8, 0.6, 0), "black": (None, 0.1, 0.35, 0),
    "white": (None, 0.05, 0.3, 0.7), "gray": (None, 0.05, 0.75, 0),
}  # fmt: skip
COLOUR_NAMES = tuple(COLOURS)


@dataclass(frozen=True)
class Thing:
    name: str  # the Unicode name, plain letters: "slice of pizza"
    aliases: tuple[str, ...]  # everyday words for it: "car" for automobile
    tags: tuple[str, ...]  # related words: "cheese", "food"
    own: tuple[str, ...]  # tags that no other thing has: they can stand for the thing
    chinese: tuple[str, ...]  # Chinese name first, then tags that are its alone
    everyday: bool  # what most people would ask for; drawn a little more often
    emoji: str = ""  # the set's picture is of it
    chinese_words: tuple[str, ...] = ()  # everyday ones, read as its Chinese name (readings.py)
    colours: tuple[int, ...] = ()  # places in COLOURS of those it can be made: "black cat" is a thing of its own


def read_things(folder: Path) -> list[Thing]:
    rows = json.loads((folder / "things.json").read_text(encoding="utf8"))
    things = [Thing(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}) for row in rows]
    taken = {name for thing in things for name in (thing.name, *thing.aliases)}
    return [replace(thing, colours=colours_of(thing, taken)) for thing in things]


def colours_of(thing: Thing, taken: set[str]) -> tuple[int, ...]:
    names = (thing.name, *thing.aliases)
    if any(word in COLOURS or word in ("grey", "gold") for name in names for word in name.split()):
        return ()
    return tuple(i for i, colour in enumerate(COLOURS) if colour and not any(f"{colour} {name}" in taken for name in names))
