"""A thing is one picture of the set with its words. The list is made by `prepare`."""

import json
from dataclasses import dataclass
from pathlib import Path

STYLES = ("3d", "flat")


@dataclass(frozen=True)
class Thing:
    name: str  # the Unicode name, plain letters: "slice of pizza"
    aliases: tuple[str, ...]  # everyday words for it: "car" for automobile
    tags: tuple[str, ...]  # related words: "cheese", "food"
    own: tuple[str, ...]  # tags that no other thing has: they can stand for the thing
    chinese: tuple[str, ...]  # Chinese name first, then words that are its alone
    everyday: bool  # what most people would ask for; drawn a little more often


def read_things(folder: Path) -> list[Thing]:
    rows = json.loads((folder / "things.json").read_text(encoding="utf8"))
    return [Thing(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}) for row in rows]
