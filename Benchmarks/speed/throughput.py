#!/usr/bin/env python3
"""Bars 1, 2 and 4: pictures a second of Sluice and of other programs, in turns, from start to end of each command.

usage: throughput.py BIN [--batch one|five|small]... [--runs N] [--count N] [--quick] [--only PEER]... [--json FILE]

Sluice runs as users run it: `sluice process` with a worker a core and the default memory cap; journal, digests,
sidecars and fsync on. Each of the others (`peers.py`) has a run right before or after one of Sluice's, and is compared
with that one; the order changes from round to round. Every run has to leave all its renditions, of the right size; one
that does not is a fault. Bars, as medians of the ratios, against the best set-up found unless one is named:

one: at least as fast as vipsthumbnail, 1.2 times vipsthumbnail in one process, 4 times ImageMagick
five: 2.5 times vipsthumbnail, 6 times ImageMagick
small: at least as fast as vipsthumbnail, 5 times a process of vipsthumbnail a file

`--quick`: what the bars need, fewer pictures, 3 rounds. `--json`: the figures for `plot.py`; batches that were not
measured stay as the file has them.
"""
import argparse
import dataclasses
import json
import pathlib
import shutil
import statistics
import sys
import tempfile

import batches
import jpegs
import measure
import peers
from batches import bench

# Of each batch: (the peers' name, the key of a set-up or None for the best, at least so many times its throughput).
BARS = {
    "one": [("vipsthumbnail", None, 1.0), ("vipsthumbnail", peers.ONE_PROCESS, 1.2), ("ImageMagick", None, 4.0)],
    "five": [("vipsthumbnail", None, 2.5), ("ImageMagick", None, 6.0)],
    "small": [("vipsthumbnail", None, 1.0), ("vipsthumbnail", peers.PER_FILE, 5.0)],
}


@dataclasses.dataclass
class Pair:
    """A peer's run, and Sluice's beside it."""
    own: measure.Cost
    peer: measure.Cost

    @property
    def ratio(self):
        """How many times the peer's throughput Sluice's is."""
        return self.peer.wall / self.own.wall


class Bench:
    """One batch, on a disk, and everything's results beside it."""

    def __init__(self, binary, batch, count, directory, work, memory):
        self.binary, self.batch, self.work, self.memory = binary, batch, work, memory
        paths = batch.sources(directory, count)
        self.count = len(paths)
        self.source = bench.link(paths, work / batch.name)
        # Read once: the sizes, and everything into the page cache.
        self.sizes = [jpegs.size(path) for path in paths]
        self.list = work / f"{batch.name}.txt"
        self.list.write_text("".join(f"{path.name}\n" for path in paths))
        self.pipeline = batch.pipeline(work)
        self.out = work / "out"
        self.faults = []

    def run(self, who, command, environment=None):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        cost = measure.run(command, environment, self.source)
        wrong = [f"exit code {cost.code}: {cost.errors[-500:].strip()}"] if cost.code else []
        wrong += jpegs.faults(self.out, self.batch.sides, self.sizes)
        self.faults += [f"{self.batch.name}, {who}: {fault}" for fault in wrong]
        shutil.rmtree(self.out)
        return cost

    def own(self):
        return self.run("Sluice", [
            self.binary / "sluice", "process", self.source, "--pipeline", self.pipeline, "--out", self.out, "--workers",
            peers.CORES, "--quiet"])

    def peer(self, peer):
        task = peers.Task(self.list, self.count, self.batch.sides, self.out, self.memory)
        return self.run(f"{peer.name} ({peer.setup})", ["sh", "-ec", peer.command(task)], peer.environment)

    def rounds(self, found, runs):
        """Pairs of each peer, by key. Sluice runs once between two peers, and counts for both."""
        pairs = {peer.key: [] for peer in found}
        for number in range(runs):
            order = found if number % 2 == 0 else found[::-1]
            for first, *second in (order[at:at + 2] for at in range(0, len(order), 2)):
                before = self.peer(first)
                own = self.own()
                pairs[first.key].append(Pair(own, before))
                for peer in second:
                    pairs[peer.key].append(Pair(own, self.peer(peer)))
            print(f"  {self.batch.name}: round {number + 1} of {runs}", file=sys.stderr)
        return pairs


def median(values):
    return statistics.median(values)


def best(found, pairs, name):
    """The key of a program's quickest set-up that makes the same pictures."""
    keys = [peer.key for peer in found if peer.name == name and not peer.rough]
    return min(keys, key=lambda key: median(pair.ratio for pair in pairs[key]), default=None)


def own_costs(pairs):
    """Sluice's runs, each once."""
    return list({id(pair.own): pair.own for key in pairs for pair in pairs[key]}.values())


def figures(cost_list, count):
    """Pictures a second, milliseconds of CPU a picture, MiB of memory."""
    return (f"{count / median(cost.wall for cost in cost_list):.1f}",
            f"{median(cost.processor for cost in cost_list) / count * 1000:.1f}",
            f"{max(cost.peak for cost in cost_list) / bench.MIB:.0f}")


def rows(found, pairs, count):
    yield ["**Sluice**", f"`process`, {peers.CORES} workers", "", "", "", *figures(own_costs(pairs), count)]
    order = sorted(found, key=lambda peer: median(pair.ratio for pair in pairs[peer.key]))
    for peer in order:
        ratios = [pair.ratio for pair in pairs[peer.key]]
        work = median(pair.peer.processor / pair.own.processor for pair in pairs[peer.key])
        yield [peer.name, peer.setup, f"{median(ratios):.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}", f"{work:.2f}",
               *figures([pair.peer for pair in pairs[peer.key]], count)]


HEAD = ["program", "set-up", "Sluice is × as fast", "from–to", "CPU ×", "pictures/s", "CPU ms a picture",
        "memory MiB"]


def judge(batch, found, pairs):
    """A line for each bar, and what missed it."""
    missed = []
    for name, key, least in BARS[batch.name]:
        key = key or best(found, pairs, name)
        if not pairs.get(key):
            continue
        setup = next(peer.setup for peer in found if peer.key == key)
        ratio = median(pair.ratio for pair in pairs[key])
        words = f"{batch.name}: {ratio:.2f} × {name} ({setup}); bar: {least}"
        print(words)
        if ratio < least:
            missed.append(words)
    return missed


def record(batch, count, runs, found, pairs):
    """For JSON: seconds and bytes of whole runs."""
    def costs(cost_list):
        return {"wall": [cost.wall for cost in cost_list], "processor": [cost.processor for cost in cost_list],
                "peak": max(cost.peak for cost in cost_list)}
    return {
        "batch": batch.name, "title": batch.title, "pictures": count, "rounds": runs, "cores": peers.CORES,
        "sluice": costs(own_costs(pairs)),
        "peers": [{"key": peer.key, "name": peer.name, "setup": peer.setup, "rough": peer.rough,
                   "ratios": [pair.ratio for pair in pairs[peer.key]],
                   "processorRatios": [pair.peer.processor / pair.own.processor for pair in pairs[peer.key]],
                   **costs([pair.peer for pair in pairs[peer.key]])} for peer in found]}


def keep(records, path):
    """Writes the batches that were measured, and leaves the file's others as they are."""
    known = {record["batch"]: record for record in json.loads(path.read_text())} if path.exists() else {}
    known.update((record["batch"], record) for record in records)
    ordered = [known[name] for name in batches.BATCHES if name in known]
    path.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def main():
    parser = batches.add_arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--only", action="append", choices=[peer.key for peer in peers.PEERS])
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    runs = options.runs or (3 if options.quick else 5)
    records, faults = [], []
    with bench.workplace(options.pictures) as work, tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        for batch, count in batches.chosen(options):
            found = peers.of(batch.name, options.only, options.quick)
            if not found:
                continue
            place = Bench(options.binary, batch, count, options.pictures, work, pathlib.Path(memory))
            pairs = place.rounds(found, runs)
            print(f"\n{place.count} {batch.title}: {runs} pairs of runs each, in turns\n")
            print(bench.table(HEAD, rows(found, pairs, place.count)) + "\n")
            faults += place.faults + judge(batch, found, pairs)
            records.append(record(batch, place.count, runs, found, pairs))
    if options.json:
        keep(records, options.json)
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
