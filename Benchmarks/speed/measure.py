"""Runs a command from start to end, and measures wall time, CPU time and memory of all its processes."""
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import cgroup  # noqa: E402

INTERVAL = 0.02  # seconds between samples: often enough for runs of seconds, and hardly seen in their CPU time


@dataclasses.dataclass
class Cost:
    wall: float  # seconds
    processor: float  # seconds, user and system, of all processes that were waited for
    peak: int  # bytes of anonymous and shared memory, of all processes together; sampled
    code: int
    errors: str


def run(command, environment=None, directory=None):
    """In a memory cgroup where one can be had; else the memory of the processes is added up, which counts what they
    share several times."""
    environment = {**os.environ, **(environment or {})}
    # What the run before has left to be written is not this one's.
    os.sync()
    try:
        outcome = cgroup.run(command, env=environment, cwd=directory, interval=INTERVAL)
        return Cost(outcome.wall, outcome.processor, outcome.anonymous_peak, outcome.code,
                    outcome.errors.decode(errors="replace"))
    except cgroup.Unavailable:
        return run_in_session(command, environment, directory)


def run_in_session(command, environment, directory):
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=errors, env=environment, cwd=directory, start_new_session=True)
        peak = 0
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, session_memory(process.pid))
            time.sleep(INTERVAL)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Cost(wall, usage.ru_utime + usage.ru_stime, peak, process.returncode,
                    errors.read().decode(errors="replace"))


def session_memory(session):
    """Bytes of anonymous and shared memory of all processes of a session."""
    total = 0
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (directory / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            status = (directory / "status").read_text()
        except (OSError, ValueError):
            continue
        total += sum(int(kib) << 10 for kib in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", status, re.M))
    return total
