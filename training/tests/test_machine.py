"""What is compiled must learn as what is not."""

import copy

import torch

from ..flow import draw
from ..machine import Machine, open_machine
from ..models.checkpoint import Model
from ..models.sizes import SMOKE
from ..models.vae import Resnet
from ..stage import graphs
from ..tokenizer import make_tokenizer


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


def test_pictures_are_drawn_without_compiling_for_their_number():
    model = Model.fresh(SMOKE, make_tokenizer(["a red apple"] * 3, SMOKE.text.vocabulary))
    Machine(torch.device("cpu"), True, False).compile_each(model.transformer.blocks())
    before = graphs()
    for prompts in (["a red apple"], ["a red apple"] * 2):
        draw(model, prompts, steps=1)
    assert graphs() == before


def test_without_pythons_headers_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr("sysconfig.get_path", lambda _: "/nowhere")
    assert not open_machine("cpu").compiles
