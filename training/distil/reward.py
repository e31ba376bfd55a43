"""Reinforcement inside distillation (DMDR, arXiv:2511.13649) with ReFL's gradient (Xu et al. 2023, arXiv:2304.05977): the reward is differentiable, so
the student simply climbs it, while distribution matching holds it to pictures."""

import torch

WEIGHT = 0.5
REALISM_WEIGHT = 0.02
JOINS_AT = 0.25  # of the training: the cold start is distillation alone


def reward_loss(reward, clean: torch.Tensor, ids: torch.Tensor, counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """→ loss, mean caption score."""
    caption_score, realism = reward.score(clean, ids, counts)
    return -WEIGHT * caption_score.mean() - REALISM_WEIGHT * realism.clamp(max=3).mean(), caption_score.mean()
