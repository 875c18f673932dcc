#!/usr/bin/env python3
"""Entries of an inbox that can never be sources, by the thousand, and a picture behind them.

usage: refusals.py BIN [--short] [--links N] [--seconds N]

Symbolic links lie in an inbox; once the first are refused, a picture is dropped that sorts behind all of them. Bars:
2,000 refusals a second from the first to the last, the picture published within 5 seconds, every refusal counted once, and
none of them told again by the next start.
"""
import os
import sys
import time

import watching
from watching import Pictures, Sampler, Watch, drop, wait_for

RATE, SECONDS, MOST = 2000, 5, 10
REFUSED = 'sluice_jobs_total{state="quarantined",code="not-a-regular-file"}'


def refused(watch):
    metrics = watch.metrics()
    return int(metrics[REFUSED]) if metrics else 0


def main():
    options = watching.arguments(__doc__, links=(100_000, 3_000), seconds=(180, 30))

    def body(bars, root):
        (root / "inbox/a").mkdir(parents=True)
        for number in range(options.links):
            os.symlink("nowhere", root / f"inbox/a/{number:07}")
        watch = Watch(options.sluice, root, inboxes={"inbox": {"scan-every": "10s"}})
        with watch, Sampler(watch, asks=()) as sampler:
            wait_for(lambda: refused(watch), "the first refusal", 60)
            first, begin = refused(watch), time.monotonic()
            drop(watch.inbox, "z.png", Pictures()[1])
            done, came, last, moved = first, None, first, begin
            while time.monotonic() - begin < options.seconds and (done < options.links or came is None):
                if came is None and (watch.outbox / "z.png.json").exists():
                    came = time.monotonic() - begin
                done = refused(watch)
                if done > last:
                    last, moved = done, time.monotonic()
                time.sleep(0.02)
            rate = (done - first) / max(moved - begin, 0.02) if done > first else float(done)
            bars.at_least(f"refusals a second, {done} of {options.links}", rate, RATE, digits=0)
            bars.at_most("the picture behind them", float("inf") if came is None else came, SECONDS)
            bars.row("refusals counted", done, f"{options.links}", done == options.links)
            in_journal = (watch.status()[0].get("journal") or {}).get("jobs", {}).get("quarantined", 0)
            bars.row("refusals in the journal", in_journal, f"{options.links}", in_journal == options.links)
            code = watch.stop()
            bars.row("end of watch", code, "0", code == 0)
        bars.at_most("supervisor's anonymous memory at most", sampler.peak / watching.MIB, MOST, "MiB", 1)
        if done < options.links:
            return
        with watch:
            watch.ready()
            drop(watch.inbox, "zz.png", Pictures()[2])
            came = wait_for((watch.outbox / "zz.png.json").exists, "a picture after a start over the same links", 120)
            # It was scanned behind the links: whatever is told of them has been told.
            again = watch.log().count(" quarantined ")
            bars.row("refusals told again by the next start", again, "0", again == 0)
            bars.at_most("a picture behind them then", came, SECONDS)
            watch.stop()
    watching.run(body, options, "Refused entries")


if __name__ == "__main__":
    sys.exit(main())
