#!/usr/bin/env python3
"""Bar 5: Sluice's CPU time against that of the work itself, and how far both are from decoding and encoding alone.

usage: floor.py BIN [--batch one|five|small]... [--runs N] [--count N] [--quick]

The floor is `floor.c` and `calls.c`: the worker's calls to libvips and to the resampling in `Sources/Native/CResample`, with
the same plan, in a process a core; no journal, no isolation, no digests, no sidecars; start-up included, as Sluice's
is. Its results must be Sluice's to the last bit of their scans. Bar: at most 1.10 times its CPU time, as the median of
the ratios of neighbouring runs, which change places from pair to pair.

Beside it stand (`alone.c`) libjpeg-turbo's decoder at the plan's shrink and at full size, its encoder, and reading and
hashing the sources: what nobody can leave out. CPU time alone is compared: it is what others on the machine disturb
least.
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys

import batches
import jpegs
import measure
from batches import bench
from peers import CORES

MOST = 1.10
HERE = pathlib.Path(__file__).resolve().parent


def compile_floor(directory):
    """By the compiler that Swift brings along: the resampling is the same then."""
    bench.need("pkg-config", "pkg-config")
    swift = shutil.which("swift")
    compiler = pathlib.Path(swift).resolve().with_name("clang") if swift else None
    if not compiler or not compiler.exists():
        sys.exit("floor.py: Swift's clang is needed")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "vips", "libjpeg", "nettle"], stdout=subprocess.PIPE,
                           text=True)
    if flags.returncode:
        sys.exit("floor.py: libvips-dev, libjpeg62-turbo-dev and nettle-dev are needed (Benchmarks/speed/peers.sh)")
    program = directory / "floor"
    resampling = bench.CHECKOUT / "Sources/Native/CResample"
    subprocess.run([compiler, "-O2", "-o", program, *sorted(HERE.glob("*.c")), *sorted(resampling.glob("*.c")),
                    "-I", resampling / "include", *flags.stdout.split(), "-lm"], check=True)
    return program


class Floor:
    """One batch, done by Sluice and by the floor program."""

    def __init__(self, program, binary, batch, count, directory, work):
        self.program, self.binary, self.batch = program, binary, batch
        self.source = bench.link(batch.sources(directory, count), work / batch.name)
        self.paths = sorted(self.source.iterdir())
        self.count = len(self.paths)
        self.pipeline = batch.pipeline(work)
        self.own, self.other, self.list, self.made = (work / name for name in ("own", "floor-out", "list", "made"))
        self.list.write_text("".join(f"{path}\n" for path in self.paths))

    def sluice(self):
        """CPU seconds."""
        shutil.rmtree(self.own, ignore_errors=True)
        return self.cost([self.binary / "sluice", "process", self.source, "--pipeline", self.pipeline,
                          "--out", self.own, "--workers", CORES, "--quiet"])

    def calls(self):
        """CPU seconds of the floor program, all of the processes."""
        shutil.rmtree(self.other, ignore_errors=True)
        self.other.mkdir()
        return self.cost([self.program, "calls", CORES, self.list, self.other, *self.batch.sides])

    def cost(self, command):
        cost = measure.run(command)
        if cost.code:
            sys.exit(f"floor.py: {command[0].name} ended with {cost.code}: {cost.errors[-2000:]}")
        return cost.processor

    def part(self, mode, *words):
        """CPU seconds of one part of the work."""
        done = subprocess.run([str(word) for word in [self.program, mode, CORES, *words]], check=True, text=True,
                              stdout=subprocess.PIPE)
        return float(done.stdout)

    def parts(self):
        """(decoding, decoding at full size, encoding, reading and hashing)."""
        self.made.write_text("".join(f"{path}\n" for path in sorted(self.other.iterdir())))
        return (self.part("decode", self.list, *self.batch.sides), self.part("decode", self.list),
                self.part("encode", self.made), self.part("digest", self.list))

    def differences(self):
        """Renditions that are not the same in both. What comes before the scan is metadata, which Sluice rewrites."""
        for path in self.paths:
            for side in self.batch.sides:
                own, other = (directory / name for directory, name in [
                    (self.own, f"{path.stem}.s{side}.jpg"), (self.other, f"{path.stem}-{side}.jpg")])
                if jpegs.scan(own) != jpegs.scan(other):
                    yield own.name


def measure_batch(floor, runs, faults):
    """The batch's row of the table."""
    own, calls, parts = [], [], []
    for number in range(runs):
        pair = [(own, floor.sluice), (calls, floor.calls)]
        for figures, run in pair if number % 2 == 0 else reversed(pair):
            figures.append(run())
        parts.append(floor.parts())
        print(f"  {floor.batch.name}: round {number + 1} of {runs}", file=sys.stderr)
    if different := list(floor.differences()):
        faults.append(f"{floor.batch.name}: the floor makes {len(different)} other renditions than Sluice, "
                      f"{different[0]} for one: bring floor.c up to date")
    ratios = [mine / its for mine, its in zip(own, calls)]
    ratio = statistics.median(ratios)
    if ratio > MOST:
        faults.append(f"{floor.batch.name}: {ratio:.3f} times the CPU time of the calls alone (bar: {MOST})")
    own, calls = statistics.median(own), statistics.median(calls)
    decode, whole, encode, digest = (statistics.median(column) for column in zip(*parts))
    milliseconds = [f"{seconds / floor.count * 1000:.2f}" for seconds in (own, calls, decode, whole, encode, digest)]
    least = decode + encode + digest
    return [f"{floor.batch.name} ({floor.count})", f"{ratio:.3f}", f"{min(ratios):.3f}–{max(ratios):.3f}",
            *milliseconds, f"{own / least:.2f}", f"{calls / least:.2f}"]


def main():
    parser = batches.add_arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    options = parser.parse_args()
    runs = options.runs or (3 if options.quick else 7)
    rows, faults = [], []
    with bench.workplace(options.pictures) as work:
        program = compile_floor(work)
        for batch, count in batches.chosen(options):
            floor = Floor(program, options.binary, batch, count, options.pictures, work)
            rows.append(measure_batch(floor, runs, faults))
    print(f"\nBar 5: CPU milliseconds a picture, {CORES} processes, {runs} pairs of runs in turns\n")
    print(bench.table(
        ["batch", "Sluice ÷ the calls", "from–to", "Sluice", "calls alone", "decode alone", "at full size",
         "encode alone", "read + SHA-256", "Sluice ÷ the three", "calls ÷ the three"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
