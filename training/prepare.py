"""`prepare`: pictures and words from npm packages into one pack of 9 MB, which is all that training reads.

Pictures: @lobehub/fluent-emoji-3d and -flat, Microsoft's Fluent Emoji (MIT). Words: emojibase-data (Unicode's names and tags, English
and Chinese; MIT), emojilib (tags; MIT), and our own lists in `words/`.
"""

import io
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .things import STYLES

PACKAGES = ("@lobehub/fluent-emoji-3d@1.1.0", "@lobehub/fluent-emoji-flat@1.1.0", "emojibase-data@17.0.0", "emojilib@4.0.3")
EDGE_PX = 256
WORDS = Path(__file__).parent / "words"
# Unicode's groups and subgroups (emojibase's numbers) that are signs, letters, or the same picture again and again.
DROPPED_GROUPS = {2, 9}  # skin tones and hair, flags
DROPPED_SUBGROUPS = {24, 25, 30, 32, 33, 58, 83, 85, 86, 87, 88, 89, 94, 95, 98, 99}
KEPT_OF_DROPPED = {
    "hourglass done", "watch", "alarm clock", "stopwatch", "timer clock", "mantelpiece clock", "hourglass not done",
    "cook", "farmer", "astronaut", "firefighter", "police officer", "detective", "ninja", "construction worker", "person with crown",
    "prince", "princess", "health worker", "scientist", "artist", "pilot", "mechanic", "teacher", "student", "guard",
    "person shrugging", "person facepalming", "person raising hand",
}  # fmt: skip
DROPPED_NAMES = {"middle finger"}
MAX_TAG_CHARACTERS = 24


def prepare(folder: Path, packages: Path, count: int | None = None) -> None:
    """Writes `pictures.npz` and `things.json` into `folder`; `packages` is where npm puts its own. `count`: only the first so many things."""
    modules = packages / "node_modules"
    if not (modules / ".package-lock.json").exists():  # what npm writes last
        packages.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--prefix", packages, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES])
        if done.returncode:
            raise SystemExit(f"npm could not fetch {', '.join(PACKAGES)}: it says above why. Without network, --pack names a pack that was made elsewhere")
    things, encoded = [], {style: [] for style in STYLES}
    for row in tqdm(choose(modules)[:count], desc="prepare"):
        solid = find(modules / "@lobehub/fluent-emoji-3d/assets", row["hexcode"], "webp")
        flat = find(modules / "@lobehub/fluent-emoji-flat/assets", row["hexcode"], "svg")
        if solid is None or flat is None:
            continue
        encoded["3d"].append(solid.read_bytes())
        encoded["flat"].append(rasterise(flat))
        things.append(row)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [piece for style in STYLES for piece in encoded[style]]
    offsets = np.cumsum([0, *map(len, pieces)])
    np.savez(folder / "pictures.npz", bytes=np.frombuffer(b"".join(pieces), np.uint8), offsets=offsets)
    (folder / "things.json").write_text(json.dumps(describe(things, modules), ensure_ascii=False, indent=0), encoding="utf8")
    print(f"{len(things)} things in {len(STYLES)} styles, {offsets[-1] / 1e6:.1f} MB")


def choose(modules: Path) -> list[dict]:
    """The entries of Unicode's list that are worth a picture."""
    rows = json.loads((modules / "emojibase-data/en/data.json").read_text(encoding="utf8"))
    return [row for row in rows if is_kept(row.get("group"), row.get("subgroup"), row["label"])]


def is_kept(group: int | None, subgroup: int | None, label: str) -> bool:
    if group is None or group in DROPPED_GROUPS or label in DROPPED_NAMES or "facing right" in label:
        return False
    if subgroup in DROPPED_SUBGROUPS and label not in KEPT_OF_DROPPED:
        return False
    return not (group == 1 and (re.match(r"(man|woman|men|women)[ :]", label) or "blond" in label))


def find(folder: Path, hexcode: str, extension: str) -> Path | None:
    """The packages' file names differ in how they spell the variation selector."""
    code = hexcode.lower()
    names = (code, code.replace("-fe0f", ""), f"{code}-fe0f", code.lstrip("0"))
    return next((path for name in names if (path := folder / f"{name}.{extension}").exists()), None)


def rasterise(svg: Path) -> bytes:
    import resvg_py  # only here: a machine that gets the pack ready-made does not need it

    png = bytes(resvg_py.svg_to_bytes(svg_path=str(svg), width=EDGE_PX, height=EDGE_PX))
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(out, "WEBP", lossless=True)
    return out.getvalue()


def describe(rows: list[dict], modules: Path) -> list[dict]:
    """The words of every thing, as `things.Thing` has them."""
    keywords = json.loads((modules / "emojilib/dist/emoji-en-US.json").read_text(encoding="utf8"))
    chinese = {row["hexcode"]: row for row in json.loads((modules / "emojibase-data/zh/data.json").read_text(encoding="utf8"))}
    everyday = set((WORDS / "everyday.txt").read_text(encoding="utf8").splitlines())
    aliases, chinese_words = read_words("aliases.txt"), read_words("chinese.txt")
    names = [plain(row["label"]) for row in rows]
    tags = []
    for row, name in zip(rows, names):
        words = [*row.get("tags", []), *(word.replace("_", " ") for word in keywords.get(row["emoji"], []))]
        kept = dict.fromkeys(map(plain, words))
        tags.append([tag for tag in kept if tag and tag != name and len(tag) < MAX_TAG_CHARACTERS])
    uses = Counter(tag for mine in tags for tag in mine)
    chinese_names = [chinese.get(row["hexcode"], {}).get("label") for row in rows]
    chinese_tags = [chinese.get(row["hexcode"], {}).get("tags", [])[:2] for row in rows]
    chinese_uses = Counter(word for mine in (chinese_names, *chinese_tags, *chinese_words.values()) for word in mine)
    taken = {*names, *(alias for some in aliases.values() for alias in some)}
    return [
        {
            "name": name,
            "aliases": aliases.get(name, []),
            "tags": mine,
            "own": [tag for tag in mine if uses[tag] == 1 and tag not in taken],
            "chinese": [chinese_name, *(tag for tag in mine_chinese if chinese_uses[tag] == 1)] if chinese_name else [],
            "chinese_words": chinese_words.get(name, []) if chinese_name else [],
            "everyday": name in everyday,
            "emoji": row["emoji"],
        }
        for row, name, mine, chinese_name, mine_chinese in zip(rows, names, tags, chinese_names, chinese_tags)
    ]


def read_words(name: str) -> dict[str, list[str]]:
    """Our own words for things, by their names."""
    return {name: words.split(", ") for name, words in (line.split(": ", 1) for line in (WORDS / name).read_text(encoding="utf8").splitlines())}


def plain(words: str) -> str:
    """Lower case, without the marks that nobody types."""
    words = re.sub(r"[“”:!]", "", words.lower().replace("’", "'"))
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' \-]", " ", words)).strip()
