"""Charts, diagrams and small figures that explain."""

import math

from PIL import Image, ImageDraw


def palette(chance, count):
    lightness, saturation = chance.choice([((0.3, 0.75), (0.4, 1)), ((0.6, 0.9), (0.2, 0.7)), ((0.1, 0.9), (0, 0.3))])
    return [chance.colour(lightness, saturation) for _ in range(count)]


def paper(chance, size):
    fill = chance.choice(
        [(255, 255, 255)] * 4 + [chance.colour((0.8, 0.97), (0, 0.6)), chance.colour((0.05, 0.25), (0, 0.6))]
    )
    image = Image.new("RGB", size, fill)
    return image, ImageDraw.Draw(image), (235, 235, 235) if sum(fill) < 300 else (20, 20, 20)


def chart(chance, size):
    image, draw, ink = paper(chance, size)
    width, height = size
    left, top, right, bottom = width * 0.12, height * 0.1, width * 0.95, height * 0.87
    colours, font = palette(chance, 8), chance.font(height * chance.uniform(0.025, 0.05))
    kind = chance.choice(["bars", "lines", "points", "pie", "area", "level"])
    if kind == "pie":
        start, box = chance.uniform(0, 360), (width * 0.2, height * 0.15, width * 0.2 + height * 0.7, height * 0.85)
        for index in range(chance.randint(3, 8)):
            end = start + chance.uniform(15, 100)
            draw.pieslice(box, start, end, fill=colours[index], outline=chance.choice([ink, (255, 255, 255)]))
            start = end
        if chance.happens(0.3):
            draw.ellipse(
                [value + (1 if i < 2 else -1) * height * 0.2 for i, value in enumerate(box)], fill=(255, 255, 255)
            )
    else:
        if chance.happens(0.6):
            for i in range(7):
                y = top + (bottom - top) * i / 6
                draw.line((left, y, right, y), fill=(190, 190, 190))
                draw.text((left - 6, y), str(i * 10), font=font, fill=ink, anchor="rm")
        count = chance.randint(3, 14)
        for series in range(chance.randint(1, 4)):
            values = [chance.uniform(0.1, 0.95)]
            for _ in range(count * 4):
                values.append(min(0.98, max(0.03, values[-1] + chance.gauss(0, 0.12))))
            places = [
                (left + (right - left) * i / (len(values) - 1), bottom - (bottom - top) * v)
                for i, v in enumerate(values)
            ]
            if kind == "bars":
                wide = (right - left) / count
                for i in range(count):
                    x = left + i * wide + series * wide / 5
                    draw.rectangle(
                        (x, bottom - (bottom - top) * values[i * 3], x + wide / 5, bottom), fill=colours[series]
                    )
            elif kind == "level":
                for i in range(count):
                    y = top + (bottom - top) * i / count
                    draw.rectangle(
                        (left, y, left + (right - left) * values[i], y + (bottom - top) / count * 0.7),
                        fill=colours[series],
                    )
                break
            elif kind == "area":
                draw.polygon(places + [(right, bottom), (left, bottom)], fill=colours[series])
            elif kind == "lines":
                draw.line(places, fill=colours[series], width=chance.randint(1, 5))
            else:
                for _ in range(chance.randint(20, 150)):
                    x, y, radius = (
                        chance.uniform(left, right),
                        chance.gauss(bottom * 0.5 + top, height * 0.1),
                        chance.randint(2, 6),
                    )
                    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colours[series])
        draw.line((left, top, left, bottom, right, bottom), fill=ink, width=chance.randint(1, 3))
    if chance.happens(0.7):
        draw.text((width / 2, height * 0.04), chance.title(2, 5), font=font, fill=ink, anchor="mm")
    return image


def diagram(chance, size):
    image, draw, ink = paper(chance, size)
    width, height = size
    colours, font = palette(chance, 4) + [None, None], chance.font(height * chance.uniform(0.025, 0.045))
    line = chance.randint(1, 4)
    columns, rows = chance.randint(2, 5), chance.randint(2, 5)
    nodes = [
        ((i + 0.5 + chance.gauss(0, 0.08)) * width / columns, (j + 0.5 + chance.gauss(0, 0.08)) * height / rows)
        for i in range(columns)
        for j in range(rows)
        if chance.happens(0.75)
    ]
    for x, y in nodes:
        u, v = chance.choice(nodes)
        if chance.happens(0.5):
            draw.line((x, y, u, y, u, v), fill=ink, width=line)
        else:
            draw.line((x, y, u, v), fill=ink, width=line)
    for x, y in nodes:
        wide, high = width / columns * chance.uniform(0.2, 0.4), height / rows * chance.uniform(0.15, 0.3)
        fill = chance.choice(colours) or image.getpixel((0, 0))
        shape = chance.choice([draw.rectangle, draw.ellipse, lambda box, **how: draw.rounded_rectangle(box, 10, **how)])
        shape((x - wide, y - high, x + wide, y + high), fill=fill, outline=ink, width=line)
        draw.text((x, y), chance.title(1, 2), font=font, fill=ink, anchor="mm")
    return image


def cells(chance, size):
    """Small figures that explain: boxes with numbers, arrows, a grid, an outline or two."""
    size = (chance.randint(120, 500), chance.randint(90, 400))
    image, draw, ink = paper(chance, size)
    width, height = size
    colours, step = palette(chance, 3) + [None] * 2, chance.randint(18, 48)
    font, line = chance.font(step * 0.5), chance.randint(1, 3)
    columns, rows = chance.randint(1, max(1, width // step - 1)), chance.randint(1, max(1, height // step - 1))
    left, top = chance.randint(0, width - columns * step), chance.randint(0, height - rows * step)
    some, numbered = chance.uniform(0.2, 1), chance.happens(0.6)
    for i in range(columns):
        for j in range(rows):
            if chance.happens(some):
                box = (left + i * step, top + j * step, left + (i + 1) * step, top + (j + 1) * step)
                draw.rectangle(box, outline=ink, fill=chance.choice(colours), width=line)
                if numbered:
                    draw.text(
                        (box[0] + step / 2, box[1] + step / 2),
                        str(chance.randint(0, 9)),
                        font=font,
                        fill=ink,
                        anchor="mm",
                    )
    for _ in range(chance.randint(0, 5)):
        x, y, u, v = (chance.uniform(0, side) for side in (width, height, width, height))
        draw.line((x, y, u, v), fill=chance.choice(colours) or ink, width=chance.choice([line, 2, 12]))
        angle = math.atan2(v - y, u - x)
        tip = [(u - 9 * math.cos(angle + turn), v - 9 * math.sin(angle + turn)) for turn in (-0.4, 0.4)]
        draw.polygon([(u, v), *tip], fill=ink)
    if chance.happens(0.4):
        draw.text((width / 2, height - font.size), chance.title(1, 2), font=font, fill=ink, anchor="mm")
    return image
