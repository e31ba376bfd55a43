"""DMD2's adversarial loss (Yin et al. 2024, arXiv:2405.14867): a small head on the fake score's features tells the set's pictures from the
student's, both noised. It needs the set, which DMDR does not."""

import torch
import torch.nn.functional as F
from torch import nn

from ..flow import mix
from .dmd import FAKE_STRENGTH

STUDENT_WEIGHT = 3e-3
CRITIC_WEIGHT = 1e-2  # against the fake score's own loss, whose features it reads; as in DMD2's own scripts


class Critic(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, 1))

    def forward(self, scores, clean, caption, counts, sigma) -> torch.Tensor:
        """→ logits [batch]: positive for the set's."""
        x = mix(clean, torch.randn_like(clean), sigma)
        _, tokens = scores(FAKE_STRENGTH, x, 1 - sigma, caption, counts, features=True)
        return self.head(tokens.float()).mean((1, 2))


def critic_loss(critic: Critic, scores, real, fake, caption, counts, sigma) -> torch.Tensor:
    right = F.softplus(-critic(scores, real, caption, counts, sigma)).mean()
    return CRITIC_WEIGHT * (right + F.softplus(critic(scores, fake, caption, counts, sigma)).mean())


def fool_loss(critic: Critic, scores, clean, caption, counts, sigma) -> torch.Tensor:
    return STUDENT_WEIGHT * F.softplus(-critic(scores, clean, caption, counts, sigma)).mean()
