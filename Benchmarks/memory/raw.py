#!/usr/bin/env python3
"""RAW: 45 megapixels developed under a cap, at full and at half size; and an embedded JPEG beside the same JPEG alone.

usage: raw.py BIN [--runs N] [--cap SIZE] [--copies N]

Published under the cap of 128 MiB, in a group whose hard limit is 64 MiB over it: no OOM kills, at most the cap of anonymous
memory; at full size as `dcraw_emu -w -o 1 -6` has it (35 dB and more, where that is installed). From a RAW file whose
embedded JPEG is large enough, at most 1.2 times the wall time of the JPEG alone: runs in turns, medians. (Its CPU time is
told beside it: the whole file is hashed.)
"""
import argparse
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Folders"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import dng  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

SLOWEST = 1.2
CLOSEST = 35  # dB

PIPELINE = """version: 1
raw: {rule}
stages: [autorotate]
renditions:
  a: {{ {resize}format: {format} }}
"""


def pipeline(work, name, rule, resize="", format="jpeg"):
    path = work / f"{name}.yaml"
    path.write_text(PIPELINE.format(rule=rule, resize=resize, format=format))
    return path


def developed(options, work, rows, faults):
    source = work / "large"
    source.mkdir()
    dng.make(source / "large.dng", 8256, 5504)
    for name, resize in [("full size", ""), ("half size", "resize: 2048, ")]:
        run = programs.process(options.binary, source, pipeline(work, name.replace(" ", ""), "develop", resize), work,
                               options.cap, limit=options.cap + 64 * MIB, timeout=1200)
        memory = [record["memory"] for record in run.published.values()]
        rows.append([f"45 megapixels, {name}", run.verdict, run.outcome.out_of_memory_kills,
                     f"{run.outcome.anonymous_peak / MIB:.1f}",
                     f"{memory[0]['spilled'] / MIB:.0f}" if memory else "–", f"{run.outcome.wall:.1f}"])
        if run.verdict != "ok" or run.outcome.out_of_memory_kills:
            faults.append(f"{name}: {run.verdict}")
        if run.outcome.anonymous_peak > options.cap:
            faults.append(f"{name}: {run.outcome.anonymous_peak / MIB:.1f} MiB anonymous")


def likeness(options, work, faults):
    """Against dcraw_emu, by vips: the mean of squared differences of 16-bit values."""
    bench.need("dcraw_emu", "libraw-bin")
    source = work / "like"
    source.mkdir()
    dng.make(source / "a.dng", 1200, 800)
    subprocess.run([pathlib.Path(options.binary) / "sluice", "process", source, "--pipeline",
                    pipeline(work, "like", "develop", format="png"), "--out", work / "liked", "--quiet"], check=True)
    other = work / "a.tif"
    subprocess.run(["dcraw_emu", "-w", "-o", "1", "-6", "-T", "-Z", other, source / "a.dng"], check=True,
                   stdout=subprocess.DEVNULL)
    difference, squared = work / "d.v", work / "s.v"
    subprocess.run(["vips", "subtract", work / "liked" / "a.a.png", other, difference], check=True)
    subprocess.run(["vips", "math2_const", difference, squared, "pow", "2"], check=True)
    mean = float(subprocess.run(["vips", "avg", squared], check=True, capture_output=True, text=True).stdout)
    import math
    decibels = math.inf if mean == 0 else 10 * math.log10(65535 ** 2 / mean)
    print(f"developed, against dcraw_emu -w -o 1 -6: {decibels:.1f} dB (bar: {CLOSEST})")
    if decibels < CLOSEST:
        faults.append(f"{decibels:.1f} dB to dcraw_emu")


def embedded(options, work, faults):
    bench.need("vips", "libvips-tools")
    noise, jpeg = work / "noise.v", work / "a.jpg"
    subprocess.run(["vips", "gaussnoise", noise, "4000", "3000", "--mean", "128", "--sigma", "20"], check=True)
    subprocess.run(["vips", "cast", noise, work / "grey.v", "uchar"], check=True)
    subprocess.run(["vips", "bandjoin", " ".join([str(work / "grey.v")] * 3), f"{work / 'a.v'}"], check=True)
    subprocess.run(["vips", "copy", work / "a.v", work / "b.v", "--interpretation", "srgb"], check=True)
    subprocess.run(["vips", "jpegsave", work / "b.v", jpeg, "--Q", "90"], check=True)
    alone, raw = work / "alone", work / "raw"
    alone.mkdir()
    raw.mkdir()
    dng.make(work / "a.dng", 4016, 3016, jpeg)
    for number in range(options.copies):
        (alone / f"{number}.jpg").hardlink_to(jpeg)
        (raw / f"{number}.dng").hardlink_to(work / "a.dng")
    steps = pipeline(work, "web", "auto", "resize: 1600, ")
    walls, costs = {alone: [], raw: []}, {alone: [], raw: []}
    for _ in range(options.runs):
        for source in (alone, raw):
            run = programs.process(options.binary, source, steps, work)
            if len(run.published) != options.copies:
                faults.append(f"{source.name}: {len(run.published)} of {options.copies} published")
            walls[source].append(run.outcome.wall)
            costs[source].append(sum(record["timing"]["cpuSeconds"] for record in run.published.values()))
    for what, figures in [("wall", walls), ("CPU", costs)]:
        ratio = statistics.median(figures[raw]) / statistics.median(figures[alone])
        print(f"an embedded JPEG of 12 megapixels, {what}: {ratio:.2f} times the JPEG alone (bar for wall: {SLOWEST})")
        if what == "wall" and ratio > SLOWEST:
            faults.append(f"{what} of an embedded JPEG: {ratio:.2f}")


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--copies", type=int, default=12)
    parser.add_argument("--cap", type=cgroup.size, default=128 * MIB)
    options = parser.parse_args()
    rows, faults = [], []
    with bench.workplace(options.pictures) as work:
        embedded(options, work, faults)
        likeness(options, work, faults)
        developed(options, work, rows, faults)
    print(bench.table(["RAW, developed", "outcome", "OOM kills", "anonymous MiB", "spilled MiB", "seconds"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
