#!/usr/bin/env python3
"""What a job costs beside its pictures: processor time, all processes and threads, user and system.

usage: overhead.py BIN [--pictures N] [--rounds N]

N pictures of 640 × 480 to one JPEG of 320 pixels, two ways in turns: `sluice process` with two workers, journal,
digests, sidecars and fsyncs on; and a C program (compiled here) that calls libvips for the same results, one picture
after the other, and does nothing else. Two of it run side by side, on half of the pictures each: two busy cores share
caches and clocks, so that the same work takes more processor time than on one. The difference a picture is everything that Sluice adds:
supervisor, protocol, journal, hashing, sidecar, fsyncs, sandbox, its own malloc. Nothing that Sluice does can hide
from it, and whatever its decoding or resizing does worse than libvips' own counts too. Start-up, which is paid once a
run and not a job, is taken off both: it is what a run over a single picture costs. Also printed: the supervisor's own
part, as the kernel counts it. Bar: 2 ms.

Every run writes to a new directory, and all are removed at the end: ext4 passes over inodes that were freed during the
last minutes, one by one, so that a run after a big removal measures that.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from small import make_pictures

BAR = 2.0
PIPELINE = "version: 1\nrenditions:\n  thumb: { resize: { width: 320, height: 320 }, format: jpeg, quality: 75 }\n"
FLOOR = r"""
#include <stdio.h>
#include <vips/vips.h>
int main(int count, char **names) {
    char out[4096];
    if (VIPS_INIT(names[0])) return 1;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    for (int i = 2; i < count; i++) {
        VipsImage *image = NULL;
        snprintf(out, sizeof out, "%s/%d.jpg", names[1], i);
        if (vips_thumbnail(names[i], &image, 320, "height", 320, "size", VIPS_SIZE_DOWN, NULL)
            || vips_jpegsave(image, out, "Q", 75, "strip", TRUE, NULL)) { fputs(vips_error_buffer(), stderr); return 1; }
        g_object_unref(image);
    }
    return 0;
}
"""


def compile_floor(directory):
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if not compiler:
        sys.exit("overhead.py: no C compiler (cc, gcc or clang)")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "vips"], check=True, capture_output=True, text=True).stdout.split()
    (directory / "floor.c").write_text(FLOOR)
    subprocess.run([compiler, "-O2", "-o", directory / "floor", directory / "floor.c", *flags], check=True)
    return directory / "floor"


def own_seconds(pid):
    """Processor seconds of one process, its children's not among them."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(command):
    """Processor seconds of a command with all its processes, the part of its first process, and the time taken."""
    own, ended = [0.0], threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def look():
        while not ended.wait(0.02):
            try:
                own[0] = max(own[0], own_seconds(process.pid))
            except (OSError, IndexError):
                return
    threading.Thread(target=look, daemon=True).start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    ended.set()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"overhead.py: {command[0]} ended with {process.returncode}\n{errors.decode()[-2000:]}")
    return usage.ru_utime + usage.ru_stime, own[0], time.perf_counter() - start


class Bench:
    def __init__(self, binary, scratch, count):
        self.binary, self.scratch, self.runs = binary, scratch, 0
        self.floor = compile_floor(scratch)
        (scratch / "one.yaml").write_text(PIPELINE)
        make_pictures(scratch / "all", count)
        make_pictures(scratch / "single", 1)

    def directory(self):
        self.runs += 1
        out = self.scratch / f"out-{self.runs}"
        out.mkdir()
        return out

    def sluice(self, which):
        return run([self.binary, "process", self.scratch / which, "--pipeline", self.scratch / "one.yaml", "--out",
                    self.directory(), "--quiet", "--workers", "2"])

    def bare(self, which):
        """Processor seconds of both processes."""
        sources = sorted((self.scratch / which).glob("*.jpg"))
        halves = [half for half in (sources[::2], sources[1::2]) if half]
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            runs = both.map(run, [[self.floor, self.directory(), *half] for half in halves])
            return sum(seconds for seconds, _, _ in runs), len(halves)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    jobs = options.pictures - 1
    over, supervisor = [], []
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(options.bin / "sluice", pathlib.Path(root), options.pictures)
        bench.sluice("single"), bench.bare("single")
        for _ in range(options.rounds):
            start, start_own, _ = bench.sluice("single")
            start_bare, _ = bench.bare("single")
            ours, own, seconds = bench.sluice("all")
            bare, processes = bench.bare("all")
            per_job = [(ours - start) / jobs * 1000, (bare - processes * start_bare) / (jobs + 1 - processes) * 1000]
            over.append(per_job[0] - per_job[1])
            supervisor.append((own - start_own) / jobs * 1000)
            print(f"sluice {per_job[0]:.2f} ms a picture, libvips alone {per_job[1]:.2f}: {over[-1]:+.2f}; "
                  f"supervisor {supervisor[-1]:.2f}; {options.pictures / seconds:.0f} pictures/s; "
                  f"start-up {start * 1000:.0f} ms")
    median = statistics.median(over)
    print(f"overhead a job: median {median:.2f} ms of processor time, min {min(over):.2f}, max {max(over):.2f}, of which "
          f"the supervisor {statistics.median(supervisor):.2f} ({options.rounds} rounds of {options.pictures} "
          f"pictures; bar: {BAR:.0f} ms)")
    return 0 if median <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
