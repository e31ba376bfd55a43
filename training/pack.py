"""The pack that `prepare` made: things, and their pictures in the same order."""

import zlib
from pathlib import Path
from zipfile import BadZipFile

from .pictures import SMALLEST_PX, Pictures, read_levels
from .things import Thing, read_things


def read_pack(folder: Path, count: int | None = None) -> tuple[list[Thing], Pictures]:
    """`count`: only the first so many things."""
    try:
        things, levels = read_things(folder)[:count], read_levels(folder, count)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, AttributeError, LookupError, BadZipFile, zlib.error) as error:
        raise SystemExit(f"{folder} is damaged or of another version: make it anew with `prepare` ({error})") from error
    if len(things) != (drawn := levels[SMALLEST_PX].shape[1]):
        raise SystemExit(f"{folder} has words for {len(things)} things and pictures of {drawn}: make it anew with `prepare`")
    return things, Pictures(levels, things)
