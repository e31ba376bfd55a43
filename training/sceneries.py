"""Where a thing may be: "in the snow". A sky, a ground, and up to four small things of the set, drawn once as a background."""

from dataclasses import dataclass

Colour = tuple[int, int, int]
Spot = tuple[str, float, float, float]  # a thing's name, its centre (0 … 1 from the left and the top), its edge as a share of the picture's


@dataclass(frozen=True)
class Scenery:
    words: tuple[str, ...]
    chinese: tuple[str, ...]
    sky: tuple[Colour, Colour]  # at the top, at the horizon
    ground: Colour
    horizon: float  # 0 … 1 from the top
    spots: tuple[Spot, ...]


SCENERIES = (
    Scenery(("in the snow", "in winter", "on snow", "in a snowy landscape", "on a snowy day"), ("雪地里", "雪中", "冬天"),
            ((176, 208, 244), (222, 234, 250)), (246, 249, 255), 0.66,
            (("snowflake", 0.14, 0.15, 0.2), ("snowflake", 0.86, 0.22, 0.18), ("evergreen tree", 0.1, 0.52, 0.3), ("evergreen tree", 0.91, 0.54, 0.26))),
    Scenery(("at night", "in the night", "under the stars", "in the moonlight", "under a starry sky"), ("夜晚", "星空下"),
            ((22, 26, 66), (52, 58, 122)), (32, 44, 62), 0.76,
            (("crescent moon", 0.84, 0.16, 0.24), ("star", 0.14, 0.14, 0.13), ("star", 0.48, 0.1, 0.09), ("star", 0.09, 0.46, 0.09))),
    Scenery(("in the rain", "on a rainy day", "in a storm", "in rainy weather"), ("雨中", "雨天"),
            ((120, 138, 166), (170, 184, 204)), (118, 134, 150), 0.74,
            (("cloud with rain", 0.2, 0.18, 0.34), ("cloud with rain", 0.8, 0.18, 0.34), ("droplet", 0.07, 0.52, 0.11), ("droplet", 0.93, 0.55, 0.11))),
    Scenery(("by the sea", "at the beach", "on the beach", "at the seaside", "on the sand"), ("海边", "沙滩上"),
            ((122, 200, 246), (86, 168, 232)), (246, 222, 160), 0.6,
            (("sun", 0.15, 0.15, 0.23), ("palm tree", 0.87, 0.4, 0.4), ("spiral shell", 0.13, 0.88, 0.15))),
    Scenery(("in the forest", "in the woods", "among trees", "in a forest"), ("森林里", "树林里"),
            ((196, 230, 196), (150, 204, 150)), (96, 150, 84), 0.72,
            (("evergreen tree", 0.12, 0.4, 0.44), ("deciduous tree", 0.88, 0.4, 0.42), ("deciduous tree", 0.5, 0.24, 0.36), ("mushroom", 0.1, 0.86, 0.15))),
    Scenery(("in the garden", "on the grass", "in a meadow", "among flowers", "in a field", "in the park"), ("花园里", "草地上"),
            ((170, 220, 250), (218, 240, 252)), (142, 206, 100), 0.64,
            (("tulip", 0.11, 0.76, 0.22), ("sunflower", 0.9, 0.72, 0.24), ("cloud", 0.2, 0.15, 0.24), ("butterfly", 0.86, 0.2, 0.17))),
    Scenery(("in the desert", "in a hot desert", "among cactuses"), ("沙漠里",),
            ((250, 214, 150), (252, 232, 190)), (234, 190, 118), 0.64,
            (("cactus", 0.11, 0.56, 0.3), ("cactus", 0.91, 0.6, 0.22), ("sun", 0.83, 0.15, 0.22))),
    Scenery(("in space", "in outer space", "in the galaxy", "in the universe", "among planets"), ("太空中", "宇宙中"),
            ((16, 12, 40), (44, 28, 84)), (44, 28, 84), 1.0,
            (("ringed planet", 0.17, 0.17, 0.28), ("rocket", 0.88, 0.2, 0.2), ("star", 0.1, 0.62, 0.09), ("star", 0.91, 0.74, 0.11))),
    Scenery(("at sunset", "at sunrise", "at dusk", "at dawn", "in the evening"), ("日落时", "黄昏"),
            ((242, 110, 110), (254, 196, 110)), (112, 72, 112), 0.72,
            (("sun", 0.84, 0.52, 0.3), ("cloud", 0.17, 0.18, 0.26))),
    Scenery(("in the mountains", "on a hill", "high in the mountains", "on a hilltop"), ("山上", "山里"),
            ((150, 206, 246), (214, 236, 250)), (120, 184, 106), 0.72,
            (("snow-capped mountain", 0.2, 0.46, 0.52), ("mountain", 0.82, 0.5, 0.44), ("cloud", 0.52, 0.12, 0.22))),
    Scenery(("in the city", "in town", "on the street", "in a big city", "downtown"), ("城市里", "街上"),
            ((170, 210, 244), (222, 234, 246)), (126, 130, 142), 0.76,
            (("office building", 0.13, 0.5, 0.42), ("department store", 0.88, 0.52, 0.4), ("vertical traffic light", 0.5, 0.14, 0.2))),
    Scenery(("under water", "underwater", "in the sea", "in the ocean", "at the bottom of the sea"), ("水下", "海里"),
            ((96, 196, 240), (28, 110, 190)), (226, 206, 150), 0.84,
            (("tropical fish", 0.15, 0.18, 0.2), ("bubbles", 0.87, 0.2, 0.18), ("coral", 0.1, 0.8, 0.22), ("coral", 0.92, 0.82, 0.18))),
    Scenery(("in the sky", "in the clouds", "among the clouds", "high in the sky", "above the clouds"), ("天空中", "云中"),
            ((104, 182, 246), (206, 232, 252)), (206, 232, 252), 1.0,
            (("cloud", 0.17, 0.2, 0.3), ("cloud", 0.85, 0.3, 0.26), ("cloud", 0.12, 0.82, 0.28), ("cloud", 0.88, 0.86, 0.3))),
    Scenery(("at a party", "at a birthday party", "among balloons"), ("派对上", "聚会上"),
            ((252, 214, 232), (254, 234, 220)), (226, 180, 214), 0.82,
            (("balloon", 0.12, 0.24, 0.28), ("balloon", 0.88, 0.26, 0.28), ("party popper", 0.12, 0.84, 0.22), ("wrapped gift", 0.89, 0.84, 0.2))),
    Scenery(("on fire", "in flames", "surrounded by flames"), ("火中", "火焰中"),
            ((70, 20, 24), (196, 64, 30)), (110, 34, 26), 0.8,
            (("fire", 0.13, 0.66, 0.36), ("fire", 0.88, 0.66, 0.36), ("fire", 0.5, 0.24, 0.3))),
)  # fmt: skip
