"""All of the training, stage after stage."""

import copy

import torch

from .distil.train import RECIPES, STEPS, distil
from .evaluate import Sampling, evaluate
from .finetune import finetune
from .machine import Machine, open_machine
from .models.checkpoint import load_model, save_model
from .models.vae import Vae
from .pictures import USUAL
from .presets import PRESETS, Preset
from .profile import write_profile
from .readings import readings_of
from .scorer import draw_pictures, fresh_scorers, train_scorer
from .tables import TEACHER_STEPS, make_tables
from .train_base import GUIDANCE, train_base
from .train_decoder import train_decoder
from .train_vae import train_vae
from .weigh import weigh
from .workspace import Workspace


class Recipe:
    """The stages in order."""

    def __init__(self, options):
        self.options = options
        self.machine: Machine = open_machine(options.device, options.threads, not options.no_compile)
        self.preset: Preset = PRESETS[options.preset or ("gpu" if self.machine.device.type == "cuda" else "cpu")]
        torch.manual_seed(0)
        self.workspace = Workspace(options, self.machine, self.preset)

    def run(self, command: str) -> None:
        if command == "all":
            for stage in ("vae", "base", "scorers", "distil", "finetune", "decoder", "export", "evaluate"):
                self.run(stage)
        elif command == "smoke":
            self.run("all")
            self.run("tables")
        else:
            getattr(self, command)()

    def minutes(self, stage: str) -> float:
        return self.setting("minutes", stage)

    def batch(self, stage: str) -> int:
        return self.setting("batch", stage)

    def setting(self, kind: str, stage: str):
        """As given, where one stage alone is asked for; else the preset's."""
        isOneStage, given = self.options.command not in ("all", "smoke"), getattr(self.options, kind)
        return given if isOneStage and given else getattr(self.preset, f"{stage}_{kind}")

    def vae(self) -> None:
        """A smaller one that training starts from is grown; one of full size goes on."""
        torch.manual_seed(0)
        space = self.workspace
        kept = load_model(self.options.start).vae.to(self.machine.device) if self.options.start else None
        vae = space.full_size(copy.deepcopy(kept)) if kept else Vae(self.preset.sizes.vae)
        train_vae(self.machine, space.folder, vae, kept, space.pictures, space.things, self.minutes("vae"), self.batch("vae"))

    def base(self) -> None:
        bank, model = self.workspace.bank(), self.workspace.model()
        train_base(self.machine, self.workspace.folder, model, bank, self.minutes("base"), self.batch("base"), self.options.start is not None, self.weigh)

    def weigh(self) -> None:
        """What the model draws badly by now is drawn more often, by all that follows."""
        self.workspace.weigh_bank(weigh(self.workspace.model(), self.workspace.pictures, self.workspace.things))

    def scorers(self) -> None:
        space, model = self.workspace, self.workspace.model()
        fresh = fresh_scorers(model.sizes, self.machine.device)
        minutes, batch, bank = self.minutes("scorer"), self.batch("scorer"), space.bank()
        train_scorer(self.machine, space.folder, "reward", fresh["reward"], lambda rng: bank.batch(batch, rng, may_be_empty=False), minutes)
        train_scorer(self.machine, space.folder, "judge", fresh["judge"], lambda rng: draw_pictures(space.pictures, model.tokenizer, space.things, batch, rng), minutes)

    def distil(self) -> None:
        space, recipe = self.workspace, self.options.recipe
        model, bank = space.teacher(), space.bank()
        reward = space.scorer("reward") if RECIPES[recipe].reward else None
        distil(self.machine, space.folder, model, bank, reward, recipe, self.minutes("distil"), self.batch("distil"))

    def finetune(self) -> None:
        space = self.workspace
        model, name = space.distilled(), space.finetuned()
        if not (space.folder / f"{name}.pt").exists():
            self.weigh()
        again = not space.distilled_path().exists()
        finetune(self.machine, space.folder, name, model, space.bank(), space.pictures, self.minutes("finetune"), self.batch("finetune"), again)

    def decoder(self) -> None:
        space = self.workspace
        train_decoder(self.machine, space.folder, space.student(), space.pictures, space.things, self.minutes("decoder"), self.batch("decoder"))

    def export(self) -> None:
        options, space = self.options, self.workspace
        folder = options.out or space.folder / "model"
        if (space.folder / "bank.pt").exists():
            space.bank()  # says where it was made with other --squares than the profile would tell of
        save_model(space.teacher() if options.teacher else space.student(), folder, readings=readings_of(space.things))
        write_profile(folder, self.steps(), self.guidance(), options.squares)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"export: {folder}, {size / 1e6:.2f} MB")

    def evaluate(self) -> None:
        options, space = self.options, self.workspace
        model = load_model(options.model).to(self.machine.device) if options.model else space.teacher() if options.teacher else space.student()
        name = options.model.resolve().name if options.model else "teacher" if options.teacher else "student"
        name += "" if options.size == USUAL else "-{}x{}".format(*options.size)
        with torch.no_grad():
            how = Sampling(self.steps(), self.guidance(), options.size)
            report = evaluate(model, space.pictures, space.things, space.folder, name, how, options.prompts or self.preset.prompts)
        for kind, values in report.items():
            print(f"{kind}: {values}")

    def steps(self) -> int:
        return self.options.steps or (TEACHER_STEPS if self.options.teacher else STEPS)

    def guidance(self) -> float:
        default = GUIDANCE if self.options.teacher else 0.0
        return default if self.options.guidance is None else self.options.guidance

    def tables(self) -> None:
        space = self.workspace
        model, bank = copy.deepcopy(space.teacher()), space.bank()
        student = space.student()
        model.vae = student.vae  # all are seen through one decoder
        scorers = space.scorer("reward"), space.scorer("judge")
        recipes, folder = [self.options.only] if self.options.only else RECIPES, space.folder / "tables"
        make_tables(self.machine, folder, recipes, model, student, bank, space.things, *scorers, self.minutes("table"), self.batch("distil"), self.options.prompts or self.preset.prompts)
        print((folder / "tables.md").read_text())
