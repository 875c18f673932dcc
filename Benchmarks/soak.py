#!/usr/bin/env python3
"""20,000 jobs in one watch run: the supervisor's anonymous memory and its open descriptors stay flat.

usage: soak.py BIN [--jobs N]

Tiny pictures are dropped as fast as they are done, never more than a few hundred waiting; every second the supervisor's
RssAnon and its descriptors are counted. Bars: the median of the last quarter's memory is at most 1 MiB over the first
quarter's, as is the highest; descriptors at most two more; every source published once.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Torture"))
import pictures  # noqa: E402

MOST_WAITING = 400


def anonymous_kib(process):
    return int(re.search(r"^RssAnon:\s*(\d+)", pathlib.Path(f"/proc/{process}/status").read_text(), re.M).group(1))


def descriptors(process):
    return len(os.listdir(f"/proc/{process}/fd"))


def count(directory):
    return sum(len(names) for _, _, names in os.walk(directory))


def soak(binary, root, jobs):
    """Samples (done, KiB, descriptors), and the faults of the end."""
    inbox, archive = root / "inbox", root / "archive"
    inbox.mkdir()
    (root / "pipeline.yaml").write_text(
        "version: 1\nrenditions: { tiny: { resize: 8x8, format: png } }\nmetadata: { keep: none }\n")
    (root / "sluice.yaml").write_text(
        "version: 1\ninboxes:\n  pictures: { path: inbox, pipeline: pipeline.yaml, settle: 10ms, settle-other: 100ms,"
        " scan-every: 10s }\nmemory: { cap: 256MiB }\nworkers: 2\n")
    with open(root / "log", "wb") as log:
        daemon = subprocess.Popen([binary, "watch", "--config", root / "sluice.yaml"], stderr=log)
    samples, dropped, done, next_sample, since = [], 0, 0, time.monotonic() + 1, time.monotonic()
    moved = time.monotonic()
    try:
        while done < jobs:
            if daemon.poll() is not None:
                return samples, [f"it ended with {daemon.returncode}"]
            while dropped < jobs and dropped - done < MOST_WAITING:
                folder = inbox / f"{dropped // 500:03}"
                folder.mkdir(exist_ok=True)
                (folder / f".{dropped:05}.tmp").write_bytes(pictures.png(16, 16, dropped % 50, note=b"%d" % dropped))
                (folder / f".{dropped:05}.tmp").rename(folder / f"{dropped:05}.png")
                dropped += 1
            time.sleep(0.1)
            before, done = done, count(archive)
            moved = time.monotonic() if done > before else moved
            if time.monotonic() - moved > 300:
                return samples, [f"nothing was done for 5 minutes, after {done}"]
            if time.monotonic() >= next_sample:
                samples.append((done, anonymous_kib(daemon.pid), descriptors(daemon.pid)))
                next_sample += 1
                if sys.stderr.isatty():
                    print(f"  {done} of {jobs}, {samples[-1][1] / 1024:.1f} MiB, {samples[-1][2]} descriptors",
                          end="\r", file=sys.stderr)
        seconds = time.monotonic() - since
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(timeout=120)
    finally:
        daemon.kill()
        daemon.wait()
    print(f"{jobs} jobs in {seconds:.0f} s, {jobs / seconds:.0f} a second")
    published = re.findall(r" published job=\S+ source=(\S+) ", (root / "log").read_text(errors="replace"), re.M)
    faults = [f"it ended with {code}"] if code else []
    if len(published) != jobs or len(set(published)) != jobs:
        faults.append(f"{len(published)} published, {len(set(published))} of them different")
    if (made := count(root / "outbox")) != 2 * jobs:
        faults.append(f"{made} files in the outbox instead of {2 * jobs}")
    return samples, faults


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2][7:])
    parser.add_argument("binary")
    parser.add_argument("--jobs", type=int, default=20_000)
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="sluice-soak-"))
    try:
        samples, faults = soak(pathlib.Path(options.binary).resolve() / "sluice", root, options.jobs)
    finally:
        shutil.rmtree(root)
    # By jobs done, not by time: the first seconds fill caches.
    first = [sample for sample in samples if sample[0] <= options.jobs / 4]
    last = [sample for sample in samples if sample[0] > options.jobs * 3 / 4]
    if not first or not last:
        faults.append("too few samples: more jobs are needed")
    else:
        for name, part in (("first", first), ("last", last)):
            memory, open_files = [sample[1] / 1024 for sample in part], [sample[2] for sample in part]
            print(f"{name} quarter: {statistics.median(memory):.2f} MiB anonymous (highest {max(memory):.2f}), "
                  f"{statistics.median(open_files):.0f} descriptors (highest {max(open_files)}), {len(part)} samples")
        for name, figure in (("median", statistics.median), ("highest", max)):
            grown = (figure(sample[1] for sample in last) - figure(sample[1] for sample in first)) / 1024
            if grown > 1:
                faults.append(f"the {name} has grown by {grown:.2f} MiB (bar: 1 MiB)")
        more = statistics.median(sample[2] for sample in last) - statistics.median(sample[2] for sample in first)
        if more > 2:
            faults.append(f"{more:.0f} more descriptors are open")
    for fault in faults:
        print("FAULT:", fault)
    sys.exit(1 if faults else 0)


main()
