import json

import torch
from PIL import Image, ImageColor

from ..plots import COLOURS, plot_curve, save_grid


def test_what_joins_later_has_a_curve_too(tmp_path):
    points = [{"step": i, "used_s": i, "loss": 1.0, **({"reward": 0.1 * i} if i > 2 else {})} for i in range(1, 6)]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, points)))
    plot_curve(tmp_path / "some.jsonl", tmp_path / "some.png")
    drawn = {colour for _, colour in Image.open(tmp_path / "some.png").getcolors(1 << 20)}
    assert {ImageColor.getrgb(colour) for colour in COLOURS[:2]} <= drawn


def test_a_long_caption_has_a_second_line(tmp_path):
    heights = []
    for caption in ("a cat", "pizza on a black background"):
        save_grid(torch.zeros(1, 3, 8, 8), tmp_path / "grid.png", columns=1, captions=[caption], edge=128)
        grid = Image.open(tmp_path / "grid.png").convert("L")
        heights.append(grid.crop((0, 132, *grid.size)).point(lambda value: 255 * (value < 128)).getbbox()[3])
    assert heights[1] > heights[0] + 8
