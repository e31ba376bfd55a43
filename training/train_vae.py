"""`vae`: the autoencoder, on whole scenes: its norms and its attention see all of a picture, so cuts would teach it another task."""

import random

import torch
import torch.nn.functional as F

from .machine import Machine
from .models.vae import DEVIATION, Vae, resnets
from .muon import MuonAndAdamW
from .pictures import EDGE_PX, SMALL_PX, SMALL_SHARE, Pictures
from .plots import save_grid
from .scenes import Scene, draw_scene, tabulate
from .stage import Average, Stage, save_whole, warm_cosine
from .things import STYLES, Thing

LATENT_WEIGHT = 1e-3  # keeps latents near the size of noise
# One that learnt before goes on gently, and its latents stay near those that the transformer knows.
LR, AGAIN_LR = 1e-3, 2e-4
GROWN_WEIGHT, KEPT_WEIGHT = 1e-2, 1e-1  # one that was grown has more to change
AGAIN_SMALL_SHARE = 0.7  # of batches: the small size's latents are free, and usual pictures need reminding only


def train_vae(machine: Machine, folder, vae: Vae, kept: Vae | None, pictures: Pictures, things: list[Thing], minutes: float, batch: int) -> None:
    """`kept`: what `vae` was before it was grown, or as it was: then it is the small size that is to become better."""
    isGrown = kept is not None and kept.sizes.factor < vae.sizes.factor
    small_share = AGAIN_SMALL_SHARE if kept and not isGrown else SMALL_SHARE
    vae.to(machine.device).to(memory_format=torch.channels_last)
    optimiser = MuonAndAdamW(vae.named_parameters(), AGAIN_LR if kept else LR, is_inner, machine.rounds)
    average = Average(vae)
    stage = Stage(folder, "vae", minutes, model=vae, optimiser=optimiser, average=average)
    machine.compile_each(resnets(vae))
    rng = random.Random(stage.step)
    for progress in stage.steps():
        edge = SMALL_PX if rng.random() < small_share else EDGE_PX
        x = pictures.render(tabulate([draw_scene(rng, things) for _ in range(batch)]), edge).contiguous(memory_format=torch.channels_last)
        x = x.flip(3) if rng.random() < 0.5 else x
        noise = torch.randn(batch, vae.sizes.latent_channels, *(edge // vae.sizes.factor,) * 2, device=machine.device)
        with machine.autocast():
            latents = kept_latents(kept, x, vae.sizes.factor // kept.sizes.factor) if kept and (isGrown or edge == EDGE_PX) else None
            loss, error = reconstruction_loss(vae, x, latents, noise, GROWN_WEIGHT if isGrown else KEPT_WEIGHT)
        optimiser.step(loss, warm_cosine(stage.step, progress, warm_steps=100))
        average.update()
        stage.log(loss=loss, error=error)
    average.copy_to(vae)
    vae.fix_deviation()
    save_whole(vae.state_dict(), folder / "vae-average.pt")
    show(vae.eval(), pictures, folder / "vae-grid.png")


def is_inner(name: str) -> bool:
    """Whether Muon takes this matrix of the autoencoder."""
    return "conv_in" not in name and "conv_out" not in name


def reconstruction_loss(vae: Vae, x: torch.Tensor, latents: torch.Tensor | None, noise: torch.Tensor, kept_weight: float) -> tuple[torch.Tensor, torch.Tensor]:
    """`latents`: where the mean is to stay."""
    mean = vae.encode(x).float()
    loss, error = decoding_loss(vae, x, mean + DEVIATION * noise)
    held = LATENT_WEIGHT * mean.square().mean() if latents is None else kept_weight * (mean - latents).square().mean()
    return loss + held, error


def decoding_loss(vae: Vae, x: torch.Tensor, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return difference(vae.decode(latents).float(), x)


def difference(y: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean error of pixels, of their differences to the neighbours (edges), and of 4×4 means (colours); the first of these alone."""
    error = (y - x).abs().mean()
    edges = sum((y.diff(dim=axis) - x.diff(dim=axis)).abs().mean() for axis in (2, 3))
    colours = (F.avg_pool2d(y, 4) - F.avg_pool2d(x, 4)).abs().mean()
    return error + 0.5 * edges + 0.5 * colours, error


@torch.no_grad()
def kept_latents(kept: Vae, x: torch.Tensor, shrinks: int) -> torch.Tensor:
    return kept.encode(F.avg_pool2d(x, shrinks)).float()


@torch.no_grad()
def show(vae: Vae, pictures: Pictures, png) -> None:
    """Pictures above their round trips, the usual ones in a file."""
    scenes = [Scene(style, background, (thing,)) for style in range(len(STYLES)) for background in (0, 1) for thing in range(2, min(50, len(pictures)), 12)]
    for edge in (SMALL_PX, EDGE_PX):
        x = pictures.render(tabulate(scenes), edge)
        y = vae.decode(vae.encode(x)).clamp(-1, 1)
        print(f"vae: round trip of {edge}×{edge} at {10 * torch.log10(4 / F.mse_loss(y, x)).item():.2f} dB")
    save_grid(torch.cat([x, y]), png, columns=len(scenes))
