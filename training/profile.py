"""What an exported model says of itself to the engine."""

from pathlib import Path

from .models.checkpoint import write_json
from .pictures import EDGE_PX, OTHER_SIZES
from .tokenizer import LENGTHS


def write_profile(folder: Path, steps: int, guidance: float) -> None:
    write_json(folder / "profile.json", {
        "name": "zimagine-default", "widthPx": EDGE_PX, "heightPx": EDGE_PX, "minEdgePx": 64, "maxEdgePx": max(max(size) for size in OTHER_SIZES),
        "shapesKeep": "shorter-edge", "steps": steps, "maxSteps": max(50, steps),
        "guidance": guidance, "maxTokens": LENGTHS[0], "negativePrompt": guidance > 0,
    })  # fmt: skip
