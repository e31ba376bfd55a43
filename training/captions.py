"""Captions for scenes, as people would type them. Some ways of asking are kept for `evaluate` and never trained on."""

import random

from .sceneries import SCENERIES
from .scenes import BACKGROUNDS, Scene
from .things import COLOUR_NAMES, STYLES, Thing

ASKING = (
    "an emoji of ", "a picture of ", "a drawing of ", "an icon of ", "an image of ", "a photo of ", "draw ", "draw me ", "please draw ", "show me ", "i want ",
    "can you draw ", "generate ", "create ", "make ", "imagine ", "an illustration of ", "a picture showing ", "a sketch of ", "i need ", "give me ", "can i have ",
    "we want ", "how about ", "let me have ", "try ", "my daughter wants ", "we could use ", "it should be ", "what about ", "surprise us with ",
    "i would love ", "i would like ", "i'd like ", "we would like to have ", "let me see ", "can we see ", "could i get ", "do you know ", "it is time for ", "today ", "here comes ", "look, ",
    "have you seen ", "bring me ", "send me ", "nothing but ", "just ", "only ", "simply ", "once more ", "i love ", "we like ", "that is ", "this is ", "think of ",
)  # fmt: skip
# Put together at random, so that words around a name come to mean nothing: how to begin, what to do, for whom, what kind of picture.
POLITE = (*[""] * 5, "please ", "can you ", "could you ", "hey, ", "now ", "hi, please ", "i want you to ", "let us ", "will you ", "ok, ", "kindly ", "hello, ",
          "come on, ", "dear bot, ", "next, ", "good morning, ", "if you can, ")  # fmt: skip
DOING = ("draw", "paint", "make", "show", "create", "generate", "sketch", "render", "give", "design", "do")
WHOM = (*[""] * 4, " me", " us", " my mom", " the kids", " everyone", " him", " her", " my sister", " the class", " people", " them")
# Of a thing, too: "a beautiful dragon" is a dragon.
PRAISE = ("cute ", "beautiful ", "pretty ", "nice ", "lovely ", "simple ", "gorgeous ", "adorable ", "awesome ", "amazing ", "wonderful ", "great ", "good ", "perfect ",
          "realistic ", "detailed ", "funny ", "splendid ", "elegant ", "stunning ")  # fmt: skip
LOOKING = (*[""] * 9, *PRAISE, "colorful ", "quick ", "new ", "cheerful ", "bright ", "charming ", "classic ", "clever ", "crisp ", "fancy ", "fresh ", "gentle ",
           "modern ", "playful ", "stylish ", "sweet ", "tidy ", "unusual ", "cosy ", "delightful ", "vivid ", "warm ", "cool ", "fantastic ", "lively ", "neat ",
           "special ", "super ", "interesting ", "shiny ", "magical ", "fine ", "really good ", "very simple ", "so cute ", "high quality ", "friendly ", "fabulous ",
           "brilliant ", "excellent ", "impressive ", "professional ", "random ", "typical ", "usual ", "dreamy ")  # fmt: skip
KIND = ("picture", "drawing", "image", "icon", "emoji", "photo", "illustration", "sketch", "painting", "sticker", "cartoon", "poster", "card", "logo")
EMPTY_ASKING_SHARE, FIXED_ASKING_SHARE = 0.35, 0.3
HELD_OUT_ASKING = ("a lovely painting of ", "could you please make me ", "a nice image showing ", "i would like to see ")
ENDING = (
    *[""] * 16, " emoji", " icon", ", simple, colorful", ", digital art", " in the center", ".", ", high quality", ", highly detailed", ", cute", ", 4k", " please",
    " for my mom", " for a birthday card", " for our group", " as a sticker", ", thanks", "!", " right now", " for my team", ", for school", ", in the middle", ", nothing else",
    ", hd", ", 8k", ", with care", " as a gift", " for my sister", " for a poster", " for the class", " today", ", you know", ", well made", ", as you do", ", quickly", " for our wall",
    ", full of life", ", carefully drawn", " to print", " for the website", ", perfect", ", best", ", very good", ", so nice", ", award winning", ", trending", ", artistic",
    " for my brother", " for a friend of mine", " for dad", " for our friends", " for me", " for my blog", " for work", " for a story", ", if possible", ", as always", ", ultra detailed",
    ", professional", " if you like", ", the best you can", ", like never before", ", ok", "?", " now", ", lovely", ", in good quality",
)  # fmt: skip
HELD_OUT_ENDING = ("", ", best quality", ", very nice", " for my friend")
FLAT = ("a flat icon of ", "flat icon of ", "a flat drawing of ", "a flat ", "flat ", "a simple flat picture of ")
SOLID = ("a 3d icon of ", "3d icon of ", "a 3d render of ", "a 3d ", "3d ")
DETAIL = ("soft lighting", "studio lighting", "masterpiece", "smooth shading", "glossy", "cartoon style", "sharp focus", "vibrant colors", "minimal design", "centered", "clean", "beautiful")
SMALL, LARGE = ("small", "little", "tiny"), ("large", "big", "huge")
RELATION_WORDS = {
    "beside": ("beside", "next to", "and", "near", "looking at", "playing with"),
    "above": ("above", "over", "on top of", "on", "sitting on", "riding", "standing on", "sleeping on", "flying over"), "below": ("below", "under", "beneath"),
    "in front of": ("in front of", "in", "inside", "driving"), "holding": ("holding", "with", "carrying", "eating", "drinking", "playing", "reading"),
    "wearing": ("wearing", "with"),
}  # fmt: skip
NUMBERS = {2: ("two", "2"), 3: ("three", "3"), 4: ("four", "4")}
CHINESE_COLOURS = {
    "white": "白色", "blue": "蓝色", "green": "绿色", "pink": "粉色", "yellow": "黄色", "purple": "紫色", "orange": "橙色", "red": "红色", "gray": "灰色", "black": "黑色",
    "brown": "棕色",
}  # fmt: skip
CHINESE_ASKING = (*["{}"] * 6, "一个{}", "一只{}", "画一个{}", "请画{}", "{}的图片", "画一只{}", "给我画{}", "帮我画一个{}", "我想要一个{}", "来一个{}", "一张{}的图", "一幅{}的画", "可爱的{}", "{}图标")
CHINESE_PLACES = ("{}的{}", "{}的{}", "在{}的{}", "{1}在{0}")
CHINESE_RELATIONS = {
    "beside": ("{}和{}", "{}在{}旁边", "{1}旁边的{0}", "{}跟{}"), "above": ("{}在{}上面", "{}在{}上", "{1}上的{0}", "骑着{1}的{0}"),
    "below": ("{}在{}下面", "{1}下面的{0}"), "in front of": ("{}在{}前面", "{}在{}里", "{1}前面的{0}"),
    "holding": ("拿着{1}的{0}", "{}拿着{}", "带着{1}的{0}", "抱着{1}的{0}", "吃{1}的{0}"), "wearing": ("戴{1}的{0}", "戴着{1}的{0}", "{}戴着{}"),
}  # fmt: skip
CHINESE_NUMBERS = {2: ("两个{}", "两只{}", "2个{}"), 3: ("三个{}", "三只{}", "3个{}"), 4: ("四个{}", "四只{}", "4个{}")}
CHINESE_LABEL_SHARE = 0.65  # against tags
BEHIND_SHARE = 0.25  # of what is in front of something, told the other way round
BARE_SHARE, CHINESE_SHARE, CHINESE_ARRANGED_SHARE, DETAIL_SHARE, PRAISE_SHARE = 0.25, 0.35, 0.2, 0.1, 0.12


def caption(scene: Scene, things: list[Thing], rng: random.Random, held_out: bool = False) -> str:
    """`held_out`: in a way of asking that training never sees."""
    if not held_out and not any(scene.sizes) and scene.style == 0 and rng.random() < (CHINESE_SHARE if is_alone(scene) else CHINESE_ARRANGED_SHARE):
        told = chinese(scene, things, rng)
        if told:
            return told
    subject = subject_of(scene, things, rng, held_out)
    if scene.scenery:
        subject += f" {rng.choice(scene.scenery.words)}"
    elif scene.background:
        colour = list(BACKGROUNDS)[scene.background]
        subject += rng.choice((f" on a {colour} background", f" on a {colour} background", f", {colour} background", f" on {colour}", f" with a {colour} background"))
    if held_out:
        subject = ("" if scene.style else rng.choice(HELD_OUT_ASKING)) + subject + rng.choice(HELD_OUT_ENDING)
    elif scene.background == 0:
        subject += rng.choice(ENDING) if rng.random() < 0.9 else " on a white background"
    elif scene.scenery and rng.random() < 0.5:
        subject += rng.choice(ENDING)
    if not held_out and rng.random() < DETAIL_SHARE:
        subject += "".join(f", {word}" for word in rng.sample(DETAIL, rng.randint(1, 3)))
    return subject


def subject_of(scene: Scene, things: list[Thing], rng: random.Random, held_out: bool) -> str:
    """What is to be seen, with the words before it."""
    if scene.style:
        asking = rng.choice(FLAT)
    elif not held_out and rng.random() < 0.12:
        asking = rng.choice(SOLID)
    else:
        asking = "" if held_out else ask(rng)
    isAdjective = asking.endswith(("flat ", "3d "))  # "a flat pizza": no article in between
    coloured = lambda slot, name: described(f"{colour} {name}" if (colour := COLOUR_NAMES[scene.colours[slot]]) else name, scene.sizes[slot], rng)
    if scene.relation:
        first, second = (coloured(slot, name_of(things[thing], rng)) for slot, thing in enumerate(scene.things))
        if scene.relation == "in front of" and not held_out and rng.random() < BEHIND_SHARE:
            return f"{asking}{second if isAdjective else article(second)} behind {article(first)}"
        return f"{asking}{first if isAdjective else article(first)} {rng.choice(RELATION_WORDS[scene.relation])} {article(second)}"
    thing = things[scene.things[0]]
    if scene.count > 1:
        several = plural(coloured(0, name_of(thing, rng)))
        return f"{'' if isAdjective else asking}{rng.choice(NUMBERS[scene.count])} {STYLES[scene.style] + ' ' if isAdjective else ''}{several}"
    name = coloured(0, name_of(thing, rng) if held_out or scene.colours[0] else free_name_of(thing, rng))
    if not held_out and rng.random() < PRAISE_SHARE:
        name = rng.choice(PRAISE) + name
    if isAdjective or (not held_out and asking == "" and rng.random() < BARE_SHARE * 2):
        return asking + name
    return asking + (article(name) if rng.random() < 0.85 else f"the {name}")


def ask(rng: random.Random) -> str:
    """How people begin, or nothing."""
    chance = rng.random()
    if chance < EMPTY_ASKING_SHARE:
        return ""
    if chance < EMPTY_ASKING_SHARE + FIXED_ASKING_SHARE:
        return rng.choice(ASKING)
    kind = HELD_OUT_ASKING[0]
    while kind in HELD_OUT_ASKING:
        kind = f"{article(rng.choice(LOOKING) + rng.choice(KIND))} {rng.choice(('of', 'of', 'with', 'showing'))} "
    if rng.random() < 0.4:
        return kind
    return f"{rng.choice(POLITE)}{rng.choice(DOING)}{rng.choice(WHOM)} {kind if rng.random() < 0.5 else ''}"


def is_alone(scene: Scene) -> bool:
    return scene.relation is None and scene.count == 1


def chinese(scene: Scene, things: list[Thing], rng: random.Random) -> str:
    """Or nothing, where something has no Chinese name."""
    mine = [things[i].chinese for i in scene.things]
    if not all(mine):
        return ""
    names = [some[0] if rng.random() < CHINESE_LABEL_SHARE else rng.choice(some) for some in mine]
    names = [rng.choice(("{}的{}", "{}{}")).format(CHINESE_COLOURS[colour], name) if (colour := COLOUR_NAMES[place]) else name for place, name in zip(scene.colours, names)]
    inPlace = lambda told: rng.choice(CHINESE_PLACES).format(rng.choice(scene.scenery.chinese), told) if scene.scenery else told
    if is_alone(scene):  # "画一个雪地里的狐狸"
        text = rng.choice(CHINESE_ASKING).format(inPlace(names[0]))
    else:
        text = inPlace(rng.choice(CHINESE_RELATIONS[scene.relation] if scene.relation else CHINESE_NUMBERS[scene.count]).format(*names))
    if scene.scenery:
        return text
    return text + (f",{CHINESE_COLOURS[list(BACKGROUNDS)[scene.background]]}背景" if scene.background else "")


def chinese_texts(things: list[Thing]) -> list[str]:
    """What characters are counted in: the everyday names twice, the words around them often."""
    names = [(thing.chinese[0], thing.everyday) for thing in things if thing.chinese]
    around = (*CHINESE_ASKING, *CHINESE_COLOURS.values(), "背景", *sum((*CHINESE_RELATIONS.values(), *CHINESE_NUMBERS.values(), *(scenery.chinese for scenery in SCENERIES)), ()))
    return [*(name for name, _ in names), *(name for name, everyday in names if everyday), *around * 100]


def name_of(thing: Thing, rng: random.Random) -> str:
    return rng.choice(thing.aliases) if thing.aliases and rng.random() < 0.4 else thing.name


def free_name_of(thing: Thing, rng: random.Random) -> str:
    """A name, sometimes with tags or only a tag that is its own."""
    name, chance = name_of(thing, rng), rng.random()
    if thing.own and chance < 0.12:
        return rng.choice(thing.own)
    if thing.tags and chance < 0.22:
        return f"{rng.choice(thing.tags)} {name}"
    if thing.tags and chance < 0.30:
        return f"{name}, {rng.choice(thing.tags)}"
    return name


def described(name: str, size: str | None, rng: random.Random) -> str:
    return f"{rng.choice(SMALL if size == 'small' else LARGE)} {name}" if size else name


def article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def plural(name: str) -> str:
    """Of the noun itself: "faces with tears of joy"."""
    for joint in (" with ", " of ", " in ", " without "):
        if joint in name:
            head, rest = name.split(joint, 1)
            return plural(head) + joint + rest
    if name.endswith(("s", "sh", "ch", "x")):
        return name if name.endswith("s") and not name.endswith("ss") else f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
