#!/usr/bin/env python3
"""Bar 5 of classification: 33 labels of 50 pictures under 128 MiB, killed twice on the way.

usage: resume.py BIN DIR [--backbone MODEL.yaml] [--labels 33] [--count 50] [--limit 128MiB] [--kills 2]

The pictures are those below DIR (folders of labels, in `train` or in itself), turned and inverted for more labels, so
that no picture has two. `sluice train` runs in a control group with a hard
limit, and is killed (SIGKILL, with its workers) once a third and two thirds of the features are there; then it runs to
its end. No sidecar that was there at a kill may be made again, and the group's anonymous memory stays under the limit,
without an OOM kill. A run over finished features follows: what the training alone takes.
"""
import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402

ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
# What makes another label of a picture: words of the vips command before and after its files.
VARIANTS = [(["copy"], []), (["invert"], []), (["rot"], ["d90"]), (["flip"], ["vertical"])]


def make(options, work):
    bench.need("vips", "libvips-tools")
    root = options.directory / "train" if (options.directory / "train").is_dir() else options.directory
    folders = [folder for folder in sorted(root.iterdir()) if folder.is_dir()]
    source = work / "pictures"
    kinds = list(itertools.product(VARIANTS, folders))[:options.labels]
    if len(kinds) < options.labels:
        sys.exit(f"{root} has {len(folders)} folders: too few for {options.labels} labels")
    commands = []
    for number, ((before, after), folder) in enumerate(kinds):
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
        target = source / f"label-{number:02}"
        target.mkdir(parents=True)
        for index in range(options.count):
            path, out = paths[index % len(paths)], target / f"{index:03}.jpg"
            # Where there are too few, the first ones again, smaller.
            small = target / f".{index:03}.v" if index >= len(paths) else None
            commands.append(([["vips", "resize", path, small, "0.7"]] if small else [])
                            + [["vips", *before, small or path, out, *after]])

    def run(steps):
        for step in steps:
            subprocess.run(step, check=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, commands))
    return source


def sidecars(work):
    """What is made: by path, what tells one file from another."""
    found = {}
    for folder, folders, names in os.walk(work / "own.training"):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                path = pathlib.Path(folder, name)
                status = path.stat()
                found[path] = (status.st_ino, status.st_mtime_ns)
    return found


def run(options, work, source, kill_at=None):
    command = [options.binary / "sluice", "train", source, "--out", work / "own.yaml", "--json", "--quiet"]
    if options.cap:
        command += ["--memory-cap", str(options.cap)]
    if options.backbone:
        command += ["--backbone", options.backbone]
    seen = itertools.count()

    def watch(_, process):
        # Not at every sample: counting files takes longer than sampling.
        if kill_at is not None and next(seen) % 25 == 0 and len(sidecars(work)) >= kill_at:
            os.kill(process, signal.SIGKILL)
    return cgroup.run(command, options.limit, watch=watch)


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--backbone", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--labels", type=int, default=33)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--limit", type=cgroup.size, default=128 << 20)
    parser.add_argument("--cap", type=cgroup.size, help="--memory-cap, where it is not the default for such a group")
    options = parser.parse_args()
    faults, rows, total = [], [], options.labels * options.count
    with bench.workplace(options.pictures) as work:
        source = make(options, work)
        before, again = {}, 0
        for kill in range(options.kills + 2):
            kill_at = total * (kill + 1) // (options.kills + 1) if kill < options.kills else None
            outcome = run(options, work, source, kill_at)
            now = sidecars(work)
            again += sum(now.get(path) != status for path, status in before.items())
            rest = "to its end" if kill == options.kills else "training alone"
            name = f"until killed ({kill + 1})" if kill_at else rest
            rows.append([name, len(now) - len(before), f"{outcome.wall:.1f}", f"{outcome.processor:.1f}",
                         f"{outcome.anonymous_peak / bench.MIB:.1f}", outcome.out_of_memory_kills])
            print("  " + ", ".join(map(str, rows[-1])), flush=True)
            before = now
            expected = -signal.SIGKILL if kill_at else 0
            if outcome.code != expected or outcome.out_of_memory_kills:
                faults.append(f"{name}: {outcome.verdict}: {outcome.errors.decode(errors='replace')[-300:]}")
            if outcome.anonymous_peak > options.limit:
                faults.append(f"{name}: {outcome.anonymous_peak / bench.MIB:.1f} MiB")
        if again:
            faults.append(f"{again} features were made twice")
        if (work / "own.yaml").exists():
            report = json.loads((work / "own.report/report.json").read_text())
            print(f"\n{report['pictures']} pictures, {len(report['labels'])} labels, {report['features']} numbers "
                  f"each; features made twice: {again}\n")
        else:
            faults.append("there is no model")
    print(bench.table(["run", "features made", "seconds", "of processor", "anonymous MiB", "OOM kills"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
