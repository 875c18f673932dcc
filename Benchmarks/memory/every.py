#!/usr/bin/env python3
"""Every file of a directory through pipelines and under caps, with `process` and with `watch`.

usage: every.py BIN [DIRECTORY] [--pipelines NAME,…|all] [--caps SIZE,…] [--modes process,watch] [--workers N]

A run for each pipeline, cap and mode, in a control group without a limit whose anonymous memory is sampled every 4 ms.
Bars: each file is accounted for; never more anonymous memory than the cap; no `timed-out`; no published picture took an
attempt of 30 s; no picture under 5 megapixels was tried again; of all runs together 99.9 % of the estimates cover what
was measured. The directory is `../shared/corpus` beside the checkout, or Examples/pictures where there is none.
"""
import argparse
import collections
import json
import os
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


def shared_corpus():
    shared = pathlib.Path(os.environ.get("SLUICE_SHARED", bench.CHECKOUT.parent / "shared")) / "corpus"
    return shared if shared.is_dir() else bench.CHECKOUT / "Examples/pictures"


def records(root):
    """Sidecars and error files below a directory, by their source."""
    published, refused = {}, {}
    for path in root.rglob("*.json"):
        record = json.loads(path.read_text())
        if path.name.endswith(".error.json"):
            refused[record["source"]] = record
        elif "renditions" in record:
            published[record["source"]["path"]] = record
    return published, refused


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
                    # What is passed over has no job.
                    over = sum(metrics.get(f'sluice_jobs_total{{state="{state}",code=""}}', 0) for state in ["done"])
                    over += sum(value for name, value in metrics.items() if 'state="quarantined"' in name)
                    if over >= options.jobs:
                        break
                wall = time.monotonic() - start
            finally:
                running.stop()
                ends = True
                thread.join()
    published, refused = records(root)
    published = {name.removeprefix("dropped/"): record for name, record in published.items()}
    refused = {name.removeprefix("dropped/"): record for name, record in refused.items()}
    subprocess.run(["rm", "-rf", root], check=True)
    return published, refused, peak, wall


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", nargs="?", type=lambda text: pathlib.Path(text).resolve(), default=shared_corpus())
    parser.add_argument("--pipelines", default="all")
    parser.add_argument("--caps", default="128MiB")
    parser.add_argument("--modes", default="process")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=1800)
    options = parser.parse_args()
    names = sorted(path.stem for path in (bench.CHECKOUT / "Pipelines").glob("*.yaml")) \
        if options.pipelines == "all" else options.pipelines.split(",")
    files = [str(path.relative_to(options.directory)) for path in options.directory.rglob("*") if path.is_file()]
    options.jobs = len([name for name in files if not pathlib.Path(name).name.startswith(".")])
    rows, faults, estimates, under, worst = [], [], 0, 0, []
    with bench.workplace(options.pictures) as work:
        for name in names:
            for cap in map(cgroup.size, options.caps.split(",")):
                for mode in options.modes.split(","):
                    label = f"{name}, {cap // MIB} MiB, {mode}"
                    published, refused, peak, wall = {"process": process, "watch": watch}[mode](options, name, cap, work)
                    lost = [file for file in files if file not in published and file not in refused
                            and not pathlib.Path(file).name.startswith(".")]
                    codes = collections.Counter(record["code"] for record in refused.values())
                    slowest = max(published.values(), key=lambda record: record["timing"]["wallSeconds"], default=None)
                    again = {file: record for file, record in published.items() if record["attempts"] > 1}
                    small = [file for file, record in again.items()
                             if record["source"]["width"] * record["source"]["height"] < SMALL]
                    for file, record in published.items():
                        memory = record["memory"]
                        estimates += 1
                        if memory["peak"] > memory["estimate"]:
                            under += 1
                            worst.append((memory["peak"] / memory["estimate"], file, label))
                    seconds = slowest["timing"]["wallSeconds"] if slowest else 0
                    rows.append([label, len(published), len(refused), len(lost), f"{peak / MIB:.1f} MiB", len(again),
                                 f"{seconds:.1f} s", f"{wall:.0f} s"])
                    print("  " + " | ".join(map(str, rows[-1])), flush=True)
                    if peak > cap:
                        faults.append(f"{label}: {peak / MIB:.2f} MiB anonymous")
                    if lost:
                        faults.append(f"{label}: unaccounted for: {lost[:5]}")
                    if codes["timed-out"] or codes["memory-limit"] or codes["worker-crashed"]:
                        which = [file for file, record in refused.items()
                                 if record["code"] in ("timed-out", "memory-limit", "worker-crashed")]
                        faults.append(f"{label}: {dict(codes)}: {which[:5]}")
                    if seconds > SLOW:
                        faults.append(f"{label}: {seconds:.0f} s for {slowest['source']['path']}")
                    if small:
                        faults.append(f"{label}: tried again: {small[:5]}")
    head = ["run", "published", "refused", "lost", "memory", "again", "slowest", "wall"]
    print(f"\n{len(files)} files of {options.directory.name}, {options.workers} workers\n\n" + bench.table(head, rows))
    share = 100 * under / max(1, estimates)
    print(f"\n{estimates} estimates, {under} under what was measured ({share:.2f} %)")
    for ratio, file, label in sorted(worst, reverse=True)[:10]:
        print(f"  {ratio:.2f}: {file} ({label})")
    if share > 0.1:
        faults.append(f"{share:.2f} % of the estimates were too small")
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
