"""A picture–caption scorer: two towers that meet in one space, as CLIP's do (Radford et al. 2021, arXiv:2103.00020), and a realism head.

Two are trained. The *reward* sees latents, so its gradient reaches the student without the decoder. The *judge* sees 64×64 pictures,
starts from another seed, learns from fresh draws of the set itself, and is never shown to the student: it tells whether a gain in
reward is one.
"""

import random

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn

from .captions import caption
from .models.sizes import Sizes
from .pictures import Pictures
from .scenes import draw_scene, tabulate, unique_scenes
from .stage import Stage, save_whole, warm_cosine
from .things import Thing
from .tokenizer import encode

WIDTH, SPACE = 96, 128
JUDGE_PX = 64
LR = 1e-3


class Scorer(nn.Module):
    """`channels`: the latents', or 3 for pictures, of which it sees patches of `patch`×`patch`."""

    def __init__(self, vocabulary: int, channels: int, patch: int):
        super().__init__()
        self.stem = nn.Sequential(nn.PixelUnshuffle(patch), nn.Conv2d(channels * patch**2, WIDTH, 3, padding=1))
        self.blocks = nn.ModuleList(nn.Sequential(nn.GroupNorm(8, WIDTH), nn.SiLU(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1, stride=stride)) for stride in (2, 1, 1))
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.picture_out = nn.Linear(16 * WIDTH, SPACE)
        self.realism = nn.Linear(16 * WIDTH, 1)
        self.words = nn.Embedding(vocabulary, SPACE)
        self.places = nn.Parameter(torch.randn(64, SPACE) * 0.02)
        layer = nn.TransformerEncoderLayer(SPACE, 4, 2 * SPACE, dropout=0.0, batch_first=True, norm_first=True)
        self.reader = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.caption_out = nn.Linear(SPACE, SPACE)
        self.temperature = nn.Parameter(torch.tensor(2.7))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """→ [batch, 16 cells × width]."""
        x = self.stem(x)
        for block in self.blocks:
            h = block(x)
            x = h + x if h.shape == x.shape else h
        return self.pool(F.silu(x)).flatten(1)

    def read(self, ids: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
        """→ [batch, space], of length 1."""
        isPadding = torch.arange(ids.shape[1], device=ids.device)[None] >= counts[:, None]
        x = self.reader(self.words(ids) + self.places[: ids.shape[1]], src_key_padding_mask=isPadding)
        mean = (x * ~isPadding[..., None]).sum(1) / counts[:, None]
        return F.normalize(self.caption_out(mean.float()).float(), dim=-1)

    def score(self, x: torch.Tensor, ids: torch.Tensor, counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """→ caption score −1 … 1 [batch], realism logit [batch]."""
        features = self.features(x)
        seen = F.normalize(self.picture_out(features).float(), dim=-1)
        return (seen * self.read(ids, counts)).sum(-1), self.realism(features)[:, 0].float()


def fresh_scorers(sizes: Sizes, device: torch.device) -> dict[str, Scorer]:
    """`reward` and `judge`, each from a seed of its own."""
    torch.manual_seed(11)
    reward = Scorer(sizes.text.vocabulary, sizes.vae.latent_channels, patch=1)
    torch.manual_seed(22)
    judge = Scorer(sizes.text.vocabulary, 3, patch=4)
    return {"reward": reward.to(device), "judge": judge.to(device)}


def train_scorer(machine, folder, name: str, scorer: Scorer, draw_batch, minutes: float) -> None:
    """
    `draw_batch(rng)` → what this scorer looks at [batch, …], ids, counts, and the scenes' numbers [batch]. In a batch, captions and pictures of
    other scenes are wrong answers.
    """
    optimiser = torch.optim.AdamW(scorer.parameters(), lr=LR, weight_decay=0.01)
    stage = Stage(folder, name, minutes, model=scorer, optimiser=optimiser)
    rng = random.Random(len(name) + stage.step)
    for progress in stage.steps():
        x, ids, counts, scene = draw_batch(rng)
        with machine.autocast():
            features = scorer.features(torch.cat([x, spoil(x)]))
            read = scorer.read(ids, counts)
        features = features.float()
        seen = F.normalize(scorer.picture_out(features[: len(x)]), dim=-1)
        logits = seen @ read.T * scorer.temperature.exp().clamp(max=100)
        right = (scene[:, None] == scene[None]).float()
        right = right / right.sum(1, keepdim=True)
        match = F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)
        real = scorer.realism(features)[:, 0]
        realism = F.binary_cross_entropy_with_logits(real, (torch.arange(len(real), device=x.device) < len(x)).float())
        optimiser.param_groups[0]["lr"] = LR * warm_cosine(stage.step, progress)
        optimiser.zero_grad()
        (match + realism).backward()
        optimiser.step()
        stage.log(match=match, realism=realism, right=(logits.argmax(1) == torch.arange(len(x), device=x.device)).float().mean())
    save_whole(scorer.state_dict(), folder / f"{name}-final.pt")


def draw_pictures(pictures: Pictures, tokenizer: Tokenizer, things: list[Thing], batch: int, rng: random.Random):
    """Fresh scenes, as the set's own pictures at 64×64, with captions."""
    scenes = [draw_scene(rng, things) for _ in range(batch)]
    _, places = unique_scenes(scenes)
    x = pictures.render(tabulate(scenes), JUDGE_PX)
    ids, counts = encode(tokenizer, [caption(scene, things, rng) for scene in scenes])
    return x, ids.to(x.device), counts.to(x.device), places.to(x.device)


def spoil(x: torch.Tensor) -> torch.Tensor:
    """What few-step models do wrong: blur, leftover noise, two pictures in one. → as `x`."""
    third = len(x) // 3
    blurred = F.interpolate(F.avg_pool2d(x[:third], 2), scale_factor=2.0, mode="bilinear")
    strength = torch.rand(third, 1, 1, 1, device=x.device) * 0.4 + 0.1
    noisy = x[third : 2 * third] + strength * torch.randn_like(x[third : 2 * third])
    rest = x[2 * third :]
    return torch.cat([blurred, noisy, 0.6 * rest + 0.4 * rest.roll(1, 0)])
