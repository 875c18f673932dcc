#!/usr/bin/env python3
"""From a drop to its result: how much longer than the job itself.

usage: latency.py BIN [--drops N] [--pause SECONDS] [--picture FILE]

A JPEG of 12 megapixels, each time with bytes of its own, is renamed into a watched inbox (`settle: 0s`), one after the
other: the next comes `--pause` seconds after the result of the one before. Measured from just before the rename to the
event (inotify) of its sidecar's rename into the outbox. The job's own time is the sidecar's `timing.wallSeconds`: what
the worker took from having the request to having its answer, so decode, renditions, digests. What is left over is noticing,
queueing and claiming in the journal (two commits), handing over, syncing renditions and sidecar, one more commit, and
publishing. The first drop, for which a worker has to be started, is shown apart. Bars: median 15 ms, 99th percentile
50 ms.
"""
import argparse
import ctypes
import json
import os
import pathlib
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Torture"))
import pictures  # noqa: E402

MEDIAN_BAR, LATE_BAR = 15, 50
MOVED_TO = 0x80
CONFIGURATION = """version: 1
inboxes:
  photos: { path: inbox, pipeline: one.yaml, settle: 0s }
"""
PIPELINE = "version: 1\nrenditions:\n  web: { resize: { width: 1024, height: 1024 }, format: jpeg, quality: 80 }\n"


class Renames:
    """Names that are renamed into a directory, as they come."""

    def __init__(self, directory):
        library = ctypes.CDLL(None, use_errno=True)
        self.descriptor = library.inotify_init1(os.O_CLOEXEC)
        if self.descriptor < 0 or library.inotify_add_watch(self.descriptor, os.fsencode(directory), MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self.waiting = []

    def wait_for(self, name, seconds=60):
        """The time at which it came."""
        end = time.perf_counter() + seconds
        while True:
            while self.waiting:
                came, at = self.waiting.pop(0)
                if came == name:
                    return at
            ready, _, _ = select.select([self.descriptor], [], [], end - time.perf_counter())
            if not ready:
                sys.exit(f"latency.py: {name} did not come within {seconds} s")
            at = time.perf_counter()
            data = os.read(self.descriptor, 65536)
            while data:
                length = struct.unpack_from("iIII", data)[3]
                self.waiting.append((data[16:16 + length].rstrip(b"\0").decode(), at))
                data = data[16 + length:]


def drop_all(root, original, options):
    """Milliseconds a drop: in all, and the job's own."""
    renames = Renames(root / "outbox")
    times = []
    for index in range(options.drops + 1):
        name = f"{index:04}.jpg"
        draft = root / "drafts" / name
        draft.write_bytes(pictures.with_comment(original, b"%d" % index))
        # An upload has been written by the time it is renamed; what is still on its way to the disk is not ours to time.
        os.sync()
        time.sleep(options.pause)
        start = time.perf_counter()
        draft.rename(root / "inbox" / name)
        came = renames.wait_for(name + ".json")
        sidecar = json.loads((root / "outbox" / (name + ".json")).read_text())
        times.append(((came - start) * 1000, sidecar["timing"]["wallSeconds"] * 1000))
    return times


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--drops", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.05)
    parser.add_argument("--picture", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name in ("inbox", "outbox", "drafts"):
            (root / name).mkdir(parents=True)
        (root / "sluice.yaml").write_text(CONFIGURATION)
        (root / "one.yaml").write_text(PIPELINE)
        if options.picture:
            original = options.picture.read_bytes()
        else:
            pictures.convert(pictures.ppm(4000, 3000, 1), root / "original.jpg")
            original = (root / "original.jpg").read_bytes()
        with open(root / "log", "w") as log:
            daemon = subprocess.Popen(
                [options.bin / "sluice", "watch", "--config", root / "sluice.yaml"], stderr=log, stdout=log)
        try:
            time.sleep(1)
            times = drop_all(root, original, options)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=30)
    first, times = times[0], times[1:]
    over = [whole - job for whole, job in times]
    print(f"drop to result: median {statistics.median(t for t, _ in times):.1f} ms; the job's own time: median "
          f"{statistics.median(t for _, t in times):.1f} ms ({len(times)} drops of {len(original) / 1e6:.1f} MB)")
    median, late = statistics.median(over), percentile(over, 0.99)
    print(f"over the job's own time: median {median:.1f} ms (bar: {MEDIAN_BAR}), 90 % {percentile(over, 0.9):.1f}, "
          f"99 % {late:.1f} (bar: {LATE_BAR}), min {min(over):.1f}, max {max(over):.1f}")
    print(f"the first drop, with the start of its worker: {first[0] - first[1]:.0f} ms over its own time")
    return 0 if median <= MEDIAN_BAR and late <= LATE_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
