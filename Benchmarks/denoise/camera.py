#!/usr/bin/env python3
"""Bar 3 of denoising: real camera noise, and clean pictures, with nothing said about either (`method: auto`).

usage: camera.py BIN [PAIRS [CLEAN...]] [--quality QUALITY] [--all]

PAIRS has noisy pictures and what they are without noise, `NAME_real.*` and `NAME_mean.*` (default: PolyU, beside the
checkout); CLEAN are directories of pictures without noise. Bars: 1 dB of PSNR in the mean, no picture worse by more
than 0.1 dB; clean pictures skipped, or 45 dB and more from what they were.
"""
import argparse
import pathlib
import shutil
import statistics
import tempfile

import noisy
from noisy import bench

MEAN, WORST, CLEAN = 1.0, -0.1, 45.0


def gains(options, work, faults):
    source = work / "pairs"
    source.mkdir()
    real = [path for path in noisy.pictures([options.pairs]) if path.stem.endswith("_real")]
    for path in real:
        shutil.copyfile(path, source / path.name)
    results = noisy.denoise(options.binary, source, work, f"{{ quality: {options.quality} }}")
    rows = []
    for path in real:
        mean = noisy.pixels(next(path.parent.glob(f"{path.stem.removesuffix('_real')}_mean.*")))
        result, report = results[path.name]
        before, after = noisy.psnr(noisy.pixels(path), mean), noisy.psnr(noisy.pixels(result), mean)
        details = report["details"]
        rows.append([after - before, path.stem, before, after, details["sigma"], details.get("skipped", "")])
    rows.sort()
    changes = [row[0] for row in rows]
    if statistics.mean(changes) < MEAN:
        faults.append(f"{statistics.mean(changes):+.2f} dB in the mean (bar: {MEAN})")
    faults += [f"{row[1]}: {row[0]:+.2f} dB (bar: {WORST})" for row in rows if row[0] < WORST]
    print(f"\n{len(rows)} noisy photographs: {statistics.mean(row[2] for row in rows):.2f} dB, denoised "
          f"{statistics.mean(row[3] for row in rows):.2f} ({statistics.mean(changes):+.2f}); the least:\n")
    shown = rows if options.all else rows[:5]
    print(bench.table(["picture", "change", "before", "after", "sigma", "skipped"],
                      [[row[1], f"{row[0]:+.2f}", f"{row[2]:.2f}", f"{row[3]:.2f}", *row[4:]] for row in shown]))


def cleans(options, work, faults):
    source = work / "clean"
    source.mkdir()
    paths = {f"{number:04}{path.suffix}": path for number, path in enumerate(noisy.pictures(options.clean))}
    for name, path in paths.items():
        shutil.copyfile(path, source / name)
    results = noisy.denoise(options.binary, source, work, f"{{ quality: {options.quality} }}")
    kept, changed = 0, []
    for name, (result, report) in results.items():
        if "skipped" in report["details"]:
            kept += 1
            continue
        distance = noisy.psnr(noisy.pixels(result), noisy.pixels(source / name))
        changed.append([distance, paths[name].name, report["details"]["sigma"]])
    changed.sort()
    faults += [f"{row[1]}: {row[0]:.1f} dB from the clean picture (bar: {CLEAN})" for row in changed if row[0] < CLEAN]
    print(f"\n{len(results)} clean pictures: {kept} skipped; the most changed:\n")
    print(bench.table(["picture", "PSNR", "sigma"], [[row[1], f"{row[0]:.1f}", row[2]] for row in changed[:10]]))


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("pairs", nargs="?", type=pathlib.Path, default=noisy.shared("denoise/PolyU"))
    parser.add_argument("clean", nargs="*", type=pathlib.Path)
    parser.add_argument("--quality", default="good")
    parser.add_argument("--all", action="store_true", help="a line for each noisy picture")
    options = parser.parse_args()
    options.clean = options.clean or [noisy.shared("denoise/Kodak"), noisy.shared("denoise/Set12")]
    if not options.pairs.is_dir():
        print("camera.py: no pairs; name a directory with some", flush=True)
        return 69
    faults = []
    with tempfile.TemporaryDirectory(prefix="sluice-denoise-") as name:
        gains(options, pathlib.Path(name), faults)
        cleans(options, pathlib.Path(name), faults)
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
