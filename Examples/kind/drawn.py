"""What all the made pictures share: chance, words, fonts, colours, paper, and the wear of cameras and scanners."""

import colorsys
import math
import pathlib
import random

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WORDS = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one
you were all her she there would their we him been has when who will no more if out so up said what its about than
into them can only other time new some could these two may first then do any like my now over such our man me even
most made after also well must before through years where much way down should because long each people those too
little state good very make world still own see men work day get here between life being under three never know last
while us off might great go come since against right came take used himself few house use place number order invoice
total amount date name address street city telephone customer delivery price tax section figure table result method
picture camera market river winter summer garden letter company government history language science music question
answer
""".split()


def fonts_in(directories):
    """Files of fonts with Latin letters, in an order that does not depend on the machine."""
    found = [path for directory in directories for path in pathlib.Path(directory).rglob("*.[ot]tf")]
    skipped = ("symbol", "emoji", "math", "dingbat", "icon", "musical", "opensymbol")
    usable = []
    for path in sorted(found, key=lambda path: path.name):
        if any(word in path.name.lower() for word in skipped):
            continue
        try:
            box = ImageFont.truetype(str(path), 40).getbbox("Hamburg")
            empty = ImageFont.truetype(str(path), 40).getmask("Hamburg").getbbox() is None
        except OSError:
            continue
        # A font without Latin letters draws boxes, all of the same width.
        widths = {ImageFont.truetype(str(path), 40).getlength(letter) for letter in "MiW.l"}
        mono = any(word in path.name.lower() for word in ("mono", "code", "hack", "courier", "consolata"))
        if not empty and box[2] > 0 and (len(widths) > 2 or mono):
            usable.append(path)
    return usable


class Chance(random.Random):
    """Chance with a seed, and what pictures want of it."""

    fonts = []

    def colour(self, lightness=(0.1, 0.9), saturation=(0.0, 1.0)):
        red, green, blue = colorsys.hls_to_rgb(self.random(), self.uniform(*lightness), self.uniform(*saturation))
        return int(red * 255), int(green * 255), int(blue * 255)

    def shade(self, low, high):
        value = self.randint(low, high)
        return value, value, value

    def happens(self, share):
        return self.random() < share

    def font(self, size, style=None):
        chosen = self.fonts
        if style == "mono":
            marks = ("mono", "code", "hack", "courier", "consolata")
            chosen = [path for path in self.fonts if any(mark in path.name.lower() for mark in marks)] or self.fonts
        return ImageFont.truetype(str(self.choice(chosen)), max(6, int(size)))

    def words(self, low, high):
        return " ".join(self.choice(WORDS) for _ in range(self.randint(low, high)))

    def title(self, low=1, high=4):
        return self.words(low, high).title()

    def number(self):
        return f"{self.uniform(0, 10 ** self.randint(1, 5)):.{self.choice([0, 1, 2])}f}"


def paragraph(chance, draw, box, font, colour, spacing=1.35, ragged=None, fill=1.0):
    """Lines of words in a box, as far as they fit; gives the place under the last one."""
    left, top, right, bottom = box
    height = max(4, font.size * spacing)
    place = top
    end = top + (bottom - top) * fill
    justified = chance.happens(0.5) if ragged is None else not ragged
    while place + height <= end:
        width = (right - left) * (chance.uniform(0.2, 0.9) if chance.happens(0.12) else 1)
        line = ""
        while True:
            longer = f"{line} {chance.choice(WORDS)}".strip()
            if font.getlength(longer) > width:
                break
            line = longer
        if justified and " " in line and width == right - left:
            parts = line.split(" ")
            gap = (width - sum(font.getlength(part) for part in parts)) / max(1, len(parts) - 1)
            along = left
            for part in parts:
                draw.text((along, place), part, font=font, fill=colour)
                along += font.getlength(part) + gap
        else:
            draw.text((left, place), line, font=font, fill=colour)
        place += height
        if width != right - left:
            place += height * chance.choice([0, 0, 0.5, 1])
    return place


def noise(chance, image, strength, coarse=1):
    """Grain, as of cameras (coarse: of JPEGs made smaller or larger)."""
    pixels = numpy.asarray(image, numpy.float32)
    generator = numpy.random.default_rng(chance.randint(0, 2**31))
    height, width = math.ceil(pixels.shape[0] / coarse), math.ceil(pixels.shape[1] / coarse)
    bands = 3 if chance.happens(0.5) else 1
    grain = generator.normal(0, strength, (height, width, bands)).astype(numpy.float32)
    grain = grain.repeat(coarse, 0).repeat(coarse, 1)[: pixels.shape[0], : pixels.shape[1]]
    return Image.fromarray(numpy.clip(pixels + grain, 0, 255).astype(numpy.uint8))


def light(chance, size, depth):
    """Uneven light upon a page, a factor for each pixel: a slope, and darker corners or a shadow's edge."""
    width, height = size
    across, down = numpy.meshgrid(numpy.linspace(-1, 1, width), numpy.linspace(-1, 1, height))
    angle = chance.uniform(0, 2 * math.pi)
    slope = across * math.cos(angle) + down * math.sin(angle)
    result = 1 - depth * chance.uniform(0.2, 1) * (slope + 1) / 2
    if chance.happens(0.4):
        result *= 1 - depth * chance.uniform(0.2, 0.8) * (across**2 + down**2) / 2
    if chance.happens(0.3):
        edge = 1 / (1 + numpy.exp((slope - chance.uniform(-0.7, 0.7)) * chance.uniform(6, 60)))
        result *= 1 - depth * chance.uniform(0.3, 0.9) * edge
    return result.astype(numpy.float32)[..., None]


def lit(image, factors, tint=(1, 1, 1)):
    pixels = numpy.asarray(image, numpy.float32) * factors * numpy.array(tint, numpy.float32)
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def smooth(chance, size, low, high, cells=4):
    """Colours that run into each other."""
    width, height = size
    generator = numpy.random.default_rng(chance.randint(0, 2**31))
    small = generator.uniform(low, high, (cells, cells, 3)).astype(numpy.uint8)
    return Image.fromarray(small).resize((width, height), Image.BICUBIC)


def cropped(chance, image, least):
    """A part of it, as people cut pictures."""
    share = chance.uniform(least, 1)
    width, height = max(1, int(image.width * share)), max(1, int(image.height * share))
    left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def recoloured(chance, image):
    """With other colours as often as not: what kind of picture it is does not depend on them."""
    kind = chance.random()
    if kind < 0.35:
        hue, saturation, value = image.convert("HSV").split()
        turn, gain = chance.randint(0, 255), chance.uniform(0.3, 1.6)
        hue = hue.point(lambda level: (level + turn) % 256)
        saturation = saturation.point(lambda level: min(255, int(level * gain)))
        return Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    if kind < 0.45:
        return image.convert("L").convert("RGB")
    if kind < 0.55:
        gains = [chance.uniform(0.65, 1) for _ in range(3)]
        return Image.merge(
            "RGB", [band.point(lambda level: int(level * gain)) for band, gain in zip(image.split(), gains)]
        )
    return image


def save(chance, image, path):
    """As files come: PNG, good and bad JPEG, at first or second hand."""
    image = recoloured(chance, image.convert("RGB"))
    if chance.happens(0.45):
        image.save(path.with_suffix(".png"))
    else:
        if chance.happens(0.15):
            image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 1.2)))
        image.save(path.with_suffix(".jpg"), quality=chance.randint(45, 95))
