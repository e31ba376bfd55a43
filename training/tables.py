"""`tables`: the article's comparisons at our scale. Every student is trained for the same minutes from the same teacher, then all are judged."""

import copy
import json
import random
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F

from .captions import caption
from .distil.train import STEPS, distil
from .flow import draw
from .models.checkpoint import Model
from .plots import save_grid
from .scenes import draw_scene
from .scorer import JUDGE_PX, Scorer
from .tokenizer import encode
from .train_base import GUIDANCE

TEACHER_STEPS = 25
DIVERSITY_SEEDS = 4
TEACHER = "teacher"
STUDENT_SHARE = 0.4  # of what is mixed
SYSTEM = (TEACHER, "teacher, 4 steps", "lcm", "dmd", "dmd2", "dmdr", "dmdr, mixed", "student")
ABLATION = ("dmd", "dmd-dynadg", "dmd-dynars", "dmd-both", "dmd-both-static")
REWARD = ("dmd-both", "dmdr", "reward-alone")
COLUMNS = ("caption score", "held-out reward", "realism", "diversity")


def make_tables(machine, folder: Path, recipes, model: Model, shipped: Model, bank, things, reward: Scorer, judge: Scorer, minutes: float, batch: int, prompts: int) -> None:
    """
    Writes `tables.json`, `tables.md` and a grid for the student of each of `recipes`. Students that are there already are not trained again.
    `shipped`: the student that `distil` and `finetune` made in their own time, in the tables "student".
    """
    rng = random.Random(77)
    captions = [caption(draw_scene(rng, things), things, rng, held_out=True) for _ in range(prompts)]
    rows: dict[str, torch.Tensor] = {}

    def add(name: str, model: Model, steps: int, guidance: float = 0.0) -> None:
        rows[name] = measure(model, captions, steps, guidance, reward, judge)
        print(line(name, rows), flush=True)

    def add_student(name: str, student: Model) -> None:
        add(name, student, STEPS)
        add(f"{name}, 1 step", student, 1)

    add(TEACHER, model, TEACHER_STEPS, GUIDANCE)
    add("teacher, 4 steps", model, STEPS)
    add_student("student", shipped)
    for name in recipes:
        student = replace(model, transformer=distil(machine, folder, model, bank, reward, name, minutes, batch))
        add_student(name, student)
        if name == "dmdr":
            add(f"{name}, mixed", mixed(model, student), STEPS)
        save_grid(model.decode(draw(student, captions[:16], STEPS)), folder / f"table-{name}.png", 8, captions[:16])
    means = {name: dict(zip(COLUMNS, values.mean(0).tolist())) for name, values in rows.items()}
    (folder / "tables.json").write_text(json.dumps({"minutes": minutes, "batch": batch, "prompts": prompts, "rows": means}, indent=1))
    (folder / "tables.md").write_text("\n\n".join(markdown(title, names, rows) for title, names in (
        ("Systems", SYSTEM), ("Ablation", ABLATION), ("Reward with and without distillation", REWARD),
        ("Systems in one step", [name for name in rows if name.endswith("1 step")]))))  # fmt: skip


def mixed(teacher: Model, student: Model) -> Model:
    """The weighted mean of both's weights (Wortsman et al. 2021, arXiv:2109.01903), which has more of the teacher's diversity."""
    transformer, learnt = copy.deepcopy(teacher.transformer), student.transformer.state_dict()
    transformer.load_state_dict({name: torch.lerp(values, learnt[name], STUDENT_SHARE) for name, values in transformer.state_dict().items()})
    return replace(teacher, transformer=transformer)


@torch.no_grad()
def measure(model: Model, captions: list[str], steps: int, guidance: float, reward: Scorer, judge: Scorer) -> torch.Tensor:
    """
    → [captions, columns], each the mean over the seeds. Caption score: the reward scorer's (which DMDR's students have climbed); held-out reward
    and realism: the judge's; diversity: 1 − cosine of the judge's features between seeds, a perceptual distance as LPIPS is.
    """
    ids, counts = (values.to(model.device) for values in encode(model.tokenizer, captions, 64))
    seeds = range(DIVERSITY_SEEDS)
    made = [draw(model, captions, steps, guidance, seed) for seed in seeds]
    seen = [F.adaptive_avg_pool2d(model.decode(latents), JUDGE_PX) for latents in made]
    caption_scores = torch.stack([reward.score(latents, ids, counts)[0] for latents in made])
    judged = [judge.score(pictures, ids, counts) for pictures in seen]
    features = [judge.features(pictures).float() for pictures in seen]
    apart = torch.stack([1 - F.cosine_similarity(features[i], features[j]) for i in seeds for j in seeds if i < j])
    held_out, realism = (torch.stack([one[i] for one in judged]) for i in (0, 1))
    return torch.stack([values.mean(0) for values in (caption_scores, held_out, realism.sigmoid(), apart)], 1).cpu()


def markdown(title: str, names, rows: dict[str, torch.Tensor]) -> str:
    head = f"| {title} | " + " | ".join(COLUMNS) + " |\n| --- |" + " ---: |" * len(COLUMNS)
    return "\n".join([head, *(line(name, rows) for name in names if name in rows)])


def line(name: str, rows: dict[str, torch.Tensor]) -> str:
    """Means; of students also by how much they are above the teacher on the same captions, with the standard error of that."""
    values, above = rows[name], rows[name] - rows[TEACHER]
    error = above.std(0) / len(above) ** 0.5
    cells = [f"{mean:.4f}" + ("" if name == TEACHER else f" ({more:+.3f} ± {e:.3f})") for mean, more, e in zip(values.mean(0), above.mean(0), error)]
    return " | ".join([f"| {name}", *cells]) + " |"
