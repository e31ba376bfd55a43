"""`vae`: the autoencoder, on 128×128 cuts of scenes. Convolutions know no size, so whole pictures of 256×256 need not be computed."""

import random

import torch
import torch.nn.functional as F

from .machine import Machine
from .models.sizes import VaeSizes
from .models.vae import DEVIATION, Vae
from .muon import MuonAndAdamW
from .pictures import EDGE_PX, Pictures
from .plots import save_grid
from .scenes import BACKGROUNDS, Scene, draw_scene, tabulate
from .stage import Average, Stage, warm_cosine
from .things import STYLES, Thing

CUT_PX = 128
LATENT_WEIGHT = 1e-3  # keeps latents near the size of noise
LR = 1e-3


def train_vae(machine: Machine, folder, sizes: VaeSizes, pictures: Pictures, things: list[Thing], minutes: float, batch: int) -> None:
    vae = Vae(sizes).to(machine.device).to(memory_format=torch.channels_last)
    optimiser = MuonAndAdamW(vae.named_parameters(), LR, is_inner=lambda name: "conv_in" not in name and "conv_out" not in name)
    average = Average(vae)
    stage = Stage(folder, "vae", minutes, model=vae, optimiser=optimiser, average=average)
    loss_of = machine.compile(lambda cuts, noise: reconstruction_loss(vae, cuts, noise))
    rng = random.Random(stage.step)
    pictures = pictures.to(machine.device)
    everyday = [thing.everyday for thing in things]
    deep = CUT_PX // sizes.factor
    for progress in stage.steps():
        cuts = draw_cuts(pictures, everyday, batch, rng).contiguous(memory_format=torch.channels_last)
        noise = torch.randn(batch, sizes.latent_channels, deep, deep, device=machine.device)
        with machine.autocast_convolutions():
            loss, error = loss_of(cuts, noise)
        optimiser.step(loss, warm_cosine(stage.step, progress, warm_steps=100))
        average.update()
        stage.log(loss=loss, error=error)
    average.copy_to(vae)
    vae.fix_deviation()
    torch.save(vae.state_dict(), folder / "vae-average.pt")
    show(vae.eval(), pictures, folder / "vae-grid.png")


def reconstruction_loss(vae: Vae, x: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean error of pixels, of their differences to the neighbours (edges), and of 4×4 means (colours)."""
    mean = vae.encode(x).float()
    y = vae.decode(mean + DEVIATION * noise).float()
    error = (y - x).abs().mean()
    edges = sum((y.diff(dim=axis) - x.diff(dim=axis)).abs().mean() for axis in (2, 3))
    colours = (F.avg_pool2d(y, 4) - F.avg_pool2d(x, 4)).abs().mean()
    return error + 0.5 * edges + 0.5 * colours + LATENT_WEIGHT * mean.square().mean(), error


def draw_cuts(pictures: Pictures, everyday: list[bool], batch: int, rng: random.Random) -> torch.Tensor:
    """Half are cuts of scenes at full size, half whole scenes at 128×128. → [batch, 3, 128, 128]."""
    table = tabulate([draw_scene(rng, everyday) for _ in range(batch)], rng)
    half = batch // 2
    top, left = (rng.randrange(EDGE_PX - CUT_PX + 1) for _ in range(2))
    cuts = pictures.render(table[:half], EDGE_PX)[:, :, top : top + CUT_PX, left : left + CUT_PX]
    cuts = torch.cat([cuts, pictures.render(table[half:], CUT_PX)])
    return cuts.flip(3) if rng.random() < 0.5 else cuts


@torch.no_grad()
def show(vae: Vae, pictures: Pictures, png) -> None:
    """Pictures above their round trips."""
    scenes = [Scene(style, background, (thing,)) for style in range(len(STYLES)) for background in (0, 1) for thing in range(2, min(50, len(pictures)), 12)]
    x = pictures.render(tabulate(scenes), EDGE_PX)
    y = vae.decode(vae.encode(x)).clamp(-1, 1)
    print(f"vae: round trip at {10 * torch.log10(4 / F.mse_loss(y, x)).item():.2f} dB, {len(BACKGROUNDS)} backgrounds")
    save_grid(torch.cat([x, y]), png, columns=len(scenes))
