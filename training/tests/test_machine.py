"""What is compiled must learn as what is not."""

import copy

import torch

from ..machine import open_machine
from ..models.vae import Resnet


def test_a_compiled_block_has_the_gradients_of_one_that_is_not():
    """Rounded on a CPU, the autoencoder as a whole had none when it was compiled, and its loss was right."""
    machine = open_machine("cpu")
    torch.manual_seed(0)
    left = Resnet(8, 16, 8)
    compiled = copy.deepcopy(left)
    machine.compile_each([compiled])
    x = torch.randn(2, 8, 16, 16, requires_grad=True)

    def gradients(block):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            block(x).float().square().mean().backward()
        return torch.cat([p.grad.flatten() for p in block.parameters()])

    expected, got = gradients(left), gradients(compiled)
    assert torch.nn.functional.cosine_similarity(expected, got, dim=0) > 0.99 and expected.norm() > 0.01
