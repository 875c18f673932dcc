#!/usr/bin/env python3
"""A slow disk: every fsync takes 200 milliseconds, or five seconds (Tests/Shims/slow_fsync.c, preloaded).

usage: slow_disk.py BIN [--short] [--pictures N] [--seconds N] [--sync SECONDS] [--look SECONDS]

1. Small pictures (640 × 480) dropped at once into a watched inbox, without the shim and with 200 ms. Bar: half of the
   throughput.
2. The same with five seconds, and links that are refused. Bars: a sign of life for the watchdog at least once a second
   from READY on, and `/health` within a second, while pictures are dropped and until results come.
"""
import os
import struct
import subprocess
import shutil
import sys
import time

import watching
from watching import HERE, Failure, Watch, drop, wait_for
import bench

SHIM = HERE.parents[1] / "Tests/Shims/slow_fsync.c"
SHARE, SILENCE, WATCHDOG = 0.5, 1.0, 1.0
MAKE = "import pathlib, sys, small; small.make_pictures(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
PIPELINE = "version: 1\nrenditions: { thumb: { resize: { width: 320 }, format: jpeg } }\n"


def compile_shim(root):
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if not compiler:
        sys.exit("slow_disk.py: no C compiler (cc, gcc or clang)")
    subprocess.run([compiler, "-O1", "-Wall", "-shared", "-fPIC", "-o", root / "slow_fsync.so", SHIM], check=True)
    return root / "slow_fsync.so"


class Slow:
    """The environment that makes a disk slow, and how often it was waited for since."""

    def __init__(self, root, shim, milliseconds):
        self.counts = root / f"counts-{milliseconds}"
        self.counts.write_bytes(bytes(16))
        self.environment = {
            "LD_PRELOAD": str(shim), "SLOW_FSYNC_MS": str(milliseconds), "SLOW_FSYNC_COUNTS": str(self.counts)}

    def calls(self):
        return struct.unpack("QQ", self.counts.read_bytes())


def throughput(options, root, made, environment):
    """Pictures a second from the drop to the last result, by the log; and how many there were."""
    watch = Watch(options.sluice, root, pipeline=PIPELINE, cap="256MiB", environment=environment)
    with watch:
        watch.ready(120)
        subprocess.run(["cp", "-r", made, root / "made"], check=True)
        (root / "made").rename(watch.inbox / "made")
        start = time.monotonic()
        while (done := watch.published()) < options.pictures and time.monotonic() - start < options.seconds:
            time.sleep(0.05)
        seconds = time.monotonic() - start
        watch.stop(300)
    return done / seconds, done


def measure_group_commit(bars, root, options, shim):
    made = root / "pictures"
    # Elsewhere: it takes another module of the name `pictures`.
    subprocess.run([sys.executable, "-c", MAKE, made, str(options.pictures)], cwd=HERE.parent / "speed", check=True)
    free, slow = Slow(root, shim, 0), Slow(root, shim, 200)
    fast, done = throughput(options, root / "fast", made, free.environment)
    if done < options.pictures or not sum(free.calls()):
        raise Failure(f"{done} of {options.pictures} were published, {free.calls()} calls counted: nothing to compare with")
    rate, done = throughput(options, root / "slow", made, slow.environment)
    bars.row("without", f"{fast:.0f} a second; {sum(free.calls()) / options.pictures:.2f} syncs a picture")
    bars.row("with 200 ms", f"{rate:.1f} a second ({done} of {options.pictures}); {slow.calls()[0]} syncs of the "
             f"supervisor, {slow.calls()[1]} of workers")
    bars.at_least("throughput with 200 ms, times without", rate / fast, SHARE)


def measure_watchdog(bars, root, options, shim):
    slow = Slow(root, shim, round(options.sync * 1000))
    watch = Watch(options.sluice, root / "hours", pipeline=PIPELINE, cap="256MiB", environment=slow.environment,
                  watchdog=WATCHDOG)
    for number in range(200):
        os.symlink("nowhere", watch.inbox / f"link-{number}")
    picture = next((root / "pictures").iterdir()).read_bytes()
    with watch:
        bars.row(f"READY with {options.sync:g} s", f"{watch.ready(300):.1f} s")
        start, dropped, slowest = time.monotonic(), 0, 0.0
        while time.monotonic() - start < options.look:
            drop(watch.inbox, f"{dropped:05}.jpg", picture + b"%d" % dropped)
            dropped += 1
            asked = time.monotonic()
            slowest = max(slowest, time.monotonic() - asked if watch.ask("/health") is not None else float("inf"))
            time.sleep(0.1)
        bars.at_most("longest silence for the watchdog", watch.notices.longest_silence(), SILENCE)
        bars.at_most("slowest answer of /health", slowest, SILENCE)
        # Slow, and nothing else: what is under way comes to its end.
        came = wait_for(watch.published, f"a result with {options.sync:g} s", 40 * options.sync, 0.1)
        bars.row(f"{dropped} drops in {options.look:.0f} s, and {came:.0f} s more",
                 f"{watch.published()} published, {slow.calls()[0]} syncs of the supervisor, {slow.calls()[1]} of workers")
        silence = watch.notices.longest_silence()
        bars.at_most("longest silence until then", silence, SILENCE)
        code = watch.stop(300)
        bars.row("end of watch", code, "0", code == 0)


def main():
    options = watching.arguments(__doc__, pictures=(2000, 200), seconds=(900, 60), sync=(5.0, 2.0), look=(90.0, 15.0))
    bench.need("vips", "libvips-tools")

    def body(bars, root):
        shim = compile_shim(root)
        for part in (measure_group_commit, measure_watchdog):
            try:
                part(bars, root, options, shim)
            except Failure as failure:
                bars.row(str(failure), "–", "", False)
    watching.run(body, options, "A slow disk")


if __name__ == "__main__":
    sys.exit(main())
