"""
`decoder`: the autoencoder's second half once more, last of all, on the latents that it will be given: the student's. What the student errs in
by habit can be put right there. Half of the time it decodes the encoder's, so that it stays the encoder's other half.
"""

import random

import torch

from .captions import caption
from .distil.train import STEPS
from .flow import draw
from .machine import Machine
from .models.checkpoint import Model, fingerprint
from .models.vae import DEVIATION, resnets
from .muon import MuonAndAdamW
from .pictures import EDGE_PX, SMALL_PX, Pictures
from .scenes import draw_scene, tabulate
from .stage import Average, Stage, save_whole, warm_cosine
from .things import Thing
from .train_vae import decoding_loss, is_inner, show

LR = 2e-4
SMALL_SHARE = 0.4  # of batches: the small size's latents hold less of a picture, and its decoding has more to learn
STUDENTS_SHARE = 0.5


def train_decoder(machine: Machine, folder, model: Model, pictures: Pictures, things: list[Thing], minutes: float, batch: int) -> None:
    """Changes `model`, and leaves `decoder-average.pt`."""
    vae, decoder = model.vae, model.vae.decoder.requires_grad_(True)
    optimiser = MuonAndAdamW(decoder.named_parameters(), LR, is_inner, machine.rounds)
    average = Average(decoder)
    stage = Stage(folder, "decoder", minutes, model=decoder, optimiser=optimiser, average=average)
    machine.compile_each(resnets(decoder))
    rng = random.Random(stage.step)
    for progress in stage.steps():
        edge = SMALL_PX if rng.random() < SMALL_SHARE else EDGE_PX
        scenes = [draw_scene(rng, things) for _ in range(batch)]
        x = pictures.render(tabulate(scenes), edge).contiguous(memory_format=torch.channels_last)
        with machine.autocast():
            if rng.random() < STUDENTS_SHARE:
                latents = model.plain(draw(model, [caption(scene, things, rng) for scene in scenes], STEPS, seed=stage.step, size=(edge, edge)))
            else:
                latents = encoded(vae, x)
            loss, error = decoding_loss(vae, x, latents.contiguous(memory_format=torch.channels_last))
        optimiser.step(loss, warm_cosine(stage.step, progress, warm_steps=100))
        average.update()
        stage.log(loss=loss, error=error)
    print(f"decoder: {stage.pace(batch)}")
    average.copy_to(decoder)
    save_whole({"decoder": decoder.state_dict(), "encoder": fingerprint(vae.encoder)}, folder / "decoder-average.pt")
    show(vae.eval(), pictures, folder / "decoder-grid.png")


@torch.no_grad()
def encoded(vae, x: torch.Tensor) -> torch.Tensor:
    mean = vae.encode(x).float()
    return mean + DEVIATION * torch.randn_like(mean)
