#!/usr/bin/env python3
"""Bars 1 and 2 of denoising: PSNR on pictures with white noise of a known sigma, and what it takes, beside BM3D and
OpenCV's non-local means in the same run.

usage: quality.py BIN [DIR...] [--most N] [--bm3d N] [--crop PIXELS] [--quick]

Pictures in DIR (default: the standard sets beside the checkout) are denoised by `sluice process` with one worker; a
picture of one band counts as grey. BM3D (PyPI's bm3d, about a minute a megapixel) is given the first `--bm3d` pictures
of each kind, cut to a square of `--crop` pixels from the middle, and is compared on those with Sluice's result for the
same squares. Bars at sigma 15, 25 and 50:

  grey, good   BM3D - 0.35 dB, 0.25 s a megapixel        grey, best    BM3D - 0.2 dB, 1 s a megapixel
  colour, good BM3D - 0.8 dB, 0.7 s a megapixel, OpenCV + 3 dB at three times its speed
  colour, best BM3D - 0.4 dB
"""
import argparse
import collections
import pathlib
import statistics
import tempfile
import time

import noisy
from noisy import bench

BARS = {  # dB against BM3D, seconds a megapixel
    ("grey", "good"): (-0.35, 0.25), ("grey", "best"): (-0.2, 1.0),
    ("colour", "good"): (-0.8, 0.7), ("colour", "best"): (-0.4, None),
}
OPENCV_GAIN, OPENCV_SPEED = 3, 3


def kind(clean):
    return "grey" if clean.ndim == 2 else "colour"


def middle(clean, side):
    top, left = max(0, (clean.shape[0] - side) // 2), max(0, (clean.shape[1] - side) // 2)
    return clean[top:top + side, left:left + side]


def peers(noise, sigma):
    """BM3D's and, in colour, OpenCV's result; with the CPU time that OpenCV took."""
    import bm3d
    import cv2
    if noise.ndim == 2:
        return bm3d.bm3d(noise.astype(float), sigma), None, 0
    reference = 255 * bm3d.bm3d_rgb(noise / 255, sigma / 255)
    cv2.setNumThreads(1)
    begun = time.process_time()
    means = cv2.fastNlMeansDenoisingColored(noise[..., ::-1].copy(), None, sigma, sigma, 7, 21)[..., ::-1]
    return reference, means, time.process_time() - begun


def run(binary, cleans, sigma, quality, work):
    """PSNR of each picture and seconds a megapixel."""
    source = work / "source"
    source.mkdir()
    for name, clean in cleans.items():
        noisy.write(noisy.with_noise(clean, sigma), source / f"{name}.png")
    results = noisy.denoise(binary, source, work, f"{{ method: dct, sigma: {sigma}, quality: {quality} }}")
    for path in source.iterdir():
        path.unlink()
    source.rmdir()
    scores = {name: noisy.psnr(noisy.pixels(results[f"{name}.png"][0]), clean) for name, clean in cleans.items()}
    seconds = sum(float(report["details"]["seconds"]) for _, report in results.values())
    return scores, seconds / sum(clean.shape[0] * clean.shape[1] / 1e6 for clean in cleans.values())


def compare(binary, cleans, squares, work, faults):
    """Rows for one kind of picture."""
    for sigma in noisy.SIGMAS:
        references, means, means_seconds = {}, {}, 0
        for name, square in squares.items():
            noise = noisy.with_noise(square, sigma)
            reference, other, seconds = peers(noise, sigma)
            references[name] = noisy.psnr(noisy.numpy.clip(noisy.numpy.round(reference), 0, 255), square)
            if other is not None:
                means[name] = noisy.psnr(other, square)
                means_seconds += seconds / (square.shape[0] * square.shape[1] / 1e6)
        noise = statistics.mean(noisy.psnr(noisy.with_noise(clean, sigma), clean) for clean in cleans.values())
        for quality in ["fast", "good", "best"]:
            scores, seconds = run(binary, cleans, sigma, quality, work)
            cells = [f"{noise:.2f}", f"{statistics.mean(scores.values()):.2f}", f"{seconds:.2f}", "", "", "", ""]
            which = kind(next(iter(cleans.values())))
            least, most = BARS.get((which, quality), (None, None))
            if most and seconds > most:
                faults.append(f"{which}, {quality}, sigma {sigma}: {seconds:.2f} s a megapixel (bar: {most})")
            if squares:
                own, _ = run(binary, squares, sigma, quality, work)
                difference = statistics.mean(own[name] - references[name] for name in squares)
                cells[3:5] = [f"{statistics.mean(references.values()):.2f}", f"{difference:+.2f}"]
                if least is not None and difference < least:
                    faults.append(f"{which}, {quality}, sigma {sigma}: {difference:+.2f} dB against BM3D (bar: {least})")
                if means:
                    gain = statistics.mean(own[name] - means[name] for name in squares)
                    speed = means_seconds / len(means) / seconds
                    cells[5:] = [f"{gain:+.2f}", f"{speed:.1f}"]
                    if quality == "good" and (gain < OPENCV_GAIN or speed < OPENCV_SPEED):
                        faults.append(f"{which}, sigma {sigma}: {gain:+.2f} dB and {speed:.1f} times the speed of "
                                      f"OpenCV (bars: {OPENCV_GAIN}, {OPENCV_SPEED})")
            yield [f"{which} {sigma}", quality, *cells]


HEAD = ["sigma", "quality", "noisy", "PSNR", "s/MP", "BM3D, squares", "against it", "against OpenCV", "speed"]


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directories", nargs="*", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--most", type=int, help="pictures of each kind")
    parser.add_argument("--bm3d", type=int, default=12, help="of these, how many BM3D is given; 0: none")
    parser.add_argument("--crop", type=int, default=256, help="pixels of a square's side")
    parser.add_argument("--quick", action="store_true", help="three pictures of each kind, without BM3D")
    options = parser.parse_args()
    directories = options.directories or [noisy.shared("denoise/Set12"), noisy.shared("denoise/Kodak")]
    by_kind = collections.defaultdict(dict)
    for path in noisy.pictures(directories):
        clean = noisy.pixels(path)
        if len(by_kind[kind(clean)]) < (3 if options.quick else options.most or 1000):
            by_kind[kind(clean)][path.stem] = clean
    if not by_kind:
        print("quality.py: no pictures; name a directory with some", flush=True)
        return 69
    faults, rows = [], []
    with tempfile.TemporaryDirectory(prefix="sluice-denoise-") as name:
        for cleans in by_kind.values():
            count = 0 if options.quick else options.bm3d
            squares = {title: middle(clean, options.crop) for title, clean in list(cleans.items())[:count]}
            for row in compare(options.binary, cleans, squares, pathlib.Path(name), faults):
                rows.append(row)
                print("  " + ", ".join(map(str, row)), flush=True)
    print("\nDenoising, white noise of a known sigma, one core; PSNR in dB, means\n")
    print(bench.table(HEAD, rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
