#!/usr/bin/env python3
"""Many files in one folder: what a walk costs, when the first result comes, and what the supervisor holds.

usage: flat.py BIN [--short] [--files N] [--links N] [--directories N] [--seconds N]

1. The processor time of `sluice process --dry-run` (of a thousandth) over the pictures flat and in a hundredth as many folders.
   Bar: 1.5 times.
2. `sluice watch` on an inbox that holds them all when it starts, and one into which a folder with all of them is moved.
   Bar: the first result after 5 seconds.
3. The pictures, links that are refused, and empty directories in one inbox under a cap of 64 MiB in a control group of
   80 MiB (root; else without), the status page asked all the while. Bars: no OOM kill, each picture published once, the
   supervisor's anonymous memory at most 10 MiB whenever it is looked at (ten times a second).
"""
import contextlib
import os
import re
import statistics
import subprocess
import time

import watching
from watching import MIB, Failure, Sampler, Watch, fill, wait_for
import cgroup

RATIO, FIRST, MOST, CAP, GROUP = 1.5, 5, 10, "64MiB", 80 * MIB
# A shard passes over what is others': nearly nothing is left but the walk.
SHARD = "1/1000"


def walk(sluice, root, source):
    """Processor seconds of one dry run, the least of three."""
    def once():
        before = os.times()
        subprocess.run([sluice, "process", source, "--pipeline", root / "pipeline.yaml", "--out", root / "nowhere",
                        "--dry-run", "--quiet", "--shard", SHARD], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system
    first = once()
    # What takes that long does not hang on chance.
    return first if first > 10 else min(first, once(), once())


def measure_walk(bars, root, options):
    (root / "pipeline.yaml").write_text(watching.PIPELINE)
    few = fill(root / "few", 1)
    start = statistics.median(walk(options.sluice, root, few) for _ in range(3))
    folders = max(10, options.files // 100)
    spread = walk(options.sluice, root, fill(root / "spread", options.files, folders=folders)) - start
    flat = walk(options.sluice, root, fill(root / "flat", options.files)) - start
    bars.row(f"walk over {options.files} files in {folders} folders", f"{spread:.2f} s of processor time")
    bars.row(f"walk over {options.files} files in one folder", f"{flat:.2f} s of processor time")
    bars.at_most("one folder, times many folders", flat / max(spread, 0.01), RATIO, "×")


def first_result(watch, since, patience=300):
    wait_for(lambda: watch.has_result() or not watch.is_running(), "the first result", patience)
    return time.monotonic() - since


def measure_first(bars, root, options):
    with Watch(options.sluice, root / "started") as watch:
        pass  # makes its directories
    (root / "flat").rename(watch.inbox / "flat")
    with Watch(options.sluice, root / "started") as watch:
        bars.at_most(f"start with {options.files} files there: first result", first_result(watch, watch.began), FIRST)
    (root / "started/inbox/flat").rename(root / "flat")
    with Watch(options.sluice, root / "dropped") as watch:
        watch.ready()
        (root / "flat").rename(watch.inbox / "flat")
        bars.at_most(f"{options.files} files dropped: first result", first_result(watch, time.monotonic()), FIRST)
    # What was not done yet is worth nothing more.
    subprocess.run(["rm", "-rf", root / "dropped", root / "started", root / "spread"], check=True)


def hoard(inbox, options):
    """Everything at once in one flat folder each."""
    fill(inbox / "pictures", options.files)
    (inbox / "links").mkdir(parents=True)
    for number in range(options.links):
        os.symlink("nowhere", inbox / "links" / f"{number:07}")
    (inbox / "directories").mkdir()
    for number in range(options.directories):
        os.mkdir(inbox / "directories" / f"{number:06}")


def ended(watch):
    """Published and refused, of what was dropped."""
    metrics = watch.metrics()
    if metrics is None:
        return 0, 0
    return (int(metrics['sluice_jobs_total{state="done",code=""}']),
            int(metrics['sluice_jobs_total{state="quarantined",code="not-a-regular-file"}']))


def measure_memory(bars, root, options):
    try:
        group = cgroup.Group(GROUP)
        group.__enter__()
    except cgroup.Unavailable as why:
        bars.row("control group", f"none: {why}")
        group = None
    with contextlib.ExitStack() as stack:
        if group:
            stack.push(group)
        hoard(root / "hoard/inbox", options)
        watch = stack.enter_context(
            Watch(options.sluice, root / "hoard", cap=CAP, group=group, inboxes={"inbox": {"scan-every": "20s"}}))
        sampler = stack.enter_context(Sampler(watch))
        wanted, counts = (options.files, options.links), (0, 0)
        start = time.monotonic()
        while counts != wanted and time.monotonic() - start < options.seconds and watch.is_running():
            time.sleep(0.25)
            counts = ended(watch)
        seconds = time.monotonic() - start
        was_running = watch.is_running()
        bars.row("published and refused", f"{counts[0]} and {counts[1]} in {seconds:.0f} s",
                 f"{wanted[0]} and {wanted[1]} in {options.seconds} s", counts == wanted)
        code = watch.stop()
        bars.row("end of watch", code if was_running else f"by itself, {code}", "0", was_running and code == 0)
        if group:
            kills = group.out_of_memory_kills()
            bars.row("OOM kills in 80 MiB", kills, "0", kills == 0)
        names = re.findall(r" published job=\S+ source=(\S+) ", watch.log())
        bars.row("published more than once", len(names) - len(set(names)), "0", len(names) == len(set(names)))
    bars.at_most("supervisor's anonymous memory at most", sampler.peak / MIB, MOST, "MiB", 1)
    bars.row("answers of the status page meanwhile", f"{sampler.answers}, the slowest after {sampler.slowest:.2f} s")


def main():
    options = watching.arguments(
        __doc__, files=(100_000, 1_000), links=(100_000, 500), directories=(20_000, 500), seconds=(1200, 60))

    def body(bars, root):
        for part in (measure_walk, measure_first, measure_memory):
            try:
                part(bars, root, options)
            except Failure as failure:
                bars.row(str(failure), "–", "", False)
    watching.run(body, options, "Many files in one folder")


if __name__ == "__main__":
    main()
