"""Pictures of nothing: empty pages, lens caps, missing frames, walls, skies, and what is far out of focus."""

from PIL import Image, ImageDraw, ImageFilter

from drawn import light, lit, noise, smooth


def make(chance, photos, icons):
    size = (chance.randint(200, 1000), chance.randint(200, 900))
    kind = chance.random()
    if kind < 0.2:
        fill = chance.choice(
            [(255, 255, 255), (0, 0, 0), (0, 0, 255), (0, 0, 130), chance.shade(0, 255), chance.colour()]
        )
        image = Image.new("RGB", size, fill)
    elif kind < 0.45:
        # An empty page, as a scanner or a camera sees it.
        image = Image.new("RGB", size, chance.choice([(255, 255, 255), chance.shade(205, 250), (245, 238, 215)]))
        image = lit(
            image, light(chance, size, chance.uniform(0.02, 0.35)), (1, chance.uniform(0.9, 1), chance.uniform(0.75, 1))
        )
        image = noise(chance, image, chance.uniform(0.3, 6))
        draw = ImageDraw.Draw(image)
        for _ in range(chance.choice([0, 0, 0, 1, 4])):
            x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
            draw.ellipse((x, y, x + chance.randint(1, 5), y + chance.randint(1, 5)), fill=chance.shade(90, 200))
        if chance.happens(0.15):
            edge = chance.choice([(0, 0, size[0], size[1] // 60 + 1), (0, 0, size[0] // 60 + 1, size[1])])
            draw.rectangle(edge, fill=chance.shade(0, 120))
    elif kind < 0.6:
        # The lens cap: hardly any light, much grain.
        image = noise(
            chance, Image.new("RGB", size, chance.shade(0, 28)), chance.uniform(0.5, 14), chance.choice([1, 1, 2])
        )
    elif kind < 0.75:
        # Overexposed, or a wall, or the sky.
        low = chance.randint(0, 235)
        image = smooth(chance, size, low, min(255, low + chance.randint(4, 30)), 2)
        image = noise(chance, image, chance.uniform(0, 6))
    elif kind < 0.9 or not photos:
        colour = chance.colour((0.05, 0.95), (0, 1))
        image = lit(Image.new("RGB", size, colour), light(chance, size, chance.uniform(0.05, 0.5)))
        if chance.happens(0.6):
            image = noise(chance, image, chance.uniform(0.3, 5))
    else:
        # So far out of focus that nothing can be told.
        with Image.open(chance.choice(photos)) as photo:
            photo.draft("RGB", (300, 300))
            small = photo.convert("RGB").resize((40, 30))
        image = small.filter(ImageFilter.GaussianBlur(chance.uniform(9, 16))).resize(size, Image.BICUBIC)
        image = noise(chance, image, chance.uniform(0.5, 5))
    return image
