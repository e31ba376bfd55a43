"""The whole recipe at toy size, from the npm packages to an exported model that others read. What follows the recipe runs in this process, which has PyTorch already."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from PIL import Image
from safetensors.torch import load_file

from ..__main__ import main
from ..flow import draw
from ..models.checkpoint import load_model

ROOT = Path(__file__).parents[2]


def run(*command) -> str:
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def train(work: Path, stage: str, *options, pack: Path | None = None) -> None:
    asked = ("training", stage, "--preset", "smoke", "--device", "cpu", "--no-compile", "--work", work, "--pack", pack or work.parent / "pack", *options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", list(map(str, asked)))
        main()


@pytest.fixture(scope="session")
def work(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "said.txt").write_text(run(sys.executable, "-W", "ignore", "-m", "training", "smoke", "--work", folder))
    return folder / "smoke"


def test_every_stage_leaves_a_curve_and_a_grid(work):
    for stage in ("vae", "base", "reward", "judge", "distil-dmdr", "finetune", "decoder"):
        points = [json.loads(line) for line in (work / f"{stage}.jsonl").read_text().splitlines()]
        assert points and points[-1]["step"] > 0
        assert Image.open(work / f"{stage}.png").width > 0
    for grid in ("vae-grid", "base-grid", "distil-dmdr-grid", "finetune-grid", "decoder-grid", "samples-student"):
        assert Image.open(work / f"{grid}.png").width > 128


@pytest.mark.parametrize(("option", "told"), [(("--things", "12"), "things"), (("--draws", "600"), "--draws"), (("--alone",), "--alone"), (("--squares",), "--squares")])
def test_another_bank_is_not_taken_for_what_is_asked(work, option, told):
    with pytest.raises(SystemExit, match=f"bank.pt was made with other {told}"):
        train(work, "export", *option)


def test_a_recipe_s_student_is_not_replaced_by_another_s_finetuned_one(work, tmp_path):
    shutil.copy(work / "tables/student-dmd.pt", work)
    train(work, "export", "--recipe", "dmd", "--steps", "60", "--out", tmp_path)
    exported = load_file(tmp_path / "transformer/diffusion_pytorch_model.safetensors")
    assert all(torch.equal(exported[name], value.half()) for name, value in torch.load(work / "student-dmd.pt").items())
    profile = json.loads((tmp_path / "profile.json").read_text())
    assert profile["steps"] == profile["maxSteps"] == 60


def test_things_are_weighed_on_the_way(work):
    assert "weigh: " in (work.parent / "said.txt").read_text()
    assert len(torch.load(work / "weights.pt")) == 24


def test_the_evaluation_has_every_kind_of_caption(work):
    report = json.loads((work / "evaluation-student.json").read_text())
    for kind in ("name", "bare name", "Chinese name", "everyday alias"):
        assert 0 <= report[kind]["recognised"] <= 1 and 0 < report[kind]["pixel error"] < 1
    for kind in ("flat style", "two things", "holding", "counts", "coloured", "somewhere"):
        assert 0 <= report[kind]["both"] <= min(report[kind]["things"], report[kind]["arranged"])


def test_the_tables_have_every_student(work):
    tables = json.loads((work / "tables/tables.json").read_text())
    assert {"teacher", "student", "lcm", "dmd", "dmd2", "dmdr", "reward-alone", "dmdr, mixed", "dmdr, 1 step"} <= tables["rows"].keys()
    written = (work / "tables/tables.md").read_text()
    assert "| dmdr |" in written and " ± " in written


def test_the_tables_of_one_recipe_have_its_student_alone(work, tmp_path):
    shutil.copytree(work, tmp_path / "smoke")
    train(tmp_path / "smoke", "tables", "--only", "lcm", pack=work.parent / "pack")
    rows = json.loads((tmp_path / "smoke/tables/tables.json").read_text())["rows"]
    assert set(rows) == {"teacher", "teacher, 4 steps", "student", "student, 1 step", "lcm", "lcm, 1 step"}
    assert "| lcm |" in (tmp_path / "smoke/tables/tables.md").read_text()


def test_diffusers_draws_with_the_exported_model_what_training_draws(work):
    model, noise = load_model(work / "model"), torch.randn(1, 16, 16, 16, generator=torch.Generator().manual_seed(3))
    pipeline = ZImagePipeline.from_pretrained(work / "model", torch_dtype=torch.float32)
    theirs = pipeline("a red apple", height=256, width=256, num_inference_steps=4, guidance_scale=0, latents=noise, output_type="pt").images
    ours = model.decode(draw(model, ["a red apple"], 4, seed=3))
    assert ((ours + 1) / 2 - theirs).abs().max() < 1e-3


def test_the_engine_draws_with_it_what_diffusers_draws(work):
    train(work, "cases")
    reports = [json.loads(line) for line in run("npm", "run", "-s", "verify", "--", work / "model", *sorted((work / "cases").glob("*.json"))).splitlines()]
    assert len(reports) == 2 and all(report["ok"] for report in reports)


def test_an_autoencoder_goes_on_and_keeps_its_usual_latents(work, tmp_path):
    """Those the transformer knows; small pictures' may become others."""
    for stage in ("vae", "export"):
        train(tmp_path, stage, "--start", work / "model", pack=work.parent / "pack")
    before, after = (load_model(folder / "model").vae for folder in (work, tmp_path))
    x = torch.rand(4, 3, 256, 256) * 2 - 1
    with torch.no_grad():
        old, new = before.encode(x), after.encode(x)
    assert 0 < (new - old).square().mean() < 0.1 * old.square().mean()
