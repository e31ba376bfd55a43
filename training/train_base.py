"""`base`: text encoder and transformer together, by rectified flow. It becomes the teacher."""

import random
from collections.abc import Callable

import torch
from torch import nn

from .bank import Bank
from .flow import draw, flow_loss
from .machine import Machine
from .models.checkpoint import Model
from .muon import MuonAndAdamW
from .plots import save_grid
from .stage import Average, Stage, read_whole, save_whole, warm_cosine

INNER = ("to_q", "to_k", "to_v", "to_out", "feed_forward", "_proj")
PROMPTS = ["a slice of pizza", "red heart", "a cat", "rocket", "birthday cake", "a car", "a tree", "crown", "two red apples", "a cat beside a house",
           "a star above a pizza", "a flat icon of a rocket", "a small dog", "a guitar on a blue background", "three roses", "一只狗"]  # fmt: skip
GUIDANCE = 1.5  # the teacher's, which a student learns to do without
# A model that knows something forgets it at the pace at which one that knows nothing learns.
LR, STARTED_LR = 1.5e-3, 5e-4
WEIGHS_AT = 0.5  # of the training: before, nearly all is drawn badly


def is_inner(name: str) -> bool:
    """Whether Muon takes this matrix of the text encoder or of the transformer."""
    return any(part in name for part in INNER)


class Both(nn.Module):
    def __init__(self, model: Model):
        super().__init__()
        self.text_encoder, self.transformer = model.text_encoder, model.transformer

    def forward(self, clean, ids, counts) -> torch.Tensor:
        return flow_loss(self.transformer, clean, self.text_encoder(ids), counts)


def train_base(machine: Machine, folder, model: Model, bank: Bank, minutes: float, batch: int, is_started: bool, weigh: Callable[[], None]) -> None:
    """`is_started`: the model has learnt something already. `weigh` lets the bank draw more often what the model as it is draws badly."""
    both = Both(model)
    optimiser = MuonAndAdamW(both.named_parameters(), STARTED_LR if is_started else LR, is_inner, machine.rounds)
    average = Average(both)
    stage = Stage(folder, "base", minutes, model=both, optimiser=optimiser, average=average)
    machine.compile_each(model.transformer.blocks())
    rng = random.Random(stage.step)
    isWeighed = False
    for progress in stage.steps():
        if not isWeighed and (is_started or progress >= WEIGHS_AT):
            weigh()
            isWeighed = True
        with machine.autocast():
            loss = both(*bank.batch(batch, rng)[:3])
        optimiser.step(loss, warm_cosine(stage.step, progress))
        average.update()
        stage.log(loss=loss)
    print(f"base: {stage.pace(batch)}")
    average.copy_to(both)
    save_whole(both.state_dict(), folder / "base-average.pt")
    both.eval()
    save_grid(model.decode(draw(model, PROMPTS, 8, GUIDANCE)), folder / "base-grid.png", columns=8, captions=PROMPTS)


def load_both(model: Model, path) -> None:
    """Text encoder and transformer, as `base` and `finetune` leave them."""
    read_whole(path, Both(model).load_state_dict)
