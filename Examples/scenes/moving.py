"""Two animations of twelve frames each, which go round without a jump."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import colour, gradient, grid, mix, noise, smoothstep, to_image

FRAMES = 12


def wheel(size=360):
    """A water wheel, flat and in few colours."""
    s, frames = 3, []
    spokes = 8
    for frame in range(FRAMES):
        image = Image.new("RGB", (size * s, size * s), "#e9f3f6")
        board = ImageDraw.Draw(image)
        part = frame / FRAMES
        centre, radius = (180, 172), 112

        def at(angle, far):
            return ((centre[0] + far * np.cos(angle)) * s, (centre[1] + far * np.sin(angle)) * s)

        # The water comes down its channel on the left and leaves below.
        board.polygon([(a * s, b * s) for a, b in ((0, 64), (120, 74), (120, 86), (0, 78))], "#7a5a3c")
        board.polygon([(a * s, b * s) for a, b in ((0, 54), (118, 64), (118, 74), (0, 64))], "#4db4d6")
        board.polygon([(a * s, b * s) for a, b in ((116, 64), (130, 68), (116, 108), (104, 124), (108, 92))], "#4db4d6")
        turn = -part * 2 * np.pi / spokes
        for spoke in range(spokes):
            angle = turn + spoke * 2 * np.pi / spokes
            board.line([at(angle, 16), at(angle, radius)], "#8a6642", 9 * s)
            board.polygon(
                [
                    at(angle - 0.05, radius - 12),
                    at(angle - 0.05, radius + 26),
                    at(angle + 0.11, radius + 26),
                    at(angle + 0.07, radius - 12),
                ],
                "#5f4229",
            )
        for ring, thick in ((radius, 13), (radius * 0.62, 8)):
            board.ellipse(
                [(centre[0] - ring) * s, (centre[1] - ring) * s, (centre[0] + ring) * s, (centre[1] + ring) * s],
                outline="#8a6642",
                width=thick * s,
            )
        board.ellipse(
            [(centre[0] - 22) * s, (centre[1] - 22) * s, (centre[0] + 22) * s, (centre[1] + 22) * s], "#3e2b1c"
        )
        board.polygon(
            [
                (a * s, b * s)
                for a, b in ((176, 172), (184, 172), (214, 330), (202, 330), (180, 205), (158, 330), (146, 330))
            ],
            "#3e2b1c",
        )
        for layer, (base, tone) in enumerate(((288, "#4db4d6"), (310, "#2a93ba"), (332, "#1a6c94"))):
            wave = [
                (x, base + 6 * np.sin(x / size * 2 * np.pi * (3 + layer) - part * 2 * np.pi + layer))
                for x in range(0, size + 6, 6)
            ]
            board.polygon([(a * s, b * s) for a, b in [(0, size), *wave, (size, size)]], tone)
        frames.append(image.resize((size, size), Image.Resampling.BOX))
    return frames


def sailing(width=640, height=400):
    """A boat on the waves at noon."""
    frames, sea = [], 235
    x, y = grid(width, height)
    for frame in range(FRAMES):
        part = frame / FRAMES * 2 * np.pi
        picture = gradient(y / height, [(0, "#5aa9e0"), (0.35, "#a9d8f2"), (0.6, "#eaf6f4")])
        clouds = smoothstep(0.5, 0.72, noise(501, width, height, 4, 6, 5)) * smoothstep(0.55, 0.2, y / height)
        picture = mix(picture, colour("#ffffff"), clouds * 0.9)
        picture = mix(picture, colour("#fff8d8"), np.exp(-np.hypot(x - 520, y - 70) / 40))
        heel, rise = 0.07 * np.sin(part) - 0.1, 5 * np.sin(part + 0.8)
        s = 3
        board_image = Image.new("RGBA", (width * s, height * s), (0, 0, 0, 0))
        board = ImageDraw.Draw(board_image)

        def at(points):
            turn = [(a * np.cos(heel) - b * np.sin(heel), a * np.sin(heel) + b * np.cos(heel)) for a, b in points]
            return [((300 + a) * s, (sea + 18 + rise + b) * s) for a, b in turn]

        board.line(at([(4, -20), (4, -196)]), "#6b4a2f", 4 * s)
        belly = [(8 + 74 * np.sin(t * np.pi * 0.5) ** 0.8, -190 + 150 * t) for t in np.linspace(0, 1, 20)]
        board.polygon(at([(8, -190), *belly, (8, -40)]), "#fdf6e6")
        board.polygon(at([(8, -96), *[p for p in belly if -98 < p[1] < -68], (8, -68)]), "#d8503f")
        jib = [(-2 - 66 * t - 6 * np.sin(t * np.pi), -176 + 136 * t) for t in np.linspace(0, 1, 20)]
        board.polygon(at([(-2, -176), *jib, (-4, -42)]), "#f2e3c4")
        board.polygon(at([(-84, -28), (98, -28), (72, 14), (-58, 14)]), "#22466b")
        board.polygon(at([(-84, -28), (98, -28), (94, -21), (-80, -21)]), "#f7f2e6")
        boat = np.asarray(board_image.resize((width, height), Image.Resampling.BOX), np.float32) / 255
        for layer, tone in enumerate(("#3f9fc4", "#2a86b3", "#1f6f9f", "#155783", "#0f4168")):
            phase = part * (1 if layer % 2 == 0 else -1) + layer * 1.7
            crest = (
                sea
                + layer * layer * 6
                + layer * 14
                + (3 + 2.6 * layer) * np.sin(x / width * 2 * np.pi * (7 - layer) - phase)
                + (1 + layer) * np.sin(x / width * 2 * np.pi * 3 + phase)
            )
            below = np.clip(y - crest + 0.5, 0, 1)
            if layer == 2:
                picture = mix(picture, boat[..., :3], boat[..., 3])
            foam = smoothstep(3.5 + layer, 0, np.abs(y - crest)) * 0.5
            picture = mix(
                picture,
                colour(tone) * np.ones_like(picture) * (1 - 0.0006 * np.maximum(y - crest, 0))[..., None],
                below,
            )
            picture = mix(picture, colour("#dff4fa"), foam)
        frames.append(to_image(picture))
    return frames
