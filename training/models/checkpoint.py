"""A whole model: in memory, and as a folder in the released layout. Folders of Z-Image models as small as ours, a file each part, can be read."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from ..readings import NO_READINGS
from ..tokenizer import save_tokenizer
from .sizes import Sizes, TextSizes, TransformerSizes, VaeSizes
from .text_encoder import TextEncoder
from .transformer import Transformer
from .vae import Vae

SHIFT = 3.0
TRAINED_PICTURE_PX = 256


@dataclass
class Model:
    sizes: Sizes
    tokenizer: Tokenizer
    text_encoder: TextEncoder
    transformer: Transformer
    vae: Vae
    latent_mean: float = 0.0  # shift_factor
    latent_deviation: float = 1.0  # 1 / scaling_factor

    @staticmethod
    def fresh(sizes: Sizes, tokenizer: Tokenizer) -> "Model":
        return Model(sizes, tokenizer, TextEncoder(sizes.text), Transformer(sizes.transformer), Vae(sizes.vae))

    def to(self, device: torch.device) -> "Model":
        for module in (self.text_encoder, self.transformer, self.vae):
            module.to(device)
        return self

    @property
    def device(self) -> torch.device:
        return next(self.transformer.parameters()).device

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Scaled latents → pictures [batch, 3, height, width] in −1 … 1, a few at a time."""
        return torch.cat([self.vae.decode(some).float().clamp(-1, 1) for some in self.plain(latents).split(32)])

    def plain(self, latents: torch.Tensor) -> torch.Tensor:
        """Scaled latents → as the autoencoder has them."""
        return latents.float() * self.latent_deviation + self.latent_mean


def save_model(model: Model, folder: Path, dtype: torch.dtype = torch.float16, readings: str = NO_READINGS) -> None:
    """`readings`: what is read as what in a prompt (readings.py)."""
    text, transformer, vae = model.sizes.text, model.sizes.transformer, model.sizes.vae
    write_json(folder / "model_index.json", {
        "_class_name": "ZImagePipeline", "_diffusers_version": "0.36.0", "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "text_encoder": ["transformers", "Qwen3Model"], "tokenizer": ["transformers", "Qwen2Tokenizer"],
        "transformer": ["diffusers", "ZImageTransformer2DModel"], "vae": ["diffusers", "AutoencoderKL"],
    })  # fmt: skip
    write_json(folder / "scheduler/scheduler_config.json", {
        "_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.36.0", "num_train_timesteps": 1000, "shift": SHIFT, "use_dynamic_shifting": False,
    })  # fmt: skip
    save_tokenizer(model.tokenizer, folder / "tokenizer", readings)
    write_json(folder / "text_encoder/config.json", {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "attention_bias": False, "attention_dropout": 0.0, "head_dim": text.head_dim,
        "hidden_act": "silu", "hidden_size": text.hidden, "intermediate_size": text.intermediate, "max_position_embeddings": 512,
        "num_attention_heads": text.heads, "num_hidden_layers": text.layers, "num_key_value_heads": text.key_value_heads, "rms_norm_eps": 1e-6,
        "rope_scaling": None, "rope_theta": text.rope_theta, "tie_word_embeddings": True, "torch_dtype": str(dtype).removeprefix("torch."),
        "use_sliding_window": False, "vocab_size": text.vocabulary,
    })  # fmt: skip
    write_tensors(folder / "text_encoder/model.safetensors", {f"model.{name}": value for name, value in model.text_encoder.state_dict().items()}, dtype)
    write_json(folder / "transformer/config.json", {
        "_class_name": "ZImageTransformer2DModel", "_diffusers_version": "0.36.0", "all_f_patch_size": [1], "all_patch_size": [2],
        "axes_dims": transformer.axes_dims, "axes_lens": transformer.axes_lens, "cap_feat_dim": transformer.caption_dim, "dim": transformer.dim,
        "in_channels": transformer.channels, "n_heads": transformer.heads, "n_kv_heads": transformer.heads, "n_layers": transformer.layers,
        "n_refiner_layers": transformer.refiner_layers, "norm_eps": 1e-5, "qk_norm": True, "rope_theta": transformer.rope_theta, "t_scale": 1000.0,
    })  # fmt: skip
    write_tensors(folder / "transformer/diffusion_pytorch_model.safetensors", model.transformer.state_dict(), dtype)
    levels = len(vae.channels)
    write_json(folder / "vae/config.json", {
        "_class_name": "AutoencoderKL", "_diffusers_version": "0.36.0", "act_fn": "silu", "block_out_channels": vae.channels,
        "down_block_types": ["DownEncoderBlock2D"] * levels, "up_block_types": ["UpDecoderBlock2D"] * levels, "force_upcast": False, "in_channels": 3,
        "latent_channels": vae.latent_channels, "layers_per_block": vae.layers, "mid_block_add_attention": True, "norm_num_groups": vae.groups,
        "out_channels": 3, "sample_size": TRAINED_PICTURE_PX, "scaling_factor": 1 / model.latent_deviation, "shift_factor": model.latent_mean,
        "use_post_quant_conv": False, "use_quant_conv": False,
    })  # fmt: skip
    write_tensors(folder / "vae/diffusion_pytorch_model.safetensors", model.vae.state_dict(), dtype)


def load_model(folder: Path) -> Model:
    """In float32, whatever the files store."""
    try:
        return read_model(folder)
    except (OSError, ValueError, TypeError, LookupError, RuntimeError, SafetensorError) as error:
        raise SystemExit(f"{folder} can't be read: the folder of a Z-Image model was expected, one file each part, as `export` makes it ({error})") from error


def read_model(folder: Path) -> Model:
    text, transformer, vae = (json.loads((folder / part / "config.json").read_text()) for part in ("text_encoder", "transformer", "vae"))
    theta = text.get("rope_theta") or text["rope_parameters"]["rope_theta"]
    sizes = Sizes(
        VaeSizes(tuple(vae["block_out_channels"]), vae["layers_per_block"], vae["norm_num_groups"], vae["latent_channels"]),
        TextSizes(text["vocab_size"], text["hidden_size"], text["intermediate_size"], text["num_hidden_layers"], text["num_attention_heads"],
                  text["num_key_value_heads"], text["head_dim"], theta),
        TransformerSizes(transformer["in_channels"], transformer["dim"], transformer["n_layers"], transformer["n_refiner_layers"], transformer["n_heads"],
                         transformer["cap_feat_dim"], tuple(transformer["axes_dims"]), tuple(transformer["axes_lens"]), transformer["rope_theta"]),
    )  # fmt: skip
    model = Model.fresh(sizes, Tokenizer.from_file(str(folder / "tokenizer/tokenizer.json")))
    words = {name.removeprefix("model."): value for name, value in load_file(folder / "text_encoder/model.safetensors").items() if name != "lm_head.weight"}
    model.text_encoder.load_state_dict(words)
    model.transformer.load_state_dict(load_file(folder / "transformer/diffusion_pytorch_model.safetensors"))
    model.vae.load_state_dict(load_file(folder / "vae/diffusion_pytorch_model.safetensors"))
    model.latent_mean, model.latent_deviation = vae["shift_factor"] or 0.0, 1 / vae["scaling_factor"]
    return model


@torch.no_grad()
def add_words(model: Model, tokenizer: Tokenizer, synonyms: list[tuple[str, str]]) -> None:
    """
    Replaces the tokenizer by one that knows more. Tokens of both keep their embedding; the new ones get what makes the first of two synonyms
    mean, token for token, most nearly what the second does (least squares).
    """
    known, words = model.tokenizer.get_vocab(), tokenizer.get_vocab()
    old = model.text_encoder.embed_tokens.weight
    kept = torch.tensor([(at, known[word]) for word, at in words.items() if word in known])
    new = torch.zeros(len(words), old.shape[1]).index_copy(0, kept[:, 0], old[kept[:, 1]])
    shares = torch.zeros(len(synonyms), len(words))
    for row, (first, _) in enumerate(synonyms):
        ids = tokenizer.encode(first, add_special_tokens=False).ids
        shares[row].index_add_(0, torch.tensor(ids), torch.full((len(ids),), 1 / len(ids)))
    meant = torch.stack([old[model.tokenizer.encode(f" {second}", add_special_tokens=False).ids].mean(0) for _, second in synonyms])
    isNew = torch.ones(len(words), dtype=torch.bool).index_fill(0, kept[:, 0], False)
    some = shares[:, isNew]
    found = torch.linalg.solve(some.T @ some + 0.03 * torch.eye(some.shape[1]), some.T @ (meant - shares @ new))
    new[isNew] = torch.where(some.any(0)[:, None], found, 0.5 * torch.randn_like(found))
    model.sizes = replace(model.sizes, text=replace(model.sizes.text, vocabulary=len(words)))
    encoder = TextEncoder(model.sizes.text)
    encoder.load_state_dict(model.text_encoder.state_dict() | {"embed_tokens.weight": new})
    model.text_encoder, model.tokenizer = encoder, tokenizer


def fingerprint(module: torch.nn.Module) -> str:
    """The same where all weights are."""
    digest = hashlib.sha256()
    for name, values in sorted(module.state_dict().items()):
        digest.update(name.encode() + values.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def write_tensors(path: Path, tensors: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_file({name: value.detach().cpu().to(dtype).contiguous() for name, value in tensors.items()}, path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise SystemExit(f"{path} could not be written: {error}") from error


def write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
