"""Drawings: charts, diagrams, maps, line art, flat scenes, patterns, sketches; icons and clip art of others."""

import math
import subprocess
import tempfile

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

import by_hand
import plans
from charts import cells, chart, diagram, palette
from drawn import light, lit, noise, smooth


def blob(chance, x, y, radius, points=9, uneven=0.3):
    corners = [radius * (1 + chance.uniform(-uneven, uneven)) for _ in range(points)]
    outline = []
    for step in range(points * 8):
        at = step / 8
        a, b = corners[int(at) % points], corners[(int(at) + 1) % points]
        share = (1 - math.cos((at % 1) * math.pi)) / 2
        angle, reach = at / points * 2 * math.pi, a + (b - a) * share
        outline.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return outline


def cartoon(chance, size):
    """Flat areas with or without black outlines: hills, suns, houses, trees, faces."""
    width, height = size
    colours = palette(chance, 9)
    image = Image.new("RGB", size, colours[0])
    if chance.happens(0.25):
        image = smooth(chance, size, 60, 255, 2)
    draw = ImageDraw.Draw(image)
    outline = (10, 10, 10) if chance.happens(0.5) else None
    thick = chance.randint(2, 6)
    for layer in range(chance.randint(0, 3)):
        base = height * (0.5 + 0.15 * layer)
        phase, swing = chance.uniform(0, 6), height * chance.uniform(0.02, 0.15)
        hill = [
            (x, base + swing * math.sin(phase + x / width * chance.uniform(5, 5.3))) for x in range(0, width + 9, 8)
        ]
        draw.polygon(hill + [(width, height), (0, height)], fill=colours[1 + layer])
    for _ in range(chance.randint(1, 14)):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.04, 0.3)
        kind, fill = chance.random(), chance.choice(colours)
        if kind < 0.4:
            shape = blob(chance, x, y, radius, chance.randint(4, 12), chance.uniform(0, 0.4))
        elif kind < 0.6:
            shape = [
                (x - radius, y + radius),
                (x - radius, y - radius / 2),
                (x, y - radius),
                (x + radius, y - radius / 2),
                (x + radius, y + radius),
            ]
        elif kind < 0.8:
            spikes = chance.randint(3, 9)
            shape = [
                (
                    x + radius * (1 if i % 2 else 0.5) * math.cos(i * math.pi / spikes),
                    y + radius * (1 if i % 2 else 0.5) * math.sin(i * math.pi / spikes),
                )
                for i in range(spikes * 2)
            ]
        else:
            shape = blob(chance, x, y, radius, 10, 0.05)
            draw.polygon(shape, fill=fill)
            for side in (-1, 1):
                eye = (
                    x + side * radius * 0.35 - radius * 0.15,
                    y - radius * 0.3,
                    x + side * radius * 0.35 + radius * 0.15,
                    y,
                )
                draw.ellipse(eye, fill=(255, 255, 255), outline=(0, 0, 0), width=2)
                draw.ellipse(
                    [value + (1 if i < 2 else -1) * radius * 0.08 for i, value in enumerate(eye)], fill=(0, 0, 0)
                )
            draw.arc(
                (x - radius * 0.5, y - radius * 0.1, x + radius * 0.5, y + radius * 0.6),
                10,
                170,
                fill=(0, 0, 0),
                width=thick,
            )
            fill = None
        if fill:
            draw.polygon(shape, fill=fill)
        if outline:
            draw.line(shape + [shape[0]], fill=outline, width=thick, joint="curve")
    if chance.happens(0.25):
        draw.text(
            (width / 2, height * chance.choice([0.1, 0.9])),
            chance.title(1, 3),
            font=chance.font(height * 0.1),
            fill=chance.choice(colours),
            anchor="mm",
        )
    return image


def line_art(chance, size):
    """Outlines and hatching; some on real paper, photographed or scanned."""
    on_paper = chance.happens(0.55)
    fill = (
        (255, 255, 255) if not on_paper else chance.choice([(250, 248, 240), (240, 235, 220), chance.shade(215, 250)])
    )
    image = Image.new("RGB", size, fill)
    draw = ImageDraw.Draw(image)
    width, height = size
    ink = chance.choice([(0, 0, 0), (0, 0, 0), chance.shade(50, 120), (40, 50, 120), (110, 60, 30)])
    thick = chance.randint(1, 5)
    for _ in range(chance.randint(3, 22)):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.04, 0.4)
        shape = blob(chance, x, y, radius, chance.randint(3, 12), chance.uniform(0.05, 0.5))
        part = shape if chance.happens(0.6) else shape[: len(shape) // 2]
        if on_paper and chance.happens(0.6):
            for _ in range(2):
                draw.line(
                    [(a + chance.gauss(0, 1.2), b + chance.gauss(0, 1.2)) for a, b in part], fill=ink, width=thick
                )
        else:
            draw.line(part, fill=ink, width=thick, joint="curve")
        if chance.happens(0.35):
            step, slope = chance.uniform(4, 14), chance.uniform(-1, 1)
            for i in range(int(radius / step)):
                a = x - radius / 2 + i * step
                draw.line(
                    (a, y - radius * 0.4, a + slope * radius * 0.5, y + radius * 0.4),
                    fill=ink,
                    width=max(1, thick // 2),
                )
    if on_paper:
        image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 1.2)))
        if chance.happens(0.6):
            image = lit(
                image,
                light(chance, size, chance.uniform(0.05, 0.35)),
                (1, chance.uniform(0.92, 1), chance.uniform(0.8, 1)),
            )
        image = noise(chance, image, chance.uniform(1, 7))
    return image


def pattern(chance, size):
    colours = palette(chance, 4)
    image = Image.new("RGB", size, colours[0])
    draw = ImageDraw.Draw(image)
    step, kind = chance.randint(12, 120), chance.randint(0, 3)
    for i in range(-1, size[0] // step + 2):
        for j in range(-1, size[1] // step + 2):
            x, y, fill = i * step, j * step, colours[1 + (i + j) % 3]
            if kind == 0:
                draw.ellipse((x, y, x + step * 0.8, y + step * 0.8), fill=fill)
            elif kind == 1:
                draw.polygon([(x, y), (x + step, y), (x + (j % 2) * step, y + step)], fill=fill)
            elif kind == 2:
                draw.rectangle((x, y, x + step - 1, y + step - 1), fill=fill)
            else:
                draw.arc((x, y, x + step * 1.4, y + step * 1.4), 0, 270, fill=fill, width=max(1, step // 8))
    return image


def clip_art(chance, size, icons):
    """One or several drawings of others upon a plain ground."""
    image = Image.new(
        "RGBA", size, (*chance.choice([(255, 255, 255)] * 3 + [chance.colour((0.05, 0.97), (0, 0.8))]), 255)
    )
    count = chance.choice([1, 1, 1, 1, 2, 4, 9])
    across = math.ceil(math.sqrt(count))
    for index in range(count):
        room = int(min(size) / across * chance.uniform(0.75, 0.98))
        icon = next(icon for icon in (read(one_of(chance, icons), room) for _ in range(1000)) if icon)
        icon = icon.crop(icon.getbbox())
        icon.thumbnail((room, room))
        x = size[0] * (index % across + 0.5) / across - icon.width / 2
        y = size[1] * (index // across + 0.5) / across - icon.height / 2
        image.alpha_composite(icon, (max(0, int(x)), max(0, int(y))))
    return image.convert("RGB")


folders = {}


def one_of(chance, icons):
    """Of any folder as likely as of any other: sets of a thousand arrows are not a thousand kinds of drawing."""
    if not folders:
        for path in icons:
            folders.setdefault(path.parent, []).append(path)
    return chance.choice(folders[chance.choice(list(folders))])


def outlined(chance, size, icons):
    """What is left of clip art without its colours: a page to be coloured, a cut, a stamp."""
    grey = clip_art(chance, size, icons).convert("L")
    edges = ImageOps.invert(grey.filter(ImageFilter.FIND_EDGES).point(lambda value: min(255, value * 3)))
    # The filter leaves the outermost pixels as they are.
    ImageDraw.Draw(edges).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=255, width=2)
    if chance.happens(0.6):
        edges = edges.filter(ImageFilter.MinFilter(3))
    if chance.happens(0.3):
        edges = ImageChops.multiply(edges, grey.point(lambda value: 0 if value < 90 else 255))
    return by_hand.seen(chance, by_hand.on_paper(chance, edges, chance.shade(0, 60), chance.uniform(0, 0.2)))


def read(path, size):
    try:
        if path.suffix == ".svg":
            with tempfile.NamedTemporaryFile(suffix=".png") as target:
                subprocess.run(
                    ["vips", "thumbnail", path, target.name, str(size), "--size", "both"],
                    check=True,
                    capture_output=True,
                )
                picture = Image.open(target.name).convert("RGBA")
                return picture if picture.getbbox() else None
        picture = Image.open(path)
        # Icons of 48 pixels and less would only be a blur.
        picture = picture.convert("RGBA") if max(picture.size) >= 100 else None
        return picture if picture and picture.getbbox() else None
    except (OSError, Image.DecompressionBombError, subprocess.CalledProcessError):
        return None


def make(chance, photos, icons):
    size = (chance.randint(240, 1000), chance.randint(240, 900))
    kind = chance.random()
    if icons and kind < 0.28:
        return clip_art(chance, size, icons)
    if icons and kind < 0.34:
        return outlined(chance, size, icons)
    # Few: more of them, and photographs are taken for drawings.
    if photos and kind < 0.4:
        return by_hand.after_photo(chance, photos)
    if kind < 0.5:
        return chance.choice([diagram, cells, plans.flow, plans.flow, plans.geometry])(chance, size)
    if kind < 0.62:
        return chance.choice([by_hand.child, by_hand.child, by_hand.wash])(chance, size)
    if kind < 0.67:
        return by_hand.comic(chance, size, photos, [cartoon, line_art, by_hand.child])
    if kind < 0.82:
        return plans.make(chance, size)
    return chance.choice([chart, chart, diagram, cells, cells, cartoon, cartoon, line_art, line_art, pattern])(
        chance, size
    )
