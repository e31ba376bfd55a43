"""What a person is told who asks for what cannot be."""

import sys

import pytest

from ..__main__ import main


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["base", "--minutes", "-1"], "argument --minutes: expected a number above 0, got -1"),
        (["base", "--batch", "0"], "argument --batch: expected a number above 0, got 0"),
        (["evaluate", "--edge", "100"], "argument --edge: invalid choice: 100"),
        (["all", "--minutes", "5"], "all takes them from its preset"),
        (["vae"], "things.json is not there; what an earlier command makes is expected: prepare"),
    ],
)
def test_what_was_expected_is_said(monkeypatch, capsys, tmp_path, asked, told):
    monkeypatch.setattr(sys, "argv", ["training", *asked, "--work", str(tmp_path), "--device", "cpu"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and told in capsys.readouterr().err
