#!/usr/bin/env python3
"""Proves that nothing is lost; README.md beside this file says what is tried.

usage: torture.py BIN [--short] [CASE...]
"""
import argparse
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from place import Programs  # noqa: E402
from processes import Failure, adopt_orphans, orphans  # noqa: E402

# Name → module. `all` runs them in this order.
CASES = {
    "itself": "itself",
    "points": "kill_points",  # 1, 3, 4
    "power": "power_loss",  # 2
    "unsynced": "unsynced",
    "fsync": "failing_fsync",  # 5
    "full": "full_disks",  # 6, 7, 8
    "supervisor": "lost_supervisor",  # 25
    "roots": "lost_roots",
    "mounts": "mounts",
    "redrops": "redrops",
    "consumer": "consumer",
    "groups": "groups",
    "random": "random_kills",
    "mutants": "mutants",
}
INSIDE = "TORTURE_INSIDE_NAMESPACE"


class Report:
    """One line for each thing that was tried, faults below it at once."""

    def __init__(self):
        self.faults, self.skipped, self.name, self.started = [], [], "", time.monotonic()

    def begin(self, name):
        self.name = name
        self.before, self.since = len(self.faults), time.monotonic()
        print(f"{name}", flush=True)

    def line(self, text):
        new = len(self.faults) - self.before
        self.before = len(self.faults)
        seconds, self.since = time.monotonic() - self.since, time.monotonic()
        print(f"  {text}: {'ok' if not new else f'{new} FAULTS'} ({seconds:.0f} s)", flush=True)

    def fault(self, text):
        text = " | ".join(part for part in text.splitlines() if part.strip())
        self.faults.append(f"{self.name}: {text}")
        if len(self.faults) - self.before <= 10:
            print(f"  FAULT {text}", flush=True)

    def skip(self, why):
        self.skipped.append(f"{self.name}: {why}")
        print(f"  SKIPPED: {why}", flush=True)


def enter_namespace():
    """Runs this again where mounts are nobody else's and go with it; as root of a user namespace where not root."""
    if os.environ.get(INSIDE) or not shutil.which("unshare"):
        return
    flags = ["--mount", "--propagation", "private"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    if subprocess.run(["unshare", *flags, "true"], capture_output=True).returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", *flags, sys.executable, *sys.argv])


def can_mount(scratch):
    if not os.environ.get(INSIDE):
        return False
    probe = scratch / "probe-mount"
    probe.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "sluice-torture", probe], capture_output=True).returncode:
        return False
    subprocess.run(["umount", probe], check=True)
    return True


def main():
    parser = argparse.ArgumentParser(description="Proves that nothing is lost.")
    parser.add_argument("binary", help="the directory with sluice and sluice-worker")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; without: all")
    parser.add_argument("--short", action="store_true", help="a sample of everything, in minutes")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--points", type=int, help="points a scenario at most (all; short: 5)")
    parser.add_argument("--kills", type=int, help="kills at random moments (1000; short: 30)")
    parser.add_argument("--mutants", type=int, help="mutated files (10000; short: 150)")
    options = parser.parse_intermixed_args()
    if unknown := [case for case in options.cases if case not in CASES]:
        parser.error(f"no case {unknown[0]}; there are {', '.join(CASES)}")
    options.points = options.points or (5 if options.short else None)
    options.kills = options.kills or (30 if options.short else 1000)
    options.mutants = options.mutants or (150 if options.short else 10_000)
    enter_namespace()
    adopt_orphans()

    report = Report()
    with tempfile.TemporaryDirectory(prefix="sluice-torture-", ignore_cleanup_errors=True) as name:
        scratch = pathlib.Path(name).resolve()
        try:
            programs = Programs(options.binary, scratch)
        except Failure as failure:
            sys.exit(f"torture: {failure}")
        options.can_mount = can_mount(scratch)
        for case in options.cases or CASES:
            place = scratch / case
            place.mkdir()
            try:
                importlib.import_module(CASES[case]).run(report, programs, place, options)
            except (Failure, RuntimeError, subprocess.CalledProcessError) as failure:
                report.fault(str(failure))
            for process in orphans(within=10):
                report.fault(f"worker {process} has outlived its supervisor")
    minutes = (time.monotonic() - report.started) / 60
    print(f"torture: {len(report.faults)} faults, {len(report.skipped)} skipped, {minutes:.1f} minutes, "
          f"seed {options.seed}")
    for why in report.skipped:
        print(f"  skipped: {why}")
    sys.exit(1 if report.faults else 0)


main()
