import json
import os
import signal

import pytest
import torch

from .. import stage as stages
from ..stage import Stage, graphs


def part() -> torch.nn.Module:
    return torch.nn.Linear(1, 1, bias=False)


def test_a_stage_that_is_ended_goes_on_where_it_was(tmp_path):
    first = part()
    stage = Stage(tmp_path, "some", minutes=10, model=first)
    with pytest.raises(SystemExit) as ended:
        for _ in stage.steps():
            with torch.no_grad():
                first.weight.fill_(stage.step)
            if stage.step == 3:
                os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 143
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
