"""
`finetune`: student and text encoder together, on the set's own pictures. A caption here names nearly one picture, so where the student's step
points can be compared with it, pixel by pixel, which distribution matching cannot do: it only asks whether a picture is likely. Differences
alone would leave a mean of what may be meant, so a critic sees to it that patches look like the set's: pix2pix (Isola et al. 2016,
arXiv:1611.07004), whose pairs are captions and pictures here.
"""

import random
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from .bank import Bank
from .distil.dmd import student_clean
from .distil.train import STEPS
from .flow import draw, mix, sigmas
from .machine import Machine
from .models.checkpoint import Model
from .models.vae import resnets
from .muon import MuonAndAdamW
from .pictures import SMALL, SMALL_PX, Pictures
from .plots import save_grid
from .stage import Average, Stage, save_whole, warm_cosine
from .train_base import PROMPTS, Both, is_inner
from .train_vae import decoding_loss

LR, AGAIN_LR, CRITIC_LR = 5e-4, 2e-4, 4e-4
SMALL_SHARE = 0.5  # of batches of squares
OTHER_SHARE = 0.4  # of batches, of other shapes than squares
FIRST_SHARE = 0.6  # of batches train the first step: it decides the picture, the others follow it, and nothing need be rolled out for it
PICTURES_AT = 0.65  # of the training: small ones are compared as pictures; before, as latents, five times as fast
CRITIC_JOINS_AT = 0.6  # of the training: what is a blur yet has no patches to judge
CRITIC_SHARE = 0.15  # of its gradient's length against the differences'
CRITIC_EVERY = 2  # steps: by then pictures change slowly, and its own step takes as long as theirs
CRITIC_NOISE = 0.05
CRITIC_SMOOTHNESS = 25.0


class PatchCritic(nn.Module):
    """Latents [batch, channels, h, w] → a logit for each patch: positive for the set's."""

    def __init__(self, channels: int, width: int = 96):
        super().__init__()
        layer = lambda come, go, **shape: [nn.Conv2d(come, go, **shape, padding=1), nn.LeakyReLU(0.2)]
        same, half = {"kernel_size": 3}, {"kernel_size": 4, "stride": 2}
        layers = layer(channels, width, **same), layer(width, width, **same), layer(width, 2 * width, **half), layer(2 * width, 2 * width, **same)
        self.net = nn.Sequential(*sum(layers, []), nn.Conv2d(2 * width, 1, 1))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.net(latents)


@torch.no_grad()
def state_before(student, stop: int, noise: torch.Tensor, caption: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """The student's own state before step `stop`, were every step before to point where the first does; by now they nearly do."""
    if stop == 0:
        return noise
    return mix(student_clean(student, noise, caption, counts, STEPS, 0), noise, torch.full((len(noise),), sigmas(STEPS)[stop], device=noise.device))


def critic_loss(critic: PatchCritic, real: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
    """Each picture against the one made for its caption (Jolicoeur-Martineau 2018, arXiv:1807.00734), and answers that a little noise hardly changes."""
    said, said_of_made = critic(real), critic(made)
    shaken = lambda x: critic(x + CRITIC_NOISE * torch.randn_like(x))
    change = (shaken(real) - said).square().mean() + (shaken(made) - said_of_made).square().mean()
    return F.softplus(said_of_made - said).mean() + CRITIC_SMOOTHNESS * change


def pull(critic: PatchCritic, real: torch.Tensor, made: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """→ the gradient at the made pictures: differences', and the critic's at `share` of its length; the mean difference."""
    leaf = made.detach().requires_grad_(True)
    difference = (leaf - real).abs().mean()
    (gradient,) = torch.autograd.grad(difference, leaf)
    if share > 0:
        (fooling,) = torch.autograd.grad(F.softplus(critic(real).detach() - critic(leaf)).mean(), leaf)
        length = lambda values: values.flatten(1).norm(dim=1).mean()
        gradient = gradient + share * length(gradient) / (length(fooling) + 1e-12) * fooling
    return gradient, difference.detach()


def pull_decoded(loss_of: Callable, x: torch.Tensor, made: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    As `pull`, of pictures: → the gradient at the made latents of what `loss_of(x, latents)` finds when they are decoded, as long as that of
    differences between latents; the mean difference between pixels.
    """
    leaf = made.detach().contiguous(memory_format=torch.channels_last).requires_grad_(True)
    loss, difference = loss_of(x, leaf)
    (gradient,) = torch.autograd.grad(loss, leaf)
    return gradient / (gradient.norm() * leaf.numel() ** 0.5 + 1e-12), difference.detach()


def finetune(machine: Machine, folder, name: str, model: Model, bank: Bank, pictures: Pictures, minutes: float, batch: int, again: bool) -> None:
    """Changes `model`, and leaves `NAME-average.pt`. `again`: it was finetuned before."""
    model.transformer.requires_grad_(True)  # `distil` froze it, as the teacher's
    both = Both(model)
    critic = PatchCritic(model.sizes.transformer.channels).to(machine.device)
    optimiser = MuonAndAdamW(both.named_parameters(), AGAIN_LR if again else LR, is_inner, machine.rounds)
    critic_optimiser = torch.optim.AdamW(critic.parameters(), lr=CRITIC_LR, betas=(0.0, 0.99), weight_decay=0.0)
    average = Average(both)
    stage = Stage(folder, name, minutes, model=both, optimiser=optimiser, average=average, critic=critic, critic_optimiser=critic_optimiser)
    rng = random.Random(stage.step)
    machine.compile_each([*model.transformer.blocks(), *resnets(model.vae.decoder)])
    decoded = lambda x, latents: decoding_loss(model.vae, x, model.plain(latents))

    for progress in stage.steps():
        real, ids, counts, scenes = bank.batch(batch, rng, may_be_empty=False, small_share=SMALL_SHARE, other_share=OTHER_SHARE)
        isSmall = real.shape[-1] == bank.latents[SMALL].shape[-1]
        stop = 0 if rng.random() < FIRST_SHARE else rng.randrange(1, STEPS)
        with machine.autocast():
            caption = model.text_encoder(ids)
            x = state_before(model.transformer, stop, torch.randn_like(real), caption, counts)
            made = student_clean(model.transformer, x, caption, counts, STEPS, stop)
            hasCritic = progress >= CRITIC_JOINS_AT and not isSmall  # small ones may leave the encoder's latents, by which it judges
            isDecoded = isSmall and progress >= PICTURES_AT
            if isDecoded:
                gradient, difference = pull_decoded(decoded, pictures.render(bank.table[scenes], SMALL_PX), made)
            else:
                gradient, difference = pull(critic, real, made, CRITIC_SHARE if hasCritic else 0)
        optimiser.step((made * gradient).sum(), warm_cosine(stage.step, progress))
        average.update()
        stage.log(**{"small pixels" if isDecoded else "small" if isSmall else "difference": difference})
        if hasCritic and stage.step % CRITIC_EVERY == 0:
            loss = critic_loss(critic, real, made.detach())  # not rounded: its answers' small changes would drown
            critic_optimiser.zero_grad()
            loss.backward()
            critic_optimiser.step()
            stage.log(critic=loss)
    print(f"{name}: {stage.pace(batch)}")
    average.copy_to(both)
    save_whole(both.state_dict(), folder / f"{name}-average.pt")
    both.eval()
    save_grid(model.decode(draw(model, PROMPTS, STEPS)), folder / f"{name}-grid.png", columns=8, captions=PROMPTS)
