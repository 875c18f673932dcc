#!/usr/bin/env python3
"""The big pictures that the memory and speed bars are measured on: made once, into a directory outside git.

usage: pictures.py [--directory DIR] [--list] [SET|NAME...]

Sets: giga (32,768², bar 1), whole (what decoders hold whole, bar 2), grid (8 formats × 4 sizes, bar 4), variants (rarer
kinds of those formats), denoise (100 megapixels), photos (a photographer's batch, bar 5), more-photos (which make that one of 200, for the speed
bars). Without names, all are made; what is there already is left alone. The content is the pictures in Examples,
enlarged, side by side, with the grain of a camera, so that files are as large as those of photographs. Everything is
made with the `vips` command.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
CELL = 2048  # pixels
# Cells of the mosaic. A row has to be longer than deflate's window of 32 KiB, or PNG finds that it repeats.
ACROSS, DOWN = 6, 4
GRAIN = 6  # standard deviation of the noise: what a camera shows at ISO 800 or so

# One picture: its file, size in pixels, what the `vips` command appends to the file's name, its pixel format, and how
# far to the right the mosaic begins.
Picture = collections.namedtuple("Picture", "name set file width height options kind offset")
# One operation of `vips` each, and what follows the names of its input and output.
KINDS = {
    "rgb": None,
    "grey": ("colourspace", "b-w"),
    "cmyk": ("icc_export", "--output-profile", "cmyk"),
    "rgb-16": ("colourspace", "rgb16"),
    "rgba": ("bandjoin_const", "128"),
}

# libvips' own defaults but for what is named. The fast settings of encoders change little of what a decoder holds.
BASELINE = "[Q=92,subsample-mode=on]"
PROGRESSIVE = "[Q=92,subsample-mode=on,interlace]"
PROGRESSIVE_444 = "[Q=92,subsample-mode=off,interlace]"
PNG = "[compression=2]"
PNG_INTERLACED = "[compression=2,interlace]"
TIFF_STRIPS = "[compression=none]"
TIFF_TILES = "[compression=deflate,predictor=horizontal,tile,tile-width=256,tile-height=256]"
WEBP = "[Q=80,effort=0]"
WEBP_LOSSLESS = "[lossless,effort=0]"
GIF = "[effort=1,dither=0]"
AVIF = "[Q=60,compression=av1,effort=0]"
HEIC = "[Q=60,compression=hevc,effort=0]"

GRID_FORMATS = {
    "jpeg": ("jpg", BASELINE), "jpeg-progressive": ("jpg", PROGRESSIVE),
    "png": ("png", PNG), "png-interlaced": ("png", PNG_INTERLACED),
    "tiff": ("tif", TIFF_STRIPS), "webp": ("webp", WEBP), "gif": ("gif", GIF), "avif": ("avif", AVIF),
}
GRID_SIZES = {"1mp": (1224, 816), "6mp": (3000, 2000), "24mp": (6000, 4000), "60mp": (9486, 6324)}
VARIANTS = {
    "jpeg-progressive-444": ("jpg", PROGRESSIVE_444, "rgb"),
    "jpeg-grey": ("jpg", BASELINE, "grey"),
    "jpeg-cmyk": ("jpg", BASELINE, "cmyk"),
    "jpeg-cmyk-progressive": ("jpg", PROGRESSIVE, "cmyk"),
    "png-16-bit": ("png", PNG, "rgb-16"),
    "png-16-bit-interlaced": ("png", PNG_INTERLACED, "rgb-16"),
    "png-alpha": ("png", PNG, "rgba"),
    "png-palette": ("png", "[palette,effort=1,dither=0]", "rgb"),
    "tiff-tiles": ("tif", TIFF_TILES, "rgb"),
    "tiff-large-tiles": ("tif", "[compression=lzw,tile,tile-width=2048,tile-height=2048]", "rgb"),
    "tiff-one-strip": ("tif", "[compression=lzw,tile-height=32768]", "rgb"),
    "tiff-16-bit": ("tif", TIFF_STRIPS, "rgb-16"),
    "tiff-jpeg": ("tif", "[compression=jpeg,Q=85,tile,tile-width=256,tile-height=256]", "rgb"),
    "webp-lossless": ("webp", WEBP_LOSSLESS, "rgb"),
    "webp-alpha": ("webp", WEBP, "rgba"),
    "avif-444": ("avif", "[Q=60,compression=av1,effort=0,subsample-mode=off]", "rgb"),
    "avif-12-bit": ("avif", "[Q=60,compression=av1,effort=0,bitdepth=12]", "rgb-16"),
    "heic": ("heic", HEIC, "rgb"),
}


def catalogue():
    pictures = []

    def add(name, group, ending, width, height, options, kind="rgb", offset=0):
        pictures.append(Picture(name, group, f"{group}/{name}.{ending}", width, height, options, kind, offset))

    add("giga-jpeg", "giga", "jpg", 32768, 32768, BASELINE)
    add("giga-png", "giga", "png", 32768, 32768, PNG)
    add("giga-tiff-strips", "giga", "tif", 32768, 32768, TIFF_STRIPS)
    add("giga-tiff-tiles", "giga", "tif", 32768, 32768, TIFF_TILES)
    add("400mp-jpeg-progressive", "whole", "jpg", 20000, 20000, PROGRESSIVE)
    add("400mp-jpeg-progressive-444", "whole", "jpg", 20000, 20000, PROGRESSIVE_444)
    add("400mp-png-interlaced", "whole", "png", 20000, 20000, PNG_INTERLACED)
    add("100mp-jpeg", "denoise", "jpg", 10000, 10000, BASELINE)
    add("100mp-webp", "whole", "webp", 10000, 10000, WEBP)
    add("100mp-webp-lossless", "whole", "webp", 10000, 10000, WEBP_LOSSLESS)
    add("100mp-avif", "whole", "avif", 10000, 10000, AVIF)
    add("100mp-heic", "whole", "heic", 10000, 10000, HEIC)
    add("100mp-gif", "whole", "gif", 10000, 10000, GIF)
    for size, (width, height) in GRID_SIZES.items():
        for format, (ending, options) in GRID_FORMATS.items():
            add(f"{format}-{size}", "grid", ending, width, height, options)
    for name, (ending, options, kind) in VARIANTS.items():
        for size in ("6mp", "24mp"):
            add(f"{name}-{size}", "variants", ending, *GRID_SIZES[size], options, kind)
    for index in range(200):
        # Cameras' sizes: 12, 16, 20 and 24 megapixels.
        size = [(4000, 3000), (4608, 3456), (5184, 3888), (6000, 4000)][index % 4]
        add(f"photo-{index:02}", "photos" if index < 72 else "more-photos", "jpg", *size, BASELINE, offset=index * 331)
    return pictures


def vips(*arguments):
    done = subprocess.run(["vips", *map(str, arguments)], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"pictures.py: vips {' '.join(map(str, arguments))}\n{done.stderr}")


class Workshop:
    """The directory, and the mosaic that all pictures are cut from."""

    SOURCES = ["holiday/misty-mountains.jpg", "holiday/dunes.jpg", "holiday/harbour.jpg", "holiday/night-sky.jpg",
               "holiday/Abend am Müggelsee.avif", "shop/blue-vase.jpg", "shop/fruit-bowl-cmyk.jpg"]

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)

    def mosaic(self):
        """12,288 × 8192 pixels in libvips' own format, which it maps instead of reading: cuts of it take no memory."""
        mosaic = self.directory / "mosaic.v"
        if mosaic.exists():
            return mosaic
        work = self.directory / f"mosaic-{os.getpid()}"
        work.mkdir()
        for band in range(3):
            vips("gaussnoise", work / f"noise-{band}.v", CELL, CELL, "--sigma", GRAIN, "--mean", 0, "--seed", band + 1)
        vips("bandjoin", " ".join(str(work / f"noise-{band}.v") for band in range(3)), work / "noise.v")
        cells = []
        for index, name in enumerate(self.SOURCES):
            vips("thumbnail", CHECKOUT / "Examples/pictures" / name, work / "smooth.v", CELL, "--height", CELL,
                 "--crop", "centre", "--export-profile", "srgb")
            vips("add", work / "smooth.v", work / "noise.v", work / "sum.v")
            vips("cast", work / "sum.v", work / f"cell-{index}.v", "uchar")
            vips("flip", work / f"cell-{index}.v", work / f"mirrored-{index}.v", "horizontal")
            cells += [work / f"cell-{index}.v", work / f"mirrored-{index}.v"]
        # 14 cells, each once in a row at most, and no picture beside its mirror image.
        order = [cells[index * 5 % len(cells)] for index in range(ACROSS * DOWN)]
        vips("arrayjoin", " ".join(map(str, order)), work / "mosaic.v", "--across", ACROSS)
        (work / "mosaic.v").rename(mosaic)
        for path in work.iterdir():
            path.unlink()
        work.rmdir()
        return mosaic

    def make(self, picture):
        """The picture's path; made if it is not there."""
        path = self.directory / picture.file
        if path.exists():
            return path
        path.parent.mkdir(exist_ok=True)
        start = time.monotonic()
        unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
        pixels = path.with_name(f"unfinished-{os.getpid()}-{picture.name}.v")
        step = KINDS[picture.kind]
        # The mosaic, repeated to any size. What needs one more step goes through a file.
        cut = pixels if step else f"{unfinished}{picture.options}"
        vips("embed", self.mosaic(), cut, picture.offset, 0, picture.width, picture.height, "--extend", "repeat")
        if step:
            vips(step[0], pixels, f"{unfinished}{picture.options}", *step[1:])
            pixels.unlink()
        unfinished.rename(path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB in {time.monotonic() - start:.0f} s", file=sys.stderr)
        return path


def default_directory():
    return pathlib.Path(os.environ.get("SLUICE_BENCH_PICTURES") or CHECKOUT / ".build" / "bench-pictures")


def find(names):
    """The pictures of these sets and names, in the catalogue's order."""
    pictures = catalogue()
    known = {picture.name for picture in pictures} | {picture.set for picture in pictures}
    if unknown := set(names) - known:
        sys.exit(f"pictures.py: there is no {', '.join(sorted(unknown))}; see --list")
    return [picture for picture in pictures if not names or {picture.name, picture.set} & set(names)]


def made(directory, *names):
    """Pairs (picture, path) of these sets and names; makes what is missing."""
    workshop = Workshop(directory)
    return [(picture, workshop.make(picture)) for picture in find(names)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2][7:])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--directory", default=default_directory())
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for picture in find(options.names):
            print(f"{picture.name:32} {picture.set:9} {picture.width} × {picture.height} {picture.options}")
    else:
        made(options.directory, *options.names)


if __name__ == "__main__":
    main()
