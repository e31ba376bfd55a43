"""DynaDG, dynamic distribution guidance (Jiang et al. 2025, DMDR, arXiv:2511.13649).

At first the student's pictures are where the teacher has never been, and its score there means little. So the real score borrows part of
the LoRA that is fitted to the student's pictures, which brings both distributions to overlap, and gives it back along a cosine.
"""

import math

STRENGTH = 0.5  # of the fake score's, as in the authors' text-to-image runs (0.5 of 2.0 there, 0.75 on ImageNet)
UNTIL = 0.5  # of the training


def real_strength(progress: float, mode: str) -> float:
    """`mode`: off, static (never fades), dynamic."""
    if mode == "off":
        return 0.0
    if mode == "static":
        return STRENGTH
    return STRENGTH * fade(progress, UNTIL)


def fade(progress: float, until: float) -> float:
    """1 … 0 along half a cosine, then 0."""
    return 0.5 * (1 + math.cos(math.pi * min(progress / until, 1)))
