"""AutoencoderKL, as diffusers names and computes it (`models/autoencoders/autoencoder_kl.py`), without what Z-Image does not use.

Its posterior has one fixed deviation, which the exported file states as the log-variance half of `encoder.conv_out`: a learned
one starts near 1 and drowns the picture before the decoder can read anything.
"""

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from .sizes import VaeSizes

DEVIATION = 0.1
EPS = 1e-6


class Vae(nn.Module):
    def __init__(self, sizes: VaeSizes):
        super().__init__()
        self.sizes = sizes
        self.encoder, self.decoder = Encoder(sizes), Decoder(sizes)

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """[batch, 3, height, width] → [batch, channels, height/f, width/f]: the posterior's mean, unscaled."""
        return self.encoder(pictures)[:, : self.sizes.latent_channels]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return self.decoder(latents)

    @torch.no_grad()
    def fix_deviation(self) -> None:
        channels = self.sizes.latent_channels
        self.encoder.conv_out.weight[channels:] = 0
        self.encoder.conv_out.bias[channels:] = 2 * math.log(DEVIATION)


class Encoder(nn.Module):
    def __init__(self, sizes: VaeSizes):
        super().__init__()
        channels, groups = sizes.channels, sizes.groups
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        self.down_blocks = nn.ModuleList()
        for level, (before, after) in enumerate(zip((channels[0], *channels), channels)):
            block = nn.Module()
            block.resnets = nn.ModuleList(Resnet(before if i == 0 else after, after, groups) for i in range(sizes.layers))
            block.downsamplers = nn.ModuleList([Downsample(after)] if level < len(channels) - 1 else [])
            self.down_blocks.append(block)
        self.mid_block = Middle(channels[-1], groups)
        self.conv_norm_out = nn.GroupNorm(groups, channels[-1], EPS)
        self.conv_out = nn.Conv2d(channels[-1], 2 * sizes.latent_channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            for layer in (*block.resnets, *block.downsamplers):
                x = layer(x)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    def __init__(self, sizes: VaeSizes):
        super().__init__()
        channels, groups = sizes.channels[::-1], sizes.groups
        self.conv_in = nn.Conv2d(sizes.latent_channels, channels[0], 3, padding=1)
        self.mid_block = Middle(channels[0], groups)
        self.up_blocks = nn.ModuleList()
        for level, (before, after) in enumerate(zip((channels[0], *channels), channels)):
            block = nn.Module()
            block.resnets = nn.ModuleList(Resnet(before if i == 0 else after, after, groups) for i in range(sizes.layers + 1))
            block.upsamplers = nn.ModuleList([Upsample(after)] if level < len(channels) - 1 else [])
            self.up_blocks.append(block)
        self.conv_norm_out = nn.GroupNorm(groups, channels[-1], EPS)
        self.conv_out = nn.Conv2d(channels[-1], 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            for layer in (*block.resnets, *block.upsamplers):
                x = layer(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class Middle(nn.Module):
    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.attentions = nn.ModuleList([PixelAttention(channels, groups)])
        self.resnets = nn.ModuleList([Resnet(channels, channels, groups) for _ in range(2)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Resnet(nn.Module):
    def __init__(self, before: int, after: int, groups: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, before, EPS)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, after, EPS)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        if before != after:
            self.conv_shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return h + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)


def resnets(module: nn.Module) -> list[Resnet]:
    return [part for part in module.modules() if isinstance(part, Resnet)]


class PixelAttention(nn.Module):
    """One head over all pixels of the deepest level."""

    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPS)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pixels = self.group_norm(x).flatten(2).transpose(1, 2)  # [batch, pixels, channels]
        mixed = F.scaled_dot_product_attention(*(project(pixels)[:, None] for project in (self.to_q, self.to_k, self.to_v)))
        return x + self.to_out[0](mixed[:, 0]).transpose(1, 2).reshape(x.shape)


class Downsample(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


@torch.no_grad()
def grow(vae: Vae) -> Vae:
    """
    One more level outside: pictures of twice the edge for the same latents. The inner levels are taken over; the new ones start as
    enlarging and shrinking by two and doing nothing else.
    """
    sizes = vae.sizes
    grown = Vae(replace(sizes, channels=(sizes.channels[0], *sizes.channels)))
    for old, new, inner in ((vae.encoder.down_blocks, grown.encoder.down_blocks, 1), (vae.decoder.up_blocks, grown.decoder.up_blocks, 0)):
        for block, taken in zip(old, new[inner:]):
            taken.load_state_dict(block.state_dict(), strict=False)  # the decoder's last level had no upsampler
    for old, new in ((vae.encoder, grown.encoder), (vae.decoder, grown.decoder)):
        for name in ("conv_in", "mid_block", "conv_norm_out", "conv_out"):
            getattr(new, name).load_state_dict(getattr(old, name).state_dict())
    shrink, enlarge = grown.encoder.down_blocks[0].downsamplers[0].conv, grown.decoder.up_blocks[-2].upsamplers[0].conv
    for conv in (shrink, enlarge):
        nn.init.dirac_(conv.weight)
        nn.init.zeros_(conv.bias)
    shrink.weight[:, :, :2, :2] = shrink.weight[:, :, 1:2, 1:2] / 4  # the mean of two by two
    for resnet in (*grown.encoder.down_blocks[0].resnets, *grown.decoder.up_blocks[-1].resnets):
        nn.init.zeros_(resnet.conv2.weight)
        nn.init.zeros_(resnet.conv2.bias)
    return grown
