"""What is compiled, and what is not."""

import pytest
import torch

from ..machine import Machine


@pytest.mark.parametrize(("rounds", "is_left"), [(True, True), (False, False)])
def test_an_autoencoder_that_is_rounded_on_a_cpu_is_left_as_it_is(rounds, is_left):
    """Compiled it ran, and learnt nothing: its gradients were nought. All else was right."""
    machine, loss_of = Machine(torch.device("cpu"), True, rounds), lambda x: x
    assert (machine.compile_autoencoder(loss_of) is loss_of) == is_left and machine.compile(loss_of) is not loss_of
