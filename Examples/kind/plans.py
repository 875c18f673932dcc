"""Drawings that tell how something lies or is built: maps, plans, circuits, geometry, flow charts."""

import math

import numpy
from PIL import Image, ImageDraw, ImageFilter

from by_hand import seen
from charts import palette, paper


def field(chance, size, cells):
    """Heights that run into each other, 0 to 1."""
    generator = numpy.random.default_rng(chance.randint(0, 2**31))
    total = numpy.zeros(size[::-1], numpy.float32)
    for octave in range(4):
        small = generator.integers(0, 256, (cells << octave, cells << octave)).astype(numpy.uint8)
        total += numpy.asarray(Image.fromarray(small).resize(size, Image.BICUBIC), numpy.float32) / 2**octave
    return (total - total.min()) / max(1, total.max() - total.min())


def country(chance, size):
    """Regions in colours with outlines, between seas; names and dots."""
    width, height = size
    count = chance.randint(5, 40)
    places = numpy.array([(chance.uniform(0, width), chance.uniform(0, height)) for _ in range(count)], numpy.float32)
    bend = min(size) * chance.uniform(0.03, 0.2)
    down, across = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    across += (field(chance, size, 4) - 0.5) * bend * 2
    down += (field(chance, size, 4) - 0.5) * bend * 2
    nearest, best = numpy.zeros((height, width), numpy.int32), numpy.full((height, width), 1e12, numpy.float32)
    for index, (x, y) in enumerate(places):
        far = (across - x) ** 2 + (down - y) ** 2
        nearest[far < best] = index
        best = numpy.minimum(best, far)
    colours = numpy.array([palette(chance, 1)[0] if chance.happens(0.2) else colour for colour in
                           chance.choices(palette(chance, chance.randint(2, 8)), k=count)], numpy.uint8)
    if chance.happens(0.3):
        colours[:] = chance.choice([(255, 255, 255), (235, 230, 215), (225, 235, 220)])
    pixels = colours[nearest]
    edge = numpy.zeros((height, width), bool)
    edge[:, 1:] |= nearest[:, 1:] != nearest[:, :-1]
    edge[1:] |= nearest[1:] != nearest[:-1]
    if chance.happens(0.7):
        sea = field(chance, size, chance.randint(2, 4)) < chance.uniform(0.25, 0.5)
        coast = numpy.zeros_like(edge)
        coast[:, 1:] |= sea[:, 1:] != sea[:, :-1]
        coast[1:] |= sea[1:] != sea[:-1]
        pixels[sea] = chance.choice([(190, 215, 240), (160, 200, 230), (255, 255, 255), (215, 235, 245)])
        edge = (edge & ~sea) | coast
    lines = Image.fromarray((edge * 255).astype(numpy.uint8))
    if chance.happens(0.5):
        lines = lines.filter(ImageFilter.MaxFilter(3))
    image = Image.fromarray(pixels)
    if chance.happens(0.85):
        image.paste(chance.choice([(0, 0, 0), (90, 90, 90), (120, 60, 60), (255, 255, 255)]), mask=lines)
    draw, ink = ImageDraw.Draw(image), chance.choice([(0, 0, 0), (60, 60, 60)])
    for x, y in places[: chance.choice([0, 0, 6, 15, 40])]:
        font = chance.font(min(size) * chance.uniform(0.02, 0.045))
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=ink)
        draw.text((x + 5, y), chance.title(1, 1), font=font, fill=ink, anchor="lm")
    return image


def relief(chance, size):
    """Heights in colours or lines, with rivers and roads."""
    heights, steps = field(chance, size, chance.randint(2, 4)), chance.randint(5, 16)
    levels = (heights * steps).astype(numpy.int32)
    start, end = numpy.array(chance.colour((0.4, 0.9)), numpy.float32), numpy.array(chance.colour((0.5, 0.97)), numpy.float32)
    share = (levels / steps)[..., None] if chance.happens(0.6) else numpy.ones((*levels.shape, 1), numpy.float32)
    pixels = (start * (1 - share) + end * share).astype(numpy.uint8)
    edge = numpy.zeros(levels.shape, bool)
    edge[:, 1:] |= levels[:, 1:] != levels[:, :-1]
    edge[1:] |= levels[1:] != levels[:-1]
    if chance.happens(0.8):
        pixels[edge] = chance.choice([(150, 100, 60), (90, 90, 90), (0, 0, 0)])
    image = Image.fromarray(pixels)
    return roads(chance, image, chance.randint(0, 9))


def roads(chance, image, count):
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for _ in range(count):
        x, y, angle = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(0, 6.3)
        points = []
        for _ in range(chance.randint(8, 30)):
            points.append((x, y))
            angle += chance.gauss(0, 0.35)
            x, y = x + 30 * math.cos(angle), y + 30 * math.sin(angle)
        thick = chance.randint(2, 8)
        if chance.happens(0.6):
            draw.line(points, fill=(90, 90, 90), width=thick + 2, joint="curve")
            draw.line(points, fill=chance.choice([(255, 255, 255), (250, 220, 90), (240, 150, 80)]), width=thick, joint="curve")
        else:
            draw.line(points, fill=(90, 140, 210), width=thick, joint="curve")
    return image


def town(chance, size):
    """Streets, blocks, parks and water."""
    width, height = size
    image = Image.new("RGB", size, chance.choice([(242, 239, 233), (255, 255, 255), (230, 230, 225), (40, 45, 55)]))
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randint(2, 8)):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.05, 0.25)
        shape = [(x + radius * chance.uniform(0.5, 1.2) * math.cos(i), y + radius * chance.uniform(0.5, 1.2) * math.sin(i)) for i in range(6)]
        draw.polygon(shape, fill=chance.choice([(200, 225, 175), (170, 210, 225), (225, 215, 200), (235, 225, 235)]))
    step = chance.randint(25, 90)
    street, small = chance.choice([(255, 255, 255), (255, 240, 170), (190, 190, 190)]), chance.randint(2, 6)
    for i in range(-8, max(size) // step + 8):
        if chance.happens(0.85):
            lean = chance.gauss(0, 10)
            draw.line([(i * step, 0), (i * step + lean * 3, height)], fill=street, width=small)
            draw.line([(0, i * step), (width, i * step + lean * 3)], fill=street, width=small)
    image = roads(chance, image, chance.randint(1, 5))
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randint(0, 12)):
        draw.text((chance.uniform(0, width), chance.uniform(0, height)), chance.title(1, 2),
                  font=chance.font(min(size) * chance.uniform(0.02, 0.035)), fill=chance.shade(40, 120), anchor="mm")
    return image


def plan(chance, size):
    """Rooms with doors, and what they measure."""
    image, draw, ink = paper(chance, size)
    width, height = size
    wall, thin = chance.randint(3, 9), 1

    def rooms(box, depth):
        left, top, right, bottom = box
        draw.rectangle(box, outline=ink, width=wall)
        if depth == 0 or min(right - left, bottom - top) < 90:
            if chance.happens(0.5):
                draw.text(((left + right) / 2, (top + bottom) / 2), chance.title(1, 1), font=chance.font(14), fill=ink, anchor="mm")
            if chance.happens(0.6):
                draw.arc((left - 22, bottom - 62, left + 38, bottom - 2), 270, 360, fill=ink, width=thin)
                draw.rectangle((left - wall, bottom - 32, left + wall, bottom - 2), fill=image.getpixel((0, 0)))
            return
        share = chance.uniform(0.35, 0.65)
        if right - left > bottom - top:
            middle = left + (right - left) * share
            halves = [(left, top, middle, bottom), (middle, top, right, bottom)]
        else:
            middle = top + (bottom - top) * share
            halves = [(left, top, right, middle), (left, middle, right, bottom)]
        for half in halves:
            rooms(half, depth - 1)

    rooms((width * 0.12, height * 0.12, width * 0.9, height * 0.88), chance.randint(1, 4))
    for y in (height * 0.06, height * 0.94):
        draw.line((width * 0.12, y, width * 0.9, y), fill=ink, width=thin)
        draw.text((width / 2, y), f"{chance.uniform(2, 20):.2f}", font=chance.font(13), fill=ink, anchor="mb")
    return seen(chance, image) if chance.happens(0.3) else image


def circuit(chance, size):
    """Lines at right angles with the signs of parts."""
    image, draw, ink = paper(chance, size)
    step, line = chance.randint(30, 80), chance.randint(1, 4)
    columns, rows = max(2, size[0] // step - 1), max(2, size[1] // step - 1)
    for _ in range(chance.randint(8, 40)):
        i, j = chance.randint(0, columns - 1), chance.randint(0, rows - 1)
        x, y, part = (i + 1) * step, (j + 1) * step, chance.random()
        is_level = chance.happens(0.5)
        end = (x + step, y) if is_level else (x, y + step)
        middle = ((x + end[0]) / 2, (y + end[1]) / 2)
        draw.line((x, y, *end), fill=ink, width=line)
        wide, high = (step * 0.28, step * 0.1) if is_level else (step * 0.1, step * 0.28)
        box = (middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high)
        if part < 0.3:
            draw.rectangle(box, fill=image.getpixel((0, 0)), outline=ink, width=line)
        elif part < 0.45:
            radius = step * 0.25
            draw.ellipse((middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius), outline=ink, width=line, fill=image.getpixel((0, 0)))
        elif part < 0.6:
            draw.polygon([(box[0], middle[1] - step * 0.2), (box[0], middle[1] + step * 0.2), (box[2], middle[1])], outline=ink, fill=image.getpixel((0, 0)))
        elif part < 0.7:
            draw.ellipse((x - line * 2, y - line * 2, x + line * 2, y + line * 2), fill=ink)
        if chance.happens(0.4):
            draw.text((middle[0], middle[1] - step * 0.3), chance.choice("RCLDQU") + str(chance.randint(1, 40)), font=chance.font(step * 0.25), fill=ink, anchor="mm")
    return image


def geometry(chance, size):
    """Curves in a system of axes; triangles and circles with letters."""
    image, draw, ink = paper(chance, size)
    width, height = size
    line, colours = chance.randint(1, 4), palette(chance, 4)
    if chance.happens(0.6):
        x, y = width * chance.uniform(0.1, 0.6), height * chance.uniform(0.4, 0.9)
        draw.line((x, 0, x, height), fill=ink, width=1)
        draw.line((0, y, width, y), fill=ink, width=1)
        for _ in range(chance.randint(1, 4)):
            swing, waves, phase = height * chance.uniform(0.05, 0.45), chance.uniform(0.5, 5), chance.uniform(0, 6)
            points = [(a, y - swing * math.sin(phase + a / width * waves * 6.3)) for a in range(0, width, 3)]
            draw.line(points, fill=chance.choice(colours + [ink]), width=line, joint="curve")
    for _ in range(chance.randint(0, 5)):
        corners = [(chance.uniform(0, width), chance.uniform(0, height)) for _ in range(chance.randint(3, 5))]
        draw.polygon(corners, outline=ink, fill=chance.choice([None, None, *colours]), width=line)
        for letter, corner in zip("ABCDE", corners):
            draw.text(corner, letter, font=chance.font(min(size) * 0.05), fill=ink)
    for _ in range(chance.randint(0, 4)):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), min(size) * chance.uniform(0.05, 0.4)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=chance.choice(colours + [ink]), width=line)
    return image


def flow(chance, size):
    """Boxes in rows with arrows from one to the next, often with space around."""
    image, draw, ink = paper(chance, size)
    width, height = size
    is_down, count, lanes = chance.happens(0.5), chance.randint(2, 6), chance.randint(1, 4)
    colours, line = palette(chance, 3) + [image.getpixel((0, 0))] * 2, chance.randint(1, 3)
    font = chance.font(min(size) * chance.uniform(0.025, 0.05))
    fill = chance.choice(colours)
    for lane in range(lanes):
        last = None
        for place in range(count):
            x, y = ((lane + 0.5) / lanes, (place + 0.5) / count) if is_down else ((place + 0.5) / count, (lane + 0.5) / lanes)
            x, y = x * width, y * height
            wide, high = width / (lanes if is_down else count) * 0.34, height / (count if is_down else lanes) * 0.28
            if last:
                start = (last[0], last[1] + last[3]) if is_down else (last[0] + last[2], last[1])
                end = (x, y - high) if is_down else (x - wide, y)
                draw.line((*start, *end), fill=ink, width=line)
                angle = math.atan2(end[1] - start[1], end[0] - start[0])
                draw.polygon([end] + [(end[0] - 9 * math.cos(angle + turn), end[1] - 9 * math.sin(angle + turn)) for turn in (-0.4, 0.4)], fill=ink)
            box, kind = (x - wide, y - high, x + wide, y + high), chance.random()
            if kind < 0.6:
                draw.rounded_rectangle(box, chance.choice([0, 0, 8, 20]), fill=fill, outline=ink, width=line)
            elif kind < 0.8:
                draw.polygon([(x, y - high), (x + wide, y), (x, y + high), (x - wide, y)], fill=fill, outline=ink)
            else:
                draw.ellipse(box, fill=fill, outline=ink, width=line)
            if chance.happens(0.8):
                draw.text((x, y), chance.title(1, 1), font=font, fill=(0, 0, 0) if sum(fill) > 330 else (255, 255, 255), anchor="mm")
            last = (x, y, wide, high)
            if chance.happens(0.3):
                fill = chance.choice(colours)
    return image


def make(chance, size):
    return chance.choice([country, country, relief, town, plan, circuit, geometry, flow, flow])(chance, size)
