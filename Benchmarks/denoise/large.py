#!/usr/bin/env python3
"""Bars 5 and 6 of denoising: large pictures under a memory cap, in control groups; and what a second thread is worth.

usage: large.py BIN [--only NAME] [--quality QUALITY] [--threads-only]

100 megapixels at cap 96 MiB and a gigapixel (32,768²) at cap 128 MiB, JPEG to JPEG in full size, with a sigma that is
named and with one that is found (the picture is read twice): published, at most the cap of anonymous memory in all
processes together. The group's hard limit is 64 MiB over the cap: room for page cache. A photograph alone on the
machine, with one worker and with two, in turns: the seconds of one over those of the other; bar 1.8.
"""
import argparse
import pathlib
import statistics
import sys
import time

import noisy
from noisy import bench

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "memory"))
import pictures  # noqa: E402
import programs  # noqa: E402

MIB = bench.MIB
CAPS = {"100mp-jpeg": 96 * MIB, "giga-jpeg": 128 * MIB}
SPEED = 1.8


def pipeline(work, stage):
    path = work / "denoise.yaml"
    path.write_text(f"version: 1\nlimits: {{ time: 2h, pixels: 2G, bytes: 4GiB }}\nstages:\n  - denoise: {stage}\n"
                    "renditions:\n  full: { format: jpeg, quality: 85 }\n")
    return path


def caps(options, work, faults):
    rows = []
    for picture, path in pictures.made(options.pictures, *([options.only] if options.only else CAPS)):
        source, cap = bench.link([path], work / picture.name), CAPS[picture.name]
        for sigma in ["8", "auto"]:
            stage = f"{{ sigma: {sigma}, quality: {options.quality} }}"
            run = programs.process(options.binary, source, pipeline(work, stage), work, cap, limit=cap + 64 * MIB)
            peak = run.outcome.anonymous_peak
            sidecar = next(iter(run.published.values()), None)
            details = next((report["details"] for report in sidecar["stages"] if report["name"] == "denoise"), {}) \
                if sidecar else {}
            seconds = float(details.get("seconds", 0)) / (picture.width * picture.height / 1e6)
            rows.append([picture.name, sigma, details.get("sigma", ""), cap // MIB, run.verdict, f"{peak / MIB:.1f}",
                         f"{sidecar['memory']['estimate'] / MIB:.1f}" if sidecar else "", f"{run.outcome.wall:.0f}",
                         f"{seconds:.2f}"])
            print("  " + ", ".join(map(str, rows[-1])), flush=True)
            if run.verdict != "ok" or peak > cap:
                faults.append(f"{picture.name}, sigma {sigma}: {run.verdict}, {peak / MIB:.1f} MiB of {cap // MIB}")
    print(f"\nLarge pictures, {options.quality}\n")
    print(bench.table(["picture", "sigma", "found", "cap MiB", "outcome", "anonymous MiB", "estimate MiB", "seconds",
                       "s/MP"], rows))


def threads(options, work, faults):
    """The median of five pairs."""
    [(_, path)] = pictures.made(options.pictures, "photo-00")
    source = bench.link([path], work / "photograph")
    ratios = []
    for index in range(5):
        seconds = {}
        for workers in [1, 2] if index % 2 else [2, 1]:
            begun = time.monotonic()
            noisy.denoise(options.binary, source, work, f"{{ sigma: 8, quality: {options.quality} }}", workers,
                          "{ format: jpeg, quality: 90 }")
            seconds[workers] = time.monotonic() - begun
        ratios.append(seconds[1] / seconds[2])
    print(f"\nTwo threads: {statistics.median(ratios):.2f} times as quick as one "
          f"({min(ratios):.2f}-{max(ratios):.2f}), a photograph of 12 megapixels, everything counted")
    if statistics.median(ratios) < SPEED:
        faults.append(f"two threads are {statistics.median(ratios):.2f} times as quick as one (bar: {SPEED})")


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--only", choices=CAPS)
    parser.add_argument("--quality", default="good")
    parser.add_argument("--threads-only", action="store_true")
    options = parser.parse_args()
    faults = []
    with bench.workplace(options.pictures) as work:
        threads(options, work, faults)
        if not options.threads_only:
            caps(options, work, faults)
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
