#!/usr/bin/env python3
"""The bars of the memory cap, one script each: all of them, or those named.

usage: bars.py BIN [--bar N]... [--short] [--pictures DIR]

1 gigapixel.py, 2 whole.py, 3 corpus.py, 4 calibrate.py (the grid, then the corpus), 5 photos.py, 6 giveback.py,
7 peers.py. `--short` takes a few minutes: one or two pictures of bars 1 and 2, fewer runs and jobs of 5 and 6, and not
the peers. The exit code is 1 when one of them is missed.
"""
import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import corpus  # noqa: E402
import programs  # noqa: E402

BARS = {
    1: [["gigapixel.py"]], 2: [["whole.py"]], 3: [["corpus.py"]],
    4: [["calibrate.py"], ["calibrate.py", "--directory", corpus.default_directory()]],
    5: [["photos.py"]], 6: [["giveback.py"]], 7: [["peers.py"]],
}
SHORT = {
    1: [["gigapixel.py", "--only", "giga-jpeg", "--runs", "1"]],
    2: [["whole.py", "--only", "100mp-webp-lossless", "--only", "100mp-gif"]],
    3: [["corpus.py"]],
    4: [["calibrate.py", "--quiet"]],
    5: [["photos.py", "--pipeline", programs.PIPELINES / "small.yaml"]],
    6: [["giveback.py", "--jobs", "300"]],
    7: [],
}


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--bar", type=int, choices=BARS, action="append")
    parser.add_argument("--short", action="store_true", help="a few minutes")
    options = parser.parse_args()
    missed = []
    for bar in options.bar or BARS:
        for script, *words in (SHORT if options.short else BARS)[bar]:
            done = subprocess.run(
                [programs.HERE / script, options.binary, "--pictures", options.pictures, *words])
            if done.returncode:
                missed.append(f"{bar} ({script})")
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nno bar was missed")
    return 1 if missed else 0


if __name__ == "__main__":
    bench.run_main(main)
