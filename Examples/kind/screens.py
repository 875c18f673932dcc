"""Pictures of screens: windows, pages, terminals, code, tables and phones, in light and dark themes."""

from PIL import Image, ImageDraw

from drawn import paragraph, smooth
from widgets import Theme, button, picture_in, title_bar


def form(chance, draw, theme, box, font):
    left, top, right, bottom = box
    row = font.size * chance.uniform(1.9, 2.8)
    middle = left + (right - left) * chance.uniform(0.25, 0.45)
    y = top
    while y + row < bottom - row:
        kind = chance.random()
        if kind < 0.5:
            draw.text((left, y + row / 2), chance.title(1, 3) + ":", font=font, fill=theme.text, anchor="lm")
            draw.rounded_rectangle(
                (middle, y + 2, right, y + row - 4), theme.round, fill=theme.back, outline=theme.line
            )
            if chance.happens(0.7):
                draw.text((middle + 6, y + row / 2), chance.words(1, 3), font=font, fill=theme.text, anchor="lm")
        elif kind < 0.75:
            draw.rectangle((left, y + row / 4, left + row / 2, y + row * 3 / 4), fill=theme.back, outline=theme.faint)
            draw.text((left + row, y + row / 2), chance.title(2, 5), font=font, fill=theme.text, anchor="lm")
        elif kind < 0.9:
            at = chance.uniform(middle, right)
            draw.line((middle, y + row / 2, right, y + row / 2), fill=theme.line, width=4)
            draw.line((middle, y + row / 2, at, y + row / 2), fill=theme.accent, width=4)
            draw.ellipse((at - 7, y + row / 2 - 7, at + 7, y + row / 2 + 7), fill=theme.panel, outline=theme.faint)
        else:
            draw.line((left, y + row / 2, right, y + row / 2), fill=theme.line)
        y += row
    wide = font.size * 7
    for i in range(chance.randint(1, 3)):
        button(chance, draw, theme, (right - (i + 1) * wide + 8, bottom - row + 4, right - i * wide, bottom), font)


def code(chance, draw, theme, box, font):
    left, top, right, bottom = box
    height = font.size * chance.uniform(1.2, 1.5)
    colours = [chance.colour((0.6, 0.8) if theme.dark else (0.25, 0.45), (0.4, 1)) for _ in range(4)] + [theme.text] * 3
    numbered, indent, y, line = chance.happens(0.6), 0, top, chance.randint(1, 300)
    while y + height < bottom:
        x = left
        if numbered:
            draw.text((x, y), f"{line:4}", font=font, fill=theme.faint)
            x += font.getlength("00000 ")
        x += indent * font.getlength("    ")
        if not chance.happens(0.12):
            for _ in range(chance.randint(1, 9)):
                word = chance.choice(
                    [
                        chance.words(1, 1),
                        chance.words(1, 1) + "()",
                        "=",
                        "{",
                        "->",
                        "if",
                        '"' + chance.words(1, 2) + '"',
                        "0x1f",
                    ]
                )
                if x + font.getlength(word) > right:
                    break
                draw.text((x, y), word, font=font, fill=chance.choice(colours))
                x += font.getlength(word + " ")
        indent = max(0, min(5, indent + chance.choice([-1, 0, 0, 0, 1])))
        y += height
        line += 1


def grid(chance, draw, theme, box, font):
    left, top, right, bottom = box
    row = font.size * chance.uniform(1.4, 2.2)
    columns = chance.randint(3, 14)
    widths = [chance.uniform(0.5, 1.5) for _ in range(columns)]
    scale = (right - left) / sum(widths)
    y, first, striped, ruled = top, True, chance.happens(0.4), chance.happens(0.6)
    texts = [chance.happens(0.4) for _ in range(columns)]
    index = 0
    while y + row < bottom:
        if first or (striped and index % 2):
            draw.rectangle((left, y, right, y + row), fill=theme.panel)
        x = left
        for width, is_text in zip(widths, texts):
            if ruled:
                draw.rectangle((x, y, x + width * scale, y + row), outline=theme.line)
            value = chance.title(1, 2) if first or is_text else chance.number()
            if chance.happens(0.85):
                while value and font.getlength(value) > width * scale - 6:
                    value = value[:-1]
                draw.text((x + 4, y + row / 2), value, font=font, fill=theme.text, anchor="lm")
            x += width * scale
        first = False
        index += 1
        y += row


def page(chance, draw, theme, box, font, image, photos):
    left, top, right, bottom = box
    y = top + font.size
    while y < bottom - font.size * 3:
        kind = chance.random()
        if kind < 0.25:
            big = chance.font(font.size * chance.uniform(1.3, 2.4))
            draw.text((left, y), chance.title(2, 6), font=big, fill=chance.choice([theme.text, theme.accent]))
            y += big.size * 1.5
        elif kind < 0.65:
            colour = chance.choice([theme.text, theme.text, theme.faint, theme.accent])
            until = min(bottom, y + font.size * chance.randint(3, 14))
            y = paragraph(chance, draw, (left, y, right, until), font, colour, ragged=True) + font.size
        elif kind < 0.85:
            count = chance.randint(1, 4)
            wide = (right - left) / count
            high = min(wide * chance.uniform(0.4, 0.9), bottom - y)
            for i in range(count):
                thing = picture_in(chance, (wide - 10, max(8, high - 6)), photos)
                image.paste(thing, (int(left + i * wide), int(y)))
            y += high + font.size
        else:
            high = font.size * chance.randint(2, 6)
            draw.rounded_rectangle(
                (left, y, right, min(bottom, y + high)), theme.round, fill=theme.panel, outline=theme.line
            )
            draw.text((left + 10, y + high / 2), chance.title(2, 5), font=font, fill=theme.text, anchor="lm")
            y += high + font.size / 2


def listing(chance, draw, theme, box, font, image, photos):
    """Rows with an icon or a face, two lines, as phones and file managers have them."""
    left, top, right, bottom = box
    row = font.size * chance.uniform(2.6, 4.2)
    y, with_pictures, shape = top, chance.happens(0.3), chance.happens(0.5)
    while y + row < bottom:
        icon = (left + 8, y + row * 0.15, left + 8 + row * 0.7, y + row * 0.85)
        if with_pictures:
            image.paste(picture_in(chance, (row * 0.7, row * 0.7), photos), (int(icon[0]), int(icon[1])))
        else:
            (draw.ellipse if shape else draw.rectangle)(icon, fill=chance.colour((0.4, 0.7), (0.2, 0.9)))
        draw.text((left + row, y + row * 0.32), chance.title(1, 4), font=font, fill=theme.text, anchor="lm")
        draw.text((left + row, y + row * 0.68), chance.words(2, 6), font=font, fill=theme.faint, anchor="lm")
        draw.line((left, y + row, right, y + row), fill=theme.line)
        y += row


def bubbles(chance, draw, theme, box, font, image, photos):
    left, top, right, bottom = box
    y = top + 6
    while y < bottom - font.size * 3:
        mine = chance.happens(0.5)
        wide = (right - left) * chance.uniform(0.3, 0.75)
        high = min(font.size * chance.choice([2, 3.4, 4.8, 6.2]), bottom - y)
        x = right - wide - 8 if mine else left + 8
        if chance.happens(0.12):
            high = min(wide * 0.7, bottom - y)
            image.paste(picture_in(chance, (wide, high), photos), (int(x), int(y)))
        else:
            draw.rounded_rectangle((x, y, x + wide, y + high), 10, fill=theme.accent if mine else theme.panel)
            paragraph(chance, draw, (x + 8, y + 5, x + wide - 8, y + high), font, theme.text, ragged=True)
        y += high + font.size * 0.8


def content(chance, draw, theme, box, font, image, photos):
    kind = chance.random()
    mono = chance.font(font.size, "mono")
    if kind < 0.18:
        form(chance, draw, theme, (box[0] + 12, box[1] + 12, box[2] - 12, box[3] - 12), font)
    elif kind < 0.38:
        code(chance, draw, theme, (box[0] + 4, box[1] + 4, box[2], box[3]), mono)
    elif kind < 0.55:
        grid(chance, draw, theme, box, font)
    elif kind < 0.78:
        inset = (box[2] - box[0]) * chance.choice([0.02, 0.05, 0.15])
        page(chance, draw, theme, (box[0] + inset, box[1], box[2] - inset, box[3]), font, image, photos)
    elif kind < 0.88:
        listing(chance, draw, theme, box, font, image, photos)
    elif kind < 0.94:
        bubbles(chance, draw, theme, box, font, image, photos)
    else:
        image.paste(picture_in(chance, (box[2] - box[0], box[3] - box[1]), photos), (int(box[0]), int(box[1])))


def window(chance, draw, theme, box, font, image, photos):
    left, top, right, bottom = box
    draw.rectangle(box, fill=theme.back, outline=theme.line)
    bar = font.size * chance.uniform(1.6, 2.6)
    title_bar(chance, draw, theme, (left, top, right, top + bar), font)
    top += bar
    if chance.happens(0.5):
        draw.rectangle((left, top, right, top + bar), fill=theme.panel)
        x = left + 10
        while x < right - font.size * 5 and chance.happens(0.9):
            label = chance.title(1, 1)
            draw.text((x, top + bar / 2), label, font=font, fill=theme.text, anchor="lm")
            x += font.getlength(label) + font.size
        top += bar
    if chance.happens(0.4) and right - left > 300:
        side = (right - left) * chance.uniform(0.15, 0.3)
        draw.rectangle((left, top, left + side, bottom), fill=theme.panel)
        y = top + 8
        while y < bottom - font.size * 2:
            draw.text((left + 10 + chance.choice([0, 0, 12]), y), chance.title(1, 2), font=font, fill=theme.text)
            y += font.size * 1.7
        left += side
    if chance.happens(0.4):
        draw.rectangle((left, bottom - bar * 0.8, right, bottom), fill=theme.panel)
        draw.text((left + 8, bottom - bar * 0.4), chance.words(2, 6), font=font, fill=theme.faint, anchor="lm")
        bottom -= bar * 0.8
    if bottom - top > 40:
        content(chance, draw, theme, (left, top, right, bottom), font, image, photos)


def make(chance, photos, icons):
    theme = Theme(chance)
    kind = chance.random()
    if kind < 0.25:
        width = chance.choice([360, 540, 720])
        size = (width, int(width * chance.choice([1.78, 2, 2.17])))
    elif kind < 0.65:
        size = chance.choice([(1280, 720), (1366, 768), (1440, 900), (1024, 768), (1600, 900)])
    else:
        size = (chance.randint(220, 1000), chance.randint(160, 800))
    image = Image.new("RGB", size, theme.back)
    draw = ImageDraw.Draw(image)
    font = chance.font(
        max(9, min(size) * chance.uniform(0.016, 0.03)) if kind >= 0.25 else size[0] * chance.uniform(0.032, 0.045)
    )
    whole = (0, 0, size[0] - 1, size[1] - 1)
    if kind < 0.25:
        bar = font.size * 1.6
        draw.rectangle((0, 0, size[0], bar * 3), fill=chance.choice([theme.accent, theme.panel, theme.back]))
        draw.text((8, bar / 2), "12:34", font=font, fill=theme.text, anchor="lm")
        draw.text((20, bar * 2), chance.title(1, 3), font=chance.font(font.size * 1.4), fill=theme.text, anchor="lm")
        box = (0, bar * 3, size[0] - 1, size[1] - bar * 2)
        chance.choice([listing, bubbles, page, content])(chance, draw, theme, box, font, image, photos)
        for i in range(4):
            x, y = size[0] * (i + 0.5) / 4, size[1] - bar
            draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=theme.accent if i == 0 else theme.faint)
    elif kind < 0.65 and chance.happens(0.5):
        if chance.happens(0.4):
            image.paste(picture_in(chance, size, photos), (0, 0))
        else:
            image.paste(smooth(chance, size, 0, 200, 3), (0, 0))
        for _ in range(chance.randint(1, 3)):
            width, height = size[0] * chance.uniform(0.35, 0.9), size[1] * chance.uniform(0.35, 0.85)
            x, y = chance.uniform(0, size[0] - width), chance.uniform(0, size[1] - height)
            window(chance, draw, Theme(chance), (x, y, x + width, y + height), font, image, photos)
        draw.rectangle((0, size[1] - font.size * 2.2, size[0], size[1]), fill=theme.panel)
        for i in range(chance.randint(2, 9)):
            x = 10 + i * font.size * 2.4
            draw.rectangle(
                (x, size[1] - font.size * 1.9, x + font.size * 1.6, size[1] - font.size * 0.4), fill=chance.colour()
            )
    elif chance.happens(0.75):
        window(chance, draw, theme, whole, font, image, photos)
    else:
        content(chance, draw, theme, whole, font, image, photos)
    return image
