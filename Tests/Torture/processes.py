"""Processes as the kernel shows them, and waiting for what must come."""
import ctypes
import os
import pathlib
import signal
import time

PATIENCE = 180  # seconds; for conditions that always come true, on machines however slow
PR_SET_CHILD_SUBREAPER = 36


class Failure(Exception):
    """Something that was to happen did not."""


def adopt_orphans():
    """Makes this process the parent of whatever outlives its own parent below: so orphans are found for certain."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children(process):
    """The processes that it started, as (number, program)."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                text = pathlib.Path(entry.path, "stat").read_text()
            except OSError:
                continue
            name, fields = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
            if int(fields[1]) == process:
                found.append((int(entry.name), name, fields[0]))
    return found


def orphans(within=10.0):
    """Workers without a supervisor that are there still after so many seconds; they are killed."""
    deadline = time.monotonic() + within
    while True:
        left = []
        for process, name, state in children(os.getpid()):
            if name != "sluice-worker":
                continue
            if state == "Z":
                os.waitpid(process, 0)
            else:
                left.append(process)
        if not left or time.monotonic() > deadline:
            for process in left:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            return left
        time.sleep(0.01)


def wait_for(condition, what, patience=PATIENCE, step=0.01):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {patience:.0f} s")
        time.sleep(step)
