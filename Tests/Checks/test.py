#!/usr/bin/env python3
"""Runs the tests that are built, each suite in a process of its own, as many at a time as there are processors and one more:
most tests wait for a process, a disk or a clock.

usage: test.py BIN [FILTER...]

FILTER: a regular expression that is looked for in `Target.Suite/test`, as `swift test --filter` takes it; several mean any of
them. What a suite prints comes when it ends, and whole. The last lines name what failed and what was found: whoever sees only
the end of a long log sees that. A suite that ends without a verdict, or takes over 20 minutes, has failed.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

LIBRARY = ["--testing-library", "swift-testing"]
LIMIT = 20 * 60
# What takes longest begins first, where nobody knows how long it took last time: these suites, then the rest of these targets.
SLOWEST = ["HostileContentTests", "WatchLoadTests", "ImagingTests", "TrainCommandTests", "DenoiseModelTests",
           "ProcessMisbehaviourTests", "HostilePlaceTests", "HostileChangeTests", "WatchRootTests", "HostileTreeTests",
           "ProcessCrashTests", "WatchTurnTests"]
SLOW = ["IntegrationTests", "ImagingTests"]
VERDICT = re.compile(r"Test run with (\d+) tests? in \d+ suites? (passed|failed)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def suites(bundle, filters):
    """How many tests each suite has of those that are asked for, by name."""
    listed = subprocess.run([bundle, *LIBRARY, "--list-tests"], check=True, capture_output=True, text=True).stdout
    found = {}
    for test in listed.split("\n"):
        if test and (not filters or any(re.search(pattern, test) for pattern in filters)):
            name = test.split("/")[0] if "/" in test else test
            found[name] = found.get(name, 0) + 1
    return found


class Run:
    def __init__(self, bundle, filters):
        self.bundle, self.filters = bundle, filters
        self.suites = suites(bundle, filters)
        self.tests, self.failures, self.seconds = 0, {}, {}
        self.times = pathlib.Path(bundle).parent / "test-times.json"
        self.processes, self.ended, self.lock = set(), False, threading.Lock()

    def order(self):
        try:
            known = json.loads(self.times.read_text())
        except (OSError, ValueError):
            known = {}

        def key(name):
            target = name.split(".")[0]
            suite = name.split(".")[-1]
            first = SLOWEST.index(suite) if suite in SLOWEST else len(SLOWEST)
            place = SLOW.index(target) if target in SLOW else len(SLOW)
            return -known.get(name, 1e6 if place < len(SLOW) else 0), first, place, -self.suites[name]
        return sorted(self.suites, key=key)

    def run(self, name):
        """One suite in its own process group, so that an end takes along what it has started."""
        asked = f"(?=.*(?:{'|'.join(self.filters)}))" if self.filters else ""
        pattern = "^" + asked + re.escape(name) + ("" if "(" in name else "/")
        with self.lock:
            if self.ended:
                return
            process = subprocess.Popen(
                [self.bundle, *LIBRARY, "--no-parallel", "--filter", pattern], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            self.processes.add(process)
        start = time.monotonic()
        try:
            text = process.communicate(timeout=LIMIT)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text = process.communicate()[0] + f"\n✘ it took over {LIMIT // 60} minutes\n".encode()
        self.judge(name, process, text.decode(errors="replace"), time.monotonic() - start)

    def judge(self, name, process, text, seconds):
        verdict = VERDICT.search(text)
        with self.lock:
            self.processes.discard(process)
            if self.ended:
                return
            self.seconds[name] = seconds
            self.tests += int(verdict[1]) if verdict else 0
            if process.returncode != 0 or not verdict or int(verdict[1]) != self.suites[name]:
                self.failures[name] = self.found(text, verdict, self.suites[name])
            print(text.rstrip("\n"), flush=True)

    @staticmethod
    def found(text, verdict, wanted):
        lines = COLOUR.sub("", text).split("\n")
        issues = [line for line in lines if re.match(r"✘ Test .* recorded an issue|✘ it took|error: |Fatal error", line)]
        if not verdict:
            # A process that died says nothing of its test: that is the last one that began.
            begun = [line for line in lines if line.startswith("◇ Test ") and line.endswith(" started.")]
            issues.append(begun[-1].replace("◇", "✘").replace(" started.", " did not end") if begun else "✘ no test began")
        elif int(verdict[1]) != wanted:
            issues.append(f"✘ {verdict[1]} tests ran, of {wanted}")
        return [line[:240] for line in issues[:40]] or ["✘ see its lines above"]

    def end(self):
        with self.lock:
            self.ended = True
            for process in self.processes:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def whole(self):
        if not self.suites:
            sys.exit(f"no test matches {' or '.join(self.filters)}")
        start = time.monotonic()
        count = len(os.sched_getaffinity(0)) + 1
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            try:
                for result in concurrent.futures.as_completed([pool.submit(self.run, name) for name in self.order()]):
                    result.result()
            except BaseException:
                self.end()
                raise
        if not self.filters:
            self.times.write_text(json.dumps(self.seconds))
        slowest = sorted(self.seconds, key=self.seconds.get, reverse=True)[:10]
        print("\nSlowest: " + ", ".join(f"{name} {self.seconds[name]:.0f} s" for name in slowest))
        if self.failures:
            print("\nFailed:")
            for name, issues in sorted(self.failures.items()):
                print(f"{name}", *(f"  {issue}" for issue in issues), sep="\n")
        mark, verdict = ("✘", "failed") if self.failures else ("✔", "passed")
        print(f"{mark} Test run with {self.tests} tests in {len(self.suites)} suites {verdict} after "
              f"{time.monotonic() - start:.1f} seconds.")
        return 1 if self.failures else 0


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    bundle = os.path.join(sys.argv[1], "sluicePackageTests.xctest")
    if not os.access(bundle, os.X_OK):
        sys.exit(f"{bundle}: no tests are built; run `swift build --build-tests`")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return Run(bundle, sys.argv[2:]).whole()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
