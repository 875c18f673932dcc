#!/usr/bin/env python3
"""Bar 2: what decoders hold whole (400-megapixel progressive JPEG and interlaced PNG; 100-megapixel WebP, AVIF, HEIC
and GIF), to 2048 and 320 pixels, under a cap of 64 MiB.

usage: whole.py BIN [--runs N] [--cap SIZE] [--only NAME]

Published through the spill plan, in a group whose hard limit is 64 MiB over the cap: no OOM kills, at most the cap of
anonymous memory, and at most 4 times the wall time of the same program without a cap and a limit. `vipsthumbnail`
without a limit stands beside it. Runs are in turns, the median counts, the picture is read from the disk.
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

SLOWEST = 4  # times the run without a cap


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--cap", type=cgroup.size, default=64 * MIB)
    parser.add_argument("--only", action="append", help="a picture's name; all of the set without it")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds a run may take")
    options = parser.parse_args()
    rows, faults = [], []
    pipeline = programs.PIPELINES / "gigapixel.yaml"
    with bench.workplace(options.pictures) as work:
        for picture, path in pictures.made(options.pictures, *(options.only or ["whole"])):
            source = bench.link([path], work / picture.name)
            capped, free, peers = [], [], []
            for _ in range(options.runs):
                bench.forget(path)
                free.append(programs.process(options.binary, source, pipeline, work, timeout=options.timeout))
                bench.forget(path)
                capped.append(programs.process(options.binary, source, pipeline, work, options.cap,
                                               limit=options.cap + 64 * MIB, timeout=options.timeout))
                bench.forget(path)
                peers += programs.thumbnail(path, [2048], work, timeout=options.timeout)
            verdict = next((run.verdict for run in capped if run.verdict != "ok"), "ok")
            unlimited = next((run.verdict for run in free if run.verdict != "ok"), "ok")
            kills = sum(run.outcome.out_of_memory_kills for run in capped)
            peak = max(run.outcome.anonymous_peak for run in capped)
            seconds, without = (statistics.median(run.outcome.wall for run in runs) for runs in (capped, free))
            records = [record["memory"] for run in capped for record in run.published.values()]
            rows.append([
                picture.name, verdict, kills, f"{peak / MIB:.1f}",
                f"{records[0]['estimate'] / MIB:.1f}" if records else "–",
                records[0].get("plan", "–") if records else "–",
                f"{max(record.get('spilled') or 0 for record in records) / MIB:.0f}" if records else "–",
                f"{seconds:.1f}", f"{without:.1f}" if unlimited == "ok" else unlimited, f"{seconds / without:.2f}",
                f"{max(run.outcome.anonymous_peak for run in free) / MIB:.0f}",
                f"{statistics.median(outcome.wall for outcome in peers):.1f}",
                f"{max(outcome.anonymous_peak for outcome in peers) / MIB:.0f}"])
            if verdict != "ok":
                faults.append(f"{picture.name}: {verdict}")
            if unlimited != "ok":
                faults.append(f"{picture.name}, without a cap: {unlimited}")
            if kills:
                faults.append(f"{picture.name}: {kills} OOM kills")
            if peak > options.cap:
                faults.append(f"{picture.name}: {peak / MIB:.1f} MiB anonymous")
            if verdict == "ok" and seconds > SLOWEST * without:
                faults.append(
                    f"{picture.name}: {seconds / without:.1f} times as long as without a cap (bar: {SLOWEST})")
            print(f"  {picture.name}: {verdict}", file=sys.stderr)
    print(f"\nBar 2: to 2048 + 320 pixels, cap {options.cap // MIB} MiB, hard limit {options.cap // MIB + 64} MiB, "
          f"{options.runs} run(s) in turns, from the disk\n")
    print(bench.table(
        ["picture", "outcome", "OOM kills", "anonymous MiB", "estimate MiB", "plan", "spilled MiB", "seconds",
         "without a cap s", "ratio", "without: anonymous MiB", "vipsthumbnail 2048 s", "its anonymous MiB"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
