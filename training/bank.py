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
from .pictures import EDGE_PX, SMALL_PX, SMALL_SHARE, Pictures
from .scenes import SceneTable, draw_scene, tabulate, unique_scenes
from .things import Thing
from .tokenizer import LENGTHS, encode

CHUNK = 20_000  # draws a process makes at a time
CAPTIONS_A_SCENE = 12  # its latents are the dear part
EMPTY_SHARE = 0.08  # of captions left empty, so that guidance has something to lead away from
STD_ROWS = 4096


@dataclass
class Bank:
    """Draws (a caption and the scene it tells) in order of their token counts; several draws may share a scene."""

    latents: dict[int, torch.Tensor]  # edge in pixels → [scenes, channels, h, w] float16, of mean 0 and deviation 1
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
        return replace(self, latents={edge: move(z) for edge, z in self.latents.items()}, **moved)

    def weigh(self, weights: torch.Tensor) -> None:
        """From now on draws are picked in proportion to the `weights` [things] of what they show: of two things, the greater."""
        nothing = torch.zeros(1, device=self.things.device)
        self.weights = torch.cat([weights.to(self.things.device), nothing])[self.things].amax(1)
        self.short_share = (self.weights[: self.short].sum() / self.weights.sum()).item()

    def batch(self, size: int, rng: random.Random, may_be_empty: bool = True):
        """→ latents [size, channels, h, w], ids [size, length], counts [size], rows of the latents [size]. One length and one edge a batch: fixed shapes compile."""
        isShort = rng.random() < self.short_share
        low, high = (0, self.short) if isShort else (self.short, len(self.ids))
        rows = low + torch.multinomial(self.weights[low:high], size, replacement=True)
        ids, counts = self.ids[rows, : LENGTHS[0] if isShort else LENGTHS[1]].long(), self.counts[rows].long()
        if may_be_empty:
            isEmpty = torch.rand(size, device=ids.device) < EMPTY_SHARE
            ids = torch.where(isEmpty[:, None], self.empty[: ids.shape[1]].long(), ids)
            counts = torch.where(isEmpty, self.empty_count, counts)
        edge = SMALL_PX if rng.random() < SMALL_SHARE else EDGE_PX
        return self.latents[edge][self.scene[rows]].float(), ids, counts, self.scene[rows]


def make_bank(machine: Machine, model: Model, pictures: Pictures, things: list[Thing], draws: int, seed: int, processes: int = 1, alone: bool = False) -> Bank:
    """Sets a fresh model's latent mean and deviation on the way; one that has learnt keeps those it knows."""
    ids, counts, scenes = collect(model.tokenizer, things, draws, seed, processes, alone)
    different, scene = unique_scenes(scenes)
    table = tabulate(different)
    latents = {edge: encode_scenes(machine, model, pictures, table, edge) for edge in (EDGE_PX, SMALL_PX)}
    if (model.latent_mean, model.latent_deviation) == (0.0, 1.0):
        few = latents[EDGE_PX][:STD_ROWS].float()
        model.latent_mean, model.latent_deviation = few.mean().item(), few.std().item()
    latents = {edge: ((z.float() - model.latent_mean) / model.latent_deviation).half() for edge, z in latents.items()}
    order = torch.argsort(counts, stable=True)
    empty, empty_count = encode(model.tokenizer, [""], LENGTHS[-1])
    short = max(1, min(draws - 1, int((counts <= LENGTHS[0]).sum())))
    shown = torch.where(table.size > 0, table.thing, -1)[scene][order]
    return Bank(latents, ids[order], counts[order], scene[order], shown, short, empty[0].short(), int(empty_count), torch.ones(len(ids)), short / len(ids))


def collect(tokenizer: Tokenizer, things: list[Thing], draws: int, seed: int, processes: int, alone: bool):
    """Draws in as many processes as are given. → ids, counts, scenes."""
    jobs = [(tokenizer.to_str(), things, min(CHUNK, draws - start), seed + start, alone) for start in range(0, draws, CHUNK)]
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
    everyday = [thing.everyday for thing in things]
    scenes = []
    while len(scenes) < count:
        scenes += [draw_scene(rng, everyday, alone)] * CAPTIONS_A_SCENE
    ids, counts = encode(tokenizer, [caption(scene, things, rng) for scene in scenes], LENGTHS[-1])
    return ids.short().numpy(), counts.short().numpy(), scenes


@torch.no_grad()
def encode_scenes(machine: Machine, model: Model, pictures: Pictures, table: SceneTable, edge: int, batch: int = 16) -> torch.Tensor:
    out = []
    for start in tqdm(range(0, len(table), batch), desc=f"latents {edge}", mininterval=5):
        x = pictures.render(table[start : start + batch], edge)
        with machine.autocast():
            out.append(model.vae.encode(x.contiguous(memory_format=torch.channels_last)).half())
    return torch.cat(out)
