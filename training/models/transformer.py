"""The S3-DiT for batches of one shape: the names and arithmetic of diffusers' `ZImageTransformer2DModel`, which takes ragged lists."""

import functools
import math

import torch
import torch.nn.functional as F
from torch import nn

from .norms import RmsNorm
from .sizes import TransformerSizes

EPS = 1e-5
PATCH = 2
MULTIPLE = 32  # both token counts are padded to a multiple of it
TIMESTEP_CHANNELS, TIMESTEP_HIDDEN, MAX_CONDITION = 256, 1024, 256


class Transformer(nn.Module):
    """
    x [batch, channels, height, width], t [batch] (0 noise … 1 clean), caption [batch, length, caption_dim], count [batch] real tokens
    of each caption → clean − noise [batch, channels, height, width]. With `features`, the image tokens half way [batch, tokens, dim] too.
    """

    def __init__(self, sizes: TransformerSizes):
        super().__init__()
        self.sizes = sizes
        dim, condition, patch = sizes.dim, min(sizes.dim, MAX_CONDITION), PATCH * PATCH * sizes.channels
        self.all_x_embedder = nn.ModuleDict({"2-1": nn.Linear(patch, dim)})
        self.noise_refiner = nn.ModuleList(Block(sizes, condition) for _ in range(sizes.refiner_layers))
        self.context_refiner = nn.ModuleList(Block(sizes, None) for _ in range(sizes.refiner_layers))
        self.layers = nn.ModuleList(Block(sizes, condition) for _ in range(sizes.layers))
        self.t_embedder = TimestepEmbedder(condition)
        self.cap_embedder = nn.Sequential(RmsNorm(sizes.caption_dim, EPS), nn.Linear(sizes.caption_dim, dim))
        self.x_pad_token, self.cap_pad_token = (nn.Parameter(torch.randn(1, dim) * 0.02) for _ in range(2))
        self.all_final_layer = nn.ModuleDict({"2-1": FinalLayer(dim, condition, patch)})
        self.initialise()

    def forward(self, x: torch.Tensor, t: torch.Tensor, caption: torch.Tensor, count: torch.Tensor, features: bool = False):
        batch, channels, height, width = x.shape
        rows, columns, length = height // PATCH, width // PATCH, caption.shape[1]
        tokens = rows * columns
        padded = -(-tokens // MULTIPLE) * MULTIPLE
        cos, sin = rotary_tables(self.sizes, rows, columns, padded, length, x.device)
        condition = self.t_embedder(t * 1000)

        image = x.view(batch, channels, rows, PATCH, columns, PATCH).permute(0, 2, 4, 3, 5, 1).reshape(batch, tokens, -1)
        image = self.all_x_embedder["2-1"](image).float()
        image = torch.cat([image, self.x_pad_token.expand(batch, padded - tokens, -1)], 1)  # [batch, padded, dim]
        for block in self.noise_refiner:
            image = block(image, cos[:padded], sin[:padded], condition)
        words = self.cap_embedder(caption).float()
        isReal = torch.arange(length, device=x.device)[None] < count[:, None]
        words = torch.where(isReal[..., None], words, self.cap_pad_token)
        for block in self.context_refiner:
            words = block(words, cos[padded:], sin[padded:], None)
        joint = torch.cat([image, words], 1)
        middle = None
        for index, block in enumerate(self.layers):
            joint = block(joint, cos, sin, condition)
            if index == len(self.layers) // 2:
                middle = joint[:, :tokens]
        patches = self.all_final_layer["2-1"](joint[:, :tokens], condition)
        out = patches.view(batch, rows, columns, PATCH, PATCH, channels).permute(0, 5, 1, 3, 2, 4).reshape(x.shape).float()
        return (out, middle) if features else out

    def blocks(self):
        return (*self.noise_refiner, *self.context_refiner, *self.layers)

    @torch.no_grad()
    def initialise(self) -> None:
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and "pad_token" not in name:
                nn.init.normal_(parameter, std=0.7 * parameter.shape[1] ** -0.5)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
            if "adaLN_modulation" in name and "final" not in name:  # gates start half open
                if name.endswith("weight"):
                    nn.init.normal_(parameter, std=0.01)
                else:
                    for gate in (1, 3):
                        parameter.view(4, -1)[gate] = 0.4
            if "all_final_layer" in name:
                nn.init.zeros_(parameter)


class Block(nn.Module):
    def __init__(self, sizes: TransformerSizes, condition: int | None):
        super().__init__()
        self.attention, self.feed_forward = Attention(sizes), FeedForward(sizes.dim, int(sizes.dim / 3 * 8))
        self.attention_norm1, self.ffn_norm1, self.attention_norm2, self.ffn_norm2 = (RmsNorm(sizes.dim, EPS) for _ in range(4))
        if condition:
            self.adaLN_modulation = nn.Sequential(nn.Linear(condition, 4 * sizes.dim))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, condition: torch.Tensor | None) -> torch.Tensor:
        """Without a condition there are neither scales nor gates."""
        if condition is None:
            x = x + self.attention_norm2(self.attention(self.attention_norm1(x), cos, sin))
            return x + self.ffn_norm2(self.feed_forward(self.ffn_norm1(x)))
        scale1, gate1, scale2, gate2 = self.adaLN_modulation(condition).float()[:, None].chunk(4, -1)
        x = x + gate1.tanh() * self.attention_norm2(self.attention(self.attention_norm1(x) * (1 + scale1), cos, sin))
        return x + gate2.tanh() * self.ffn_norm2(self.feed_forward(self.ffn_norm1(x) * (1 + scale2)))


class Attention(nn.Module):
    def __init__(self, sizes: TransformerSizes):
        super().__init__()
        self.heads = sizes.heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(sizes.dim, sizes.dim, bias=False) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(sizes.dim, sizes.dim, bias=False)])
        self.norm_q, self.norm_k = (RmsNorm(sizes.dim // sizes.heads, EPS) for _ in range(2))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        q, k, v = (project(x).unflatten(-1, (self.heads, -1)) for project in (self.to_q, self.to_k, self.to_v))
        q, k = rotate_pairs(self.norm_q(q), cos, sin), rotate_pairs(self.norm_k(k), cos, sin)
        mixed = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        return self.to_out[0](mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.w1, self.w3 = (nn.Linear(dim, hidden, bias=False) for _ in range(2))
        self.w2 = nn.Linear(hidden, dim, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class TimestepEmbedder(nn.Module):
    def __init__(self, condition: int):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(TIMESTEP_CHANNELS, TIMESTEP_HIDDEN), nn.SiLU(), nn.Linear(TIMESTEP_HIDDEN, condition))

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        half = TIMESTEP_CHANNELS // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device).float() / half)
        angles = t[:, None].float() * frequencies
        return self.mlp(torch.cat([angles.cos(), angles.sin()], -1)).float()


class FinalLayer(nn.Module):
    def __init__(self, dim: int, condition: int, patch: int):
        super().__init__()
        self.linear = nn.Linear(dim, patch)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(condition, dim))

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return self.linear(F.layer_norm(x.float(), x.shape[-1:], eps=1e-6) * (1 + self.adaLN_modulation(condition).float())[:, None])


def rotate_pairs(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Adjacent pairs as complex numbers. x [batch, tokens, heads, head_dim], tables [tokens, head_dim / 2]."""
    real, imaginary = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = cos[:, None], sin[:, None]
    return torch.stack([real * cos - imaginary * sin, real * sin + imaginary * cos], -1).flatten(-2).to(x.dtype)


@functools.cache
def rotary_tables(sizes: TransformerSizes, rows: int, columns: int, padded: int, length: int, device: torch.device):
    """
    Cosines and sines [padded + length, head_dim / 2] of positions (frame, row, column): image tokens are (1 + length, r, c), padding
    (0, 0, 0), caption tokens (1 + i, 0, 0).
    """
    r, c = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    image = torch.stack([torch.full((rows * columns,), 1 + length), r.flatten(), c.flatten()], -1)
    padding = torch.zeros(padded - rows * columns, 3, dtype=torch.long)
    words = torch.stack([torch.arange(1, length + 1), torch.zeros(length).long(), torch.zeros(length).long()], -1)
    positions = torch.cat([image, padding, words]).double()
    angles = [
        torch.outer(positions[:, axis], sizes.rope_theta ** -(torch.arange(0, size, 2).double() / size)) for axis, size in enumerate(sizes.axes_dims)
    ]
    angles = torch.cat(angles, -1).float()
    return angles.cos().to(device), angles.sin().to(device)
