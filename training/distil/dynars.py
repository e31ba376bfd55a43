"""DynaRS, dynamic renoise sampling (Jiang et al. 2025, DMDR, arXiv:2511.13649).

At first scores are compared at high noise, where the whole of a picture is decided, then at all levels alike: Beta(4, 1.5) becomes
Beta(1, 1) along a cosine (the authors' numbers).
"""

import torch

from .dynadg import fade

ALPHA, BETA = 4.0, 1.5
UNTIL = 0.5
LOWEST, HIGHEST = 0.02, 0.98


def renoise_levels(batch: int, progress: float, mode: str, device: torch.device) -> torch.Tensor:
    """`mode`: off (all levels alike), static (always high), dynamic. → sigma [batch]."""
    bias = {"off": 0.0, "static": 1.0}.get(mode, fade(progress, UNTIL))
    alpha, beta = 1 + (ALPHA - 1) * bias, 1 + (BETA - 1) * bias
    alphas, betas = (torch.full((batch,), value, device=device) for value in (alpha, beta))  # drawn and left unchecked there: nobody waits for the device
    return torch.distributions.Beta(alphas, betas, validate_args=False).sample().clamp(LOWEST, HIGHEST)
