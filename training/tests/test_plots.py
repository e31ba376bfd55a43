import json

from PIL import Image, ImageColor

from ..plots import COLOURS, plot_curve


def test_what_joins_later_has_a_curve_too(tmp_path):
    points = [{"step": i, "used_s": i, "loss": 1.0, **({"reward": 0.1 * i} if i > 2 else {})} for i in range(1, 6)]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, points)))
    plot_curve(tmp_path / "some.jsonl", tmp_path / "some.png")
    drawn = {colour for _, colour in Image.open(tmp_path / "some.png").getcolors(1 << 20)}
    assert {ImageColor.getrgb(colour) for colour in COLOURS[:2]} <= drawn
