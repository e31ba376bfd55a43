"""What an exported model says of itself to the engine."""

from pathlib import Path

from .models.checkpoint import write_json
from .pictures import EDGE_PX, LONGEST_PX, SMALL_PX
from .tokenizer import LENGTHS


def write_profile(folder: Path, steps: int, guidance: float, squares: bool) -> None:
    """`squares`: no other shapes were learnt."""
    shapes = {"maxEdgePx": 512, "learntEdgesPx": [SMALL_PX, EDGE_PX]} if squares else {"maxEdgePx": LONGEST_PX, "shapesKeep": "shorter-edge"}
    write_json(folder / "profile.json", {
        "name": "zimagine-default", "widthPx": EDGE_PX, "heightPx": EDGE_PX, "minEdgePx": 64, **shapes, "steps": steps, "maxSteps": max(50, steps),
        "guidance": guidance, "maxTokens": LENGTHS[-1], "negativePrompt": guidance > 0,
    })  # fmt: skip
