"""Finetuning on pairs of captions and pictures."""

import torch

from .. import finetune as train
from ..bank import Bank
from ..distil.dmd import roll_out
from ..distil.train import STEPS
from ..finetune import PatchCritic, critic_loss, pull, state_before
from ..machine import Machine
from ..models.checkpoint import Model
from ..models.sizes import SMOKE
from ..pictures import OTHER_SIZES, SMALL, USUAL
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


def test_a_caption_s_picture_comes_nearer(tmp_path, monkeypatch):
    """Forty steps, however long they take."""
    seen = []

    def steps(stage):
        stage.used_s = 1.0
        yield from (i / 40 for i in range(40))

    monkeypatch.setattr(Stage, "steps", steps)
    monkeypatch.setattr(Stage, "log", lambda stage, **values: seen.append(values))
    monkeypatch.setattr(train, "warm_cosine", lambda *_: 4)
    torch.manual_seed(0)
    names = ["apple", "dog"]
    model = Model.fresh(SMOKE, make_tokenizer(names * 3, 400))
    ids, counts = encode(model.tokenizer, names, 64)
    latents = torch.randn(2, 16, 8, 8).sign().half()
    around = {size: torch.ones(1, 16, size[1] // 64 * 2, size[0] // 64 * 2) for size in OTHER_SIZES}
    bank = Bank({USUAL: latents, SMALL: latents}, around, torch.tensor([0, 0]), ids.short(), counts.short(), torch.tensor([0, 1]), torch.tensor([[0], [1]]), 1, ids[0].short(), 3, torch.ones(2), 0.5)
    train.finetune(Machine(torch.device("cpu"), False, False), tmp_path, "finetune", model, bank, 1, 4)
    differences = [values["difference"] for values in seen if "difference" in values]
    assert sum(differences[-10:]) < 0.97 * sum(differences[:10]) and sum("critic" in values for values in seen) == 16
    load_both(model, tmp_path / "finetune-average.pt")
