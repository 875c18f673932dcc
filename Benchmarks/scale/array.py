#!/usr/bin/env python3
"""A Slurm array of 4 tasks over 400 pictures: each source exactly once, together the same files as one run; with two slots
in near half of the time that it takes with one.

usage: array.py BIN [--pictures N] [--no-time]

A real Slurm (slurmctld, slurmd, munge: see cluster.py) is started for it on this machine, and the array is the script of
Examples/scale. Where root or the packages are missing, the exit code is 69. Bars: no source twice and none missing; names
and SHA-256 of all renditions, and what sidecars say of them, as of one run; two slots take at most 0.62 of one slot's time
(0.5 and what the start of four processes costs).
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]
import bench  # noqa: E402
import cluster  # noqa: E402

TASKS = 4
MOST = 0.62


def make_pictures(directory, count):
    """Different ones, in three folders; of every tenth, two that share a stem."""
    scenes = sorted((CHECKOUT / "Examples/pictures/holiday").glob("*.jpg"))
    bases = []
    for index in range(20):
        base = directory.parent / f"base-{index}.jpg"
        subprocess.run(
            ["vips", "resize", scenes[index % len(scenes)], f"{base}[Q=88,strip]", str(1 + index / 40)], check=True)
        bases.append(base.read_bytes())
        base.unlink()
    for index in range(count):
        folder = directory / ["", "a", "a/b"][index % 3]
        folder.mkdir(parents=True, exist_ok=True)
        name = f"IMG_{index:04}.jpg" if index % 10 else f"IMG_{index + 1:04}.png"
        # What follows the end of a JPEG is nobody's picture, but makes another file of it.
        (folder / name).write_bytes(bases[index % len(bases)] + b"%08d" % index)


def sidecars(out):
    """By source; and the sources that have more than one."""
    found, twice = {}, []
    for path in sorted(out.rglob("*.json")):
        if ".sluice" in path.relative_to(out).parts:
            continue
        sidecar = json.loads(path.read_text())
        source = sidecar["source"]["path"]
        if source in found:
            twice.append(source)
        found[source] = sidecar
    return found, twice


def told(sidecar):
    """What does not hang on time, memory, or the number of a job."""
    return (sidecar["source"]["sha256"], sidecar["pipeline"]["digest"], sidecar["warnings"],
            [(r["name"], r["path"], r["sha256"], r["bytes"]) for r in sidecar["renditions"]])


def compare(one, many, sources):
    faults = []
    (left, _), (right, twice) = sidecars(one), sidecars(many)
    if twice:
        faults.append(f"sources with two sidecars: {twice[:3]}")
    if set(right) != sources:
        faults.append(f"{len(sources - set(right))} of {len(sources)} sources have no sidecar")
    differing = [source for source in left if source in right and told(left[source]) != told(right[source])]
    if differing:
        faults.append(f"{len(differing)} sidecars tell something else, e.g. of {differing[0]}")
    def names(out):
        return {str(path.relative_to(out)) for path in out.rglob("*")
                if path.is_file() and ".sluice" not in path.relative_to(out).parts}
    if names(one) != names(many):
        faults.append(f"other files: {sorted(names(one) ^ names(many))[:3]}")
    return faults


def journal_jobs(out):
    """How many jobs the shards' journals have of each source, in all."""
    import sqlite3
    jobs = {}
    for journal in sorted((out / ".sluice").glob("shard-*-of-*/journal.sqlite")):
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
            for path, in database.execute("SELECT path FROM job WHERE state = 'done'"):
                jobs[path] = jobs.get(path, 0) + 1
    return jobs


def measure(binary, root, count, timed):
    pictures = root / "pictures"
    make_pictures(pictures, count)
    sources = {str(path.relative_to(pictures)) for path in pictures.rglob("*") if path.is_file()}
    print(f"{count} pictures made", flush=True)
    one = root / "one"
    subprocess.run(
        [binary, "process", pictures, "--pipeline", "web", "--out", one, "--quiet", "--memory-cap", "256MiB"],
        check=True, stdout=subprocess.DEVNULL)
    faults, seconds = [], {}
    logs = root / "logs"
    logs.mkdir()
    with cluster.cluster(root / "slurm") as slurm:
        print(slurm.call("sinfo", "--version"), flush=True)
        for slots in [2, 1] if timed else [2]:
            many = root / f"slots-{slots}"
            slurm.environment |= {
                "SOURCES": str(pictures), "OUT": str(many), "SLUICE": str(binary), "PARTS": str(TASKS)}
            begin = time.monotonic()
            slurm.run(
                CHECKOUT / "Examples/scale/slurm.sh", f"--array=1-{TASKS}%{slots}", "--mem-per-cpu=256M",
                f"--output={logs}/%A-%a", f"--chdir={CHECKOUT}")
            seconds[slots] = time.monotonic() - begin
            faults += [f"{slots} slots: {fault}" for fault in compare(one, many, sources)]
            jobs = journal_jobs(many)
            if len(jobs) != count or set(jobs.values()) != {1}:
                faults.append(f"{slots} slots: {len(jobs)} sources in the journals, some {max(jobs.values(), default=0)} times")
            print(f"{slots} slots: {seconds[slots]:.1f} s, {len(jobs)} sources", flush=True)
    for log in sorted(logs.iterdir()):
        if log.read_text().strip():
            print(f"{log.name}: {log.read_text().strip()[:500]}")
    if timed:
        ratio = seconds[2] / seconds[1]
        print(f"two slots take {ratio:.2f} of one slot's time")
        if ratio > MOST:
            faults.append(f"two slots take {ratio:.2f} of one slot's time; {MOST} is the bar")
    return faults


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binaries", type=pathlib.Path, metavar="BIN")
    arguments.add_argument("--pictures", type=int, default=400)
    arguments.add_argument("--no-time", action="store_true", help="one run only, nothing about time")
    options = arguments.parse_args()
    why = cluster.missing()
    if why:
        print(f"there can be no Slurm here: {why}")
        return 69
    bench.need("vips", "libvips-tools")
    # So that the cluster ends with this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = pathlib.Path(tempfile.mkdtemp(prefix="sluice-scale-"))
    root.chmod(0o755)
    try:
        return bench.fail(
            measure((options.binaries / "sluice").resolve(), root, options.pictures, not options.no_time))
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
