"""Low-rank changes to a frozen network's matrices, at a strength that is chosen at each call (Hu et al. 2021, arXiv:2106.09685)."""

import torch
from torch import nn
from torch.func import functional_call

TARGETS = ("to_q", "to_k", "to_v", "to_out", "feed_forward")


class Lora(nn.Module):
    """The network is small, so W + strength·B·A is simply added up at each call: exact, and gradients reach A and B."""

    def __init__(self, network: nn.Module, rank: int):
        super().__init__()
        self.frozen = {name: p for name, p in network.named_parameters() if p.ndim == 2 and any(part in name for part in TARGETS)}
        self.network = [network]  # in a list: its parameters are not ours
        self.a = nn.ParameterDict({key(name): torch.randn(rank, p.shape[1]) * p.shape[1] ** -0.5 for name, p in self.frozen.items()})
        self.b = nn.ParameterDict({key(name): torch.zeros(p.shape[0], rank) for name, p in self.frozen.items()})

    def forward(self, strength: float, *inputs, **options):
        weights = {name: p + strength * (self.b[key(name)] @ self.a[key(name)]) for name, p in self.frozen.items()}
        return functional_call(self.network[0], weights, inputs, options)


def key(name: str) -> str:
    return name.replace(".", "/")
