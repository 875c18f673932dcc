"""What all scenes share: colours, noise and smooth curves. Pictures are float arrays (height, width, 3) of 0…1."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont


def colour(text):
    """`#f0c8a0` as three numbers of 0…1."""
    return np.array([int(text[place : place + 2], 16) for place in (1, 3, 5)], np.float32) / 255


def smoothstep(low, high, value):
    """0 below `low`, 1 above `high`, smooth between."""
    part = np.clip((value - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)


def mix(first, second, part):
    """`first` where `part` is 0, `second` where it is 1; `part` has no colour axis."""
    part = np.asarray(part, np.float32)[..., None]
    return first * (1 - part) + second * part


def gradient(position, stops):
    """Colours along `position`; `stops` are pairs of position and colour text."""
    places = [place for place, _ in stops]
    colours = np.array([colour(text) for _, text in stops])
    return np.stack([np.interp(position, places, colours[:, band]) for band in range(3)], -1).astype(np.float32)


def grid(width, height):
    """The coordinates of all pixels: x to the right, y downwards, in pixels."""
    return np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))


def noise(seed, width, height, cells_across, cells_down, octaves=5, fade=0.5):
    """Smooth random values of 0…1, each octave twice as fine and `fade` times as strong."""
    random = np.random.default_rng(seed)
    total, weight, sum_of_weights = np.zeros((height, width), np.float32), 1.0, 0.0
    for octave in range(octaves):
        # Three cells more than needed, so that the cut leaves no border of the enlargement.
        across, down = cells_across * 2**octave + 3, cells_down * 2**octave + 3
        cells = Image.fromarray(random.random((down, across), np.float32), "F")
        box = (1, 1, across - 2, down - 2)
        total += weight * np.asarray(cells.resize((width, height), Image.Resampling.BICUBIC, box=box))
        sum_of_weights += weight
        weight *= fade
    return np.clip(total / sum_of_weights, 0, 1)


def curve(seed, width, cells, octaves=6, fade=0.5):
    """Noise along one line."""
    return noise(seed, width, 1, cells, 1, octaves, fade)[0]


def to_image(pixels, seed=0):
    """8 bits a band; half a step of noise keeps gradients from banding."""
    dither = np.random.default_rng(seed).random(pixels.shape[:2], np.float32)[..., None] - 0.5
    return Image.fromarray(np.clip(pixels * 255 + 0.5 + dither, 0, 255).astype(np.uint8))


def from_image(image):
    return np.asarray(image, np.float32) / 255


def blurred(mask, radius):
    """A mask of 0…1, blurred; `radius` in pixels."""
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return from_image(image.filter(ImageFilter.GaussianBlur(radius)))


def drawn(width, height, draw, scale=3):
    """A mask of 0…1: `draw` gets a drawing board and the factor that its coordinates must be multiplied by."""
    board = Image.new("L", (width * scale, height * scale))
    draw(ImageDraw.Draw(board), scale)
    return from_image(board.resize((width, height), Image.Resampling.BOX))


def font(size):
    """Pillow's own, so that the pictures don't depend on what is installed."""
    return ImageFont.load_default(size)
