#!/usr/bin/env python3
"""Bar 6: what a worker gives back: its anonymous memory, idle, after 50 jobs and after 2,000, of mixed formats.

usage: giveback.py BIN [--jobs N] [--workers N] [--cap SIZE] [--config LINE]...

A `sluice watch` gets the pictures in helpings; after each one the workers have nothing to do, and RssAnon of each is
read from /proc. At most 4 MiB more after the last job than after the first 50 of each worker. A worker that was
replaced meanwhile gave nothing back, it ended, and that is a fault. By default there are three workers, because one is
recycled after 1,000 jobs; `--config` adds a line to the configuration.
"""
import argparse
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import pictures  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

MOST = 4 * MIB
HELPING = 50  # pictures dropped at once
FIRST = 50  # jobs a worker, after which the comparison begins

# One after the other, all formats: small ones, the same in 6 megapixels, rarer kinds, and large ones of small files.
MIXED = [
    *(f"{format}-{size}" for size in ("1mp", "6mp") for format in pictures.GRID_FORMATS),
    *(f"{variant}-6mp" for variant in pictures.VARIANTS if "16-bit" not in variant),
    *(f"{format}-24mp" for format in ("jpeg", "jpeg-progressive", "webp", "gif", "avif")),
]


def resident(process):
    """Bytes of anonymous memory of a process."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"^RssAnon:\s*(\d+)", status, re.M).group(1)) * 1024


def workers(supervisor):
    """Anonymous memory of each worker, by process identifier."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
            if int(rest.split()[1]) == supervisor and name.startswith("sluice-worker"):
                found[int(path.parent.name)] = resident(path.parent.name)
        except (OSError, AttributeError):
            continue  # it has ended meanwhile
    return found


def feed(daemon, root, paths, jobs, first, timeout):
    """Drops the pictures in helpings. After each, once all is done: (jobs done, {worker: bytes}). And the highest."""
    samples, highest, done = [], {}, 0
    while done < jobs:
        until = min(jobs, done + HELPING, first if done < first else jobs)
        for index in range(done, until):
            path = paths[index % len(paths)]
            name = f"{index:05}-{path.name}"
            shutil.copyfile(path, root / "inbox" / f".{name}.tmp")
            (root / "inbox" / f".{name}.tmp").rename(root / "inbox" / name)
        deadline = time.monotonic() + timeout
        while (finished := sum(1 for _ in (root / "outbox").glob("*.json"))
               + sum(1 for _ in (root / "quarantine").rglob("*.error.json"))) < until:
            if daemon.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"giveback.py: stuck at {finished} of {jobs} jobs; see {root / 'log'}")
            for process, held in workers(daemon.pid).items():
                highest[process] = max(held, highest.get(process, 0))
            time.sleep(0.05)
        time.sleep(0.5)
        done = until
        samples.append((done, workers(daemon.pid)))
    return samples, highest


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--cap", type=cgroup.size, default=512 * MIB)
    parser.add_argument("--pipeline", type=pathlib.Path, default=programs.PIPELINES / "mixed.yaml")
    parser.add_argument("--config", action="append", default=[], help="a line for the configuration")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for a helping")
    options = parser.parse_args()
    paths = [path for _, path in pictures.made(options.pictures, *MIXED)]
    with bench.workplace(options.pictures) as root:
        (root / "inbox").mkdir()
        (root / "sluice.yaml").write_text("\n".join([
            "version: 1", "inboxes:",
            f"  mixed: {{ path: inbox, pipeline: {options.pipeline.resolve()}, settle: 10ms, settle-other: 100ms,"
            " scan-every: 5s, after: delete }", f"memory: {{ cap: {options.cap} }}", f"workers: {options.workers}",
            *options.config]) + "\n")
        start = time.monotonic()
        with open(root / "log", "wb") as log:
            daemon = subprocess.Popen(
                [options.binary / "sluice", "watch", "--config", root / "sluice.yaml"], stderr=log)
        try:
            samples, highest = feed(daemon, root, paths, options.jobs, FIRST * options.workers, options.timeout)
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=120)
        finally:
            daemon.kill()
            daemon.wait()
        seconds = time.monotonic() - start
        published = sum(1 for _ in (root / "outbox").glob("*.json"))
        refused = sorted({path.name for path in (root / "quarantine").rglob("*.error.json")})
    seen = sorted({process for _, held in samples for process in held}, key=list(
        dict.fromkeys(process for _, held in samples for process in held)).index)
    print(f"\nBar 6: {options.jobs} jobs of {len(paths)} different pictures, {options.workers} workers, cap "
          f"{options.cap // MIB} MiB, {seconds:.0f} s; MiB of anonymous memory of each worker without a job\n")
    print(bench.table(["after jobs", *(f"worker {process}" for process in seen)], [
        [done, *(f"{held[process] / MIB:.1f}" if process in held else "–" for process in seen)]
        for done, held in samples
        if done == FIRST * options.workers or done % max(HELPING, options.jobs // 10) == 0 or done == options.jobs]))
    print("highest while working: " + ", ".join(f"{process} {held / MIB:.0f}" for process, held in highest.items()))
    faults = []
    before = next(held for done, held in samples if done >= min(FIRST * options.workers, options.jobs))
    after = samples[-1][1]
    for process, held in after.items():
        if process not in before:
            faults.append(f"worker {process} ({held / MIB:.1f} MiB in the end) was started after the first "
                          f"{FIRST * options.workers} jobs")
        elif held > before[process] + MOST:
            faults.append(f"worker {process} has grown by {(held - before[process]) / MIB:.1f} MiB (bar: 4 MiB)")
        else:
            print(f"worker {process}: {(held - before[process]) / MIB:+.1f} MiB since {FIRST * options.workers} jobs")
    for process in before.keys() - after.keys():
        faults.append(f"worker {process} was ended, or recycled, meanwhile")
    if published != options.jobs:
        faults.append(f"{published} of {options.jobs} published; refused: {refused[:5]}")
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
