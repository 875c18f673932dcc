#!/usr/bin/env python3
"""Bar 1: a gigapixel in each format that streams, to 2048 and 320 pixels, under a cap of 64 MiB.

usage: gigapixel.py BIN [--runs N] [--cap SIZE] [--only NAME] [--warm]

Published; at most the cap of anonymous memory in all processes together; at most 1.3 times the wall time that
`vipsthumbnail` takes for the 2048 pixels alone, without any limit. Runs are in turns, the median counts, and the
picture is read from the disk each time (with --warm: it is in the page cache). The group's hard limit is 64 MiB over
the cap: room for page cache.
"""
import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import pictures  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

SLOWEST = 1.3  # times vipsthumbnail


def measure(options, work, picture, path):
    """Runs of Sluice, of vipsthumbnail to 2048 pixels, and to 320."""
    source = bench.link([path], work / picture.name)
    runs, large, small = [], [], []

    def with_sluice():
        runs.append(programs.process(options.binary, source, programs.PIPELINES / "gigapixel.yaml", work, options.cap,
                                     limit=options.cap + 64 * MIB, timeout=options.timeout))

    turns = [
        lambda: large.extend(programs.thumbnail(path, [2048], work, timeout=options.timeout)),
        lambda: small.extend(programs.thumbnail(path, [320], work, timeout=options.timeout)),
        with_sluice,
    ]
    for index in range(options.runs):
        # Another one first each time: the first has the programs to load, too.
        for turn in turns[index % 3:] + turns[:index % 3]:
            prepare(options, path)
            turn()
    return runs, large, small


def prepare(options, path):
    if options.warm:
        with open(path, "rb") as file:
            while file.read(16 * MIB):
                pass
    else:
        bench.forget(path)


def middle(outcomes):
    return statistics.median(outcome.wall for outcome in outcomes)


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cap", type=cgroup.size, default=64 * MIB)
    parser.add_argument("--only", action="append", help="a picture's name; all of the set without it")
    parser.add_argument("--warm", action="store_true", help="the picture is in the page cache")
    parser.add_argument("--timeout", type=float, default=900, help="seconds a run may take")
    options = parser.parse_args()
    rows, faults = [], []
    with bench.workplace(options.pictures) as work:
        for picture, path in pictures.made(options.pictures, *(options.only or ["giga"])):
            runs, large, small = measure(options, work, picture, path)
            verdict = next((run.verdict for run in runs if run.verdict != "ok"), "ok")
            peak = max(run.outcome.anonymous_peak for run in runs)
            seconds = middle([run.outcome for run in runs])
            ratio = seconds / middle(large)
            records = [record["memory"] for run in runs for record in run.published.values()]
            rows.append([
                picture.name, verdict, f"{peak / MIB:.1f}", f"{records[0]['estimate'] / MIB:.1f}" if records else "–",
                f"{max(record['peak'] for record in records) / MIB:.1f}" if records else "–",
                f"{seconds:.1f}", f"{statistics.median(run.outcome.processor for run in runs):.1f}",
                f"{middle(large):.1f}", f"{middle(small):.1f}",
                f"{statistics.median(outcome.processor for outcome in large):.1f}", f"{ratio:.2f}",
                f"{seconds / (middle(large) + middle(small)):.2f}",
                f"{max(outcome.anonymous_peak for outcome in large) / MIB:.0f}"])
            if verdict != "ok":
                faults.append(f"{picture.name}: {verdict}")
            if peak > options.cap:
                faults.append(f"{picture.name}: {peak / MIB:.1f} MiB anonymous")
            if verdict == "ok" and ratio > SLOWEST:
                faults.append(f"{picture.name}: {ratio:.2f} times as long as vipsthumbnail (bar: {SLOWEST})")
            if any(outcome.verdict != "ok" for outcome in large + small):
                said = large[0].errors.decode(errors="replace")[-300:]
                faults.append(f"{picture.name}: vipsthumbnail failed: {said}")
            print(f"  {picture.name}: {verdict}", file=sys.stderr)
    print(f"\nBar 1: 32,768² to 2048 + 320 pixels, cap {options.cap // MIB} MiB, {options.runs} runs in turns, "
          f"{'from the page cache' if options.warm else 'from the disk'}\n")
    print(bench.table(
        ["picture", "outcome", "anonymous MiB", "estimate MiB", "worker's peak MiB", "seconds", "processor s",
         "vipsthumbnail 2048 s", "vipsthumbnail 320 s", "its processor s", "ratio to 2048", "ratio to both",
         "its anonymous MiB"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
