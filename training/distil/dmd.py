"""Distribution matching: move the student's pictures to where the teacher finds them likelier than the student's own score does.

Yin et al. 2023 (DMD, arXiv:2311.18828) and 2024 (DMD2, arXiv:2405.14867). As in DMDR's code, teacher and fake score share one frozen
network: the fake score is the teacher plus a LoRA that is fitted to the student's pictures, several updates for each of the student's
(the two time scales of DMD2).
"""

import torch
import torch.nn.functional as F

from ..flow import clean_from, mix, sigmas

FAKE_STRENGTH = 1.0


@torch.no_grad()
def roll_out(student, caption, counts, noise, steps: int, stop: int) -> torch.Tensor:
    """The student's own state before step `stop` of `steps`: it is trained on the states it will meet (DMD2's backward simulation, here by the pipeline's Euler steps, without fresh noise in between)."""
    x, levels = noise, sigmas(steps)
    for sigma, following in zip(levels[:stop], levels[1:]):
        x = x - (following - sigma) * student(x, torch.full((len(x),), 1 - sigma, device=x.device), caption, counts)
    return x


def student_clean(student, x, caption, counts, steps: int, stop: int) -> torch.Tensor:
    """Where the student's step `stop` points, with gradient."""
    sigma = torch.full((len(x),), sigmas(steps)[stop], device=x.device)
    return clean_from(x, sigma, student(x, 1 - sigma, caption, counts))


def dmd_loss(clean, scores, caption, counts, empty, sigma, guidance: float, real_strength: float) -> torch.Tensor:
    """`scores`: the LoRA on the teacher. The gradient is (fake − real), each picture's scaled by how far the teacher is from it."""
    with torch.no_grad():
        x, t = mix(clean, torch.randn_like(clean), sigma), 1 - sigma
        real = scores(real_strength, x, t, caption, counts)
        real = real + guidance * (real - scores(real_strength, x, t, *empty))
        fake = scores(FAKE_STRENGTH, x, t, caption, counts)
        real, fake = clean_from(x, sigma, real), clean_from(x, sigma, fake)
        gradient = (fake - real) / ((clean - real).abs().mean((1, 2, 3), keepdim=True) + 1e-6)
    return 0.5 * F.mse_loss(clean, (clean - gradient).detach())


def fake_loss(clean, scores, caption, counts, sigma) -> torch.Tensor:
    """Flow matching on the student's pictures."""
    noise = torch.randn_like(clean)
    answer = scores(FAKE_STRENGTH, mix(clean, noise, sigma), 1 - sigma, caption, counts)
    return (answer - (clean - noise)).square().mean()
