#!/usr/bin/env python3
"""Runs a program in a memory cgroup of its own, with a hard limit, and measures what it takes.

usage: cgroup.py [--limit SIZE] [--timeout SECONDS] -- COMMAND...
       cgroup.py --test

Cgroup v1 and v2, as root. What is measured is the group's own count of memory that has no file behind it, in bytes:
anonymous memory (`rss` in v1's memory.stat, `anon` in v2's) and shared memory (`shmem`), which without swap the kernel
cannot take back either. It is sampled every few milliseconds: a peak between two samples is missed. The kernel's own
peak counters miss nothing, but count page cache too, up to the limit: they are told apart.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

INTERVAL = 0.004  # seconds between samples


class Unavailable(Exception):
    """There is no memory cgroup to be had; the message says why."""


@dataclasses.dataclass
class Outcome:
    code: int  # exit code, or minus the number of the signal that ended it
    timed_out: bool
    out_of_memory_kills: int
    anonymous_peak: int  # bytes, sampled
    usage_peak: int | None  # bytes with page cache and kernel memory, by the kernel's counter
    wall: float  # seconds
    processor: float  # seconds, of all processes that were waited for
    samples: int
    output: bytes  # what it wrote to standard output
    errors: bytes  # what it wrote last to standard error

    @property
    def verdict(self):
        if self.out_of_memory_kills:
            return f"OOM-killed ({self.out_of_memory_kills})" if self.out_of_memory_kills > 1 else "OOM-killed"
        if self.timed_out:
            return "timed out"
        return "ok" if self.code == 0 else f"failed ({self.code})"


def mounts():
    """(mount point, kind of file system, options) of everything mounted."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, options, *_ = line.split()
        yield pathlib.Path(point.replace("\\040", " ")), kind, options.split(",")


def find_hierarchy():
    """The kind of cgroups that count memory here: (1 or 2, the directory that new groups are made in)."""
    found = None
    for point, kind, options in mounts():
        if kind == "cgroup" and "memory" in options:
            return 1, point
        if kind == "cgroup2" and "memory" in (point / "cgroup.controllers").read_text().split():
            found = 2, point
    if found:
        return found
    raise Unavailable("no memory cgroups are mounted: neither v1's memory controller nor v2's")


class Group:
    """A memory cgroup, from `with` to the end of its block; whatever runs in it then is killed."""

    # Names of v1 and v2: limit, the same for swap, peak of what is used, and in memory.stat what has no file behind it.
    FILES = {
        1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max_usage_in_bytes"),
        2: ("memory.max", "memory.swap.max", "memory.peak"),
    }
    COUNTED = {1: (b"total_rss", b"total_shmem"), 2: (b"anon", b"shmem")}
    made = 0

    def __init__(self, limit=None, hierarchy=None):
        self.version, self.parent = hierarchy or find_hierarchy()
        Group.made += 1
        self.path = self.parent / f"sluice-bench-{os.getpid()}-{Group.made}"
        self.limit = limit
        names = b"|".join(self.COUNTED[self.version])
        self.counted = re.compile(rb"^(?:" + names + rb") (\d+)$", re.M)

    def __enter__(self):
        try:
            control = self.parent / "cgroup.subtree_control"
            if self.version == 2 and "memory" not in control.read_text().split():
                control.write_text("+memory")
            self.path.mkdir()
        except OSError as error:
            raise Unavailable(f"no cgroup can be made in {self.parent}: {error.strerror} (are you root?)") from error
        if self.limit is not None:
            limit, swap, _ = self.FILES[self.version]
            (self.path / limit).write_text(str(self.limit))
            # v1 limits memory and swap together, v2 swap alone. Either is absent where the kernel counts no swap.
            if (self.path / swap).exists():
                (self.path / swap).write_text("0" if self.version == 2 else str(self.limit))
        self.statistics = os.open(self.path / "memory.stat", os.O_RDONLY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_):
        os.close(self.statistics)
        deadline = time.monotonic() + 30
        while True:
            self.kill()
            try:
                self.path.rmdir()
                return
            except OSError:
                # It is busy until the last of them is gone, and reaped.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def processes(self):
        return [int(line) for line in (self.path / "cgroup.procs").read_text().split()]

    def kill(self):
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def enter(self):
        """Puts the calling process into the group."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def anonymous(self):
        """Bytes that have no file behind them, now."""
        text = os.pread(self.statistics, 65536, 0)
        return sum(int(figure) for figure in self.counted.findall(text))

    def usage_peak(self):
        path = self.path / self.FILES[self.version][2]
        # v2 has memory.peak from Linux 5.19 on.
        return int(path.read_text()) if path.exists() else None

    def out_of_memory_kills(self):
        events = self.path / ("memory.oom_control" if self.version == 1 else "memory.events")
        found = re.search(r"^oom_kill (\d+)$", events.read_text(), re.M)
        if not found:
            raise Unavailable(f"{events} does not count OOM kills: Linux 4.13 or newer is needed")
        return int(found.group(1))


def run(command, limit=None, timeout=None, watch=None, interval=INTERVAL, **options):
    """Runs a command in a group of its own and waits for it; what it has started and left running is killed.

    `limit`: bytes, or none; `timeout`: seconds, after which everything is killed; `watch`: called with each sample in
    bytes, and the process identifier of the command. Other options are those of `subprocess.Popen`.
    """
    with Group(limit) as group, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, preexec_fn=group.enter, **options)
        peak, samples, timed_out = 0, 0, False
        try:
            while True:
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                if timeout is not None and not timed_out and time.monotonic() - start > timeout:
                    timed_out = True
                    group.kill()
                now = group.anonymous()
                peak, samples = max(peak, now), samples + 1
                if watch:
                    watch(now, process.pid)
                time.sleep(interval)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4000))
        return Outcome(process.returncode, timed_out, group.out_of_memory_kills(), peak, group.usage_peak(), wall,
                       usage.ru_utime + usage.ru_stime, samples, output.read(), errors.read())


def size(text):
    """Bytes of `64MiB`, `1.5GiB`, `4096`."""
    found = re.fullmatch(r"([\d.]+)\s*(KiB|MiB|GiB|)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write 64MiB or 1GiB")
    return int(float(found.group(1)) * {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[found.group(2)])


def mebibytes(count):
    return "–" if count is None else f"{count / 2**20:.1f}"


def test():
    """Whether the measuring can be trusted: too much is killed and counted, enough is measured to 1 MiB."""
    faults = []
    taker = ("import mmap, time; block = mmap.mmap(-1, {} << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS);"
             "[block.__setitem__(at, 1) for at in range(0, len(block), 4096)]; time.sleep(0.1)")

    def check(what, right):
        print(f"{'ok   ' if right else 'FAULT'} {what}")
        if not right:
            faults.append(what)

    python = [sys.executable, "-S", "-c"]
    own = run([*python, taker.format(1)], 64 << 20).anonymous_peak - (1 << 20)
    over = run([*python, taker.format(100)], 64 << 20)
    check(f"100 MiB in a group of 64 MiB: {over.verdict}, exit {over.code}",
          over.out_of_memory_kills == 1 and over.code == -signal.SIGKILL)
    under = run([*python, taker.format(40)], 64 << 20)
    taken = under.anonymous_peak - own
    check(f"40 MiB in a group of 64 MiB: {under.verdict}, measured {mebibytes(taken)} MiB above Python's own "
          f"{mebibytes(own)}", under.verdict == "ok" and abs(taken - (40 << 20)) < 1 << 20)
    child = run([*python, f"import subprocess, sys; sys.exit(subprocess.call({[*python, taker.format(100)]!r}) != -9)"],
                64 << 20)
    check(f"a child that takes 100 MiB: {child.verdict}, and its parent ends with {child.code}",
          child.out_of_memory_kills == 1 and child.code == 0)
    cache = run(["sh", "-c", "f=$(mktemp -p /var/tmp) && dd if=/dev/zero of=$f bs=1M count=200 status=none;"
                 " cat $f >/dev/null; rm $f"], 64 << 20)
    check(f"a file of 200 MiB, written and read: {cache.verdict}, {mebibytes(cache.anonymous_peak)} MiB anonymous, "
          f"{mebibytes(cache.usage_peak)} with page cache",
          cache.verdict == "ok" and cache.anonymous_peak < 8 << 20)
    shared = run([*python, taker.format(100).replace("MAP_PRIVATE", "MAP_SHARED")], 64 << 20)
    check(f"100 MiB of shared memory in a group of 64 MiB: {shared.verdict}", shared.out_of_memory_kills == 1)
    start = time.monotonic()
    late = run(["sh", "-c", "sleep 300 & sleep 300"], timeout=0.3)
    check(f"a time-out: {late.verdict} after {time.monotonic() - start:.1f} s", late.timed_out and late.code == -9)
    left = [path for path in find_hierarchy()[1].glob(f"sluice-bench-{os.getpid()}-*")]
    check(f"groups left behind: {len(left)}", not left)
    return not faults


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("--limit", type=size)
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.test:
            sys.exit(0 if test() else 1)
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        if not command:
            parser.error("no command")
        outcome = run(command, options.limit, options.timeout)
    except Unavailable as error:
        print(f"cgroup.py: {error}", file=sys.stderr)
        sys.exit(69)
    sys.stdout.buffer.write(outcome.output)
    sys.stderr.buffer.write(outcome.errors)
    print(f"{outcome.verdict}: {mebibytes(outcome.anonymous_peak)} MiB anonymous at most ({outcome.samples} samples), "
          f"{mebibytes(outcome.usage_peak)} MiB with page cache, {outcome.wall:.2f} s, {outcome.processor:.2f} s of "
          f"processor", file=sys.stderr)
    sys.exit(0 if outcome.verdict == "ok" else 1)


if __name__ == "__main__":
    main()
