#!/usr/bin/env python3
"""Bar 4 of denoising: how well the noise meter reads noise that was added, and what it says of pictures as they are.

usage: estimate.py [FOLDER...]

Every picture of the folders is taken for clean. Gaussian noise of a fixed seed is added to each channel, clipped to
0..255 and rounded, as a camera's file would have it. Folders: the standard sets beside the checkout, without any. Bar:
10 % in the median, at each sigma. Needs clang, numpy and Pillow.
"""
import ctypes
import pathlib
import subprocess
import sys
import tempfile
import time

import noisy
import numpy
from PIL import Image, UnidentifiedImageError

SIGMAS = (5, 10, 15, 25, 35, 50)
BAR = 0.1
LEVELS, SCALES = 16, 3
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "CDenoise"


class PlaneNoise(ctypes.Structure):
    _fields_ = [("sigma", ctypes.c_float), ("spectrum", ctypes.c_float * (SCALES * 64))]


class Noise(ctypes.Structure):
    _fields_ = [
        ("planes", ctypes.c_int),
        ("plane", PlaneNoise * 3),
        ("brightness", ctypes.c_float * LEVELS),
        ("sigma", ctypes.c_float),
        ("is_clean", ctypes.c_bool),
    ]


def build():
    with tempfile.TemporaryDirectory() as folder:
        library = pathlib.Path(folder) / "meter.so"
        sources = [str(path) for path in sorted(SOURCES.glob("Noise*.c"))]
        headers = [f"-I{SOURCES}", f"-I{SOURCES / 'include'}"]
        subprocess.run(["clang", "-O2", "-shared", "-fPIC", *headers, *sources, "-lm", "-o", str(library)], check=True)
        meter = ctypes.CDLL(str(library))
    meter.sluice_noise_meter_new.restype = ctypes.c_void_p
    meter.sluice_noise_meter_add.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    meter.sluice_noise_meter_result.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    meter.sluice_noise_meter_free.argtypes = [ctypes.c_void_p]
    return meter


def planes_of(picture):
    """One plane of a grey picture; Y, U and V of one in colour."""
    if picture.ndim == 2:
        planes = picture[None]
    else:
        red, green, blue = (picture[..., channel] for channel in range(3))
        planes = numpy.stack([
            (red + green + blue) / 3**0.5,
            (red - blue) / 2**0.5,
            (red - 2 * green + blue) / 6**0.5,
        ])
    return numpy.ascontiguousarray(planes, numpy.float32)


def measure(meter, picture):
    planes = planes_of(picture)
    count, height, width = planes.shape
    state = meter.sluice_noise_meter_new(width, height, count)
    if not state:
        sys.exit("estimate.py: out of memory")
    noise = Noise()
    started = time.process_time()
    for line in range(height):
        rows = (ctypes.c_void_p * 3)(*[planes[plane, line].ctypes.data for plane in range(count)])
        meter.sluice_noise_meter_add(state, rows)
    meter.sluice_noise_meter_result(state, ctypes.byref(noise))
    meter.sluice_noise_meter_free(state)
    return noise, time.process_time() - started


def load(path):
    try:
        with Image.open(path) as file:
            picture = file.convert("L" if file.mode in ("1", "L", "LA", "I;16") else "RGB")
    except (UnidentifiedImageError, OSError):
        return None
    return numpy.asarray(picture, numpy.float32)


def with_noise(picture, sigma):
    noise = numpy.random.default_rng(1).normal(0, sigma, picture.shape)
    return numpy.clip(numpy.round(picture + noise), 0, 255).astype(numpy.float32)


def report(meter, folder):
    pictures = {path.name: load(path) for path in sorted(pathlib.Path(folder).iterdir()) if path.is_file()}
    pictures = {name: picture for name, picture in pictures.items() if picture is not None}
    if not pictures:
        return [f"{folder}: no pictures"]
    faults = []
    print(f"\n{folder}: {len(pictures)} pictures")
    print(f"{'sigma':>8} {'median error':>13} {'worst error':>12} {'taken for clean':>16}")
    for sigma in SIGMAS:
        results = [measure(meter, with_noise(picture, sigma))[0] for picture in pictures.values()]
        errors = numpy.array([result.sigma / sigma - 1 for result in results])
        worst = errors[numpy.argmax(abs(errors))]
        clean = sum(result.is_clean for result in results)
        if numpy.median(abs(errors)) > BAR:
            faults.append(f"{folder}, sigma {sigma}: {numpy.median(abs(errors)):.1%} in the median (bar: {BAR:.0%})")
        print(f"{sigma:8} {numpy.median(abs(errors)):13.1%} {worst:12.1%} {clean:16}")
    print("As they are:")
    clean = 0
    for name, picture in pictures.items():
        noise, seconds = measure(meter, picture)
        clean += noise.is_clean
        pace = seconds / (picture.shape[0] * picture.shape[1]) * 1e6
        print(f"  {name:44} sigma {noise.sigma:6.2f}  {'clean' if noise.is_clean else 'NOISY'}  {pace:.3f} s/MP")
    print(f"  {clean} of {len(pictures)} taken for clean")
    return faults


def main():
    folders = sys.argv[1:] or [noisy.shared("denoise/Kodak"), noisy.shared("denoise/Set12")]
    if not all(pathlib.Path(folder).is_dir() for folder in folders):
        print("estimate.py: name a folder with pictures", file=sys.stderr)
        return 69
    meter = build()
    return noisy.bench.fail([fault for folder in folders for fault in report(meter, folder)])


if __name__ == "__main__":
    sys.exit(main())
