"""What the model draws badly is shown to it more often.

Each thing is drawn once and compared with its picture. Most are soon right; the tenth that is not keeps most of the error, and with
even draws it would learn at the pace of the rest.
"""

import random

import torch

from .captions import ASKING, article
from .distil.train import STEPS
from .evaluate import Sampling, compare, look, look_at_all
from .models.checkpoint import Model
from .pictures import Pictures
from .things import Thing

POWER = 1.5  # of a thing's error against the median
LEAST, MOST = 0.6, 5.0
WRONG = 2.0  # at least, where another thing's picture is nearer


@torch.no_grad()
def weigh(model: Model, pictures: Pictures, things: list[Thing]) -> torch.Tensor:
    """→ [things]: how often each is to be drawn for training, 1 for what is drawn as well as most."""
    rng = random.Random(9)
    captions = [rng.choice(ASKING) + article(thing.name) for thing in things]
    seen = look(model, captions, Sampling(STEPS, 0.0), seed=5)
    isRight, errors = compare(seen, look_at_all(pictures), range(len(things)))
    weights = weights_from(isRight, errors)
    print(f"weigh: {isRight.float().mean():.1%} of the things are recognised, pixel error {errors.mean():.3f}; weights {weights.min():.1f} to {weights.max():.1f}", flush=True)
    return weights


def weights_from(isRight: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    weights = (errors / errors.median()) ** POWER
    return torch.where(isRight, weights, weights.clamp(min=WRONG)).clamp(LEAST, MOST)
