#!/usr/bin/env python3
"""Every file of a directory through pipelines and under caps, with `process` and with `watch`.

usage: every.py BIN [DIRECTORY] [--pipelines NAME,…|all] [--caps SIZE,…] [--modes process,watch] [--workers N]

A run for each pipeline, cap and mode, in a control group without a limit whose anonymous memory is sampled every 4 ms.
Bars: each file is accounted for; never more anonymous memory than the cap; no `timed-out`; no published picture took an
attempt of 30 s; no picture under 5 megapixels was tried again; of all runs together 99.9 % of the estimates cover what
was measured. The directory is `../shared/corpus` beside the checkout, or Examples/pictures where there is none.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "shared"), str(HERE.parent / "scale")]
import bench  # noqa: E402
import cgroup  # noqa: E402
import programs  # noqa: E402
import watching  # noqa: E402
from bench import MIB  # noqa: E402

SLOW, SMALL = 30, 5_000_000
NEVER = ["timed-out", "memory-limit", "worker-crashed"]


def process(options, pipeline, cap, work):
    run = programs.process(options.binary, options.directory, pipeline, work, cap, options.workers,
                           timeout=options.timeout)
    return run.published, run.refused, run.outcome.anonymous_peak, run.outcome.wall


def watch(options, pipeline, cap, work):
    root = work / "watch"
    (root / "inbox").mkdir(parents=True)
    # Below the inbox at once; links, so that what is archived or deleted is nobody's.
    subprocess.run(["cp", "-al", options.directory, root / "dropped"], check=True)
    (root / "dropped").rename(root / "inbox/dropped")
    peak, ends, start = 0, False, time.monotonic()
    with cgroup.Group(None) as group:
        with watching.Watch(options.binary / "sluice", root, cap=f"{cap // MIB}MiB", workers=options.workers, group=group,
                            inboxes={"inbox": {"pipeline": str(bench.pipeline_file(pipeline))}}) as running:
            def sample():
                nonlocal peak
                while not ends:
                    peak = max(peak, group.anonymous())
                    time.sleep(0.004)
            thread = threading.Thread(target=sample)
            thread.start()
            try:
                running.ready()
                while time.monotonic() - start < options.timeout and running.is_running():
                    time.sleep(1)
                    metrics = running.metrics() or {}
                    over = sum(value for name, value in metrics.items()
                               if name.startswith("sluice_jobs_total{")
                               and any(f'"{end}"' in name for end in ("done", "quarantined", "other")))
                    if over >= len(options.files):
                        break
                wall = time.monotonic() - start
            finally:
                running.stop()
                ends = True
                thread.join()
    published, refused = bench.records(root)
    published = {name.removeprefix("dropped/"): record for name, record in published.items()}
    refused = {name.removeprefix("dropped/"): record for name, record in refused.items()}
    subprocess.run(["rm", "-rf", root], check=True)
    return published, refused, peak, wall


MODES = {"process": process, "watch": watch}


class Tally:
    """What the runs did, and what of it is over a bar."""

    def __init__(self, options):
        self.options, self.rows, self.faults = options, [], []
        self.estimates, self.short = 0, []

    def fault(self, text):
        """At once, as a run may be cut off."""
        print(f"  over the bar: {text}", flush=True)
        self.faults.append(text)

    def take(self, label, cap, run):
        published, refused, peak, wall = run
        lost = [file for file in self.options.files if file not in published and file not in refused]
        again = [file for file, record in published.items() if record["attempts"] > 1]
        slowest = max(published.values(), key=lambda record: record["timing"]["wallSeconds"], default=None)
        seconds = slowest["timing"]["wallSeconds"] if slowest else 0
        self.rows.append([label, len(published), len(refused), len(lost), f"{peak / MIB:.1f} MiB", len(again),
                          f"{seconds:.1f} s", f"{wall:.0f} s"])
        print("  " + " | ".join(map(str, self.rows[-1])), flush=True)
        if peak > cap:
            self.fault(f"{label}: {peak / MIB:.2f} MiB anonymous")
        if lost:
            self.fault(f"{label}: unaccounted for: {lost[:5]}")
        if bad := [(record["code"], file) for file, record in refused.items() if record["code"] in NEVER]:
            self.fault(f"{label}: {bad[:5]}")
        if seconds > SLOW:
            self.fault(f"{label}: {seconds:.0f} s for {slowest['source']['path']}")
        if small := [file for file in again
                     if published[file]["source"]["width"] * published[file]["source"]["height"] < SMALL]:
            self.fault(f"{label}: tried again: {small[:5]}")
        for file, record in published.items():
            self.estimates += 1
            if record["memory"]["peak"] > record["memory"]["estimate"]:
                self.short.append((record["memory"]["peak"] / record["memory"]["estimate"], file, label))

    def end(self):
        """Prints the table. Returns the faults."""
        head = ["run", "published", "refused", "lost", "memory", "again", "slowest", "wall"]
        print(f"\n{len(self.options.files)} files of {self.options.directory.name}, {self.options.workers} workers\n\n"
              + bench.table(head, self.rows))
        share = 100 * len(self.short) / max(1, self.estimates)
        print(f"\n{self.estimates} estimates, {len(self.short)} under what was measured ({share:.2f} %)")
        for ratio, file, label in sorted(self.short, reverse=True)[:10]:
            print(f"  {ratio:.2f}: {file} ({label})")
        if share > 0.1:
            self.faults.append(f"{share:.2f} % of the estimates were too small")
        return self.faults


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", nargs="?", type=lambda text: pathlib.Path(text).resolve(), default=bench.corpus())
    parser.add_argument("--pipelines", default="all")
    parser.add_argument("--caps", default="128MiB")
    parser.add_argument("--modes", default="process")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=1800)
    options = parser.parse_args()
    names = sorted(path.stem for path in (bench.CHECKOUT / "Pipelines").glob("*.yaml")) \
        if options.pipelines == "all" else options.pipelines.split(",")
    # Hidden files are passed over.
    options.files = [str(path.relative_to(options.directory)) for path in options.directory.rglob("*")
                     if path.is_file() and not path.name.startswith(".")]
    tally = Tally(options)
    with bench.workplace(options.pictures) as work:
        for name, cap, mode in itertools.product(names, map(cgroup.size, options.caps.split(",")), options.modes.split(",")):
            tally.take(f"{name}, {cap // MIB} MiB, {mode}", cap, MODES[mode](options, name, cap, work))
    return bench.fail(tally.end())


if __name__ == "__main__":
    bench.run_main(main)
