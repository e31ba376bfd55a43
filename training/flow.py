"""Rectified flow with the pipeline's conventions, and its sampler.

x_σ = (1 − σ)·clean + σ·noise, σ from 1 to 0; the model is told t = 1 − σ and answers clean − noise, the negative of the velocity
(diffusers' `ZImagePipeline` changes the sign). Liu et al. 2022, arXiv:2209.03003; the shift: Esser et al. 2024, arXiv:2403.03206.
"""

import torch

from .models.checkpoint import SHIFT, Model
from .pictures import USUAL, Size
from .tokenizer import encode


def mix(clean: torch.Tensor, noise: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    s = sigma[:, None, None, None]
    return (1 - s) * clean + s * noise


def shifted(sigma: torch.Tensor) -> torch.Tensor:
    return SHIFT * sigma / (1 + (SHIFT - 1) * sigma)


def sigmas(steps: int) -> list[float]:
    """The scheduler's levels for so many evaluations, and 0."""
    return [*shifted(torch.linspace(1, 1 / steps, steps)).tolist(), 0.0]


def clean_from(x: torch.Tensor, sigma: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """Where the flow would end if it went on straight."""
    return x + sigma[:, None, None, None] * answer


def flow_loss(transformer, clean, caption, counts) -> torch.Tensor:
    """Levels are spread evenly over the batch, then shifted to where the sampler spends its steps."""
    batch = len(clean)
    spread = (torch.arange(batch, device=clean.device) + torch.rand(batch, device=clean.device)) / batch
    sigma, noise = shifted(spread), torch.randn_like(clean)
    return (transformer(mix(clean, noise, sigma), 1 - sigma, caption, counts) - (clean - noise)).square().mean()


@torch.no_grad()
def sample(transformer, caption, counts, noise, steps: int, guidance: float = 0.0, empty=None) -> torch.Tensor:
    """Noise → latents by Euler's steps. `empty`: the empty prompt's (caption, counts), for guidance."""
    x, levels = noise, sigmas(steps)
    for sigma, following in zip(levels, levels[1:]):
        t = torch.full((len(x),), 1 - sigma, device=x.device)
        answer = transformer(x, t, caption, counts)
        if guidance > 0:
            answer = answer + guidance * (answer - transformer(x, t, *empty))
        x = x - (following - sigma) * answer
    return x


@torch.no_grad()
@torch.compiler.set_stance("force_eager")
def draw(model: Model, prompts: list[str], steps: int, guidance: float = 0.0, seed: int = 0, size: Size = USUAL, batch: int = 64) -> torch.Tensor:
    """
    Prompts → scaled latents of pictures of this width and height. The i-th prompt's noise depends on `seed` and i alone. Not compiled, where a
    stage has compiled its blocks: numbers of prompts are many, and each would be a graph.
    """
    device, (width, height) = model.device, (edge // model.sizes.vae.factor for edge in size)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(prompts), model.sizes.transformer.channels, height, width, generator=generator).to(device)
    out = []
    for start in range(0, len(prompts), batch):
        ids, counts = (values.to(device) for values in encode(model.tokenizer, prompts[start : start + batch]))
        empty_ids, empty_counts = (values.to(device) for values in encode(model.tokenizer, [""] * len(ids)))
        empty = (model.text_encoder(empty_ids), empty_counts) if guidance > 0 else None
        out.append(sample(model.transformer, model.text_encoder(ids), counts, noise[start : start + batch], steps, guidance, empty))
    return torch.cat(out)
