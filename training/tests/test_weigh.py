"""What is drawn badly is drawn more often."""

import random

import pytest
import torch

from ..bank import Bank
from ..pictures import SMALL, USUAL
from ..scenes import Scene, tabulate
from ..weigh import LEAST, MOST, WRONG, weights_from

DRAWS = 8  # of which the first four are short; draw i shows thing i, the last two show two things
SHOWN = torch.tensor([[i, -1] for i in range(6)] + [[6, 0], [7, 3]])


def bank() -> Bank:
    rows = torch.arange(DRAWS)
    latents = {size: rows.half()[:, None, None, None] for size in (USUAL, SMALL)}
    ids = rows[:, None].short().expand(-1, 64)
    return Bank(latents, {}, tabulate([Scene(0, 0, (0,))] * DRAWS), ids, rows.short(), rows, SHOWN, 4, torch.zeros(64, dtype=torch.int16), 1, torch.ones(DRAWS), 0.5)


def shares(bank: Bank) -> torch.Tensor:
    torch.manual_seed(1)
    rng = random.Random(1)
    picked = torch.cat([bank.batch(20, rng, may_be_empty=False)[3] for _ in range(1000)])
    return picked.bincount(minlength=DRAWS) / len(picked)


def test_draws_are_alike_until_they_are_weighed():
    assert (shares(bank()) - 1 / DRAWS).abs().max() < 0.02


def test_a_draw_is_picked_as_its_heaviest_thing_weighs():
    weighed = bank()
    weighed.weigh(torch.tensor([5.0, 1, 1, 2, 1, 1, 1, 1]))
    expected = torch.tensor([5.0, 1, 1, 2, 1, 1, 5, 2])
    assert (shares(weighed) - expected / expected.sum()).abs().max() < 0.03


def test_an_error_weighs_more_than_in_proportion_and_within_limits():
    weights = weights_from(torch.tensor([True] * 5), torch.tensor([0.001, 0.02, 0.04, 0.08, 0.9]))
    assert weights.tolist() == pytest.approx([LEAST, LEAST, 1, 2**1.5, MOST])


def test_what_is_taken_for_another_thing_weighs_twice_at_least():
    assert weights_from(torch.tensor([False, True, True]), torch.tensor([0.04, 0.04, 0.04])).tolist() == [WRONG, 1, 1]
