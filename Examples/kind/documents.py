"""Pictures of paper: pages scanned and photographed, letters, tables, forms, receipts, notes by hand."""

import math

from PIL import Image, ImageDraw, ImageFilter

from drawn import light, lit, noise, paragraph
from paper import photographed, scanned, worn
from widgets import picture_in


def ink(chance):
    return chance.choice(
        [chance.shade(0, 60), chance.shade(0, 40), chance.shade(30, 90), (20, 25, chance.randint(60, 140))]
    )


def letter(chance, draw, size, margin, body, colour):
    width, height = size
    y = margin
    if chance.happens(0.6):
        big = chance.font(body.size * chance.uniform(1.2, 2.5))
        x = chance.choice([margin, width / 2 - big.size * 4, width * 0.6])
        draw.text((x, y), chance.title(1, 3), font=big, fill=colour)
        y += big.size * 2
    if chance.happens(0.5):
        for _ in range(chance.randint(2, 5)):
            draw.text((margin, y), chance.title(1, 4), font=body, fill=colour)
            y += body.size * 1.3
        y += body.size * chance.randint(1, 4)
    return paragraph(
        chance,
        draw,
        (margin, y, width - margin, height - margin),
        body,
        colour,
        chance.uniform(1.15, 1.9),
        fill=chance.choice([1, 1, 0.8, 0.5, 0.3]),
    )


def columns(chance, draw, image, size, margin, body, colour, photos):
    width, height = size
    count = chance.randint(2, 4)
    gap = body.size * 1.5
    wide = (width - 2 * margin - (count - 1) * gap) / count
    top = margin
    if chance.happens(0.7):
        big = chance.font(width * chance.uniform(0.03, 0.08))
        draw.text((margin, top), chance.title(2, 5), font=big, fill=colour)
        top += big.size * 1.4
    for column in range(count):
        x, y = margin + column * (wide + gap), top
        if chance.happens(0.3):
            picture = picture_in(chance, (wide, wide * 0.7), photos).convert("L").convert("RGB")
            image.paste(picture, (int(x), int(y)))
            y += wide * 0.7 + body.size
        paragraph(chance, draw, (x, y, x + wide, height - margin), body, colour, chance.uniform(1.1, 1.4), ragged=False)


def table(chance, draw, size, margin, body, colour):
    width, height = size
    count = chance.randint(3, 8)
    edges = sorted([margin] + [chance.uniform(margin, width - margin) for _ in range(count - 1)] + [width - margin])
    row = body.size * chance.uniform(1.5, 2.6)
    y = margin + chance.choice([0, body.size * 6])
    paragraph(chance, draw, (margin, margin, width - margin, y), body, colour)
    ruled, end, first = chance.happens(0.75), height - margin - chance.choice([0, height * 0.3]), True
    while y + row < end:
        if ruled:
            draw.line((margin, y, width - margin, y), fill=colour, width=2 if first else 1)
        for left, right in zip(edges, edges[1:]):
            value = chance.title(1, 2) if first or chance.happens(0.3) else chance.number()
            if right - left > body.size * 2 and chance.happens(0.9):
                while value and body.getlength(value) > right - left - 6:
                    value = value[:-1]
                draw.text((left + 4, y + row / 2), value, font=body, fill=colour, anchor="lm")
        y, first = y + row, False
    if ruled:
        draw.line((margin, y, width - margin, y), fill=colour)
        for edge in edges:
            draw.line((edge, end - (end - y), edge, y), fill=colour)
            draw.line((edge, margin + row, edge, y), fill=colour)


def form(chance, draw, size, margin, body, colour):
    width, height = size
    hand = (20, 30, chance.randint(90, 160))
    y = margin
    tint = chance.choice([None, None, chance.colour((0.85, 0.95), (0.2, 0.6))])
    while y < height - margin - body.size * 3:
        kind, row = chance.random(), body.size * chance.uniform(2, 3.5)
        if kind < 0.2:
            draw.rectangle(
                (margin, y, width - margin, y + row * 0.7), fill=chance.choice([tint, (215, 215, 215), colour])
            )
            draw.text((margin + 6, y + row * 0.35), chance.title(2, 5), font=body, fill=colour, anchor="lm")
        elif kind < 0.75:
            parts = chance.randint(1, 4)
            wide = (width - 2 * margin) / parts
            for i in range(parts):
                x = margin + i * wide
                if chance.happens(0.6):
                    draw.rectangle((x, y, x + wide - 6, y + row - 4), outline=colour, fill=tint)
                else:
                    draw.line((x + 60, y + row - 6, x + wide - 6, y + row - 6), fill=colour)
                draw.text((x + 3, y + 2), chance.title(1, 2), font=chance.font(body.size * 0.7), fill=colour)
                if chance.happens(0.5):
                    scrawl(chance, draw, (x + 10, y + row * 0.45, x + wide * 0.7, y + row * 0.9), hand)
        else:
            for i in range(chance.randint(2, 4)):
                x = margin + i * body.size * 9
                draw.rectangle((x, y + 4, x + body.size, y + 4 + body.size), outline=colour)
                draw.text((x + body.size * 1.5, y + 4), chance.title(1, 2), font=body, fill=colour)
        y += row


def scrawl(chance, draw, box, colour, width=2):
    """Something that looks like writing by hand."""
    left, top, right, bottom = box
    middle, height, x = (top + bottom) / 2, (bottom - top) / 2, left
    while x < right:
        word = chance.uniform(3, 9) * height * 0.5
        points, phase = [], chance.uniform(0, 6)
        for step in range(int(word / max(1, height * 0.12))):
            swing = math.sin(phase + step * 1.1) * chance.uniform(0.2, 0.9 if chance.happens(0.2) else 0.45)
            points.append((x + step * height * 0.12, middle - swing * height))
        if len(points) > 1:
            draw.line(points, fill=colour, width=width, joint="curve")
        x += word + height * 0.8


def notes(chance, draw, size, margin, body, colour):
    width, height = size
    row = body.size * chance.uniform(1.6, 2.6)
    lined, squared = chance.happens(0.5), chance.happens(0.3)
    rule = chance.choice([(170, 190, 225), (205, 205, 205), (225, 180, 190)])
    y = margin
    if squared:
        for i in range(int(max(width, height) / row * 2)):
            draw.line((0, i * row / 2, width, i * row / 2), fill=rule)
            draw.line((i * row / 2, 0, i * row / 2, height), fill=rule)
    end = height - margin - chance.choice([0, 0.3, 0.6]) * height
    while y + row < height - margin / 2:
        if lined and not squared:
            draw.line((0, y + row, width, y + row), fill=rule)
        if y < end and chance.happens(0.92):
            scrawl(
                chance, draw, (margin, y, width - margin * chance.uniform(1, 4), y + row), colour, chance.randint(1, 3)
            )
        y += row


def receipt(chance, draw, size, margin, body, colour):
    width, height = size
    y, mono = margin, chance.font(body.size, "mono")
    for _ in range(3):
        draw.text((width / 2, y), chance.title(1, 3), font=mono, fill=colour, anchor="mt")
        y += mono.size * 1.3
    y += mono.size
    end = height - margin - mono.size * chance.randint(3, 10)
    while y < end:
        if chance.happens(0.1):
            draw.text((margin, y), "-" * 60, font=mono, fill=colour)
        else:
            draw.text((margin, y), chance.title(1, 2)[:18], font=mono, fill=colour)
            draw.text((width - margin, y), f"{chance.uniform(0, 90):.2f}", font=mono, fill=colour, anchor="rt")
        y += mono.size * 1.3
    x = margin
    while x < width - margin and chance.happens(0.995):
        bar = chance.randint(1, 5)
        draw.rectangle((x, y + mono.size, x + bar, y + mono.size * 3), fill=colour)
        x += bar + chance.randint(2, 6)


def title_page(chance, draw, size, margin, body, colour):
    """Few words, large, in the middle; a note, a cover, a word on a sheet."""
    width, height = size
    y = height * chance.uniform(0.05, 0.4)
    for _ in range(chance.randint(1, 7)):
        big = chance.font(width * chance.choice([0.03, 0.05, 0.08, 0.12]))
        text = chance.title(1, 5)
        while big.getlength(text) > width - 2 * margin and " " in text:
            text = text.rsplit(" ", 1)[0]
        draw.text((width / 2, y), text, font=big, fill=colour, anchor="mt")
        y += big.size * chance.uniform(1.2, 3)


def engraving(chance, draw, box, colour):
    """A picture of lines, as old books have them."""
    left, top, right, bottom = box
    for _ in range(int((right - left) * (bottom - top) / chance.uniform(150, 500))):
        x, y, angle = (
            chance.uniform(left, right),
            chance.uniform(top, bottom),
            chance.choice([0.6, 0.7, 2.2, chance.uniform(0, 3)]),
        )
        length = chance.uniform(6, 40)
        draw.line(
            (x, y, x + length * math.cos(angle), y + length * math.sin(angle)), fill=colour, width=chance.randint(1, 2)
        )
    draw.rectangle(box, outline=colour, width=2)


def old_page(chance):
    """A page of an old book that fills the frame: brown, uneven, soft, dark towards the fold."""
    width = chance.randint(400, 800)
    size = (width, int(width * chance.uniform(1.2, 1.8)))
    warm, bright = chance.uniform(0.05, 0.45), chance.randint(150, 240)
    page = Image.new("RGB", size, (bright, int(bright * (1 - warm * 0.4)), int(bright * (1 - warm))))
    draw = ImageDraw.Draw(page)
    margin, colour = width * chance.uniform(0.04, 0.16), chance.choice([(60, 45, 35), (40, 35, 35), (90, 65, 45)])
    body, top = chance.font(width * chance.uniform(0.018, 0.05)), margin
    if chance.happens(0.35):
        end = margin + size[1] * chance.uniform(0.2, 0.8)
        engraving(chance, draw, (margin, margin, width - margin, end), colour)
        top = end + body.size
    if chance.happens(0.2):
        title_page(chance, draw, size, margin, body, colour)
    elif chance.happens(0.3):
        middle = width / 2
        paragraph(chance, draw, (margin, top, middle - 8, size[1] - margin), body, colour, ragged=False)
        paragraph(chance, draw, (middle + 8, top, width - margin, size[1] - margin), body, colour, ragged=False)
    else:
        paragraph(chance, draw, (margin, top, width - margin, size[1] - margin), body, colour, ragged=False)
    page = noise(chance, page, chance.uniform(2, 12), chance.randint(1, 4)).filter(
        ImageFilter.GaussianBlur(chance.uniform(0.3, 1.4))
    )
    return noise(chance, lit(page, light(chance, size, chance.uniform(0.1, 0.5))), chance.uniform(1, 5))


def close_up(chance, photos):
    """A few lines, held close to the camera or the scanner."""
    width = chance.randint(400, 900)
    size = (width, int(width * chance.uniform(0.3, 1)))
    bright = chance.randint(130, 255)
    page = Image.new(
        "RGB",
        size,
        chance.choice(
            [
                (bright, bright, bright),
                (bright, int(bright * 0.95), int(bright * 0.85)),
                (int(bright * 0.9), int(bright * 0.9), bright),
            ]
        ),
    )
    draw, body = ImageDraw.Draw(page), chance.font(width * chance.uniform(0.025, 0.09))
    inset = -body.size if chance.happens(0.5) else body.size
    paragraph(chance, draw, (inset, inset, width - inset, size[1] - inset), body, ink(chance), chance.uniform(1.1, 2.2))
    if chance.happens(0.3):
        return page if chance.happens(0.5) else scanned(chance, page)
    page = page.rotate(chance.gauss(0, 2), Image.BICUBIC, fillcolor=(bright, bright, bright))
    page = lit(page, light(chance, size, chance.uniform(0.1, 0.6))).filter(
        ImageFilter.GaussianBlur(chance.uniform(0, 2))
    )
    return noise(chance, page, chance.uniform(1, 8))


def make(chance, photos, icons):
    if chance.happens(0.3):
        return old_page(chance) if chance.happens(0.55) else close_up(chance, photos)
    width = chance.randint(420, 900)
    paper = chance.choice(
        [(255, 255, 255)] * 4
        + [chance.shade(225, 250), (250, 244, 228), (240, 228, 200), chance.colour((0.86, 0.95), (0.2, 0.7))]
    )
    kind = chance.random()
    shape = chance.choice([1.414, 1.414, 1.29, 0.71, 1.6, 0.5])
    if kind > 0.9:
        width, shape = chance.randint(260, 420), chance.uniform(1.5, 3.5)
    size = (width, int(width * shape))
    page = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(page)
    margin = width * chance.uniform(0.03, 0.14)
    style = "mono" if chance.happens(0.2) else None
    body, colour = chance.font(max(8, width * chance.uniform(0.014, 0.034)), style), ink(chance)
    if kind < 0.07:
        title_page(chance, draw, size, margin, body, colour)
    elif kind < 0.3:
        letter(chance, draw, size, margin, body, colour)
    elif kind < 0.48:
        columns(chance, draw, page, size, margin, body, colour, photos)
    elif kind < 0.62:
        table(chance, draw, size, margin, body, colour)
    elif kind < 0.76:
        form(chance, draw, size, margin, body, colour)
    elif kind < 0.9:
        notes(chance, draw, size, margin, chance.font(width * chance.uniform(0.025, 0.05)), colour)
    else:
        receipt(chance, draw, size, margin, chance.font(width * 0.045), colour)
    if chance.happens(0.08):
        return page
    page = worn(chance, page)
    return scanned(chance, page) if chance.happens(0.55) else photographed(chance, page, photos)
