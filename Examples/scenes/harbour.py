"""A harbour at dusk: upright and asymmetric, so that a wrong turn is seen at once."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import blurred, colour, font, from_image, gradient, grid, mix, noise, smoothstep

SCALE = 2


def gable(board, left, width, top, ground, tint, random):
    """One narrow house with lit windows."""
    s = SCALE
    right, eaves = left + width, top + width * 0.55
    style = random.integers(3)
    if style == 0:
        roof = [(left, eaves), (left + width / 2, top), (right, eaves)]
    elif style == 1:
        step = width / 8
        roof = [(left, eaves)]
        for place in range(4):
            roof += [
                (left + place * step, eaves - (place + 1) * step * 1.1),
                (left + (place + 1) * step, eaves - (place + 1) * step * 1.1),
            ]
        roof += [(left + width - x + left, y) for x, y in reversed(roof[1:])] + [(right, eaves)]
    else:
        roof = [
            (left, eaves),
            (left + width * 0.22, top + width * 0.1),
            (left + width * 0.78, top + width * 0.1),
            (right, eaves),
        ]
    board.polygon([(x * s, y * s) for x, y in roof], tuple(int(c * 0.62) for c in tint))
    board.rectangle([left * s, eaves * s, right * s, ground * s], tint)
    columns = 3 if width > 105 else 2
    size = width / (columns * 2 + 1)
    y = eaves + size * 0.6
    while y < ground - size * 3.4:
        for column in range(columns):
            x = left + size * (1 + 2 * column)
            lit = random.random() < 0.62
            glass = (255, int(random.uniform(190, 225)), int(random.uniform(105, 150))) if lit else (38, 42, 66)
            board.rectangle([(x - 2) * s, (y - 2) * s, (x + size + 2) * s, (y + size * 1.5 + 2) * s], (232, 222, 208))
            board.rectangle([x * s, y * s, (x + size) * s, (y + size * 1.5) * s], glass)
            board.line([(x + size / 2) * s, y * s, (x + size / 2) * s, (y + size * 1.5) * s], (120, 100, 90), s)
        y += size * 2.6
    door = left + width * 0.4
    board.rectangle([door * s, (ground - size * 2.3) * s, (door + size * 1.15) * s, ground * s], (70, 38, 32))


def boat(board, x, y, size, hull, turn):
    """A sailing boat with its sails down."""
    s = SCALE

    def at(points):
        return [((x + turn * a * size) * s, (y + b * size) * s) for a, b in points]

    board.polygon(at([(-1.0, -0.22), (1.15, -0.3), (0.8, 0.1), (-0.85, 0.1)]), hull)
    board.polygon(at([(-1.0, -0.22), (1.15, -0.3), (1.1, -0.23), (-0.98, -0.15)]), (240, 234, 222))
    board.polygon(at([(-0.6, -0.24), (-0.5, -0.48), (0.25, -0.5), (0.45, -0.27)]), (222, 214, 200))
    for window in (-0.35, -0.1, 0.12):
        board.polygon(
            at([(window, -0.43), (window + 0.12, -0.43), (window + 0.12, -0.34), (window, -0.34)]), (255, 206, 120)
        )
    board.line(at([(0.1, -0.4), (0.1, -3.1)]), (62, 44, 44), max(2, int(size * 0.06 * s)))
    board.line(at([(0.1, -3.05), (1.12, -0.3)]), (90, 70, 72), s)
    board.line(at([(0.1, -3.05), (-0.95, -0.22)]), (90, 70, 72), s)
    board.line(at([(0.1, -0.75), (-0.92, -0.7)]), (236, 228, 214), max(3, int(size * 0.11 * s)))


def upright(width=1200, height=1600):
    """The harbour as people see it; moon on the left, lighthouse on the right."""
    s, quay = SCALE, 960
    x, y = grid(width, quay)
    sky = gradient(y / quay, [(0, "#1b2450"), (0.35, "#4b4a86"), (0.62, "#b56f8e"), (0.82, "#f2a27c"), (1, "#ffd09a")])
    clouds = smoothstep(0.5, 0.74, noise(301, width, quay, 3, 16, 5)) * smoothstep(1.0, 0.5, y / quay)
    sky = mix(sky, gradient(y / quay, [(0, "#5d5590"), (0.5, "#e08f98"), (1, "#ffd9b0")]), clouds * 0.7)
    moon = np.hypot(x - 215, y - 215)
    sky = mix(sky, colour("#fff2d2"), np.exp(-moon / 90) * 0.4)
    sky = mix(sky, colour("#fff8e6"), smoothstep(53, 50, moon) * (0.86 + 0.14 * noise(303, width, quay, 40, 30, 3)))
    beam_x, beam_y = 1012 - x, y - 372
    beam = (
        smoothstep(0.16, 0.0, np.abs(beam_y / np.maximum(beam_x, 1) + 0.12))
        * (beam_x > 0)
        * np.exp(-np.maximum(beam_x, 0) / 520)
    )
    sky = mix(sky, colour("#fff0bd"), beam * 0.5)

    random = np.random.default_rng(304)
    layer = Image.new("RGBA", (width * s, quay * s), (0, 0, 0, 0))
    board = ImageDraw.Draw(layer)
    tints = [
        (176, 74, 62),
        (214, 158, 84),
        (92, 122, 132),
        (196, 120, 98),
        (128, 86, 96),
        (222, 190, 146),
        (84, 106, 92),
        (186, 96, 84),
    ]
    left, place = -24, 0
    while left < 880:
        wide = int(random.integers(86, 134))
        top = 590 + int(random.integers(-70, 60)) + (40 if left > 700 else 0)
        gable(board, left, wide, top, quay - 18, tints[place % len(tints)], random)
        left, place = left + wide + 2, place + 1
    # The sign reads from left to right only when the picture stands upright.
    board.rectangle([236 * s, 858 * s, 466 * s, 902 * s], (28, 46, 70), (240, 226, 190), 2 * s)
    board.text((351 * s, 880 * s), "HARBOUR", (250, 236, 200), font(31 * s), "mm", stroke_width=1)
    # The lighthouse on its mole.
    board.polygon([(900 * s, quay * s), (930 * s, 900 * s), (1200 * s, 890 * s), (1200 * s, quay * s)], (62, 56, 70))
    for band in range(5):
        y0, y1 = 420 + band * 98, 420 + (band + 1) * 98
        half0, half1 = 34 + band * 6.4, 34 + (band + 1) * 6.4
        board.polygon(
            [
                ((1012 - half0) * s, y0 * s),
                ((1012 + half0) * s, y0 * s),
                ((1012 + half1) * s, y1 * s),
                ((1012 - half1) * s, y1 * s),
            ],
            (196, 58, 52) if band % 2 == 0 else (240, 230, 216),
        )
    board.rectangle([960 * s, 406 * s, 1064 * s, 422 * s], (44, 40, 52))
    board.rectangle([986 * s, 340 * s, 1038 * s, 406 * s], (255, 240, 178))
    for bar in (986, 1003, 1020, 1036):
        board.line([bar * s, 340 * s, bar * s, 406 * s], (60, 52, 58), 2 * s)
    board.polygon([(974 * s, 342 * s), (1012 * s, 296 * s), (1050 * s, 342 * s)], (150, 42, 42))
    board.rectangle([0, (quay - 18) * s, 930 * s, quay * s], (74, 64, 72))
    for post in range(20, 930, 62):
        board.rectangle([post * s, (quay - 12) * s, (post + 10) * s, quay * s], (40, 34, 42))
    town = np.asarray(layer.resize((width, quay), Image.Resampling.BOX), np.float32) / 255
    # Rounds the tower: the light of the west lies on its left.
    side = np.where(np.abs(x - 1012) < 68, (x - 1012) / 68, 0)
    shade = np.where((np.abs(x - 1012) < 68) & (y > 296) & (y < 898), 0.86 - 0.34 * side, 0.86)
    town[..., :3] *= shade[..., None] * (1 - 0.06 * noise(305, width, quay, 80, 60, 3))[..., None]
    scene = mix(sky, town[..., :3], town[..., 3])
    warm = blurred(np.clip((town[..., 0] - 0.75) * 4, 0, 1) * (town[..., 2] < 0.62) * town[..., 3], 9)
    scene += warm[..., None] * colour("#ffb25c") * 0.42
    lamp = np.hypot(x - 1012, y - 372)
    scene = mix(scene, colour("#fff4c8"), np.exp(-lamp / 34) * 0.75)

    boats = Image.new("RGBA", (width * s, height * s), (0, 0, 0, 0))
    board = ImageDraw.Draw(boats)
    for place in (
        (585, 1010, 88, (36, 66, 108), 1),
        (300, 1062, 112, (150, 44, 44), -1),
        (800, 1118, 128, (230, 224, 212), 1),
    ):
        boat(board, *place)
    fleet = np.asarray(boats.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    x, y = grid(width, height)
    depth = np.clip((y - quay) / (height - quay), 0, 1)
    wave = noise(306, width, height, 12, 130, 3, 0.6) - 0.5
    row = np.clip(2 * quay - y - 1 + wave * (14 + 150 * depth), 0, quay - 1).astype(int)
    column = np.clip(x + wave * (14 + 46 * depth), 0, width - 1).astype(int)
    water = scene[row, column] * (0.86 - 0.28 * depth[..., None])
    water = mix(water, colour("#1c2a52"), 0.14 + depth * 0.4 + np.clip(wave, 0, 1) * 0.35)
    # Each boat is mirrored at its own water line.
    for line, low, high in ((1019, 470, 700), (1073, 160, 450), (1131, 640, 960)):
        mirror = np.clip(2 * line - y + wave * 90, 0, height - 1).astype(int)
        own = fleet[mirror, column]
        part = own[..., 3] * (y > line) * (column > low) * (column < high) * np.exp(-(y - line) / 330)
        water = mix(water, own[..., :3] * 0.62, part * 0.85)
    picture = water
    picture[:quay] = scene
    return mix(picture, fleet[..., :3] * 0.88, fleet[..., 3])
