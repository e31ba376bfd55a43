"""What a prompt's emoji and everyday Chinese words are read as: a table of replacements, which the chat template goes through in its order."""

from collections.abc import Iterable

from .sceneries import SCENERIES
from .things import Thing

EDGE = "^"  # at both ends of a prompt while it is read, and behind what a Chinese noun may follow
BEFORE_NOUNS = "的画个只棵朵把双封团滴台颗粒头匹辆"
# What the set does not tell emoji apart by: how they are written, skin, and whether somebody is a man or a woman.
MARKS = {"\ufe0f": "", **{chr(skin): "" for skin in range(0x1F3FB, 0x1F400)}, "👨\u200d": "🧑\u200d", "👩\u200d": "🧑\u200d"}
REST = {"\u200d♀": "", "\u200d♂": "", "\u200d": "", "}{": " and ", "} {": " and ", "{": " ", "}": " ", EDGE: ""}

NO_READINGS = f"{EDGE}="


def readings_of(things: list[Thing]) -> str:
    emoji = {thing.emoji: thing.name for thing in things if thing.emoji}
    words = {word: thing.chinese[0].lower() for thing in things for word in thing.chinese_words}
    kept = [*(name.lower() for thing in things for name in thing.chinese), *(name for scenery in SCENERIES for name in scenery.chinese)]
    return table(MARKS | emoji_readings(emoji) | word_readings(words, kept) | REST)


def read(prompt: str, readings: str) -> str:
    """As the chat template does."""
    text = EDGE + prompt.lower() + EDGE
    for written, name in (row.split("=") for row in readings.split("|")):
        text = text.replace(written, name)
    return " ".join(text.split())


def emoji_readings(names: dict[str, str]) -> dict[str, str]:
    """An emoji that begins another comes after it, and two in a row are two things."""
    bare = {emoji.replace("\ufe0f", ""): name for emoji, name in names.items()}
    return {emoji: "{" + bare[emoji] + "}" for emoji in sorted(bare, key=len, reverse=True)}


def word_readings(names: dict[str, str], kept: Iterable[str]) -> dict[str, str]:
    """
    Everyday words → names that are learnt. Chinese has no spaces: a word of one character, or one that is part of what must be `kept`, is read
    only where it ends the prompt and nothing stands before it but what a noun follows.
    """
    kept = set(kept)
    words = sorted((word for word in names if word not in kept), key=len, reverse=True)
    free = {word: names[word] for word in words if len(word) > 1 and not any(word in other for other in kept)}
    ends = {EDGE + word + EDGE: EDGE + names[word] + EDGE for word in words if word not in free}
    edges = {character: character + EDGE for character in BEFORE_NOUNS}
    # "合上的锁" ends like "红色的锁", and is a name of its own.
    changed = [name for name in kept if read(name, table(free | edges | ends | REST)) != name]
    own = {name + EDGE: name for name in sorted(changed)}
    return free | own | edges | ends


def table(readings: dict[str, str]) -> str:
    return "|".join(f"{written}={read}" for written, read in readings.items())
