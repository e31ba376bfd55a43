"""The pictures of the pack as tensors, and a batch of scenes drawn from them."""

import io
from copy import copy
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .sceneries import SCENERIES, Scenery
from .scenes import BACKGROUNDS, MAX_LAYERS, Place, SceneTable, tabulate_places
from .things import COLOURS, STYLES, Thing

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
    """Every picture with its transparency at 256, 128, … 16 pixels, colours already multiplied by it; and what may be behind them."""

    def __init__(self, levels: dict[int, torch.Tensor], things: list[Thing] = ()):
        self.levels = levels  # edge → uint8 [styles, things, 4, edge, edge]
        plain = BACKGROUNDS_RGB[:, :, None, None].expand(-1, -1, EDGE_PX, EDGE_PX)
        names = {thing.name: i for i, thing in enumerate(things)}
        painted = [self.paint(scenery, names) for scenery in SCENERIES]
        self.backgrounds = torch.cat([plain, *painted])  # [BACKGROUNDS and SCENERIES, 3, 256, 256] in 0 … 1

    def __len__(self) -> int:
        return self.levels[SMALLEST_PX].shape[1]

    def to(self, device: torch.device) -> "Pictures":
        moved = copy(self)
        moved.levels, moved.backgrounds = {edge: level.to(device) for edge, level in self.levels.items()}, self.backgrounds.to(device)
        return moved

    def paint(self, scenery: Scenery, names: dict[str, int]) -> torch.Tensor:
        """→ [1, 3, 256, 256] in 0 … 1. Of its small things those that the pack has."""
        down = (torch.arange(EDGE_PX) + 0.5) / EDGE_PX
        top, low = (torch.tensor(colour)[:, None] / 255 for colour in scenery.sky)
        sky = top + (low - top) * (down / scenery.horizon).clamp(max=1)
        column = torch.where(down < scenery.horizon, sky, torch.tensor(scenery.ground)[:, None] / 255)
        spots = [Place(names[name], x, y, edge) for name, x, y, edge in scenery.spots if name in names]
        return self.over(column[None, :, :, None].repeat(1, 1, 1, EDGE_PX), tabulate_places([spots]), EDGE_PX)

    def render(self, scenes: SceneTable, edge: int) -> torch.Tensor:
        """→ [scenes, 3, edge, edge] in −1 … 1."""
        backgrounds = F.adaptive_avg_pool2d(self.backgrounds, edge)
        return self.over(backgrounds[scenes.background.to(backgrounds.device)], scenes, edge) * 2 - 1

    def over(self, canvas: torch.Tensor, scenes: SceneTable, edge: int) -> torch.Tensor:
        """Layer over layer, on the canvas. → [scenes, 3, edge, edge] in 0 … 1."""
        for layer in range(MAX_LAYERS):
            size = scenes.size[:, layer]
            for level in self.levels:
                rows = ((size > 0) & (level_for(size * edge) == level)).nonzero()[:, 0]
                if len(rows):
                    where = rows.to(canvas.device)
                    pasted = self.paste(scenes, rows, layer, level, edge)
                    canvas[where] = pasted[:, :3] + canvas[where] * (1 - pasted[:, 3:])
        return canvas

    def frame(self, scenes: SceneTable, size: Size) -> torch.Tensor:
        """Scenes in the middle of pictures of another shape, with more of their background. → [scenes, 3, height, width] in −1 … 1."""
        (width, height), square = size, self.render(scenes, min(size))
        left, top = (before_middle(long, min(size), PATCH_PX) for long in size)
        return F.pad(square, (left, width - left - min(size), top, height - top - min(size)), mode="replicate")

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
        return recolour(F.grid_sample(chosen, grid, align_corners=False), scenes.colour[rows, layer].to(source.device))


def middle(pictures: torch.Tensor, patch: int) -> torch.Tensor:
    """
    → the largest square in the middle, as far as whole patches go: where a scene is, whatever the picture's shape. Pictures or their latents
    [..., height, width]; `patch`: its edge in these.
    """
    height, width = pictures.shape[-2:]
    edge = min(height, width)
    top, left = (before_middle(long, edge, patch) for long in (height, width))
    return pictures[..., top : top + edge, left : left + edge]


def before_middle(long: int, edge: int, patch: int) -> int:
    return (long - edge) // 2 // patch * patch


def recolour(pictures: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """
    Pictures [count, 4, h, w], multiplied by their transparency, in the hues of `colours` [count], places in things.COLOURS: what is white or
    gray in them stays so, but of a picture that is so all over.
    """
    rows = colours.nonzero()[:, 0]
    if not len(rows):
        return pictures
    (hue, saturations, brightness, raised), rgb, alpha = COLOURS_HSV.to(pictures.device)[colours[rows]].T[:, :, None, None, None], pictures[rows, :3], pictures[rows, 3:]
    value = rgb.amax(1, keepdim=True)
    saturation = 1 - rgb.amin(1, keepdim=True) / value.clamp(min=1e-4)
    mean = (saturation * alpha).sum((1, 2, 3), keepdim=True) / alpha.sum((1, 2, 3), keepdim=True).clamp(min=1e-4)
    least = GRAY_GETS * (1 - mean / GRAY_BELOW).clamp(min=0)
    saturation = torch.maximum(saturation, least) * saturations
    value = value * brightness + alpha * raised
    pure = (((hue + HUE_OF_CHANNELS.to(hue.device)) % 1 * 6 - 3).abs() - 1).clamp(0, 1)
    changed = pictures.clone()
    changed[rows, :3] = value * (1 - saturation + saturation * pure)
    return changed


def level_for(edge_px: torch.Tensor) -> torch.Tensor:
    """The smallest level that need not be enlarged by more than a tenth."""
    steps = torch.ceil(torch.log2(edge_px * 0.9 / SMALLEST_PX).clamp(min=0))
    return (SMALLEST_PX * 2**steps).clamp(max=EDGE_PX).long()


def read_levels(folder: Path, count: int | None = None) -> dict[int, torch.Tensor]:
    """What `Pictures` holds. `count`: only the first so many things."""
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
    return levels


def halve(pictures: torch.Tensor) -> torch.Tensor:
    return torch.cat([F.avg_pool2d(some.float(), 2).round().byte() for some in pictures.split(64)])


GRAY_BELOW, GRAY_GETS = 0.3, 0.6  # mean saturation of a picture that counts as gray, and the saturation that it gets
HUE_OF_CHANNELS = torch.tensor([0, 2 / 3, 1 / 3])[None, :, None, None]
COLOURS_HSV = torch.tensor([[hue or 0, *others] for hue, *others in COLOURS.values()])
BACKGROUNDS_RGB = torch.tensor(list(BACKGROUNDS.values())) / 255
