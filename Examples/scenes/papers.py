"""Things of an office: a scanned letter, a screen, a logo, a poster."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .canvas import colour, curve, drawn, font, from_image, gradient, grid, mix, noise, smoothstep

LETTER = """Dear reader,

this page was never on paper. It was set by a script, turned by less than a
degree, and given the grey of a lamp that is older than its scanner, so that
there is something to look at in an example.

A scan is a good test of any program that makes pictures smaller. Letters are
thin and dark, and the paper around them is nearly white but never quite. Who
sharpens too much gets halos; who compresses too much gets a fog of small
squares around every word. At a third of its size this line should still be
easy to read, and the table below should keep all of its rules."""
ROWS = [
    ("Rendition", "Width", "Format", "For"),
    ("large", "2560", "WebP", "a screen"),
    ("small", "640", "WebP", "a telephone"),
    ("thumb", "320", "JPEG", "a list"),
    ("master", "as it is", "TIFF", "the archive"),
]


def letter(width=1240, height=1754):
    """A page of text as a flatbed scanner sees it; one band."""
    page = Image.new("L", (width, height), 255)
    board = ImageDraw.Draw(page)
    board.text((150, 150), "Sluice & Daughters", 20, font(46), stroke_width=1)
    board.text((150, 212), "Makers of small pictures since last Tuesday", 70, font(24))
    board.line([150, 258, width - 150, 258], 40, 3)
    board.text((width - 150, 312), "21 November", 30, font(25), "ra")
    y = 390
    for line in LETTER.split("\n"):
        board.text((150, y), line, 28, font(26))
        y += 42 if line else 22
    y += 40
    columns = (170, 430, 630, 830)
    for number, row in enumerate(ROWS):
        for x, text in zip(columns, row):
            board.text((x, y + 14), text, 28, font(25), stroke_width=1 if number == 0 else 0)
        board.line([150, y, width - 150, y], 60, 3 if number < 2 else 1)
        y += 58
    board.line([150, y, width - 150, y], 60, 3)
    board.text((150, y + 60), "With kind regards", 28, font(26))
    ink = [
        (160 + t * 300 + 14 * np.sin(t * 40), y + 165 - 34 * np.sin(t * 31 + 1) * (1 - t * 0.75) - 20 * t)
        for t in np.linspace(0, 1, 300)
    ]
    board.line(ink, 45, 4, joint="curve")
    stamp = Image.new("L", (width, height), 0)
    drawing = ImageDraw.Draw(stamp)
    drawing.ellipse([800, y + 40, 1020, y + 260], outline=150, width=7)
    drawing.ellipse([818, y + 58, 1002, y + 242], outline=150, width=3)
    drawing.text((910, y + 150), "RECEIVED", 150, font(34), "mm", stroke_width=1)
    stamp = stamp.rotate(14, Image.Resampling.BICUBIC, center=(910, y + 150))
    page = page.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.7))
    gx, gy = grid(width, height)
    paper = (
        0.965
        - 0.05 * (gx / width) ** 2
        - 0.03 * smoothstep(0.8, 1, gy / height)
        + (noise(401, width, height, 5, 7, 3) - 0.5) * 0.03
    )
    pixels = from_image(page) * paper
    pixels -= from_image(stamp) * 0.62 * (0.5 + noise(402, width, height, 140, 200, 2)) * (pixels > 0.3)
    # The lid's shadow along the left border, and a fold.
    pixels -= 0.3 * np.exp(-gx / 14) + 0.05 * np.exp(-np.abs(gy - height / 2 - 3 * np.sin(gx / 200)) / 3)
    pixels += np.random.default_rng(403).normal(0, 0.008, pixels.shape)
    # Scanners that write 6 bits' worth of grey are common, and compress well.
    return Image.fromarray((np.clip(pixels * 63 + 0.5, 0, 63).astype(np.uint8) * (255 / 63)).astype(np.uint8))


def gate(board, s, left, top, size, ink, water):
    """The sign of Sluice: a gate that lets a little water through."""

    def box(x0, y0, x1, y1):
        return [(left + x0 * size) * s, (top + y0 * size) * s, (left + x1 * size) * s, (top + y1 * size) * s]

    board.rounded_rectangle(box(0.10, 0.06, 0.22, 0.80), 0.03 * size * s, ink)
    board.rounded_rectangle(box(0.78, 0.06, 0.90, 0.80), 0.03 * size * s, ink)
    board.rounded_rectangle(box(0.02, 0.0, 0.98, 0.12), 0.04 * size * s, ink)
    board.rectangle(box(0.47, 0.10, 0.53, 0.30), ink)
    for plank in range(3):
        board.rounded_rectangle(
            box(0.26, 0.26 + plank * 0.115, 0.74, 0.26 + plank * 0.115 + 0.09), 0.015 * size * s, ink
        )
    for line, (base, thick) in enumerate(((0.70, 0.055), (0.82, 0.055), (0.94, 0.055))):
        start, end = (0.26, 0.74) if line == 0 else (0.0, 1.0)
        points = [
            (start + (end - start) * t, base + 0.022 * np.sin((start + (end - start) * t) * 20 + line * 1.3))
            for t in np.linspace(0, 1, 120)
        ]
        edge = [(x, y - thick / 2) for x, y in points] + [(x, y + thick / 2) for x, y in reversed(points)]
        board.polygon([((left + x * size) * s, (top + y * size) * s) for x, y in edge], water)


def logo(width=1000, height=420):
    """Sign and word, on nothing."""
    s = 4
    image = Image.new("RGBA", (width * s, height * s), (0, 0, 0, 0))
    board = ImageDraw.Draw(image)
    gate(board, s, 50, 65, 290, (26, 60, 92, 255), (36, 150, 190, 255))
    board.text((400 * s, 205 * s), "sluice", (26, 60, 92, 255), font(190 * s), "lm", stroke_width=3 * s)
    # Only whole alpha steps of 5: smaller, and still smooth.
    image = image.resize((width, height), Image.Resampling.BOX)
    pixels = np.asarray(image).copy()
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels, "RGBA")


def screen(width=1280, height=800):
    """A screenshot of a program that does not exist; few colours."""
    s = 2
    image = Image.new("RGB", (width * s, height * s), "#f4f6f8")
    board = ImageDraw.Draw(image)

    def box(x0, y0, x1, y1, fill, radius=0):
        board.rounded_rectangle([x0 * s, y0 * s, x1 * s, y1 * s], radius * s, fill)

    def text(x, y, words, fill="#1d2a36", size=16, anchor="lm", bold=False):
        board.text((x * s, y * s), words, fill, font(size * s), anchor, stroke_width=1 if bold else 0)

    box(0, 0, width, 40, "#e2e7ec")
    for x, dot in ((24, "#ec6a5e"), (46, "#f5bf4f"), (68, "#61c554")):
        board.ellipse([(x - 7) * s, 13 * s, (x + 7) * s, 27 * s], dot)
    text(width / 2, 20, "Queue", "#56636f", 15, "mm")
    box(0, 40, 220, height, "#1a3c5c")
    gate(board, s, 28, 68, 44, "#ffffff", "#5fc3e4")
    text(86, 91, "sluice", "#ffffff", 28, bold=True)
    for row, (name, count) in enumerate(
        (("Overview", ""), ("Photos", "128"), ("Shop", "14"), ("Scans", "3"), ("Quarantine", "2"))
    ):
        y = 160 + row * 46
        if row == 1:
            box(12, y - 19, 208, y + 19, "#2c587f", 8)
        text(32, y, name, "#ffffff" if row == 1 else "#b8cadb", 17)
        text(192, y, count, "#8fb1cc", 15, "rm")
    for card, (name, value, note, tone) in enumerate(
        (
            ("Waiting", "128", "pictures", "#1d2a36"),
            ("Done today", "4,106", "none lost", "#23824c"),
            ("Set aside", "2", "with reasons", "#b5482f"),
        )
    ):
        x = 250 + card * 240
        box(x, 68, x + 222, 178, "#ffffff", 10)
        text(x + 18, 92, name, "#6a7783", 15)
        text(x + 18, 128, value, tone, 36, bold=True)
        text(x + 18, 160, note, "#97a2ac", 14)
    box(970, 68, 1250, 178, "#ffffff", 10)
    text(988, 92, "Memory", "#6a7783", 15)
    text(1232, 92, "118 of 192 MiB", "#1d2a36", 15, "rm")
    box(988, 116, 1232, 134, "#e6ebef", 9)
    box(988, 116, 988 + 150, 134, "#2496be", 9)
    text(988, 157, "room for two more", "#97a2ac", 14)
    box(250, 200, 1250, 372, "#ffffff", 10)
    text(270, 226, "Pictures an hour", "#1d2a36", 16, bold=True)
    bars = np.clip(0.3 + 0.6 * curve(411, 48, 6, 3), 0, 1)
    for place, bar in enumerate(bars):
        x = 272 + place * 20
        box(x, 352 - bar * 104, x + 13, 352, "#2496be" if place < 44 else "#a8d8e8", 3)
    box(250, 394, 1250, 776, "#ffffff", 10)
    rows = [
        ("mountains.jpg", "2400 x 1600", "web", "published", "#23824c"),
        ("vase.jpg", "1600 x 1600", "shop", "published", "#23824c"),
        ("night.jpg", "1600 x 1067", "web", "working", "#2476b8"),
        ("letter.tif", "1240 x 1754", "archive", "waiting", "#97a2ac"),
        ("cut-off.jpg", "1800 x 1200", "web", "set aside: truncated", "#b5482f"),
    ]
    for x, name in ((330, "Source"), (600, "Size"), (800, "Pipeline"), (960, "State")):
        text(x, 420, name, "#6a7783", 14)
    art = ["#f0b48a", "#7f9dbd", "#27304f", "#e8e6df", "#d59a52"]
    for row, (name, size, pipeline, state, tone) in enumerate(rows):
        y = 474 + row * 66
        board.line([270 * s, (y - 34) * s, 1230 * s, (y - 34) * s], "#e6ebef", s)
        box(270, y - 24, 314, y + 24, art[row], 5)
        board.polygon(
            [
                (a * s, b * s)
                for a, b in ((270, y + 22), (288, y - 4), (298, y + 8), (304, y + 2), (314, y + 14), (314, y + 22))
            ],
            "#1a3c5c",
        )
        text(330, y, name, size=17)
        text(600, y, size, "#56636f", 16)
        text(800, y, pipeline, "#56636f", 16)
        box(960, y - 5, 970, y + 5, tone, 5)
        text(982, y, state, tone, 16)
    image = image.resize((width, height), Image.Resampling.BOX)
    return image.quantize(96, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def poster(width=1200, height=1600):
    """Long soft gradients, for 16 bits a band; numbers of 0…1, no dither."""
    x, y = grid(width, height)
    down = y / height
    # Gradients run straight down, so that every line of a field is like its neighbours and compresses.
    picture = gradient(down, [(0, "#0d1b3e"), (0.3, "#41307a"), (0.55, "#c2456f"), (0.75, "#ffb066"), (1, "#ffe2a8")])
    disc = np.hypot(x - width * 0.5, y - height * 0.40)
    sun = gradient(down, [(0.17, "#fff6cf"), (0.4, "#ffc061"), (0.62, "#f0475f")])
    lines = np.ones_like(x)
    for place in range(7):
        middle, thick = height * (0.43 + 0.031 * place), 5 + 4.0 * place
        lines *= 1 - np.clip(thick / 2 - np.abs(y - middle) + 0.5, 0, 1)
    picture = mix(picture, sun, np.clip(370 - disc + 0.5, 0, 1) * lines)
    hills = [
        ("#7a2f6f", "#4a2468"),
        ("#4b2a72", "#2b1c56"),
        ("#243a7c", "#16204e"),
        ("#14588c", "#0d2a55"),
        ("#0f8aa0", "#0c4468"),
        ("#3cc0b8", "#0f6f86"),
    ]
    columns = np.arange(width)
    for layer, (light, dark) in enumerate(hills):
        top = height * (0.63 + 0.062 * layer)
        ridge = (
            top
            + 46 * np.sin(columns / width * (3.2 + 0.9 * layer) + layer * 1.9)
            + 18 * np.sin(columns / width * 11 + layer)
        )
        field = gradient(down, [(top / height - 0.03, light), (top / height + 0.22, dark)])
        picture = mix(picture, field, np.clip(y - ridge + 0.5, 0, 1))
    words = drawn(
        width, height, lambda board, s: board.text((width * 0.5 * s, 132 * s), "LET IT FLOW", 255, font(92 * s), "mm")
    )
    return mix(picture, colour("#fff1cf"), words)
