#!/usr/bin/env python3
"""A tree that grows under a running `sluice watch`: each of its directories is read once, however it came to be known.

usage: trees.py BIN [--short] [--nested N] [--flat N] [--pause MILLISECONDS]

Directories are made in a watched inbox, one below the other, or all in one, as fast as they can be or with a pause between
two. Bar: the supervisor's processor time until it is at rest is at most twice what a start on the finished tree takes,
both without what a start on an empty inbox and an idle second take.
"""
import os
import sys
import time

import watching
from watching import Failure, Pictures, Watch, drop, processor_seconds, wait_for

RATIO, FLOOR = 2.0, 0.1


def nested(inbox, count, pause):
    """One below the other: by descriptors, as the paths are longer than the kernel takes."""
    handle = os.open(inbox, os.O_RDONLY)
    for _ in range(count):
        os.mkdir("d", dir_fd=handle)
        deeper = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = deeper
        time.sleep(pause)
    os.close(handle)


def flat(inbox, count, pause):
    for number in range(count):
        os.mkdir(inbox / f"{number:06}")
        if pause:
            time.sleep(pause)


def at_rest(watch, patience):
    """Waits until it does nothing: less than a hundredth of a processor for two seconds. Its processor seconds so far."""
    end = time.monotonic() + patience
    quiet, last = 0, processor_seconds(watch.pid)
    while quiet < 2:
        if time.monotonic() > end:
            raise Failure(f"it is not at rest within {patience:.0f} s ({last:.1f} s of processor time so far)")
        time.sleep(1)
        now = processor_seconds(watch.pid)
        quiet = quiet + 1 if now - last <= 0.02 else 0
        last = now
    return last


def start(options, root, patience):
    """Processor seconds of a start until it is at rest."""
    with Watch(options.sluice, root, inboxes=INBOXES) as watch:
        watch.ready()
        used = at_rest(watch, patience)
        watch.stop()
    return used


# No scan of what is known already may come in between.
INBOXES = {"inbox": {"scan-every": "1h"}}


def measure(bars, root, options, name, grow, count):
    patience = 60 + count / 20
    empty = start(options, root / name, patience)
    with Watch(options.sluice, root / name, inboxes=INBOXES) as watch:
        watch.ready()
        before, since = at_rest(watch, patience), time.monotonic()
        # What an idle second takes.
        time.sleep(3)
        idle = (processor_seconds(watch.pid) - before) / (time.monotonic() - since)
        before, since = processor_seconds(watch.pid), time.monotonic()
        grow(watch.inbox, count, options.pause / 1000)
        try:
            grown = at_rest(watch, patience) - before - idle * (time.monotonic() - since)
        except Failure as failure:
            grown = processor_seconds(watch.pid) - before
            bars.row(f"{count} {name}: {failure}", "–", "", False)
        drop(watch.inbox, "last.png", Pictures()[1])
        came = wait_for((watch.outbox / "last.png.json").exists, "a picture dropped after them", patience)
        bars.row(f"a picture dropped after {count} {name}", f"{came:.2f} s")
        watch.stop()
    scan = max(start(options, root / name, patience) - empty, 0.01)
    bars.row(f"{count} {name}: start on the finished tree", f"{scan:.2f} s of processor time")
    bars.row(f"{count} {name}: growing", f"{grown:.2f} s of processor time")
    # Hundredths of a second are the clock's, not the program's.
    bars.at_most(f"{count} {name}: growing, times the start", grown / max(scan, FLOOR), RATIO, "×")


def main():
    options = watching.arguments(__doc__, nested=(2000, 300), flat=(20_000, 1_000), pause=(0.0, 0.0))

    def body(bars, root):
        for name, grow, count in (("nested", nested, options.nested), ("flat", flat, options.flat)):
            try:
                measure(bars, root, options, name, grow, count)
            except Failure as failure:
                bars.row(str(failure), "–", "", False)
    watching.run(body, options, "A tree that grows")


if __name__ == "__main__":
    sys.exit(main())
