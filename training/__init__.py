"""How the small model that comes with zimagine is made: `python -m training --help`."""

import os

# OpenMP's threads wait by spinning; on a shared machine that makes training ten times slower. It reads this when PyTorch loads it.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
