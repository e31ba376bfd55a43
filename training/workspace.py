"""What several stages of training share: the pack of pictures, the bank, and the models that earlier stages left in the work folder."""

import random
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from .bank import Bank, make_bank
from .captions import caption, chinese_texts
from .machine import Machine
from .models.checkpoint import Model, add_words, fingerprint, load_model
from .models.vae import Vae, grow
from .pack import read_pack
from .pictures import OTHER_SIZES, Pictures
from .presets import Preset
from .scenes import draw_scene
from .scorer import Scorer, fresh_scorers
from .stage import expect_same, read_whole, save_whole
from .tokenizer import add_characters, make_tokenizer
from .train_base import load_both

TOKENIZER_DRAWS = 60_000


class Workspace:
    """Each is made or read when first asked for. There is one model: `teacher`, `distilled` and `student` put their weights into it."""

    def __init__(self, options, machine: Machine, preset: Preset):
        self.options, self.machine, self.preset = options, machine, preset
        self.folder: Path = options.work
        self.folder.mkdir(parents=True, exist_ok=True)
        self.things, pictures = read_pack(options.pack, options.things or preset.things)
        self.pictures: Pictures = pictures.to(machine.device)
        self.kept_bank: Bank | None = None
        self.made: Model | None = None

    def bank(self) -> Bank:
        """From memory, from its file, or made and kept; weighed as `base` left it. Its latents' mean and deviation are the model's."""
        if self.kept_bank is None:
            path, model = self.folder / "bank.pt", self.model()
            made_of = {"things": len(self.things), "encoder": fingerprint(model.vae.encoder), "words": model.tokenizer.to_str(), "--squares": self.options.squares}
            draws, alone, others = self.options.draws or self.preset.draws, self.options.alone, () if self.options.squares else OTHER_SIZES
            if path.exists():
                state = read_whole(path, dict, weights_only=False)
                asked = {"--draws": draws} if self.options.draws else {}  # who goes on need not say it again
                asked |= {"--alone": alone} if alone else {}
                expect_same(path, state.get("made of", {}), made_of | asked)
            else:
                batch = 2 * self.preset.vae_batch  # without gradients
                bank = make_bank(self.machine, model, self.pictures, self.things, draws, batch, self.preset.processes, alone, others)
                made_of |= {"--draws": draws, "--alone": alone}
                state = {"bank": bank.to(torch.device("cpu")), "mean": model.latent_mean, "deviation": model.latent_deviation, "made of": made_of}
                save_whole(state, path)
            model.latent_mean, model.latent_deviation = state["mean"], state["deviation"]
            self.kept_bank = state["bank"].to(self.machine.device)
            if self.weights_path().exists():
                read_whole(self.weights_path(), self.kept_bank.weigh)
        return self.kept_bank

    def weigh_bank(self, weights) -> None:
        """`weights`: of the things, as `weigh` found them."""
        save_whole(weights, self.weights_path())
        self.bank().weigh(weights)

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

    def tokenizer(self) -> Tokenizer:
        rng = random.Random(5)
        draws = min(TOKENIZER_DRAWS, self.preset.draws * 3)
        captions = [caption(draw_scene(rng, self.things), self.things, rng) for _ in range(draws)]
        names = [word for thing in self.things for word in (thing.name, *thing.aliases, *thing.tags)]
        return make_tokenizer([*captions, *names * 4], self.preset.sizes.text.vocabulary)

    def is_small(self, vae: Vae) -> bool:
        return vae.sizes.factor < self.preset.sizes.vae.factor

    def full_size(self, vae: Vae) -> Vae:
        return grow(vae) if self.is_small(vae) else vae

    def trained(self, vae: Vae) -> Vae:
        """With the weights that the stage `vae` made."""
        read_whole(self.vae_path(), vae.load_state_dict)
        return vae

    def teacher(self) -> Model:
        """What `base` made, or before it what training starts from."""
        model, path = self.model(), self.folder / "base-average.pt"
        if self.options.start and not path.exists():
            return model
        self.bank()  # sets the latents' mean and deviation, and says where things do not fit
        load_both(model, path)
        return model

    def distilled(self) -> Model:
        """What `distil` made, or before it what training starts from, which may be a student already."""
        model, path = self.teacher(), self.distilled_path()
        if path.exists() or not self.options.start:
            read_whole(path, model.transformer.load_state_dict)
        return model

    def student(self) -> Model:
        """What is exported: what `finetune` made, or before it `distil`, with what `decoder` made."""
        model, path, decoder = self.distilled(), self.folder / f"{self.finetuned()}-average.pt", self.folder / "decoder-average.pt"
        if path.exists():
            load_both(model, path)
        if decoder.exists():
            made = read_whole(decoder, dict)
            expect_same(decoder, made, {"encoder": fingerprint(model.vae.encoder)})
            model.vae.decoder.load_state_dict(made["decoder"])
        return model

    def finetuned(self) -> str:
        """The stage's name: each recipe's student is finetuned by itself."""
        return "finetune" if self.options.recipe == "dmdr" else f"finetune-{self.options.recipe}"

    def scorer(self, name: str) -> Scorer:
        scorer = fresh_scorers(self.model().sizes, self.machine.device)[name]
        read_whole(self.folder / f"{name}-final.pt", scorer.load_state_dict)
        return scorer.eval().requires_grad_(False)

    def vae_path(self) -> Path:
        return self.folder / "vae-average.pt"

    def weights_path(self) -> Path:
        return self.folder / "weights.pt"

    def distilled_path(self) -> Path:
        return self.folder / f"student-{self.options.recipe}.pt"
