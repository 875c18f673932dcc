#!/usr/bin/env python3
"""Many pictures of 64 × 64 dropped at once: the last are done as fast as the first, and what is told of them is exact.

usage: burst.py BIN [--short] [--files N] [--seconds N]

A folder with all of them is moved into a watched inbox. Bars: the throughput of the last fifth is 0.95 of the first
fifth's; the supervisor's anonymous memory in the last third is at most 1 MiB over that of the first, and 10 MiB at most;
once all have been seen, which is before half of them are done, `/metrics`, `/health` and `sluice status` account for each
of them at every look: waiting, running, being finished and ended are together what was dropped.
"""
import datetime
import json
import re
import sys
import time

import watching
from watching import MIB, Sampler, Watch, fill

SHARE, GROWTH, MOST = 0.95, 1, 10
KEPT = 0.3  # seconds for which an answer may be given again
SHORT_SHARE = 0.8  # a second or two hang on chance


def open_and_ended(metrics):
    return int(metrics["sluice_queue_jobs"]), int(metrics["sluice_jobs_total"])


def told_by_status(watch):
    """Jobs that `sluice status` tells of, by the supervisor's numbers and by the journal's."""
    status, _ = watch.status()
    supervisor, journal = status.get("supervisor"), status.get("journal")
    if not supervisor or not journal:
        return None, None
    waiting = sum(value for key, value in supervisor["queue"].items() if isinstance(value, int) and key != "oldest")
    ended = supervisor["sinceStart"]["pictures"] + sum(
        supervisor["ends"][name] for name in ("quarantined", "superseded", "unchanged"))
    return waiting + ended, sum(journal["jobs"].values())


def told_by_health(watch):
    body = watch.ask("/health")
    queue = json.loads(body)["queue"] if body else {}
    return sum(value for key, value in queue.items() if key not in ("oldestSeconds", "quarantined"))


def settling(watch):
    """Pictures that are known, and not in the journal yet."""
    body = watch.ask("/health")
    return json.loads(body)["queue"]["settling"] if body else 0


class Accounts:
    """What is told at every look, against what was dropped."""

    def __init__(self, count):
        self.count, self.looks, self.seen_at, self.wrong, self.over = count, 0, None, [], []

    def look(self, watch):
        """Jobs that have ended."""
        time.sleep(KEPT)
        before = watch.metrics()
        health = told_by_health(watch)
        time.sleep(KEPT)
        after = watch.metrics()
        if not before or not after:
            return 0
        self.looks += 1
        waits, ended = open_and_ended(before)
        waits_after, ended_after = open_and_ended(after)
        if waits + ended > self.count:
            self.over.append(waits + ended)
        if self.seen_at is None and waits + ended == self.count:
            self.seen_at = ended
        if self.seen_at is None:
            return ended
        self.expect("/metrics", waits + ended, self.count, self.count)
        # Between the two looks some have ended.
        self.expect("/health", health, self.count - ended_after, self.count - ended)
        if self.looks % 5 == 0:
            most = settling(watch)
            supervisor, journal = told_by_status(watch)
            time.sleep(KEPT)
            self.expect("status of the supervisor", supervisor, self.count, self.count)
            self.expect("status of the journal", journal, self.count - most, self.count - settling(watch))
        return ended

    def expect(self, who, told, least, most):
        if told is None or not least <= told <= most:
            self.wrong.append(f"{who}: {told} instead of {least if least == most else f'{least} to {most}'}")


def moments(log):
    """Seconds of each publication, in order."""
    found = re.findall(r"^(\S+)Z info published job=", log, re.M)
    return [datetime.datetime.fromisoformat(text).timestamp() for text in found]


def main():
    options = watching.arguments(__doc__, files=(50_000, 1_500), seconds=(1800, 90))

    def body(bars, root):
        fill(root / "made", options.files, size=64)
        watch, accounts, fifth = Watch(options.sluice, root), Accounts(options.files), options.files // 5
        with watch, Sampler(watch, asks=()) as sampler:
            watch.ready()
            (root / "made").rename(watch.inbox / "made")
            start, ended = time.monotonic(), 0
            while ended < options.files and time.monotonic() - start < options.seconds and watch.is_running():
                ended = accounts.look(watch)
            code = watch.stop()
        times = moments(watch.log())
        bars.row("published", f"{len(times)} in {times[-1] - times[0]:.0f} s" if times else 0, f"{options.files}",
                 len(times) == options.files)
        bars.row("end of watch", code, "0", code == 0)
        if len(times) == options.files:
            first = fifth / (times[fifth - 1] - times[0])
            last = fifth / (times[-1] - times[-fifth])
            bars.row(f"the first {fifth}", f"{first:.0f} a second")
            bars.row(f"the last {fifth}", f"{last:.0f} a second")
            bars.at_least("last over first", last / first, SHORT_SHARE if options.short else SHARE)
        early, late = sampler.highest(0, 1 / 3), sampler.highest(2 / 3, 1)
        bars.at_most("growth of the supervisor's memory", max(0, late - early) / MIB, GROWTH, "MiB")
        bars.at_most("supervisor's anonymous memory at most", sampler.peak / MIB, MOST, "MiB", 1)
        seen = accounts.seen_at
        bars.row("all were known when so many had ended", "never" if seen is None else seen,
                 f"≤ {options.files // 2}", seen is not None and seen <= options.files // 2)
        bars.row(f"looks of {accounts.looks} that told more than was dropped",
                 f"{len(accounts.over)}{f', e.g. {max(accounts.over)}' if accounts.over else ''}", "0", not accounts.over)
        bars.row("wrong counts since", f"{len(accounts.wrong)}{f', e.g. {accounts.wrong[0]}' if accounts.wrong else ''}",
                 "0", not accounts.wrong)
    watching.run(body, options, f"{options.files} pictures at once")


if __name__ == "__main__":
    sys.exit(main())
