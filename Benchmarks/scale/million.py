#!/usr/bin/env python3
"""A journal with a million finished jobs.

usage: million.py BIN [--short] [--jobs N] [--files N]

The product makes one job; its rows are copied under other names, in whatever columns they have. Bars: `sluice watch` is
READY after a second, with a history that keeps them all and with the default one, which prunes most of them;
`sluice status` takes 0.2 seconds; `sluice process` over 100,000 files that it has done takes 10 seconds (in short: 0.1
milliseconds each, and a start).
"""
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

import watching
from watching import MIB, Failure, Pictures, Sampler, Watch, drop, fill, wait_for

READY, STATUS, UNCHANGED, MOST, FIRST = 1.0, 0.2, 10.0, 10, 1000
ALL = "history: { age: 3650d, jobs: 100000000 }"


def columns(database, table, *without):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] not in without]


def tables_of_jobs(database):
    """Tables that belong to jobs besides `job` and `output`: with a row for the job that was made."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [name for name in names if name not in ("job", "output", "sqlite_sequence", "grdb_migrations")]


def copy_jobs(journal, count, *, first=FIRST):
    """Copies of the newest finished job and what it made, under the names old/NNNNNNN.png."""
    database = sqlite3.connect(journal)
    job, path = database.execute("SELECT id, path FROM job WHERE state = 'done' ORDER BY id DESC LIMIT 1").fetchone()
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})"
    rest = columns(database, "job", "id", "path", "inode")
    names, taken = ", ".join(rest), ", ".join(f"job.{name}" for name in rest)
    database.execute(
        f"{numbers} INSERT INTO job (id, path, inode, {names}) SELECT i, CAST(printf('old/%07d.png', i) AS BLOB), i, "
        f"{taken} FROM n, job WHERE job.id = ?", (job,))
    rest = columns(database, "output", "path", "source", "job")
    names, taken = ", ".join(rest), ", ".join(f"output.{name}" for name in rest)
    stem = os.fsdecode(path).removesuffix(".png")
    for output, in database.execute("SELECT path FROM output WHERE job = ?", (job,)).fetchall():
        ending = os.fsdecode(output).removeprefix(stem)
        database.execute(
            f"{numbers} INSERT INTO output (path, source, job, {names}) SELECT CAST(printf('old/%07d', i) || ? AS BLOB), "
            f"CAST(printf('old/%07d.png', i) AS BLOB), i, {taken} FROM n, output WHERE output.path = ?", (ending, output))
    others = tables_of_jobs(database)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return others


def match_files(journal, directory, *, first=FIRST):
    """Says of the copies that they are the files of a directory: their sizes, times and inodes."""
    database = sqlite3.connect(journal)
    known = columns(database, "job")
    times = [name for name in ("mtime", "ctime") if name in known]
    change = ", ".join(f"{name} = ?" for name in ("size", "inode", *times))
    def rows():
        for entry in os.scandir(directory):
            status = entry.stat()
            inode = status.st_ino - (1 << 64 if status.st_ino >= 1 << 63 else 0)
            yield (status.st_size, inode, *(getattr(status, f"st_{name}_ns") for name in times),
                   int(entry.name.removesuffix(".png")))
    database.executemany(f"UPDATE job SET {change} WHERE id = ?", rows())
    database.commit()
    database.close()


def link_results(out, count, *, first=FIRST):
    """Results of the copies: links, of which a file takes 65,000 at most."""
    (out / "old").mkdir()
    originals = {path.name.removeprefix("first"): path for path in out.iterdir() if path.name.startswith("first.")}
    for ending in originals:
        for number in range(first, first + count):
            name = out / "old" / f"{number:07}{ending}"
            if number % 30_000 == 0:
                shutil.copy(originals[ending], name)
                originals[ending] = name
            else:
                os.link(originals[ending], name)


def measure_watch(bars, root, options):
    watch = Watch(options.sluice, root / "watched", keys=[ALL])
    with watch:
        watch.ready()
        drop(watch.inbox, "first.png", Pictures()[0])
        wait_for((watch.outbox / "first.png.json").exists, "the first result")
    with watch:
        empty = watch.ready()
    others = copy_jobs(watch.journal, options.jobs)
    os.sync()
    bars.row(f"journal of {options.jobs} finished jobs", f"{watch.journal.stat().st_size / MIB:.0f} MiB"
             + (f"; other tables, left as they are: {', '.join(others)}" if others else ""))
    with watch, Sampler(watch) as sampler:
        bars.at_most("start to READY", watch.ready(300), READY)
        bars.row("the same with an empty journal", f"{empty:.2f} s")
        drop(watch.inbox, "second.png", Pictures()[1])
        bars.row("a drop after it", f"{wait_for((watch.outbox / 'second.png.json').exists, 'a result', 300):.2f} s")
        looks = [watch.status() for _ in range(5)]
        bars.at_most("sluice status, beside it", statistics.median(seconds for _, seconds in looks), STATUS)
        done = (looks[0][0].get("journal") or {}).get("jobs", {}).get("done", 0)
        bars.row("finished jobs that it tells of", done)
    bars.at_most("supervisor's anonymous memory at most", sampler.peak / MIB, MOST, "MiB", 1)
    bars.at_most("sluice status, alone", statistics.median(watch.status()[1] for _ in range(5)), STATUS)
    # Now with the history that users have: what is too much goes, bit by bit.
    watch = Watch(options.sluice, root / "watched")
    with watch, Sampler(watch) as sampler:
        bars.at_most("start to READY, with the default history", watch.ready(300), READY)
        time.sleep(2 if options.short else 60)
        database = sqlite3.connect(f"file:{watch.journal}?mode=ro", uri=True, timeout=30)
        left = database.execute("SELECT count(*) FROM job").fetchone()[0]
        database.close()
        bars.row("jobs in the journal a while later", left)
        bars.row("a drop meanwhile", f"{once_more(watch):.2f} s")
    bars.at_most("supervisor's anonymous memory at most", sampler.peak / MIB, MOST, "MiB", 1)
    subprocess.run(["rm", "-rf", root / "watched"], check=True)


def once_more(watch):
    drop(watch.inbox, "third.png", Pictures()[2])
    return wait_for((watch.outbox / "third.png.json").exists, "a result", 300)


def process(options, root, source, out):
    """Seconds of one run, and its summary."""
    start = time.monotonic()
    done = subprocess.run([options.sluice, "process", source, "--pipeline", root / "pipeline.yaml", "--out", out, "--json",
                           "--quiet"], capture_output=True)
    seconds = time.monotonic() - start
    if done.returncode:
        raise Failure(f"process ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return seconds, json.loads(done.stdout.decode().splitlines()[-1] if b"\n{" in done.stdout.rstrip() else done.stdout)


def measure_process(bars, root, options):
    (root / "pipeline.yaml").write_text(watching.PIPELINE)
    source, out = root / "in", root / "out"
    source.mkdir()
    (source / "first.png").write_bytes(Pictures()[0])
    process(options, root, source, out)
    start, _ = process(options, root, source, out)
    fill(source / "old", options.files, first=FIRST)
    journal = out / ".sluice/journal.sqlite"
    copy_jobs(journal, options.jobs)
    match_files(journal, source / "old")
    link_results(out, options.files)
    os.sync()
    seconds, summary = process(options, root, source, out)
    unchanged = summary.get("unchanged")
    bars.row("files that it finds unchanged", unchanged, f"{options.files + 1}", unchanged == options.files + 1)
    bar = UNCHANGED if not options.short else start + options.files * UNCHANGED / 100_000
    bars.at_most(f"process over {options.files} unchanged files", seconds, bar)
    again, summary = process(options, root, source, out)
    bars.at_most("the same once more", again, bar)


def main():
    options = watching.arguments(__doc__, jobs=(1_000_000, 20_000), files=(100_000, 2_000))

    def body(bars, root):
        for part in (measure_watch, measure_process):
            try:
                part(bars, root, options)
            except Failure as failure:
                bars.row(str(failure), "–", "", False)
    watching.run(body, options, f"{options.jobs} finished jobs")


if __name__ == "__main__":
    sys.exit(main())
