"""What a person is told who asks for what cannot be."""

import random
import subprocess
import sys

import numpy as np
import pytest

from .. import prepare
from ..__main__ import main
from ..scenes import LEAST_THINGS, draw_scene, is_held_out
from ..things import Thing


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["base", "--minutes", "-1"], "argument --minutes: expected a number above 0, got -1"),
        (["base", "--batch", "0"], "argument --batch: expected a number above 0, got 0"),
        (["evaluate", "--size", "100x96"], "argument --size: expected WxH, both multiples of 32 up to 608, got 100x96"),
        (["base", "--minutes", "inf"], "argument --minutes: expected a number above 0, got inf"),
        (["export", "--guidance", "-1"], "argument --guidance: expected 0 or a number above 0, got -1"),
        (["all", "--things", "7"], "argument --things: expected 8 or more, got 7"),
        (["all", "--minutes", "5"], "all takes them from its preset"),
        (["vae"], "things.json is not there; what an earlier command makes is expected: prepare"),
    ],
)
def test_what_was_expected_is_said(monkeypatch, capsys, tmp_path, asked, told):
    monkeypatch.setattr(sys, "argv", ["training", *asked, "--work", str(tmp_path), "--device", "cpu"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["vae", "--device", "nonsense"], "--device nonsense is not there for PyTorch: cpu, or cuda"),
        (["cases", "--model", "{}/none"], "none is not a model's folder: `export` makes one"),
        (["vae", "--start", "{}/none", "--pack", "{}/pack"], "none can't be read: the folder of a Z-Image model was expected"),
        (["vae", "--pack", "{}/half"], "half is damaged or of another version: make it anew with `prepare`"),
        (["vae", "--pack", "{}/other"], "other is damaged or of another version"),
        (["vae", "--pack", "{}/uneven"], "uneven has words for 1 things and pictures of 0"),
    ],
)
def test_what_does_not_fit_is_named(monkeypatch, tmp_path, asked, told):
    for pack, things in (("pack", "[]"), ("half", "[{"), ("other", '[{"title": "apple"}]'), ("uneven", f"[{THING}]")):
        (tmp_path / pack).mkdir()
        (tmp_path / pack / "things.json").write_text(things)
        np.savez(tmp_path / pack / "pictures.npz", bytes=np.zeros(0, np.uint8), offsets=np.zeros(1, np.int64))
    asked = [word.format(tmp_path) for word in asked]
    monkeypatch.setattr(sys, "argv", ["training", asked[0], "--work", str(tmp_path / "work"), "--device", "cpu", *asked[1:]])
    with pytest.raises(SystemExit, match=told):
        main()


THING = '{"name": "apple", "aliases": [], "tags": [], "own": [], "chinese": [], "everyday": true}'


def test_a_work_folder_that_is_a_file_is_told(monkeypatch, capsys, tmp_path):
    (tmp_path / "work").touch()
    monkeypatch.setattr(sys, "argv", ["training", "vae", "--work", str(tmp_path / "work"), "--device", "cpu"])
    with pytest.raises(SystemExit):
        main()
    assert "File exists" in capsys.readouterr().err


def test_packages_that_came_by_half_are_fetched_again(monkeypatch, tmp_path):
    (tmp_path / "node_modules/emojilib").mkdir(parents=True)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1))
    with pytest.raises(SystemExit, match="npm could not fetch @lobehub/fluent-emoji-3d"):
        prepare.prepare(tmp_path / "pack", tmp_path)


def test_so_few_things_are_enough_to_train_and_to_evaluate():
    assert any(is_held_out(first, second) for second in range(LEAST_THINGS) for first in range(second))
    for seed in range(200):
        hat = seed % LEAST_THINGS
        draw_scene(random.Random(seed), [Thing("crown" if i == hat else "dog", (), (), (), (), False) for i in range(LEAST_THINGS)])
