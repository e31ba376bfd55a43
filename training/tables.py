"""`tables`: the article's comparisons at our scale. Every student is trained for the same minutes from the same teacher, then all are judged."""

import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from .captions import caption
from .distil.train import RECIPES, STEPS, distil
from .flow import draw
from .models.checkpoint import Model
from .plots import save_grid
from .scenes import draw_scene
from .scorer import JUDGE_PX, Scorer
from .tokenizer import encode
from .train_base import GUIDANCE

TEACHER_STEPS = 25
DIVERSITY_SEEDS = 4
SYSTEM = ("teacher", "lcm", "dmd", "dmd2", "dmdr", "student")
ABLATION = ("dmd", "dmd-dynadg", "dmd-dynars", "dmd-both", "dmd-both-static")
REWARD = ("dmd-both", "dmdr", "reward-alone")
COLUMNS = ("caption score", "held-out reward", "realism", "diversity")


def make_tables(machine, folder: Path, model: Model, shipped, bank, things, reward: Scorer, judge: Scorer, minutes: float, batch: int, prompts: int) -> None:
    """
    Writes `tables.json`, `tables.md` and a grid for each student. Students that are there already are not trained again. `shipped`: the transformer
    that `distil` made in its own time, in the tables "student".
    """
    rng = random.Random(77)
    everyday = [thing.everyday for thing in things]
    captions = [caption(draw_scene(rng, everyday), things, rng, held_out=True) for _ in range(prompts)]
    rows = {"teacher": measure(model, model.transformer, captions, TEACHER_STEPS, GUIDANCE, reward, judge)}
    rows["teacher, 4 steps"] = measure(model, model.transformer, captions, STEPS, 0, reward, judge)

    def add(name: str, student) -> None:
        rows[name] = measure(model, student, captions, STEPS, 0, reward, judge)
        rows[f"{name}, 1 step"] = measure(model, student, captions, 1, 0, reward, judge)

    add("student", shipped)
    for name in RECIPES:
        student = distil(machine, folder, model, bank, reward, name, minutes, batch)
        add(name, student)
        save_grid(model.decode(draw(model, captions[:16], STEPS, transformer=student)), folder / f"table-{name}.png", 8, captions[:16])
    (folder / "tables.json").write_text(json.dumps({"minutes": minutes, "batch": batch, "prompts": prompts, "rows": rows}, indent=1))
    (folder / "tables.md").write_text("\n\n".join(markdown(title, names, rows) for title, names in (
        ("Systems", SYSTEM), ("Ablation", ABLATION), ("Reward with and without distillation", REWARD),
        ("Systems in one step", [name for name in rows if name.endswith("1 step")]))))  # fmt: skip


@torch.no_grad()
def measure(model: Model, transformer, captions: list[str], steps: int, guidance: float, reward: Scorer, judge: Scorer) -> dict[str, float]:
    """
    Caption score: the reward scorer's (which DMDR's students have climbed); held-out reward and realism: the judge's; diversity: 1 − cosine of
    the judge's features between seeds, a perceptual distance as LPIPS is.
    """
    ids, counts = (values.to(model.device) for values in encode(model.tokenizer, captions, 64))
    seeds = range(DIVERSITY_SEEDS)
    made = [draw(model, captions, steps, guidance, seed, transformer=transformer) for seed in seeds]
    seen = [F.adaptive_avg_pool2d(model.decode(latents), JUDGE_PX) for latents in made]
    caption_score = torch.stack([reward.score(latents, ids, counts)[0] for latents in made]).mean()
    judged = [judge.score(pictures, ids, counts) for pictures in seen]
    features = [judge.features(pictures).float() for pictures in seen]
    apart = [1 - F.cosine_similarity(features[i], features[j]).mean() for i in seeds for j in seeds if i < j]
    values = (caption_score, torch.stack([one[0] for one in judged]).mean(), torch.stack([one[1].sigmoid() for one in judged]).mean(), torch.stack(apart).mean())
    return {name: round(value.item(), 4) for name, value in zip(COLUMNS, values)}


def markdown(title: str, names, rows: dict) -> str:
    head = f"| {title} | " + " | ".join(COLUMNS) + " |\n| --- |" + " ---: |" * len(COLUMNS)
    return "\n".join([head, *(f"| {name} | " + " | ".join(f"{rows[name][column]:.4f}" for column in COLUMNS) + " |" for name in names)])
