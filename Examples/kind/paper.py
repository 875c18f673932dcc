"""What happens to paper: wear, the flatbed's way and the camera's way of seeing it."""

import numpy
from PIL import Image, ImageDraw, ImageFilter

from drawn import light, lit, noise, smooth
from widgets import picture_in


def worn(chance, page):
    """Yellowed, stained, folded, punched; the other side shines through."""
    width, height = page.size
    draw = ImageDraw.Draw(page)
    if chance.happens(0.15):
        back = page.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2))
        page = Image.blend(page, back, chance.uniform(0.05, 0.15))
        draw = ImageDraw.Draw(page)
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), width * chance.uniform(0.03, 0.15)
        stain = Image.new("L", page.size, 0)
        ImageDraw.Draw(stain).ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.randint(20, 90))
        page.paste(
            Image.new("RGB", page.size, (150, 115, 60)), (0, 0), stain.filter(ImageFilter.GaussianBlur(radius / 5))
        )
        draw = ImageDraw.Draw(page)
    if chance.happens(0.15):
        for y in (height * 0.2, height * 0.8):
            draw.ellipse((width * 0.02, y, width * 0.05, y + width * 0.03), fill=chance.shade(0, 120))
    if chance.happens(0.2):
        place = height * chance.choice([0.33, 0.5, 0.66])
        draw.line(
            (0, place, width, place + chance.uniform(-5, 5)), fill=chance.shade(150, 215), width=chance.randint(1, 4)
        )
    if chance.happens(0.2):
        colour = chance.choice([(180, 30, 40), (40, 60, 160), (30, 120, 60)])
        x, y = chance.uniform(0.4, 0.8) * width, chance.uniform(0.1, 0.8) * height
        draw.ellipse((x, y, x + width * 0.18, y + width * 0.18), outline=colour, width=4)
        draw.text(
            (x + width * 0.09, y + width * 0.09),
            chance.title(1, 1),
            font=chance.font(width * 0.03),
            fill=colour,
            anchor="mm",
        )
    return page


def scanned(chance, page):
    """As a flatbed or a copier gives it."""
    mode = chance.random()
    skew = chance.choice([0, 0, chance.gauss(0, 1.2)])
    outside = chance.choice([(255, 255, 255), (255, 255, 255), chance.shade(0, 40), chance.shade(120, 200)])
    if skew:
        page = page.rotate(skew, Image.BICUBIC, expand=chance.happens(0.5), fillcolor=outside)
    if mode < 0.25:
        grey = noise(chance, page.convert("L").convert("RGB"), chance.uniform(2, 25)).convert("L")
        return grey.point(lambda value, limit=chance.randint(110, 190): 255 if value > limit else 0).convert("RGB")
    if mode < 0.55:
        page = page.convert("L").convert("RGB")
    page = page.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1)))
    if chance.happens(0.4):
        page = lit(page, light(chance, page.size, chance.uniform(0.02, 0.2)))
    return noise(chance, page, chance.uniform(0.5, 6))


def photographed(chance, page, photos):
    """On a table, from a little aside, in the light that there was."""
    width, height = page.size
    wide, high = int(width * chance.uniform(1, 1.5)), int(height * chance.uniform(1, 1.3))
    kind = chance.random()
    if kind < 0.3:
        table_top = smooth(chance, (wide, high), 20, 140, 3)
    elif kind < 0.6:
        brown = chance.colour((0.2, 0.6), (0.1, 0.5))
        table_top = noise(chance, Image.new("RGB", (wide, high), brown), 14, chance.randint(1, 4))
        table_top = table_top.filter(ImageFilter.BoxBlur(chance.randint(0, 3)))
    else:
        table_top = picture_in(chance, (wide, high), photos)
    offset = chance.uniform(0, wide - width), chance.uniform(0, high - height)
    corners = [
        (x + offset[0] + chance.gauss(0, width * 0.03), y + offset[1] + chance.gauss(0, height * 0.03))
        for x, y in ((0, 0), (width, 0), (width, height), (0, height))
    ]
    lines = []
    for (x, y), (u, v) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height))):
        lines += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    wanted = [0, 0, width, 0, width, height, 0, height]
    matrix = numpy.linalg.solve(numpy.array(lines), numpy.array(wanted))
    mask = Image.new("L", page.size, 255).transform((wide, high), Image.PERSPECTIVE, matrix)
    table_top.paste(page.transform((wide, high), Image.PERSPECTIVE, matrix, Image.BICUBIC), (0, 0), mask)
    tint = (
        (1, chance.uniform(0.88, 1), chance.uniform(0.68, 1))
        if chance.happens(0.6)
        else (chance.uniform(0.88, 1), 0.98, 1)
    )
    result = lit(table_top, light(chance, (wide, high), chance.uniform(0.15, 0.6)) * chance.uniform(0.7, 1.05), tint)
    if chance.happens(0.2):
        result = result.rotate(chance.choice([90, 270, chance.uniform(-12, 12)]), expand=True)
    return noise(chance, result.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.4))), chance.uniform(1, 9))
