"""How near a rendition is to a reference: PSNR and SSIM of pictures in memory. Needs numpy and Pillow (peers.sh)."""
import math

import numpy
from PIL import Image, ImageOps

# SSIM as Wang et al. 2004 have it: a Gaussian window of 11 pixels, sigma 1.5.
WINDOW = numpy.exp(-0.5 * (numpy.arange(-5, 6) / 1.5) ** 2).astype(numpy.float32)
WINDOW /= WINDOW.sum()
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def pixels(picture):
    """Height × width × 3, 0…255, as float32; of a path or a Pillow image."""
    if not isinstance(picture, Image.Image):
        with Image.open(picture) as opened:
            picture = opened.convert("RGB")
    return numpy.asarray(picture, dtype=numpy.float32)


def reference(path, size):
    """Lanczos over all of the picture's pixels, in one step, upright."""
    with Image.open(path) as opened:
        whole = ImageOps.exif_transpose(opened).convert("RGB")
    return pixels(whole.resize(size, Image.Resampling.LANCZOS, reducing_gap=None))


def second_reference(path, size):
    """The same by libvips, in floats; None without pyvips."""
    try:
        import pyvips
    except ImportError:
        return None
    whole = pyvips.Image.new_from_file(str(path)).autorot().cast("float")
    scaled = whole.resize(size[0] / whole.width, vscale=size[1] / whole.height, kernel="lanczos3", gap=0)
    return scaled.rint().cast("uchar").numpy().astype(numpy.float32)


def psnr(left, right):
    """dB, over all three colours."""
    error = float(numpy.mean((left - right) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255 ** 2 / error)


def luma(picture):
    return picture @ numpy.array([0.299, 0.587, 0.114], dtype=numpy.float32)


def blurred(plane):
    """Under the window, where all of it lies in the plane."""
    height, width = plane.shape[0] - 10, plane.shape[1] - 10
    rows = sum(weight * plane[at:at + height] for at, weight in enumerate(WINDOW))
    return sum(weight * rows[:, at:at + width] for at, weight in enumerate(WINDOW))


def ssim(left, right):
    """Of the luma, 0…1."""
    left, right = luma(left), luma(right)
    mean_left, mean_right = blurred(left), blurred(right)
    variance_left = blurred(left * left) - mean_left ** 2
    variance_right = blurred(right * right) - mean_right ** 2
    covariance = blurred(left * right) - mean_left * mean_right
    likeness = (2 * mean_left * mean_right + C1) * (2 * covariance + C2)
    likeness /= (mean_left ** 2 + mean_right ** 2 + C1) * (variance_left + variance_right + C2)
    return float(numpy.mean(likeness))
