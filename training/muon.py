"""Muon: momentum whose matrices are made orthogonal before each step (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon).

Matrices of one shape are stacked, and the step is scaled to AdamW's usual size, so that both take one learning rate (Liu et al.
2025, arXiv:2502.16982). At small batches it gains on AdamW about as much as doubling the time.
"""

import torch

MOMENTUM = 0.95
WEIGHT_DECAY = 0.01
# The quintic that pulls all singular values towards 1, from the article.
A, B, C = 3.4445, -4.7750, 2.0315


class Muon:
    def __init__(self, parameters, lr: float, weight_decay: float, rounds: bool):
        self.lr, self.weight_decay, self.rounds = lr, weight_decay, rounds
        self.groups: dict[tuple[int, int], list[torch.nn.Parameter]] = {}
        for parameter in parameters:
            self.groups.setdefault((parameter.shape[0], parameter[0].numel()), []).append(parameter)
        self.momenta = {shape: torch.zeros(len(group), *shape, device=group[0].device) for shape, group in self.groups.items()}

    @torch.no_grad()
    def step(self) -> None:
        for (rows, columns), group in self.groups.items():
            gradients = torch.stack([p.grad.reshape(rows, columns).float() for p in group])
            momenta = self.momenta[(rows, columns)]
            momenta.mul_(MOMENTUM).add_(gradients)
            x = gradients + MOMENTUM * momenta  # Nesterov
            x = x.bfloat16() if self.rounds else x
            x = x.mT if rows > columns else x
            x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
            for _ in range(5):
                square = x @ x.mT
                x = A * x + (B * square + C * square @ square) @ x
            x = (x.mT if rows > columns else x).float() * (0.2 * max(rows, columns) ** 0.5 * self.lr)
            for parameter, update in zip(group, x):
                parameter.mul_(1 - self.lr * self.weight_decay).sub_(update.reshape(parameter.shape))

    def state_dict(self) -> dict:
        return self.momenta

    def load_state_dict(self, momenta: dict) -> None:
        for shape, momentum in momenta.items():
            self.momenta[shape].copy_(momentum)


class MuonAndAdamW:
    """
    Muon for the matrices inside, AdamW for the first and last ones, norms, biases and embeddings. Clips gradients to norm 1.
    `rounds`: Muon's own products are in bfloat16, where that is faster.
    """

    def __init__(self, named_parameters, lr: float, is_inner, rounds: bool, muon_factor: float = 3.0):
        named = [(name, p) for name, p in named_parameters if p.requires_grad]
        inner = [p for name, p in named if p.ndim >= 2 and is_inner(name)]
        chosen = {id(p) for p in inner}
        outer = [p for _, p in named if id(p) not in chosen]
        self.lr, self.muon_factor, self.parameters = lr, muon_factor, [p for _, p in named]
        self.muon = Muon(inner, lr * muon_factor, WEIGHT_DECAY, rounds) if inner else None
        decays = [{"params": [p for p in outer if p.ndim >= 2], "weight_decay": WEIGHT_DECAY}, {"params": [p for p in outer if p.ndim < 2], "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW([group for group in decays if group["params"]], lr=lr, betas=(0.9, 0.98), foreach=True)

    def step(self, loss: torch.Tensor, factor: float) -> None:
        """`factor` times the learning rate."""
        for parameter in self.parameters:
            parameter.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        for group in self.adam.param_groups:
            group["lr"] = self.lr * factor
        self.adam.step()
        if self.muon:
            self.muon.lr = self.lr * self.muon_factor * factor
            self.muon.step()

    def state_dict(self) -> dict:
        return {"adam": self.adam.state_dict(), "muon": self.muon and self.muon.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self.adam.load_state_dict(state["adam"])
        if self.muon:
            self.muon.load_state_dict(state["muon"])
