"""One student: which ideas take part is its ideas."""

import copy
import random
from dataclasses import dataclass, replace

import torch

from ..bank import Bank
from ..flow import draw
from ..lora import Lora
from ..machine import Machine
from ..models.checkpoint import Model
from ..muon import MuonAndAdamW
from ..plots import save_grid
from ..stage import Average, Stage, save_whole, warm_cosine
from ..train_base import GUIDANCE, PROMPTS, is_inner
from .adversarial import Critic, critic_loss, fool_loss
from .dmd import dmd_loss, fake_loss, roll_out, student_clean
from .dynadg import real_strength
from .dynars import renoise_levels
from .lcm import lcm_loss
from .reward import JOINS_AT, reward_loss

STEPS = 4
FAKE_UPDATES = 2
RANK = 32
STUDENT_LR, FAKE_LR = 2e-4, 1e-3


@dataclass(frozen=True)
class Ideas:
    dmd: bool = True
    lcm: bool = False
    adversarial: bool = False
    dynadg: str = "off"  # off, static, dynamic
    dynars: str = "off"
    reward: bool = False


RECIPES = {
    "lcm": Ideas(dmd=False, lcm=True),
    "dmd": Ideas(),
    "dmd-dynadg": Ideas(dynadg="dynamic"),
    "dmd-dynars": Ideas(dynars="dynamic"),
    "dmd-both": Ideas(dynadg="dynamic", dynars="dynamic"),
    "dmd-both-static": Ideas(dynadg="static", dynars="static"),
    "dmd2": Ideas(adversarial=True),
    "dmdr": Ideas(dynadg="dynamic", dynars="dynamic", reward=True),
    "reward-alone": Ideas(dmd=False, reward=True),
}


def distil(machine: Machine, folder, model: Model, bank: Bank, reward, name: str, minutes: float, batch: int) -> torch.nn.Module:
    """→ the student: the running mean of its weights."""
    ideas = RECIPES[name]
    teacher = model.transformer.requires_grad_(False)
    text_encoder = model.text_encoder
    if reward is not None:
        reward.requires_grad_(False)
    student = copy.deepcopy(teacher).requires_grad_(True)
    average = Average(student)
    mean = copy.deepcopy(student).requires_grad_(False)  # LCM asks the running mean
    lora, critic = Lora(teacher, RANK).to(machine.device), Critic(model.sizes.transformer.dim).to(machine.device)
    optimiser = MuonAndAdamW(student.named_parameters(), STUDENT_LR, is_inner, machine.rounds, muon_factor=1.0)
    fake_optimiser = torch.optim.AdamW([*lora.parameters(), *critic.parameters()], lr=FAKE_LR, betas=(0.0, 0.99), weight_decay=0.0)
    parts = dict(student=student, average=average, lora=lora, critic=critic, optimiser=optimiser, fake_optimiser=fake_optimiser)
    stage = Stage(folder, f"distil-{name}", minutes, **parts)
    rng = random.Random(stage.step)
    machine.compile_each((*teacher.blocks(), *student.blocks()))

    for progress in stage.steps():
        clean, ids, counts, _ = bank.batch(batch, rng, may_be_empty=False)
        noise, stop = torch.randn_like(clean), rng.randrange(STEPS)
        levels = lambda: renoise_levels(batch, progress, ideas.dynars, machine.device)
        with machine.autocast():
            caption, empty = read(text_encoder, ids, counts, bank)
            if ideas.lcm:
                average.copy_to(mean)
                loss = lcm_loss(student, mean, teacher, clean, caption, counts, empty, GUIDANCE)
            else:
                x = roll_out(student, caption, counts, noise, STEPS, stop)
                made = student_clean(student, x, caption, counts, STEPS, stop)
                loss = torch.zeros((), device=machine.device)
                if ideas.dmd:
                    loss = loss + dmd_loss(made, lora, caption, counts, empty, levels(), GUIDANCE, real_strength(progress, ideas.dynadg))
                if ideas.adversarial:
                    loss = loss + fool_loss(critic, lora, made, caption, counts, levels())
                if ideas.reward and (progress >= JOINS_AT or not ideas.dmd):
                    climbing, score = reward_loss(reward, made, ids, counts)
                    loss = loss + climbing
                    stage.log(reward=score)
        optimiser.step(loss, warm_cosine(stage.step, progress, warm_steps=50))
        average.update()
        stage.log(loss=loss)
        for _ in range(FAKE_UPDATES if ideas.dmd else 0):
            with machine.autocast():
                fake = fake_loss(made.detach(), lora, caption, counts, levels())
                total = fake + (critic_loss(critic, lora, clean, made.detach(), caption, counts, levels()) if ideas.adversarial else 0)
            fake_optimiser.zero_grad()
            total.backward()
            fake_optimiser.step()
            stage.log(fake=fake)

    average.copy_to(student)
    save_whole(student.state_dict(), folder / f"student-{name}.pt")
    student.eval()
    save_grid(model.decode(draw(replace(model, transformer=student), PROMPTS, STEPS)), folder / f"distil-{name}-grid.png", columns=8, captions=PROMPTS)
    print(f"{name}: {stage.pace(batch, 'updates')}")
    return student


@torch.no_grad()
def read(text_encoder, ids, counts, bank: Bank):
    """→ captions [batch, length, dim], and the empty one as often with its counts."""
    empty = bank.empty[: ids.shape[1]].long().expand(len(ids), -1)
    return text_encoder(ids), (text_encoder(empty), torch.full_like(counts, bank.empty_count))
