"""Qwen3 as Z-Image reads it, for right-padded batches of one length (transformers' `models/qwen3/modeling_qwen3.py`)."""

import torch
import torch.nn.functional as F
from torch import nn

from .norms import RmsNorm
from .sizes import TextSizes

EPS = 1e-6


class TextEncoder(nn.Module):
    """ids [batch, length] → [batch, length, hidden]: what the last layer but one made. Attention is causal, so padding reaches nobody."""

    def __init__(self, sizes: TextSizes):
        super().__init__()
        self.sizes = sizes
        self.embed_tokens = nn.Embedding(sizes.vocabulary, sizes.hidden)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.norm = RmsNorm(sizes.hidden, EPS)
        # Nobody ever reads the last layer: zeros, which pack to nothing.
        for parameter in (*self.layers[-1].parameters(), *self.norm.parameters()):
            nn.init.zeros_(parameter)
            parameter.requires_grad_(False)
        nn.init.normal_(self.embed_tokens.weight, std=0.5)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = F.embedding(ids, self.embed_tokens.weight)
        half = torch.arange(0, self.sizes.head_dim, 2, device=ids.device).float() / self.sizes.head_dim
        angles = torch.outer(torch.arange(ids.shape[1], device=ids.device).float(), self.sizes.rope_theta**-half)
        angles = torch.cat([angles, angles], -1)[:, None]  # [length, 1, head_dim]
        for layer in self.layers[:-1]:
            x = layer(x, angles.cos(), angles.sin())
        return x


class Layer(nn.Module):
    def __init__(self, sizes: TextSizes):
        super().__init__()
        self.self_attn, self.mlp = Attention(sizes), Mlp(sizes)
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(sizes.hidden, EPS), RmsNorm(sizes.hidden, EPS)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Attention(nn.Module):
    def __init__(self, sizes: TextSizes):
        super().__init__()
        self.sizes = sizes
        queries, keys = sizes.heads * sizes.head_dim, sizes.key_value_heads * sizes.head_dim
        self.q_proj, self.o_proj = nn.Linear(sizes.hidden, queries, bias=False), nn.Linear(queries, sizes.hidden, bias=False)
        self.k_proj, self.v_proj = (nn.Linear(sizes.hidden, keys, bias=False) for _ in range(2))
        self.q_norm, self.k_norm = RmsNorm(sizes.head_dim, EPS), RmsNorm(sizes.head_dim, EPS)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        heads = lambda y: y.unflatten(-1, (-1, self.sizes.head_dim))  # [batch, length, heads, head_dim]
        q, k, v = self.q_norm(heads(self.q_proj(x))), self.k_norm(heads(self.k_proj(x))), heads(self.v_proj(x))
        q, k = rotate_halves(q, cos, sin), rotate_halves(k, cos, sin)
        share = self.sizes.heads // self.sizes.key_value_heads
        k, v = k.repeat_interleave(share, 2), v.repeat_interleave(share, 2)
        mixed = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, sizes: TextSizes):
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(sizes.hidden, sizes.intermediate, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(sizes.intermediate, sizes.hidden, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


def rotate_halves(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.float().chunk(2, -1)
    return (x.float() * cos + torch.cat([-second, first], -1) * sin).to(x.dtype)
