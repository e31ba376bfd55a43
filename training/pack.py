"""The pack that `prepare` made: things, and their pictures in the same order."""

import zlib
from pathlib import Path
from zipfile import BadZipFile

from .pictures import Pictures, read_pictures
from .things import Thing, read_things


def read_pack(folder: Path, count: int | None = None) -> tuple[list[Thing], Pictures]:
    """`count`: only the first so many things."""
    try:
        things, pictures = read_things(folder)[:count], read_pictures(folder, count)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, AttributeError, LookupError, BadZipFile, zlib.error) as error:
        raise SystemExit(f"{folder} is damaged or of another version: make it anew with `prepare` ({error})") from error
    if len(things) != len(pictures):
        raise SystemExit(f"{folder} has words for {len(things)} things and pictures of {len(pictures)}: make it anew with `prepare`")
    return things, pictures
