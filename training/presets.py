"""What a machine can afford. Every number can be changed on the command line."""

from dataclasses import dataclass

from .models.sizes import SHIPPED, SMOKE, Sizes


@dataclass(frozen=True)
class Preset:
    sizes: Sizes
    things: int | None  # None: all
    draws: int  # captions in the bank
    vae_minutes: float
    base_minutes: float
    scorer_minutes: float
    distil_minutes: float
    finetune_minutes: float
    decoder_minutes: float
    table_minutes: float  # for each student in the tables
    vae_batch: int
    base_batch: int
    scorer_batch: int
    distil_batch: int
    finetune_batch: int
    decoder_batch: int
    prompts: int  # of each kind in `evaluate`
    processes: int


PRESETS = {
    # 4 + 7 + 2 × 0.75 + 4 + 4 + 1 minutes of training; the rest of 25 is meant for the bank, compiling and evaluating. Never run on a GPU yet.
    "gpu": Preset(SHIPPED, None, 1_200_000, 4, 7, 0.75, 4, 4, 1, 1.5, 64, 1024, 1024, 256, 512, 64, 200, 14),
    "cpu": Preset(SHIPPED, None, 240_000, 40, 90, 5, 30, 80, 20, 6, 8, 48, 64, 24, 96, 8, 60, 1),
    "smoke": Preset(SMOKE, 24, 1200, 0.04, 0.08, 0.04, 0.06, 0.06, 0.03, 0.02, 2, 8, 12, 6, 8, 2, 2, 1),
}
