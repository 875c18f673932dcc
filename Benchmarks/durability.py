#!/usr/bin/env python3
"""What the journal and the fsyncs cost: 1,000 pictures of 640 × 480, as they are and with the durability taken out.

usage: durability.py BIN [--runs N] [--pictures N] [--pipeline NAME]

`process` runs normally, and with the journal on tmpfs and fsync, fdatasync and syncfs stubbed out (a small C library,
compiled here and preloaded); in turns, outbox and staging always on the same file system. Two more kinds of run tell
which of the two it is. Bar: at most 5 % of the throughput, as the median of the ratios of neighbouring runs, with the
smallest pipeline (one rendition of 320 pixels, where the journal weighs most).
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Torture"))
import pictures  # noqa: E402

PIPELINES = {
    "one-320": "version: 1\nrenditions:\n  thumb: { resize: { width: 320 }, format: jpeg, quality: 75 }\n",
    "three": """version: 1
renditions:
  large: { format: jpeg, quality: 82 }
  small: { resize: { width: 320 }, format: webp, quality: 78 }
  thumb: { resize: { width: 160, height: 160, fit: cover }, format: jpeg, quality: 75 }
""",
}
STUBS = """
int fsync(int descriptor) { return 0; }
int fdatasync(int descriptor) { return 0; }
int syncfs(int descriptor) { return 0; }
"""
# As they are; nothing durable; and one of the two each.
KINDS = {
    "normal": (False, False), "neither": (True, True), "no fsync": (True, False), "journal on tmpfs": (False, True),
}


def compile_stubs(directory):
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if not compiler:
        sys.exit("durability.py: no C compiler (cc, gcc or clang)")
    (directory / "stubs.c").write_text(STUBS)
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", directory / "stubs.so", directory / "stubs.c"], check=True)
    return directory / "stubs.so"


def make_sources(directory, count):
    """JPEGs, each with bytes of its own; 16 different pictures, so that making them does not take long."""
    directory.mkdir()
    originals = []
    for seed in range(16):
        path = directory / f"original-{seed}.jpg"
        pictures.convert(pictures.ppm(640, 480, seed), path)
        originals.append(path.read_bytes())
        path.unlink()
    for index in range(count):
        (directory / f"{index:04}.jpg").write_bytes(pictures.with_comment(originals[index % 16], b"%d" % index))


class Bench:
    def __init__(self, binary, scratch, memory, count):
        self.binary, self.scratch, self.memory, self.count = binary, scratch, memory, count
        self.stubs = compile_stubs(scratch)
        self.sources = scratch / "in"
        make_sources(self.sources, count)

    def run(self, pipeline, kind, tracer=()):
        """Seconds of one run over all pictures, and its processor seconds."""
        without_fsync, journal_in_memory = KINDS[kind]
        out, journal = self.scratch / "out", self.memory / "journal"
        for directory in (out, journal):
            shutil.rmtree(directory, ignore_errors=True)
        journal.mkdir()
        (out / ".sluice").mkdir(parents=True)
        if journal_in_memory:
            # SQLite follows the link, and puts its log where the file is.
            (out / ".sluice" / "journal.sqlite").symlink_to(journal / "journal.sqlite")
        os.sync()
        environment = dict(os.environ)
        if without_fsync:
            environment["LD_PRELOAD"] = str(self.stubs)
        before, start = os.times(), time.perf_counter()
        done = subprocess.run(
            [*tracer, self.binary, "process", self.sources, "--pipeline", self.scratch / pipeline, "--out", out,
             "--quiet"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        seconds, after = time.perf_counter() - start, os.times()
        made = sum(1 for _ in out.glob("*.jpg.json"))
        if done.returncode or made != self.count:
            sys.exit(f"durability.py: exit code {done.returncode}, {made} of {self.count}\n{done.stderr[-2000:]}")
        if journal_in_memory and not (journal / "journal.sqlite").exists():
            sys.exit("durability.py: the journal did not go where the link pointed")
        processor = sum(after[2:4]) - sum(before[2:4])
        return seconds, processor


def count_calls(bench, pipeline):
    """System calls a picture that make things durable; with strace, which slows the run: counts only, no times."""
    log = bench.scratch / "strace.txt"
    calls = "fsync,fdatasync,syncfs,write,pwrite64,openat,renameat2,rename,unlinkat,unlink,newfstatat,futex,sendmsg"
    bench.run(pipeline, "normal", ["strace", "-f", "-c", "-U", "calls,name", "-e", f"trace={calls}", "-o", log])
    found = re.findall(r"^\s*(\d+)\s+(\w+)\s*$", log.read_text(), re.M)
    return {name: int(number) / bench.count for number, name in found if name != "total"}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2][7:])
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--pipeline", choices=PIPELINES, action="append")
    parser.add_argument("--directory", help="where sources and outbox lie; default: the temporary directory")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="sluice-durability-", dir=options.directory) as name, \
            tempfile.TemporaryDirectory(prefix="sluice-durability-", dir="/dev/shm") as memory:
        scratch = pathlib.Path(name)
        for pipeline, text in PIPELINES.items():
            (scratch / f"{pipeline}.yaml").write_text(text)
        binary = pathlib.Path(options.binary).resolve() / "sluice"
        bench = Bench(binary, scratch, pathlib.Path(memory), options.pictures)
        for pipeline in options.pipeline or PIPELINES:
            file = f"{pipeline}.yaml"
            bench.run(file, "normal")  # warms the page cache
            results = collections.defaultdict(list)
            for _ in range(options.runs):
                for kind in KINDS:
                    results[kind].append(bench.run(file, kind))
            print(f"{pipeline}: {options.pictures} pictures of 640 × 480, {options.runs} runs of each kind, in turns")
            for kind, runs in results.items():
                ratios = [with_it[0] / without[0] for with_it, without in zip(results["normal"], runs)]
                work = [with_it[1] / without[1] for with_it, without in zip(results["normal"], runs)]
                rate = statistics.median(options.pictures / seconds for seconds, _ in runs)
                processor = statistics.median(seconds for _, seconds in runs) / options.pictures * 1000
                # Throughput lost by what this kind of run leaves out.
                cost, worst = 1 - 1 / statistics.median(ratios), 1 - 1 / max(ratios)
                print(f"  {kind:17} {rate:6.1f} pictures/s, {processor:5.2f} ms of processor a picture"
                      + ("" if kind == "normal" else f"; what it leaves out costs {cost:6.1%} (in the worst pair "
                         f"{worst:.1%}), {1 - 1 / statistics.median(work):.1%} of the processor's time"))
                if kind == "neither" and pipeline == "one-320":
                    failed |= cost > 0.05
                    verdict = f"  journal and fsyncs: {cost:.1%} of the throughput (bar: 5 %)"
                elif kind == "neither":
                    verdict = f"  journal and fsyncs: {cost:.1%} of the throughput"
            print(verdict)
            if shutil.which("strace"):
                counts = count_calls(bench, file)
                print("  calls a picture: " + ", ".join(
                    f"{number:.2f} {call}" for call, number in sorted(counts.items(), key=lambda entry: -entry[1])))
    sys.exit(1 if failed else 0)


main()
