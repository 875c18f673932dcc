#!/usr/bin/env python3
"""Whether the cost of a job depends on how many there are or were.

usage: linear.py BIN [--jobs N,N,N] [--finished N] [--rounds N]

Two parts:

1. `sluice process` over 100, 1,000 and 10,000 JPEGs of 32 × 24 to one of 16, in turns: processor and wall-clock time a
   job, after what a run over a single one takes (start-up: paid once, whatever comes). The highest anonymous memory of
   the supervisor in each. Bar: each within ±10 % of the mean of all, in processor time (the median of the rounds), and
   memory that does not grow by more than 1 MiB from 1,000 to 10,000.
2. Start with 100,000 finished jobs in the journal, their results in the outbox: the product makes one job, whose rows and
   files are then copied under other names. Timed: `sluice status`; `sluice watch` from its start to the result of a drop that
   waits in the inbox already, less the same with an empty journal; `sluice process` over a directory with one new file
   likewise. Bar: 1 s each.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from small import make_pictures

# The number of the first copied job.
FIRST = 1000
SPREAD, START_BAR, MEMORY_BAR = 0.10, 1.0, 1 << 20
PIPELINE = "version: 1\nrenditions:\n  thumb: { resize: { width: 16 }, format: jpeg }\n"
CONFIGURATION = "version: 1\ninboxes:\n  photos: { path: inbox, pipeline: one.yaml, settle: 0s, settle-other: 0s }\n"


def anonymous(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    return 0


def process(binary, pipeline, source, out):
    """Processor seconds, seconds, and the supervisor's highest anonymous memory."""
    peak, ended = [0], threading.Event()
    start = time.perf_counter()
    child = subprocess.Popen(
        [binary, "process", source, "--pipeline", pipeline, "--out", out, "--quiet", "--workers", "2"],
        stdout=subprocess.DEVNULL)

    def look():
        while not ended.wait(0.02):
            try:
                peak[0] = max(peak[0], anonymous(child.pid))
            except OSError:
                return
    threading.Thread(target=look, daemon=True).start()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    ended.set()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"linear.py: sluice process ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, seconds, peak[0]


def measure_growth(binary, root, counts, rounds):
    (root / "one.yaml").write_text(PIPELINE)
    for count in [1, *counts]:
        make_pictures(root / f"in-{count}", count, 32, 24)
    costs = {count: [] for count in counts}
    walls = {count: [] for count in counts}
    peaks = {}
    for index in range(rounds):
        for count in counts:
            # New directories each time: ext4 passes over the inodes of what was just removed, one by one.
            ones = [process(binary, root / "one.yaml", root / "in-1", root / f"o-{index}-{count}-one{n}")
                    for n in range(3)]
            cpu, wall, peak = process(binary, root / "one.yaml", root / f"in-{count}", root / f"o-{index}-{count}")
            costs[count].append((cpu - statistics.median(o[0] for o in ones)) / (count - 1))
            walls[count].append((wall - statistics.median(o[1] for o in ones)) / (count - 1))
            peaks[count] = max(peaks.get(count, 0), peak)
    medians = [statistics.median(costs[count]) for count in counts]
    mean = statistics.mean(medians)
    passed = True
    for count, cost in zip(counts, medians):
        off = cost / mean - 1
        passed &= abs(off) <= SPREAD
        print(f"{count:>6} jobs: {cost * 1000:.2f} ms of processor time each ({off:+.1%}), "
              f"{statistics.median(walls[count]) * 1000:.2f} ms by the clock; supervisor at most "
              f"{peaks[count] / 2**20:.1f} MiB")
    growth = peaks[counts[-1]] - peaks[counts[-2]] if len(counts) > 1 else 0
    print(f"bar: ±{SPREAD:.0%} of processor time; memory grew by {growth / 2**20:.1f} MiB (bar: 1)")
    return passed and growth <= MEMORY_BAR


def copy_rows(journal, count):
    """Copies of job 1 under other names."""
    database = sqlite3.connect(journal)
    before = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("job", "output")]
    number = f"WITH RECURSIVE n(i) AS (SELECT {FIRST} UNION ALL SELECT i + 1 FROM n WHERE i < {FIRST} - 1 + ?)"
    columns = [row[1] for row in database.execute("PRAGMA table_info(job)") if row[1] not in ("id", "path", "inode")]
    names = ", ".join(columns)
    database.execute(
        f"{number} INSERT INTO job (id, path, inode, {names}) SELECT i, CAST(printf('old/%06d.jpg', i) AS BLOB), i, "
        f"{names} FROM n, job WHERE job.id = 1", (count,))
    for ending in (".json", ".thumb.jpg"):
        stem = "old/%06d.jpg.json" if ending == ".json" else "old/%06d.thumb.jpg"
        database.execute(
            f"{number} INSERT INTO output (path, rendition, inbox, source, job, bytes, sha256, published) "
            "SELECT CAST(printf(?, i) AS BLOB), rendition, inbox, CAST(printf('old/%06d.jpg', i) AS BLOB), i, bytes, "
            "sha256, 1 FROM n, output WHERE output.job = 1 AND CAST(output.path AS TEXT) LIKE ?",
            (count, stem, "%" + ending))
    database.commit()
    jobs, outputs = (database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("job", "output"))
    database.close()
    if (jobs, outputs) != (before[0] + count, before[1] + 2 * count):
        sys.exit(f"linear.py: {jobs} jobs and {outputs} outputs were made")


def fill(out, journal, count):
    copy_rows(journal, count)
    (out / "old").mkdir()
    originals = {ending: next(out.glob("*" + ending)) for ending in (".json", ".thumb.jpg")}
    for index in range(FIRST, FIRST + count):
        for ending, original in originals.items():
            name = out / "old" / (f"{index:06}" + (".jpg.json" if ending == ".json" else ending))
            # Links: 200,000 directory entries are what a start could trip over. A file takes 65,000 at most.
            if index % 30000 == 0:
                shutil.copy(original, name)
                originals[ending] = name
            else:
                os.link(original, name)


def watch_once(binary, root, picture, name):
    """Seconds from the start of `watch` to the sidecar of a picture that waits in its inbox."""
    shutil.copy(picture, root / "inbox" / name)
    start = time.perf_counter()
    with open(root / "log", "w") as log:
        daemon = subprocess.Popen([binary, "watch", "--config", root / "sluice.yaml"], stderr=log, stdout=log)
    sidecar = root / "outbox" / (name + ".json")
    while not sidecar.exists():
        if time.perf_counter() - start > 60 or daemon.poll() is not None:
            sys.exit(f"linear.py: no result of watch\n{(root / 'log').read_text()[-2000:]}")
        time.sleep(0.002)
    seconds = time.perf_counter() - start
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=60)
    return seconds


def measure_start(binary, root, count):
    picture = next((root / "in-1").glob("*.jpg"))
    passed = True
    watched = root / "watched"
    (watched / "inbox").mkdir(parents=True)
    (watched / "one.yaml").write_text(PIPELINE)
    (watched / "sluice.yaml").write_text(CONFIGURATION)
    watch_once(binary, watched, picture, "first.jpg")
    empty = statistics.median(watch_once(binary, watched, picture, f"e{n}.jpg") for n in range(3))
    fresh = root / "fresh"
    fresh.mkdir()
    shutil.copy(picture, fresh / "first.jpg")
    process(binary, root / "one.yaml", fresh, root / "processed")
    shutil.copy(picture, fresh / "second.jpg")
    few = process(binary, root / "one.yaml", fresh, root / "processed")[1]
    fill(watched / "outbox", watched / "journal.sqlite", count)
    fill(root / "processed", root / "processed" / ".sluice" / "journal.sqlite", count)
    os.sync()
    size = (watched / "journal.sqlite").stat().st_size
    print(f"{count} finished jobs, a journal of {size / 2**20:.0f} MiB:")

    def show(what, seconds, base=0.0):
        nonlocal passed
        passed &= seconds - base <= START_BAR
        print(f"  {what}: {seconds - base:.2f} s more than without them ({seconds:.2f} s)" if base
              else f"  {what}: {seconds:.2f} s")
    full = statistics.median(watch_once(binary, watched, picture, f"f{n}.jpg") for n in range(3))
    show("watch, to the first result", full, empty)
    times = []
    for name in ("third.jpg", "fourth.jpg", "fifth.jpg"):
        shutil.copy(picture, fresh / name)
        times.append(process(binary, root / "one.yaml", fresh, root / "processed")[1])
    show("process, to its end", statistics.median(times), few)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        text = subprocess.run([binary, "status", "--config", watched / "sluice.yaml", "--json"], check=True,
                              capture_output=True).stdout
        times.append(time.perf_counter() - start)
        if str(count)[:2] not in json.dumps(json.loads(text)):
            sys.exit("linear.py: status does not tell of the jobs")
    show("status", statistics.median(times))
    print(f"bar: {START_BAR:.0f} s each")
    return passed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--jobs", default="100,1000,10000")
    parser.add_argument("--finished", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = [int(number) for number in options.jobs.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        grows = measure_growth(options.bin / "sluice", root, counts, options.rounds)
        starts = measure_start(options.bin / "sluice", root, options.finished)
    return 0 if grows and starts else 1


if __name__ == "__main__":
    sys.exit(main())
