"""Finetuning on pairs of captions and pictures."""

import pytest
import torch
import torch.nn.functional as F

from .. import finetune as train
from ..bank import Bank
from ..distil.dmd import roll_out
from ..distil.train import STEPS
from ..finetune import PatchCritic, critic_loss, pull, pull_decoded, state_before
from ..machine import Machine
from ..models.checkpoint import Model
from ..models.sizes import SMOKE
from ..pictures import OTHER_SIZES, SMALL, USUAL, Pictures
from ..scenes import Scene, tabulate
from ..stage import Stage
from ..tokenizer import encode, make_tokenizer
from ..train_base import load_both


def test_a_student_that_points_to_one_place_from_everywhere_is_met_where_it_would_come_by():
    clean, noise = torch.randn(2, 16, 8, 8), torch.randn(2, 16, 8, 8)
    student = lambda x, t, *_: (clean - x) / (1 - t)[:, None, None, None]
    for stop in range(STEPS):
        assert torch.allclose(state_before(student, stop, noise, None, None), roll_out(student, None, None, noise, STEPS, stop), atol=1e-5)


def test_the_critic_pulls_with_its_share_of_the_differences_strength():
    torch.manual_seed(0)
    critic, real, made = PatchCritic(16), torch.randn(3, 16, 8, 8), torch.randn(3, 16, 8, 8)
    alone, difference = pull(critic, real, made, 0)
    assert torch.allclose(alone, (made - real).sign() / made.numel()) and torch.isclose(difference, (made - real).abs().mean())
    both, _ = pull(critic, real, made, 0.5)
    length = lambda values: values.flatten(1).norm(dim=1).mean()
    assert torch.isclose(length(both - alone), 0.5 * length(alone), rtol=1e-4)


def test_what_is_decoded_pulls_as_strongly_as_differences_do():
    torch.manual_seed(0)
    x, made = torch.randn(3, 3, 16, 16), torch.randn(3, 4, 8, 8)
    seen = lambda latents: F.interpolate(latents[:, :3], scale_factor=2.0)
    loss_of = lambda x, latents: ((seen(latents) - x).square().mean() * 100, (seen(latents) - x).abs().mean())
    gradient, difference = pull_decoded(loss_of, x, made)
    alone, _ = pull(PatchCritic(4, width=16), torch.randn_like(made), made, 0)
    assert torch.isclose(gradient.norm(), alone.norm(), rtol=1e-4) and torch.isclose(difference, (seen(made) - x).abs().mean())
    assert (gradient[:, 3] == 0).all()  # what is not seen is left as it is
    assert loss_of(x, made - 10 * gradient)[0] < loss_of(x, made)[0]


def test_the_critic_learns_to_tell_the_set_s_from_made_ones():
    torch.manual_seed(0)
    critic = PatchCritic(4, width=16)
    optimiser = torch.optim.AdamW(critic.parameters(), lr=4e-3)
    for _ in range(60):
        loss = critic_loss(critic, torch.randn(8, 4, 8, 8).sign(), torch.randn(8, 4, 8, 8) * 0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (critic(torch.randn(8, 4, 8, 8).sign()).mean() - critic(torch.randn(8, 4, 8, 8) * 0.1).mean()) > 1


@pytest.mark.parametrize(("small_share", "pictures_at", "name"), [(0, 0, "difference"), (1, 1, "small"), (1, 0, "small pixels")])
def test_a_caption_s_picture_comes_nearer(tmp_path, monkeypatch, small_share, pictures_at, name):
    """Forty steps, however long they take: latents nearer to latents, and small pictures to pictures."""
    seen = []

    def steps(stage):
        stage.used_s = 1.0
        yield from (i / 40 for i in range(40))

    monkeypatch.setattr(Stage, "steps", steps)
    monkeypatch.setattr(Stage, "log", lambda stage, **values: seen.append(values))
    monkeypatch.setattr(train, "warm_cosine", lambda *_: 4)
    monkeypatch.setattr(train, "SMALL_SHARE", small_share)
    monkeypatch.setattr(train, "PICTURES_AT", pictures_at)
    monkeypatch.setattr(train, "OTHER_SHARE", 0.4 * (1 - small_share))
    torch.manual_seed(0)
    names = ["apple", "dog"]
    model = Model.fresh(SMOKE, make_tokenizer(names * 3, 400))
    ids, counts = encode(model.tokenizer, names, 64)
    latents = torch.randn(2, 16, 8, 8).sign().half()
    around = {size: torch.ones(1, 16, size[1] // 16, size[0] // 16) for size in OTHER_SIZES}
    table = tabulate([Scene(0, 0, (thing,)) for thing in (0, 1)])
    pictures = Pictures({edge: torch.tensor([40, 200]).byte()[None, :, None, None, None].expand(1, 2, 4, edge, edge) for edge in (256, 128, 64, 32, 16)})
    bank = Bank({USUAL: latents.repeat(1, 1, 2, 2), SMALL: latents}, around, table, ids.short(), counts.short(), torch.tensor([0, 1]), torch.tensor([[0], [1]]), 1, ids[0].short(), 3, torch.ones(2), 0.5)
    train.finetune(Machine(torch.device("cpu"), False, False), tmp_path, "finetune", model, bank, pictures, 1, 4, False)
    differences = [values[name] for values in seen if name in values]
    assert sum(differences[-10:]) < 0.98 * sum(differences[:10]) and sum("critic" in values for values in seen) == 16 * (1 - small_share)
    load_both(model, tmp_path / "finetune-average.pt")
