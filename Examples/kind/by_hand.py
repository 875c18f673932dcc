"""Drawings as people make them: pencil, ink, crayon and watercolour, comics; some after a photograph."""

import math

import numpy
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from charts import palette
from drawn import cropped, light, lit, noise

PAPERS = [(255, 255, 255), (252, 250, 245), (247, 243, 232), (238, 232, 215), (225, 216, 196), (236, 236, 236)]


def grain(chance, size, coarse):
    """The tooth of paper, about 0."""
    generator = numpy.random.default_rng(chance.randint(0, 2**31))
    width, height = (max(2, int(side / coarse)) for side in size)
    small = Image.fromarray(generator.integers(0, 256, (height, width)).astype(numpy.uint8))
    return numpy.asarray(small.resize(size, Image.BICUBIC), numpy.float32) / 127.5 - 1


def on_paper(chance, ink, colour=None, tooth=0.3):
    """Ink (grey: black is all of it) upon paper whose tooth shows."""
    share = 1 - numpy.asarray(ink, numpy.float32)[..., None] / 255
    rough = 1 + tooth * grain(chance, ink.size, chance.uniform(1, 2.5))[..., None]
    share = numpy.clip(share * rough, 0, 1)
    paper = numpy.array(chance.choice(PAPERS), numpy.float32)
    pixels = paper * (1 - share) + numpy.array(colour or chance.shade(20, 80), numpy.float32) * share
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def seen(chance, image):
    """Scanned or photographed, more often than not."""
    if chance.happens(0.35):
        return image
    image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.2, 0.9)))
    if chance.happens(0.5):
        tint = (1, chance.uniform(0.94, 1), chance.uniform(0.82, 1))
        image = lit(image, light(chance, image.size, chance.uniform(0.03, 0.3)), tint)
    return noise(chance, image, chance.uniform(0.5, 5))


def stroke(chance, draw, points, fill, width, shake=1.0, times=1):
    """A line of a hand, that is never quite straight."""
    for _ in range(times):
        line = [(x + chance.gauss(0, shake), y + chance.gauss(0, shake)) for x, y in points]
        draw.line(line, fill=fill, width=max(1, int(width)), joint="curve")


def between(start, end, steps=8):
    return [tuple(a + (b - a) * i / steps for a, b in zip(start, end)) for i in range(steps + 1)]


def circle(x, y, radius, steps=18):
    return [
        (x + radius * math.cos(i / steps * 2 * math.pi), y + radius * math.sin(i / steps * 2 * math.pi))
        for i in range(steps + 1)
    ]


def subject(chance, photos):
    with Image.open(chance.choice(photos)) as opened:
        opened.draft("RGB", (1200, 1200))
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image = cropped(chance, image, 0.5)
    image.thumbnail((chance.randint(350, 900),) * 2)
    return image


def pencil(chance, photo):
    """Dodged by its own blurred negative: what is even becomes paper, what changes becomes graphite."""
    grey = numpy.asarray(photo.convert("L"), numpy.float32)
    soft = numpy.asarray(
        photo.convert("L").filter(ImageFilter.GaussianBlur(chance.uniform(2, 14))), numpy.float32
    )
    ink = numpy.clip(grey / numpy.maximum(soft, 1), 0, 1) ** chance.uniform(1, 4)
    if chance.happens(0.5):
        # Shaded by hatching, darker where the picture is.
        height, width = grey.shape
        down, across = numpy.mgrid[0:height, 0:width]
        angle, step = chance.uniform(0.4, 1.2), chance.uniform(3, 7)
        waves = (numpy.sin((across * math.cos(angle) + down * math.sin(angle)) / step * 2 * math.pi) + 1) / 2
        dark = numpy.clip((chance.uniform(110, 170) - soft) / 130, 0, 1)
        ink *= 1 - dark * waves * chance.uniform(0.4, 0.9)
    colour = chance.choice([None, None, None, (70, 45, 30), (120, 60, 40)])
    return on_paper(chance, Image.fromarray((ink * 255).astype(numpy.uint8)), colour, chance.uniform(0.1, 0.6))


def pen(chance, photo):
    """Outlines where the light changes, black where it is dark."""
    grey = photo.convert("L")
    fine, coarse = chance.uniform(0.8, 2), chance.uniform(1.5, 1.8)
    near = numpy.asarray(grey.filter(ImageFilter.GaussianBlur(fine)), numpy.float32)
    far = numpy.asarray(grey.filter(ImageFilter.GaussianBlur(fine * coarse)), numpy.float32)
    ink = 255 + numpy.clip((near - 0.97 * far - chance.uniform(0, 2)) * chance.uniform(15, 60), -255, 0)
    if chance.happens(0.6):
        ink = numpy.where(near < chance.uniform(30, 80), 0, ink)
    ink = Image.fromarray(ink.astype(numpy.uint8))
    if chance.happens(0.5):
        return on_paper(chance, ink, chance.shade(0, 50), chance.uniform(0, 0.2))
    # A comic: few flat colours below the outlines.
    return ImageChops.multiply(flat(chance, photo), ink.convert("RGB"))


def flat(chance, photo):
    """Few colours, without detail."""
    image = photo
    for _ in range(chance.randint(1, 3)):
        image = image.filter(ImageFilter.MedianFilter(chance.choice([5, 7, 9])))
    return image.quantize(chance.randint(4, 14), dither=Image.Dither.NONE).convert("RGB")


def watercolour(chance, photo):
    """Washes whose edges are darker, and whose colour pools upon the paper."""
    image = ImageOps.autocontrast(photo).filter(ImageFilter.MedianFilter(chance.choice([5, 7])))
    washes = image.quantize(chance.randint(8, 24), dither=Image.Dither.NONE).convert("RGB")
    soft = washes.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 1)))
    edges = ImageOps.invert(washes.convert("L").filter(ImageFilter.FIND_EDGES)).filter(ImageFilter.GaussianBlur(1))
    pixels = numpy.asarray(soft, numpy.float32)
    strong = chance.uniform(0.35, 0.75)
    pixels = 255 - (255 - pixels) * strong
    pools = grain(chance, photo.size, chance.uniform(20, 70)) * chance.uniform(4, 16)
    tooth = grain(chance, photo.size, chance.uniform(1, 3)) * chance.uniform(2, 9)
    pixels = pixels * (0.7 + 0.3 * numpy.asarray(edges, numpy.float32)[..., None] / 255) + (pools + tooth)[..., None]
    image = Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))
    if chance.happens(0.6):
        # Paint ends before the paper does.
        mask = Image.new("L", image.size, 0)
        width, height = image.size
        rim = min(image.size) * chance.uniform(0.03, 0.12)
        outline = [
            (x + chance.uniform(-rim, rim) / 2, y + chance.uniform(-rim, rim) / 2)
            for side in ([(rim, rim), (width - rim, rim)], [(width - rim, rim), (width - rim, height - rim)],
                         [(width - rim, height - rim), (rim, height - rim)], [(rim, height - rim), (rim, rim)])
            for x, y in between(*side)
        ]
        ImageDraw.Draw(mask).polygon(outline, fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(chance.uniform(1, 5)))
        image = Image.composite(image, Image.new("RGB", image.size, chance.choice(PAPERS)), mask)
    return image


def after_photo(chance, photos):
    drawn = chance.choice([pencil, pencil, pencil, pencil, pen, watercolour])
    return seen(chance, drawn(chance, subject(chance, photos)))


def child(chance, size, photos=None):
    """A sun, a house, people, trees and flowers in crayon."""
    width, height = size
    image = Image.new("RGB", size, chance.choice(PAPERS[:4]))
    draw = ImageDraw.Draw(image)
    thick, shake = min(size) * chance.uniform(0.006, 0.02), min(size) * chance.uniform(0.003, 0.01)
    colours = [chance.colour((0.25, 0.6), (0.5, 1)) for _ in range(7)] + [(30, 30, 30)] * 2

    def line(points, fill=None, times=None):
        stroke(chance, draw, points, fill or chance.choice(colours), thick, shake, times or chance.choice([1, 1, 2]))

    def scribble(left, top, right, bottom):
        fill, step = chance.choice(colours), thick * chance.uniform(0.9, 2.5)
        rows = max(2, int((bottom - top) / step))
        points = [(left if i % 2 else right, top + (bottom - top) * i / rows) for i in range(rows)]
        line(points, fill, 1)

    if chance.happens(0.6):
        ground = height * chance.uniform(0.75, 0.92)
        line(between((0, ground), (width, ground)))
        if chance.happens(0.5):
            scribble(0, ground, width, height)
    if chance.happens(0.6):
        x, y, radius = width * chance.choice([0.1, 0.88]), height * 0.13, min(size) * chance.uniform(0.05, 0.12)
        fill = (240, 190, 20) if chance.happens(0.7) else None
        line(circle(x, y, radius), fill)
        for i in range(chance.randint(6, 12)):
            angle = i * 0.6
            start, end = (1.2 * radius, chance.uniform(1.5, 2.2) * radius)
            line([(x + r * math.cos(angle), y + r * math.sin(angle)) for r in (start, end)], fill)
    for _ in range(chance.randint(2, 8)):
        x, y, high = width * chance.uniform(0.1, 0.9), height * chance.uniform(0.55, 0.9), height * chance.uniform(0.12, 0.45)
        kind = chance.random()
        if kind < 0.3:
            box = [(x, y), (x, y - high * 0.6), (x + high * 0.7, y - high * 0.6), (x + high * 0.7, y), (x, y)]
            if chance.happens(0.5):
                scribble(x, y - high * 0.6, x + high * 0.7, y)
            line(box)
            line([box[1], (x + high * 0.35, y - high), box[2]])
            line([(x + high * 0.25, y), (x + high * 0.25, y - high * 0.3), (x + high * 0.45, y - high * 0.3), (x + high * 0.45, y)])
        elif kind < 0.65:
            ink, head = chance.choice(colours), high * 0.18
            line(circle(x, y - high, head), ink)
            for side in (-1, 1):
                line([(x, y - high * 0.35), (x + side * high * 0.2, y)], ink)
                line([(x, y - high * 0.65), (x + side * high * 0.3, y - high * chance.uniform(0.4, 0.8))], ink)
                line(circle(x + side * head * 0.4, y - high - head * 0.2, head * 0.08, 6), ink)
            line([(x, y - high + head), (x, y - high * 0.35)], ink)
            line([(x - head * 0.4, y - high + head * 0.4), (x, y - high + head * 0.6), (x + head * 0.4, y - high + head * 0.4)], ink)
        elif kind < 0.85:
            line(between((x, y), (x, y - high)), (100, 60, 30) if chance.happens(0.6) else None)
            radius = high * chance.uniform(0.2, 0.4)
            if chance.happens(0.5):
                scribble(x - radius, y - high - radius, x + radius, y - high + radius)
            line(circle(x, y - high, radius), (40, 140, 50) if chance.happens(0.6) else None)
        else:
            line(between((x, y), (x, y - high * 0.5)), (40, 140, 50))
            for i in range(6):
                line(circle(x + high * 0.12 * math.cos(i), y - high * 0.5 + high * 0.12 * math.sin(i), high * 0.07, 8))
    if chance.happens(0.4):
        draw.text((width * chance.uniform(0.1, 0.6), height * 0.03), chance.title(1, 2), font=chance.font(height * 0.07),
                  fill=chance.choice(colours))
    if chance.happens(0.8):
        # Wax sticks to the tooth of the paper alone.
        paper = Image.new("RGB", size, image.getpixel((0, height - 1)))
        rough = (grain(chance, size, chance.uniform(1, 2.5)) > chance.uniform(-0.1, 0.45)) * 255
        mask = Image.fromarray(rough.astype(numpy.uint8))
        image = Image.composite(Image.blend(image, paper, chance.uniform(0.3, 0.9)), image, mask)
    return seen(chance, image)


def comic(chance, size, photos=None, scenes=()):
    """A page or a strip: frames with scenes, balloons with few words, dots."""
    width, height = size
    image = Image.new("RGB", size, chance.choice([(255, 255, 255)] * 3 + [(245, 238, 220), (20, 20, 20)]))
    draw = ImageDraw.Draw(image)
    rows, gap, line = chance.randint(1, 3), min(size) * chance.uniform(0.01, 0.03), chance.randint(2, 5)
    is_grey = chance.happens(0.35)
    for row in range(rows):
        cuts = sorted([0, 1, *(chance.uniform(0.25, 0.75) for _ in range(chance.randint(0, 2)))])
        for left, right in zip(cuts, cuts[1:]):
            box = [int(left * width + gap), int(row * height / rows + gap), int(right * width - gap),
                   int((row + 1) * height / rows - gap)]
            inner = (box[2] - box[0], box[3] - box[1])
            if min(inner) < 30:
                continue
            if photos and chance.happens(0.4):
                scene = pen(chance, subject(chance, photos)).resize(inner)
            else:
                scene = chance.choice(scenes)(chance, inner) if scenes else child(chance, inner)
            if is_grey:
                scene = scene.convert("L").convert("RGB")
                if chance.happens(0.5):
                    scene = ImageChops.multiply(scene, dots(chance, inner))
            image.paste(scene, box[:2])
            draw.rectangle(box, outline=(0, 0, 0), width=line)
            for _ in range(chance.choice([0, 1, 1, 2])):
                font = chance.font(max(9, min(inner) * chance.uniform(0.05, 0.09)))
                words = chance.words(1, 4).upper()
                wide, high = font.getlength(words) * 0.62 + font.size, font.size * 1.6
                x = box[0] + inner[0] * chance.uniform(0.25, 0.75)
                y = box[1] + inner[1] * chance.uniform(0.1, 0.3)
                draw.polygon([(x - 6, y + high * 0.7), (x + 6, y + high * 0.7), (x + wide * 0.3, y + high * 2)], fill=(255, 255, 255), outline=(0, 0, 0))
                draw.ellipse((x - wide, y - high, x + wide, y + high), fill=(255, 255, 255), outline=(0, 0, 0), width=max(1, line // 2))
                draw.text((x, y), words, font=font, fill=(0, 0, 0), anchor="mm")
    return seen(chance, image) if chance.happens(0.4) else image


def dots(chance, size):
    """A printer's screen."""
    width, height = size
    down, across = numpy.mgrid[0:height, 0:width]
    step = chance.uniform(4, 9)
    waves = numpy.sin((across + down) / step * math.pi) * numpy.sin((across - down) / step * math.pi)
    return Image.fromarray(numpy.where(waves > chance.uniform(0.2, 0.8), 90, 255).astype(numpy.uint8)).convert("RGB")


def wash(chance, size, photos=None):
    """Blots and strokes of thin paint."""
    width, height = size
    image = numpy.full((height, width, 3), chance.choice(PAPERS[:4]), numpy.float32)
    colours = palette(chance, 5)
    for _ in range(chance.randint(3, 16)):
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.05, 0.4)
        if chance.happens(0.6):
            outline = [(a + chance.gauss(0, radius * 0.07), b + chance.gauss(0, radius * 0.07)) for a, b in circle(x, y, radius, 26)]
            draw.polygon(outline, fill=255)
        else:
            end = (x + chance.gauss(0, width / 3), y + chance.gauss(0, height / 5))
            stroke(chance, draw, between((x, y), end), 255, radius * 0.4, radius * 0.04)
        soft = mask.filter(ImageFilter.GaussianBlur(chance.uniform(0.7, 5)))
        rim = ImageChops.subtract(soft, soft.filter(ImageFilter.GaussianBlur(chance.uniform(3, 9))))
        share = numpy.asarray(soft, numpy.float32) / 255 * chance.uniform(0.25, 0.8) + numpy.asarray(rim, numpy.float32) / 255 * 0.6
        share = share * (1 + 0.35 * grain(chance, size, chance.uniform(15, 60)))
        colour = numpy.array(chance.choice(colours), numpy.float32) / 255
        image *= 1 - numpy.clip(share, 0, 1)[..., None] * (1 - colour)
    image += (grain(chance, size, chance.uniform(1, 3)) * chance.uniform(1, 7))[..., None]
    image = Image.fromarray(numpy.clip(image, 0, 255).astype(numpy.uint8))
    if chance.happens(0.4):
        draw = ImageDraw.Draw(image)
        for _ in range(chance.randint(2, 14)):
            x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.03, 0.3)
            stroke(chance, draw, circle(x, y, radius)[: chance.randint(6, 19)], chance.shade(0, 70), chance.randint(1, 3), radius * 0.04)
    return seen(chance, image)
