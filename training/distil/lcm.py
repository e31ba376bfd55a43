"""Latent consistency (Luo et al. 2023, arXiv:2310.04378), the baseline: all points of one of the teacher's paths must lead the student to one
picture, which the student's own running mean names from a little further along. Two things are simpler than in the article: guidance is one number, not
drawn and told to the student, and pictures are drawn by the pipeline's Euler steps, without fresh noise in between."""

import torch
import torch.nn.functional as F

from ..flow import clean_from, mix, shifted

INTERVALS = 25  # the teacher's path in so many steps


def lcm_loss(student, average, teacher, clean, caption, counts, empty, guidance: float) -> torch.Tensor:
    step = torch.randint(1, INTERVALS + 1, (len(clean),), device=clean.device)
    sigma, following = shifted(step / INTERVALS), shifted((step - 1) / INTERVALS)
    x = mix(clean, torch.randn_like(clean), sigma)
    with torch.no_grad():
        answer = teacher(x, 1 - sigma, caption, counts)
        answer = answer + guidance * (answer - teacher(x, 1 - sigma, *empty))
        further = x - (following - sigma)[:, None, None, None] * answer
        target = clean_from(further, following, average(further, 1 - following, caption, counts))
    return F.huber_loss(clean_from(x, sigma, student(x, 1 - sigma, caption, counts)), target, delta=0.1) * 10
