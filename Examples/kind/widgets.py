"""What windows consist of: themes, buttons, title bars, pictures."""

from PIL import Image

from drawn import smooth


class Theme:
    def __init__(self, chance):
        self.dark = chance.happens(0.4)
        tint = chance.colour((0.5, 0.5), (0.3, 1))

        def mixed(value):
            amount = chance.choice([0, 0, 0.03, 0.08])
            return tuple(int(value * (1 - amount) + part * amount) for part in tint)

        self.back = mixed(chance.randint(15, 50) if self.dark else chance.choice([255, 255, 250, 245, 240]))
        self.panel = mixed(chance.randint(30, 70) if self.dark else chance.randint(215, 248))
        self.line = mixed(chance.randint(60, 95) if self.dark else chance.randint(180, 225))
        self.text = mixed(chance.randint(190, 240) if self.dark else chance.randint(0, 70))
        self.faint = mixed(chance.randint(110, 150) if self.dark else chance.randint(100, 150))
        self.accent = chance.colour((0.35, 0.6), (0.5, 1))
        self.round = chance.choice([0, 0, 3, 6, 10])


def picture_in(chance, size, photos):
    """Something to look at inside of a screen: a photo where there are some."""
    width, height = max(2, int(size[0])), max(2, int(size[1]))
    if photos and chance.happens(0.8):
        with Image.open(chance.choice(photos)) as photo:
            photo.draft("RGB", (width * 2, height * 2))
            return photo.convert("RGB").resize((width, height), Image.BILINEAR)
    return smooth(chance, (width, height), 0, 255, chance.randint(2, 5))


def button(chance, draw, theme, box, font, accent=None):
    fill = theme.accent if (chance.happens(0.3) if accent is None else accent) else theme.panel
    draw.rounded_rectangle(box, theme.round, fill=fill, outline=theme.line)
    colour = (255, 255, 255) if fill == theme.accent else theme.text
    draw.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), chance.title(1, 2), font=font, fill=colour, anchor="mm")


def title_bar(chance, draw, theme, box, font):
    left, top, right, bottom = box
    draw.rectangle(box, fill=chance.choice([theme.panel, theme.accent, theme.line]))
    draw.text(
        (left + 12 + chance.choice([0, (right - left) / 3]), (top + bottom) / 2),
        chance.title(1, 5),
        font=font,
        fill=theme.text,
        anchor="lm",
    )
    size = (bottom - top) / 4
    for i in range(3):
        x = (right - (i + 1) * size * 4) if theme.dark or i % 2 == 0 else right - (i + 1) * size * 4
        draw.ellipse((x, top + size, x + 2 * size, bottom - size), fill=chance.choice([theme.faint, theme.accent]))
