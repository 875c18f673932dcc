#!/usr/bin/env python3
"""Bar 5: what a cap costs that does not bind: the throughput of photographs of 12 to 24 megapixels with a cap of
192 MiB, against no cap.

usage: photos.py BIN [--runs N] [--pipeline FILE]... [--workers N]

All 72 through the smallest pipeline, where everything that is not a decoder shows most, and 24 through `web`, where two
jobs at a time fill much of the cap.

At least 0.97 times the pictures a second, as the median of the ratios of neighbouring runs; the runs change places from
pair to pair, so that neither kind always comes first.
"""
import argparse
import itertools
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import pictures  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

LEAST = 0.97
FEWER = {"web": 24}  # pictures, where one takes over a second


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs")
    parser.add_argument("--cap", type=cgroup.size, default=192 * MIB)
    parser.add_argument("--pipeline", action="append", help="a pipeline's name or file; small and web without it")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rows, faults = [], []
    with bench.workplace(options.pictures) as work:
        photos = [path for _, path in pictures.made(options.pictures, "photos")]
        for pipeline in options.pipeline or [programs.PIPELINES / "small.yaml", "web"]:
            count = FEWER.get(str(pipeline), len(photos))
            source = bench.link(itertools.islice(photos, count), work / f"photos-{pathlib.Path(pipeline).stem}")

            def measure(cap):
                run = programs.process(options.binary, source, pipeline, work, cap, options.workers)
                if run.outcome.code or len(run.published) != count:
                    faults.append(f"{pipeline}: exit {run.outcome.code}, {len(run.published)} of {count} published")
                return run
            measure(programs.UNLIMITED)  # fills the page cache
            capped, free = [], []
            for index in range(options.runs):
                pair = [(capped, options.cap), (free, programs.UNLIMITED)]
                for runs, cap in pair if index % 2 == 0 else reversed(pair):
                    runs.append(measure(cap))
            ratios = [without.outcome.wall / with_it.outcome.wall for with_it, without in zip(capped, free)]
            work_ratios = [without.outcome.processor / with_it.outcome.processor
                           for with_it, without in zip(capped, free)]
            ratio = statistics.median(ratios)
            peak = max(run.outcome.anonymous_peak for run in capped)
            rows.append([
                pathlib.Path(pipeline).stem, count,
                *(f"{count / statistics.median(run.outcome.wall for run in runs):.2f}" for runs in (capped, free)),
                f"{ratio:.3f}", f"{min(ratios):.3f}–{max(ratios):.3f}", f"{statistics.median(work_ratios):.3f}",
                *(f"{max(run.outcome.anonymous_peak for run in runs) / MIB:.0f}" for runs in (capped, free))])
            if ratio < LEAST:
                faults.append(f"{pipeline}: {ratio:.3f} of the throughput without a cap (bar: {LEAST})")
            if peak > options.cap:
                faults.append(f"{pipeline}: {peak / MIB:.1f} MiB anonymous")
    print(f"\nBar 5: photographs of 12 to 24 megapixels, {options.workers} workers, cap {options.cap // MIB} MiB "
          f"against none, {options.runs} pairs of runs\n")
    print(bench.table(
        ["pipeline", "photographs", "with cap, pictures/s", "without", "ratio", "from–to", "ratio of processor time",
         "anonymous MiB with", "without"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
