import json
import os
import signal

import pytest
import torch

from .. import stage as stages
from ..stage import Stage, graphs, save_whole


def part() -> torch.nn.Module:
    return torch.nn.Linear(1, 1, bias=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stage_that_is_ended_goes_on_where_it_was(tmp_path, number):
    first = part()
    stage = Stage(tmp_path, "some", minutes=10, model=first)
    with pytest.raises(SystemExit) as ended:
        for _ in stage.steps():
            with torch.no_grad():
                first.weight.fill_(stage.step)
            stage.log(loss=torch.tensor(2.0))
            if stage.step == 3:
                os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
    assert json.loads((tmp_path / "some.jsonl").read_text())["step"] == 4
    second = part()
    again = Stage(tmp_path, "some", minutes=10, model=second)
    assert again.step == 4 and again.used_s == stage.used_s and second.weight.item() == 3


def test_a_stage_whose_minutes_are_used_does_nothing_more(tmp_path):
    stage = Stage(tmp_path, "some", minutes=0.001, model=part())
    for progress in stage.steps():
        assert 0 <= progress < 1
        stage.log(loss=torch.tensor(2.0))
    assert json.loads((tmp_path / "some.jsonl").read_text().splitlines()[-1])["loss"] == 2
    again = Stage(tmp_path, "some", minutes=0.001, model=part())
    assert list(again.steps()) == [] and again.step == stage.step


def test_steps_that_compile_are_not_counted(tmp_path, monkeypatch):
    before = graphs()
    torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1))
    assert graphs() == before + 1
    many = iter(range(1000))
    monkeypatch.setattr(stages, "graphs", lambda: next(many))
    stage = Stage(tmp_path, "some", minutes=10, model=part())
    for _ in stage.steps():
        if stage.step == 5:
            break
    assert stage.used_s == 0


def test_a_stage_that_goes_on_does_not_draw_what_it_drew_at_first(tmp_path):
    torch.manual_seed(0)
    stage = Stage(tmp_path, "some", minutes=10, model=part())
    first, stage.step = torch.rand(1), 40
    stage.save()
    torch.manual_seed(0)
    Stage(tmp_path, "some", minutes=10, model=part())
    assert torch.rand(1) != first


def test_a_curve_goes_on_from_its_checkpoint(tmp_path):
    """A stage that was killed has logged more than it kept, and perhaps half a line."""
    stage = Stage(tmp_path, "some", minutes=10, model=part())
    stage.step = 4
    stage.save()
    (tmp_path / "some.jsonl").write_text('{"step": 2}\n{"step": 4}\n{"step": 9}\n{"ste')
    Stage(tmp_path, "some", minutes=10, model=part())
    assert (tmp_path / "some.jsonl").read_text() == '{"step": 2}\n{"step": 4}\n'


def test_a_checkpoint_that_does_not_fit_is_named(tmp_path):
    Stage(tmp_path, "some", minutes=10, model=part()).save()
    with pytest.raises(SystemExit, match="some.pt is damaged, or was made with another preset"):
        Stage(tmp_path, "some", minutes=10, model=torch.nn.Linear(2, 2))
    (tmp_path / "some.pt").write_bytes((tmp_path / "some.pt").read_bytes()[:200])
    with pytest.raises(SystemExit, match="some.pt is damaged"):
        Stage(tmp_path, "some", minutes=10, model=part())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a device that is always full")
def test_a_full_disk_keeps_the_checkpoint_of_before(tmp_path):
    save_whole({"step": 1}, tmp_path / "some.pt")
    (tmp_path / "some.tmp").symlink_to("/dev/full")
    with pytest.raises(SystemExit, match="some.pt could not be written: is there room"):
        save_whole({"step": 2, "weights": torch.ones(100_000)}, tmp_path / "some.pt")
    assert torch.load(tmp_path / "some.pt") == {"step": 1} and not (tmp_path / "some.tmp").is_symlink()
