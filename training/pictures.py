"""The pictures of the pack as tensors, and a batch of scenes drawn from them."""

import io
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .scenes import BACKGROUNDS, MAX_LAYERS, SceneTable
from .things import STYLES

EDGE_PX = 256
SMALL_PX, SMALL_SHARE = 128, 0.25  # of batches, so that the small size is drawn well too
SMALLEST_PX = 16

Size = tuple[int, int]  # width and height in pixels
USUAL, SMALL = (EDGE_PX, EDGE_PX), (SMALL_PX, SMALL_PX)
PATCH_PX = 32  # along the edge of a patch of the transformer
# The shapes that people can choose: 4:3, 3:2, 16:9, 21:9. All have the usual shorter edge, so that things are as large as ever.
OTHER_SIZES: tuple[Size, ...] = ((352, 256), (256, 352), (384, 256), (256, 384), (448, 256), (256, 448), (608, 256))
LONGEST_PX = max(max(size) for size in OTHER_SIZES)


class Pictures:
    """Every picture with its transparency at 256, 128, … 16 pixels, colours already multiplied by it."""

    def __init__(self, levels: dict[int, torch.Tensor]):
        self.levels = levels  # edge → uint8 [styles, things, 4, edge, edge]

    def __len__(self) -> int:
        return self.levels[SMALLEST_PX].shape[1]

    def to(self, device: torch.device) -> "Pictures":
        return Pictures({edge: level.to(device) for edge, level in self.levels.items()})

    def render(self, scenes: SceneTable, edge: int) -> torch.Tensor:
        """Layer over layer on the background. → [scenes, 3, edge, edge] in −1 … 1."""
        canvas = self.empty(scenes, (edge, edge))
        for layer in range(MAX_LAYERS):
            size = scenes.size[:, layer]
            for level in self.levels:
                rows = ((size > 0) & (level_for(size * edge) == level)).nonzero()[:, 0]
                if len(rows):
                    where = rows.to(canvas.device)
                    pasted = self.paste(scenes, rows, layer, level, edge)
                    canvas[where] = pasted[:, :3] + canvas[where] * (1 - pasted[:, 3:])
        return canvas * 2 - 1

    def frame(self, scenes: SceneTable, size: Size) -> torch.Tensor:
        """Scenes in the middle of pictures of another shape, with more of their background. → [scenes, 3, height, width] in −1 … 1."""
        framed = self.empty(scenes, size) * 2 - 1
        middle(framed, PATCH_PX).copy_(self.render(scenes, min(size)))
        return framed

    def empty(self, scenes: SceneTable, size: Size) -> torch.Tensor:
        """Their backgrounds alone. → [scenes, 3, height, width] in 0 … 1."""
        (width, height), device = size, self.levels[SMALLEST_PX].device
        return BACKGROUNDS_RGB.to(device)[scenes.background.to(device)][:, :, None, None].repeat(1, 1, height, width)

    def paste(self, scenes: SceneTable, rows: torch.Tensor, layer: int, level: int, edge: int) -> torch.Tensor:
        """One layer of some scenes on an empty canvas. → [rows, 4, edge, edge] in 0 … 1."""
        source = self.levels[level]
        chosen = source[scenes.style[rows].to(source.device), scenes.thing[rows, layer].to(source.device)].float() / 255
        x, y, size = (values[rows, layer] for values in (scenes.x, scenes.y, scenes.size))
        zero = torch.zeros_like(size)
        # From a place on the canvas to the place in the source, both −1 … 1.
        across = torch.stack([1 / size, zero, -(2 * x - 1) / size], 1)
        down = torch.stack([zero, 1 / size, -(2 * y - 1) / size], 1)
        grid = F.affine_grid(torch.stack([across, down], 1).to(source.device), [len(rows), 4, edge, edge], align_corners=False)
        return F.grid_sample(chosen, grid, align_corners=False)


def middle(pictures: torch.Tensor, patch: int) -> torch.Tensor:
    """
    → the largest square in the middle, as far as whole patches go: where a scene is, whatever the picture's shape. Pictures or their latents
    [..., height, width]; `patch`: its edge in these.
    """
    height, width = pictures.shape[-2:]
    edge = min(height, width)
    top, left = ((long - edge) // 2 // patch * patch for long in (height, width))
    return pictures[..., top : top + edge, left : left + edge]


def level_for(edge_px: torch.Tensor) -> torch.Tensor:
    """The smallest level that need not be enlarged by more than a tenth."""
    steps = torch.ceil(torch.log2(edge_px * 0.9 / SMALLEST_PX).clamp(min=0))
    return (SMALLEST_PX * 2**steps).clamp(max=EDGE_PX).long()


def read_pictures(folder: Path, count: int | None = None) -> Pictures:
    """`count`: only the first so many things."""
    pack = np.load(folder / "pictures.npz")
    data, offsets = pack["bytes"], pack["offsets"]
    total = (len(offsets) - 1) // len(STYLES)
    things = min(count or total, total)
    level = torch.empty(len(STYLES), things, 4, EDGE_PX, EDGE_PX, dtype=torch.uint8)
    for style in range(len(STYLES)):
        for thing in range(things):
            start, end = offsets[style * total + thing : style * total + thing + 2]
            image = Image.open(io.BytesIO(data[start:end].tobytes())).convert("RGBA")
            picture = np.asarray(image.resize((EDGE_PX, EDGE_PX)), np.float32) / 255  # a few are not quite square
            picture[..., :3] *= picture[..., 3:]
            level[style, thing] = torch.from_numpy((picture * 255 + 0.5).astype(np.uint8)).permute(2, 0, 1)
    levels = {EDGE_PX: level}
    while (edge := min(levels)) > SMALLEST_PX:
        levels[edge // 2] = torch.stack([halve(style) for style in levels[edge]])
    return Pictures(levels)


def halve(pictures: torch.Tensor) -> torch.Tensor:
    return torch.cat([F.avg_pool2d(some.float(), 2).round().byte() for some in pictures.split(64)])


BACKGROUNDS_RGB = torch.tensor(list(BACKGROUNDS.values())) / 255
