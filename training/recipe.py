"""All of the training, stage after stage."""

import copy
import random
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from .bank import Bank, make_bank
from .captions import caption, chinese_texts
from .distil.train import RECIPES, STEPS, distil
from .evaluate import Sampling, evaluate
from .finetune import finetune
from .machine import Machine, open_machine
from .models.checkpoint import Model, add_words, fingerprint, load_model, save_model
from .models.vae import Vae, grow
from .pack import read_pack
from .pictures import OTHER_SIZES, USUAL, Pictures
from .presets import PRESETS, Preset
from .profile import write_profile
from .scenes import draw_scene
from .scorer import Scorer, draw_pictures, fresh_scorers, train_scorer
from .stage import expect_same, read_whole, save_whole
from .tables import TEACHER_STEPS, make_tables
from .things import Thing
from .tokenizer import add_characters, make_tokenizer
from .train_base import GUIDANCE, load_both, train_base
from .train_decoder import train_decoder
from .train_vae import train_vae
from .weigh import weigh

TOKENIZER_DRAWS = 60_000


class Recipe:
    """The stages in order; what several of them need is made once."""

    def __init__(self, options):
        self.options = options
        self.machine: Machine = open_machine(options.device, options.threads, not options.no_compile)
        self.preset: Preset = PRESETS[options.preset or ("gpu" if self.machine.device.type == "cuda" else "cpu")]
        self.work: Path = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        self.weights_path = self.work / "weights.pt"
        torch.manual_seed(0)
        count = options.things or self.preset.things
        self.things, pictures = read_pack(options.pack, count)
        self.pictures: Pictures = pictures.to(self.machine.device)
        self.kept_bank: Bank | None = None
        self.made: Model | None = None

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
        kept = load_model(self.options.start).vae.to(self.machine.device) if self.options.start else None
        vae = self.full_size(copy.deepcopy(kept)) if kept else Vae(self.preset.sizes.vae)
        train_vae(self.machine, self.work, vae, kept, self.pictures, self.things, self.minutes("vae"), self.batch("vae"))

    def base(self) -> None:
        bank, model = self.bank(), self.model()
        train_base(self.machine, self.work, model, bank, self.minutes("base"), self.batch("base"), self.options.start is not None, self.weigh)

    def weigh(self) -> None:
        """What the model draws badly by now is drawn more often, by all that follows."""
        weights = weigh(self.model(), self.pictures, self.things)
        save_whole(weights, self.weights_path)
        self.bank().weigh(weights)

    def scorers(self) -> None:
        fresh = fresh_scorers(self.model().sizes, self.machine.device)
        minutes, batch, bank, tokenizer = self.minutes("scorer"), self.batch("scorer"), self.bank(), self.model().tokenizer
        train_scorer(self.machine, self.work, "reward", fresh["reward"], lambda rng: bank.batch(batch, rng, may_be_empty=False), minutes)
        train_scorer(self.machine, self.work, "judge", fresh["judge"], lambda rng: draw_pictures(self.pictures, tokenizer, self.things, batch, rng), minutes)

    def distil(self) -> None:
        model, bank = self.teacher(), self.bank()
        reward = self.load_scorer("reward") if RECIPES[self.options.recipe].reward else None
        distil(self.machine, self.work, model, bank, reward, self.options.recipe, self.minutes("distil"), self.batch("distil"))

    def finetune(self) -> None:
        model = self.distilled()
        if not (self.work / f"{self.finetuned()}.pt").exists():
            self.weigh()
        again = not self.distilled_path().exists()
        finetune(self.machine, self.work, self.finetuned(), model, self.bank(), self.pictures, self.minutes("finetune"), self.batch("finetune"), again)

    def finetuned(self) -> str:
        """Each recipe's student is finetuned by itself."""
        return "finetune" if self.options.recipe == "dmdr" else f"finetune-{self.options.recipe}"

    def decoder(self) -> None:
        train_decoder(self.machine, self.work, self.student(), self.pictures, self.things, self.minutes("decoder"), self.batch("decoder"))

    def export(self) -> None:
        folder = self.options.out or self.work / "model"
        if (self.work / "bank.pt").exists():
            self.bank()  # says where it was made with other --squares than the profile would tell of
        save_model(self.teacher() if self.options.teacher else self.student(), folder)
        write_profile(folder, self.steps(), self.guidance(), self.options.squares)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"export: {folder}, {size / 1e6:.2f} MB")

    def evaluate(self) -> None:
        options = self.options
        model = load_model(options.model).to(self.machine.device) if options.model else self.teacher() if options.teacher else self.student()
        name = options.model.resolve().name if options.model else "teacher" if options.teacher else "student"
        name += "" if options.size == USUAL else "-{}x{}".format(*options.size)
        with torch.no_grad():
            how = Sampling(self.steps(), self.guidance(), options.size)
            report = evaluate(model, self.pictures, self.things, self.work, name, how, options.prompts or self.preset.prompts)
        for kind, values in report.items():
            print(f"{kind}: {values}")

    def steps(self) -> int:
        return self.options.steps or (TEACHER_STEPS if self.options.teacher else STEPS)

    def guidance(self) -> float:
        default = GUIDANCE if self.options.teacher else 0.0
        return default if self.options.guidance is None else self.options.guidance

    def tables(self) -> None:
        model, bank = copy.deepcopy(self.teacher()), self.bank()
        student = self.student()
        model.vae = student.vae  # all are seen through one decoder
        scorers = self.load_scorer("reward"), self.load_scorer("judge")
        recipes, folder = [self.options.only] if self.options.only else RECIPES, self.work / "tables"
        make_tables(self.machine, folder, recipes, model, student, bank, self.things, *scorers, self.minutes("table"), self.batch("distil"), self.options.prompts or self.preset.prompts)
        print((folder / "tables.md").read_text())

    def model(self) -> Model:
        """The trained VAE; the rest is fresh, or what training starts from."""
        if self.made is None:
            self.made = self.started() if self.options.start else self.fresh()
            self.made.vae.requires_grad_(False)
            self.made.to(self.machine.device)
            self.made.vae.to(memory_format=torch.channels_last)
        return self.made

    def started(self) -> Model:
        """What training starts from, with what it lacks: an autoencoder of full size, and Chinese characters."""
        model = load_model(self.options.start)
        if self.is_small(model.vae) or self.vae_path().exists():
            model.vae = self.trained(self.full_size(model.vae))
            model.sizes = replace(model.sizes, vae=model.vae.sizes)
        add_words(model, add_characters(model.tokenizer, chinese_texts(self.things)), [(thing.chinese[0], thing.name) for thing in self.things if thing.chinese])
        return model

    def fresh(self) -> Model:
        tokenizer = add_characters(self.tokenizer(), chinese_texts(self.things))
        text = replace(self.preset.sizes.text, vocabulary=tokenizer.get_vocab_size())
        model = Model.fresh(replace(self.preset.sizes, text=text), tokenizer)
        self.trained(model.vae)
        return model

    def is_small(self, vae: Vae) -> bool:
        return vae.sizes.factor < self.preset.sizes.vae.factor

    def full_size(self, vae: Vae) -> Vae:
        return grow(vae) if self.is_small(vae) else vae

    def trained(self, vae: Vae) -> Vae:
        """With the weights that the stage `vae` made."""
        read_whole(self.vae_path(), vae.load_state_dict)
        return vae

    def vae_path(self) -> Path:
        return self.work / "vae-average.pt"

    def tokenizer(self) -> Tokenizer:
        rng = random.Random(5)
        draws = min(TOKENIZER_DRAWS, self.preset.draws * 3)
        captions = [caption(draw_scene(rng, self.things), self.things, rng) for _ in range(draws)]
        names = [word for thing in self.things for word in (thing.name, *thing.aliases, *thing.tags)]
        return make_tokenizer([*captions, *names * 4], self.preset.sizes.text.vocabulary)

    def teacher(self) -> Model:
        """What `base` made, or before it what training starts from."""
        model = self.model()
        if self.options.start and not (self.work / "base-average.pt").exists():
            return model
        self.bank()  # sets the latents' mean and deviation, and says where things do not fit
        load_both(model, self.work / "base-average.pt")
        return model

    def distilled(self) -> Model:
        """What `distil` made, or before it what training starts from, which may be a student already."""
        model, path = self.teacher(), self.distilled_path()
        if path.exists() or not self.options.start:
            read_whole(path, model.transformer.load_state_dict)
        return model

    def distilled_path(self) -> Path:
        return self.work / f"student-{self.options.recipe}.pt"

    def student(self) -> Model:
        """What is exported: what `finetune` made, or before it `distil`, with what `decoder` made."""
        model, path, decoder = self.distilled(), self.work / f"{self.finetuned()}-average.pt", self.work / "decoder-average.pt"
        if path.exists():
            load_both(model, path)
        if decoder.exists():
            made = read_whole(decoder, dict)
            expect_same(decoder, made, {"encoder": fingerprint(model.vae.encoder)})
            model.vae.decoder.load_state_dict(made["decoder"])
        return model

    def bank(self) -> Bank:
        """From memory, from its file, or made and kept; weighed as `base` left it. Its latents' mean and deviation are the model's."""
        if self.kept_bank is None:
            path, model = self.work / "bank.pt", self.model()
            made_of = {"things": len(self.things), "encoder": fingerprint(model.vae.encoder), "words": model.tokenizer.to_str(), "--squares": self.options.squares}
            draws, alone, others = self.options.draws or self.preset.draws, self.options.alone, () if self.options.squares else OTHER_SIZES
            if path.exists():
                state = read_whole(path, dict, weights_only=False)
                asked = {"--draws": draws} if self.options.draws else {}  # who goes on need not say it again
                asked |= {"--alone": alone} if alone else {}
                expect_same(path, state.get("made of", {}), made_of | asked)
            else:
                bank = make_bank(self.machine, model, self.pictures, self.things, draws, 1, self.preset.processes, alone, others)
                made_of |= {"--draws": draws, "--alone": alone}
                state = {"bank": bank.to(torch.device("cpu")), "mean": model.latent_mean, "deviation": model.latent_deviation, "made of": made_of}
                save_whole(state, path)
            model.latent_mean, model.latent_deviation = state["mean"], state["deviation"]
            self.kept_bank = state["bank"].to(self.machine.device)
            if self.weights_path.exists():
                read_whole(self.weights_path, self.kept_bank.weigh)
        return self.kept_bank

    def load_scorer(self, name: str) -> Scorer:
        scorer = fresh_scorers(self.model().sizes, self.machine.device)[name]
        read_whole(self.work / f"{name}-final.pt", scorer.load_state_dict)
        return scorer.eval().requires_grad_(False)
