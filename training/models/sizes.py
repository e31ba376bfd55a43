"""How large the model is. Everything else follows Z-Image's released configuration."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VaeSizes:
    """Five levels shrink the edge by 16: a 256×256 picture is 16×16 latents, and 64 tokens to the transformer."""

    channels: tuple[int, ...] = (16, 32, 64, 64, 64)
    layers: int = 1
    groups: int = 8
    latent_channels: int = 16  # as released

    @property
    def factor(self) -> int:
        return 2 ** (len(self.channels) - 1)


@dataclass(frozen=True)
class TextSizes:
    """A Qwen3. Z-Image reads what the last layer but one makes: of `layers`, one is never used."""

    vocabulary: int = 1536  # and some 940 for Chinese characters
    hidden: int = 192
    intermediate: int = 384
    layers: int = 3
    heads: int = 6
    key_value_heads: int = 2
    head_dim: int = 32
    rope_theta: float = 10000.0


@dataclass(frozen=True)
class TransformerSizes:
    channels: int = 16
    dim: int = 192
    layers: int = 6
    refiner_layers: int = 1
    heads: int = 4
    caption_dim: int = 192
    axes_dims: tuple[int, int, int] = (16, 16, 16)
    axes_lens: tuple[int, int, int] = (1024, 256, 256)
    rope_theta: float = 256.0


@dataclass(frozen=True)
class Sizes:
    vae: VaeSizes = VaeSizes()
    text: TextSizes = TextSizes()
    transformer: TransformerSizes = TransformerSizes()


SHIPPED = Sizes()
SMOKE = Sizes(
    VaeSizes(channels=(8, 8, 8, 8, 16), latent_channels=16),
    TextSizes(vocabulary=400, hidden=32, intermediate=64, layers=2, heads=2, key_value_heads=1, head_dim=16),
    TransformerSizes(dim=48, layers=2, heads=2, caption_dim=32, axes_dims=(8, 8, 8)),
)
