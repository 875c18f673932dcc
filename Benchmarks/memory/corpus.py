#!/usr/bin/env python3
"""Bar 3: every file of a directory through a pipeline with two workers, under a cap of 128 MiB, in a group of 192 MiB.

usage: corpus.py BIN [DIRECTORY] [--cap SIZE] [--limit SIZE] [--pipeline NAME]

No OOM kills, never more anonymous memory than the cap, and each file has a sidecar, or an error file with a code and a
message. The directory is `../shared/corpus` beside the checkout, or Examples/pictures where there is none.
"""
import argparse
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

# Refusals and deaths that have to do with memory: each is looked at.
OF_MEMORY = ["memory-limit", "too-large-for-cap", "worker-crashed", "timed-out"]


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=bench.corpus())
    parser.add_argument("--cap", type=cgroup.size, default=128 * MIB)
    parser.add_argument("--limit", type=cgroup.size, default=192 * MIB)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pipeline", default="web")
    parser.add_argument("--timeout", type=float, default=3600)
    options = parser.parse_args()
    files = [str(path.relative_to(options.directory)) for path in options.directory.rglob("*") if path.is_file()]
    for name in files:
        bench.forget(options.directory / name)
    with bench.workplace(options.pictures) as work:
        run = programs.process(options.binary, options.directory, options.pipeline, work, options.cap, options.workers,
                               options.limit, options.timeout)
    codes = collections.Counter(error["code"] for error in run.refused.values())
    lost = [name for name in files if name not in run.published and name not in run.refused]
    print(f"\nBar 3: {options.directory} through {options.pipeline}, {options.workers} workers, cap "
          f"{options.cap // MIB} MiB, hard limit {options.limit // MIB} MiB\n")
    print(f"{len(files)} files in {run.outcome.wall:.0f} s: {len(run.published)} published, {len(run.refused)} "
          f"refused, {len(lost)} unaccounted for; {run.outcome.out_of_memory_kills} OOM kills; "
          f"{run.outcome.anonymous_peak / MIB:.1f} MiB anonymous at most, "
          f"{cgroup.mebibytes(run.outcome.usage_peak)} MiB with page cache\n")
    print(bench.table(["code", "files"], codes.most_common()))
    for name, error in sorted(run.refused.items(), key=lambda entry: entry[1]["code"]):
        if error["code"] in OF_MEMORY:
            print(f"  {error['code']}: {name}, attempts {error['attempts']}: {error['message'][:160]}")
    again = [name for name, record in run.published.items() if record["attempts"] > 1]
    print(f"published after more than one attempt: {len(again)} {again[:10]}")
    faults = []
    if run.outcome.out_of_memory_kills:
        faults.append(f"{run.outcome.out_of_memory_kills} OOM kills")
    if run.outcome.code not in (0, 65):
        faults.append(f"sluice ended: {run.outcome.verdict}")
    if run.outcome.anonymous_peak > options.cap:
        faults.append(f"{run.outcome.anonymous_peak / MIB:.1f} MiB anonymous under a cap of {options.cap // MIB} MiB")
    if lost:
        faults.append(f"unaccounted for: {lost[:10]}")
    if nameless := [name for name, error in run.refused.items() if not error["code"] or not error["message"]]:
        faults.append(f"refused without a reason: {nameless[:10]}")
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
