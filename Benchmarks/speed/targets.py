#!/usr/bin/env python3
"""Files as small as asked: how well they keep to `max-bytes` and to `quality: { ssim }`, and what that costs.

usage: targets.py BIN [DIR...] [--most N] [--side PIXELS] [--bytes SIZE] [--ssim S] [--formats F,F]

DIR: where photographs are, 1,600 pixels and more; without, Examples. Bars: with `max-bytes` every file fits, 92 % of it is
used in the median (of those that do not reach the highest quality), in at most 2.5 times the time of one encode in the
median. With `ssim` 95 % of the files are within 0.002, measured here on what Pillow and vips decode; all together are
smaller than those of the fixed quality that has the same mean.

The time is that of the rendition, beside another one of a fixed quality in the same job: both are encoded from the same
picture in memory.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

bench.enter_environment()
try:
    import fidelity
except ImportError:
    print("targets.py: numpy and Pillow are needed: Benchmarks/speed/peers.sh installs them", file=sys.stderr)
    sys.exit(69)

USED, SLOWEST, NEAR, SHARE = 0.92, 2.5, 0.002, 0.95
FIXED = {"jpeg": 75, "webp": 75, "avif": 50, "jxl": 75}

SIZES = """version: 1
stages: [autorotate, {{ resize: {side} }}]
renditions:
  once: {{ format: {format}, quality: {fixed}{chroma} }}
  kept: {{ format: {format}, max-bytes: {bytes} }}
"""
LIKENESS = """version: 1
stages: [autorotate, {{ resize: {side} }}, {{ flatten: white }}]
renditions:
  whole: {{ format: png, compression: 1 }}
  kept: {{ format: {format}, quality: {{ ssim: {ssim} }} }}
"""


def photographs(directories, most):
    found = []
    for directory in directories:
        for path in sorted(pathlib.Path(directory).rglob("*")):
            if path.suffix.lower() not in (".jpg", ".jpeg") or not path.is_file():
                continue
            try:
                with fidelity.Image.open(path) as picture:
                    if picture.mode == "RGB" and max(picture.size) >= 1600 and min(picture.size) >= 900:
                        found.append(path)
            except (OSError, ValueError, fidelity.Image.DecompressionBombError):
                continue
    # The same photograph in several folders counts once.
    return list({path.stat().st_size: path for path in found}.values())[:most]


def process(options, work, name, pipeline, pictures):
    source, target = work / f"{name}-in", work / f"{name}-out"
    source.mkdir()
    for number, path in enumerate(pictures):
        (source / f"{number}.jpg").write_bytes(path.read_bytes())
    file = work / f"{name}.yaml"
    file.write_text(pipeline)
    subprocess.run([f"{options.binary}/sluice", "process", source, "-p", file, "-o", target, "--workers", "1"],
                   check=False, capture_output=True)
    records = [json.loads(path.read_text()) for path in sorted(target.glob("*.json"))]
    return target, records


def renditions(record):
    return {rendition["name"]: rendition for rendition in record["renditions"]}


def sizes(options, work, format, pictures, faults):
    chroma = ", chroma: '4:2:0'" if format in ("jpeg", "avif") else ""
    _, records = process(options, work, f"sizes-{format}", SIZES.format(
        side=options.side, format=format, bytes=options.bytes, fixed=FIXED[format], chroma=chroma), pictures)
    used, ratios, tries, over, best = [], [], [], 0, 0
    for record in records:
        made = renditions(record)
        kept, once = made["kept"], made["once"]
        over += kept["bytes"] > options.bytes
        tries.append(kept["sizing"]["tries"])
        ratios.append(kept["seconds"] / once["seconds"])
        if kept["sizing"]["quality"] == 95:
            best += 1
        else:
            used.append(kept["bytes"] / options.bytes)
    print(f"{format}: {len(records)} files, {over} too large, {best} at the highest quality; used "
          f"{statistics.median(used):.1%} in the median (least {min(used):.1%}); {statistics.mean(tries):.2f} tries (at most "
          f"{max(tries)}), {statistics.median(ratios):.2f} times one encode in the median")
    if over:
        faults.append(f"{format}: {over} files are too large")
    if statistics.median(used) < USED:
        faults.append(f"{format}: {statistics.median(used):.1%} used")
    if statistics.median(ratios) > SLOWEST:
        faults.append(f"{format}: {statistics.median(ratios):.2f} times one encode")


def decoded(path, work):
    if path.suffix in (".jpg", ".webp", ".png"):
        return fidelity.pixels(path)
    subprocess.run(["vips", "copy", path, work / "decoded.png"], check=True, capture_output=True)
    return fidelity.pixels(work / "decoded.png")


def encode(picture, format, quality, work):
    """Of the same encoder, by the same library."""
    path = work / f"fixed.{format}"
    options = {"jpeg": ["jpegsave", "--subsample-mode", "on"], "webp": ["webpsave"],
               "avif": ["heifsave", "--compression", "av1", "--subsample-mode", "on"]}[format]
    subprocess.run(["vips", options[0], picture, path, "--strip", "--Q", str(quality), *options[1:]], check=True,
                   capture_output=True)
    return path


def likeness(options, work, format, pictures, faults):
    target, records = process(options, work, f"ssim-{format}", LIKENESS.format(
        side=options.side, format=format, ssim=options.ssim), pictures)
    values, total, tries, wholes, qualities = [], 0, [], [], []
    for record in records:
        made = renditions(record)
        whole = target / made["whole"]["path"]
        wholes.append(whole)
        values.append(fidelity.ssim(fidelity.pixels(whole), decoded(target / made["kept"]["path"], work)))
        total += made["kept"]["bytes"]
        qualities.append(made["kept"]["sizing"]["quality"])
        tries.append(made["kept"]["sizing"]["tries"])
    # A picture that is that like at the lowest quality cannot be less.
    near = sum(abs(value - options.ssim) <= NEAR or quality == 1 for value, quality in zip(values, qualities))
    near /= len(values)
    mean = statistics.mean(values)
    print(f"{format}: {len(values)} files of ssim {mean:.4f} in the mean ({min(values):.4f} to {max(values):.4f}), {near:.0%} "
          f"within {NEAR}; {statistics.mean(tries):.2f} tries; {total} bytes")
    if near < SHARE:
        faults.append(f"{format}: {near:.0%} within {NEAR}")
    if format == "jxl":
        return
    # The fixed quality of the same mean, between two whole ones.
    low, high = 1, 100
    known = {}

    def fixed(quality):
        if quality not in known:
            found, size = [], 0
            for whole in wholes:
                path = encode(whole, format, quality, work)
                size += path.stat().st_size
                found.append(fidelity.ssim(fidelity.pixels(whole), decoded(path.rename(path.with_suffix(
                    {"jpeg": ".jpg"}.get(format, f".{format}"))), work)))
            known[quality] = (statistics.mean(found), size)
        return known[quality]

    while high - low > 1:
        middle = (low + high) // 2
        if fixed(middle)[0] < mean:
            low = middle
        else:
            high = middle
    (a, small), (b, large) = fixed(low), fixed(high)
    size = small + (large - small) * (mean - a) / (b - a)
    print(f"{format}: quality {low} to {high} has the same mean, and {size:.0f} bytes: {total / size - 1:+.1%}")
    if total >= size:
        faults.append(f"{format}: not smaller than a fixed quality")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("directories", nargs="*", type=pathlib.Path)
    parser.add_argument("--most", type=int, default=100)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--bytes", type=int, default=200_000)
    parser.add_argument("--ssim", type=float, default=0.985)
    parser.add_argument("--formats", default="jpeg,webp,avif")
    parser.add_argument("--only", choices=["sizes", "ssim"])
    options = parser.parse_args()
    pictures = photographs(options.directories or [bench.CHECKOUT / "Examples/pictures"], options.most)
    if not pictures:
        print("targets.py: no photographs of 1,600 pixels", file=sys.stderr)
        return 69
    print(f"{len(pictures)} photographs")
    faults = []
    with tempfile.TemporaryDirectory(prefix="targets-") as directory:
        for format in options.formats.split(","):
            if options.only != "ssim":
                sizes(options, pathlib.Path(directory), format, pictures, faults)
            if options.only != "sizes":
                likeness(options, pathlib.Path(directory), format, pictures, faults)
    for fault in faults:
        print("missed:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
