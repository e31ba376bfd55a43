"""Loss curves and sample grids as PNG, with Pillow alone."""

import json
import math
import textwrap
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

COLOURS = ("#1f5fbf", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c")
WIDTH_PX, HEIGHT_PX, MARGIN_PX = 720, 360, 44
# Of Pillow's own font, as wide as most are.
CHARACTER_PX, LINE_PX = 6, 12
# Pillow's own font has no Chinese; these lie with the system on Linux, macOS and Windows.
CHINESE_FONTS = ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "PingFang.ttc", "msyh.ttc")


def plot_curve(lines: Path, png: Path) -> None:
    """Every number of a stage's log against its minutes; the vertical axis is logarithmic where all are positive."""
    points = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    names = list(dict.fromkeys(key for point in points for key in point if key not in ("step", "used_s")))  # the reward joins later
    values = [point[name] for point in points for name in names if name in point and math.isfinite(point[name])]
    if not values:
        return
    log = min(values) > 0
    scale = math.log10 if log else float
    low, high = scale(min(values)), scale(max(values))
    longest = max(point["used_s"] for point in points) or 1
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "white")
    draw = ImageDraw.Draw(image)
    across = lambda point: MARGIN_PX + point["used_s"] / longest * (WIDTH_PX - 2 * MARGIN_PX)
    up = lambda value: HEIGHT_PX - MARGIN_PX - (scale(value) - low) / ((high - low) or 1) * (HEIGHT_PX - 2 * MARGIN_PX)
    draw.rectangle([MARGIN_PX, MARGIN_PX, WIDTH_PX - MARGIN_PX, HEIGHT_PX - MARGIN_PX], outline="#bbbbbb")
    for name, colour, row in zip(names, COLOURS, range(len(names))):
        line = [(across(point), up(point[name])) for point in points if name in point and math.isfinite(point[name])]
        draw.line(line, fill=colour, width=2)
        draw.text((WIDTH_PX - 2 * MARGIN_PX - 80, MARGIN_PX + 4 + 12 * row), f"{name} {line and points[-1].get(name)}", fill=colour)
    draw.text((4, MARGIN_PX), f"{max(values):.4g}", fill="black")
    draw.text((4, HEIGHT_PX - MARGIN_PX - 10), f"{min(values):.4g}", fill="black")
    draw.text((MARGIN_PX, HEIGHT_PX - MARGIN_PX + 6), f"0 … {longest / 60:.1f} minutes{', logarithmic' if log else ''}", fill="black")
    image.save(png)


def save_grid(pictures: torch.Tensor, png: Path, columns: int, captions: list[str] | None = None, edge: int = 128) -> None:
    """`pictures` [count, 3, height, width] in −1 … 1; their longer edge becomes `edge` pixels."""
    lines = [textwrap.wrap(caption, edge // CHARACTER_PX) for caption in captions or []]
    caption_px = LINE_PX * max(map(len, lines), default=0) + 2 if captions else 0
    cell = edge + 6
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * cell, rows * (cell + caption_px)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, picture in enumerate(pictures):
        pixels = ((picture.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        x, y = index % columns * cell + 3, index // columns * (cell + caption_px) + 3
        scale = edge / max(pixels.shape)
        height, width = (round(px * scale) for px in pixels.shape[:2])
        sheet.paste(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC), (x, y))
        if captions:
            draw.text((x, y + edge + 1), "\n".join(lines[index]), fill="black", font=font_for(captions[index]), spacing=1)
    sheet.save(png, optimize=True)


def font_for(caption: str) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    for name in () if caption.isascii() else CHINESE_FONTS:
        try:
            return ImageFont.truetype(name, 11)
        except OSError:
            pass
    return ImageFont.load_default()
