"""
The bank: latents and captions made once, so that a step of training only picks rows. Rendering, encoding and tokenising cost far more than
a step of so small a transformer.
"""

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np
import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from .captions import caption
from .machine import Machine
from .models.checkpoint import Model
from .models.transformer import PATCH
from .pictures import OTHER_SIZES, SMALL, SMALL_SHARE, USUAL, Pictures, Size, middle
from .scenes import BACKGROUND_COUNT, SceneTable, draw_scene, tabulate, unique_scenes
from .things import Thing
from .tokenizer import LENGTHS, encode

CHUNK = 20_000  # draws a process makes at a time
CAPTIONS_A_SCENE = 12  # its latents are the dear part
EMPTY_SHARE = 0.08  # of captions left empty, so that guidance has something to lead away from
STD_ROWS = 4096
AROUND_SCENES = 4  # what lies around them differs by a twentieth of a deviation: four have the mean that sixteen have, to the eye
HARD_WEIGHT = 3.0  # of what is hard to draw small, in batches of that size


@dataclass
class Bank:
    """Draws (a caption and the scene it tells) in order of their token counts; several draws may share a scene."""

    latents: dict[Size, torch.Tensor]  # USUAL and SMALL → [scenes, channels, h, w] float16, of mean 0 and deviation 1
    around: dict[Size, torch.Tensor]  # of other sizes → [backgrounds, channels, h, w] float16: what lies around a scene of the usual size
    table: SceneTable  # [scenes]
    ids: torch.Tensor  # [draws, 64] int16
    counts: torch.Tensor  # [draws] int16
    scene: torch.Tensor  # [draws] int64: row of the latents
    things: torch.Tensor  # [draws, layers] int64: what is to be seen, −1 where nothing is
    short: int  # the first so many draws fit 32 tokens
    empty: torch.Tensor  # [64] int16: the empty caption
    empty_count: int
    weights: torch.Tensor  # [draws]: how often each is picked
    short_share: float  # of all weights, the short draws'

    def to(self, device: torch.device) -> "Bank":
        move = lambda values: values.to(device)
        moved = {name: move(value) for name, value in vars(self).items() if isinstance(value, torch.Tensor)}
        latents, around = ({size: move(z) for size, z in many.items()} for many in (self.latents, self.around))
        return replace(self, latents=latents, around=around, table=self.table.to(device), **moved)

    def weigh(self, weights: torch.Tensor) -> None:
        """From now on draws are picked in proportion to the `weights` [things] of what they show: of two things, the greater."""
        nothing = torch.zeros(1, device=self.things.device)
        self.weights = torch.cat([weights.to(self.things.device), nothing])[self.things].amax(1)
        self.short_share = (self.weights[: self.short].sum() / self.weights.sum()).item()

    def batch(self, count: int, rng: random.Random, may_be_empty: bool = True, small_share: float = SMALL_SHARE, other_share: float = 0.0):
        """
        → latents [count, channels, h, w], ids [count, length], counts [count], scenes [count]. One length and one size a batch: fixed shapes compile.
        `small_share`: of the batches of squares; `other_share`: of all batches, where there is something around.
        """
        size = self.pick_size(rng, small_share, other_share)
        isShort = rng.random() < self.short_share
        low, high = (0, self.short) if isShort else (self.short, len(self.ids))
        weights = self.weights[low:high]
        if size == SMALL:
            weights = torch.where(self.is_hard_to_draw_small()[self.scene[low:high]], HARD_WEIGHT * weights, weights)
        rows = low + torch.multinomial(weights, count, replacement=True)
        ids, counts = self.ids[rows, : LENGTHS[0] if isShort else LENGTHS[1]].long(), self.counts[rows].long()
        if may_be_empty:
            isEmpty = torch.rand(count, device=ids.device) < EMPTY_SHARE
            ids = torch.where(isEmpty[:, None], self.empty[: ids.shape[1]].long(), ids)
            counts = torch.where(isEmpty, self.empty_count, counts)
        scenes = self.scene[rows]
        if size in self.around:
            clean = self.around[size][self.table.background[scenes]].float()
            middle(clean, PATCH).copy_(self.latents[USUAL][scenes])
        else:
            clean = self.latents[size][scenes].float()
        return clean, ids, counts, scenes

    def pick_size(self, rng: random.Random, small_share: float, other_share: float) -> Size:
        if self.around and rng.random() < other_share:
            return rng.choice(list(self.around))
        return SMALL if rng.random() < small_share else USUAL

    def is_hard_to_draw_small(self) -> torch.Tensor:
        """→ [scenes]: where nothing fills the picture, or the style has to be told."""
        return (self.table.size.amax(1) < 1) | (self.table.style > 0)


def make_bank(machine: Machine, model: Model, pictures: Pictures, things: list[Thing], draws: int, batch: int, processes: int = 1, alone: bool = False, others=OTHER_SIZES) -> Bank:
    """`batch`: so many pictures are encoded at a time. Sets a fresh model's latent mean and deviation on the way; one that has learnt keeps those it knows."""
    ids, counts, scenes = collect(model.tokenizer, things, draws, processes, alone)
    different, scene = unique_scenes(scenes)
    table = tabulate(different)
    latents = {size: encode_scenes(machine, model, pictures, table, size, batch) for size in (USUAL, SMALL)}
    around = {size: encode_around(machine, model, pictures, table, size) for size in tqdm(others, desc="latents around", mininterval=5, disable=not others)}
    if (model.latent_mean, model.latent_deviation) == (0.0, 1.0):
        few = latents[USUAL][:STD_ROWS].float()
        model.latent_mean, model.latent_deviation = few.mean().item(), few.std().item()
    scaled = lambda many: {size: ((z.float() - model.latent_mean) / model.latent_deviation).half() for size, z in many.items()}
    order = torch.argsort(counts, stable=True)
    empty, empty_count = encode(model.tokenizer, [""], LENGTHS[-1])
    short = max(1, min(len(ids) - 1, int((counts <= LENGTHS[0]).sum())))
    shown = torch.where(table.size > 0, table.thing, -1)[scene][order]
    told = ids[order], counts[order], scene[order], shown, short, empty[0].short(), int(empty_count), torch.ones(len(ids)), short / len(ids)
    return Bank(scaled(latents), scaled(around), table, *told)


def collect(tokenizer: Tokenizer, things: list[Thing], draws: int, processes: int, alone: bool):
    """Draws in as many processes as are given. → ids, counts, scenes."""
    jobs = [(tokenizer.to_str(), things, min(CHUNK, draws - start), start, alone) for start in range(0, draws, CHUNK)]
    if processes > 1 and len(jobs) > 1:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            parts = list(tqdm(pool.map(draw_many, jobs), total=len(jobs), desc="captions", mininterval=5))
    else:
        parts = [draw_many(job) for job in tqdm(jobs, desc="captions", mininterval=5)]
    ids, counts = (torch.from_numpy(np.concatenate([part[column] for part in parts])) for column in (0, 1))
    return ids, counts, [scene for part in parts for scene in part[2]]


def draw_many(job: tuple[str, list[Thing], int, int, bool]):
    """
    Every scene is told several times. → ids and counts, as arrays: PyTorch would send tensors through shared memory, of which a container has
    64 MB; scenes.
    """
    serialised, things, count, seed, alone = job
    tokenizer, rng = Tokenizer.from_str(serialised), random.Random(seed)
    scenes = []
    while len(scenes) < count:
        scenes += [draw_scene(rng, things, alone)] * CAPTIONS_A_SCENE
    ids, counts = encode(tokenizer, [caption(scene, things, rng) for scene in scenes], LENGTHS[-1])
    return ids.short().numpy(), counts.short().numpy(), scenes


@torch.no_grad()
def encode_scenes(machine: Machine, model: Model, pictures: Pictures, table: SceneTable, size: Size, batch: int = 16) -> torch.Tensor:
    out = []
    for start in tqdm(range(0, len(table), batch), desc=f"latents {size[0]}×{size[1]}", mininterval=5, disable=len(table) <= batch):
        x = pictures.frame(table[start : start + batch], size)
        with machine.autocast():
            out.append(model.vae.encode(x.contiguous(memory_format=torch.channels_last)).half())
    return torch.cat(out)


def encode_around(machine: Machine, model: Model, pictures: Pictures, table: SceneTable, size: Size) -> torch.Tensor:
    """
    → [backgrounds, channels, h, w]: the mean of a few scenes on each background. What lies around them is nearly the same for all, but not
    for an empty picture, of a kind that the autoencoder never saw.
    """
    few = table[:AROUND_SCENES]
    each = [replace(few, background=torch.full_like(few.background, background)) for background in range(BACKGROUND_COUNT)]
    return torch.stack([encode_scenes(machine, model, pictures, scenes, size).float().mean(0).half() for scenes in each])
