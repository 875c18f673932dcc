"""Bar 1: kills at random moments, of the supervisor or of one of its workers, over runs of 500 pictures with six
renditions each; sources change meanwhile. Nothing lost, partial or done twice; all digests as in an undisturbed run.
"""
import collections
import os
import random
import shutil
import signal
import sys
import time

from invariants import Expectation, check_at_any_instant, check_at_rest, check_log, complete_sets, read_sidecar
from place import Place, digest
from processes import Failure, orphans
from scenarios import SIX, digests, empty
import pictures


def make_sources(count, version):
    """The first version of all pictures; the second one changes every tenth."""
    return {f"{index % 7}/{index:04}.png": pictures.png(200, 150, index + 100_000 * version)
            for index in range(0, count, 1 if version == 1 else 10)}


def learn(programs, place, steps):
    expected = Expectation()
    place.make()
    for step in steps:
        place.drop(step)
        run = place.run_to_end(programs, dict(expected.latest) | digests(step), patience=3600)
        if run.process.returncode != 0:
            raise Failure(f"an undisturbed run ended with {run.process.returncode}: {run.log()[-500:]}")
        expected.learn(place, step)
    empty(place.root)
    return expected


def progress(place, expected):
    """How many of the sidecars are there."""
    return sum(1 for name in expected.latest if (place.outbox / f"{name}.json").exists())


def kill(process):
    """Whether it was there still."""
    try:
        os.kill(process, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Torture:
    def __init__(self, report, programs, place, steps, expected, kills, chance):
        self.report, self.programs, self.place, self.steps, self.expected = report, programs, place, steps, expected
        self.wanted, self.chance = kills, chance
        self.supervisors = self.workers = self.lost = self.partial = self.doubles = self.others = 0
        self.longest = 0.6  # seconds a life lasts at most; follows how far it has got

    @property
    def kills(self):
        return self.supervisors + self.workers

    def note(self, fault):
        kind = ("lost" if fault.startswith("lost") else
                "doubles" if "again" in fault or "times that" in fault or "jobs" in fault else
                "partial" if "neither" in fault or "lists" in fault or "no JSON" in fault else "others")
        setattr(self, kind, getattr(self, kind) + 1)
        self.report.fault(fault)

    def show(self):
        if sys.stderr.isatty() or self.kills % 50 == 0:
            end = "\r" if sys.stderr.isatty() else "\n"
            done = progress(self.place, self.expected)
            print(f"    {self.place.mode}: {self.kills} of {self.wanted} kills, {done} of "
                  f"{len(self.expected.latest)} pictures", end=end, file=sys.stderr, flush=True)

    def one_life(self, complete):
        """Runs it until it is killed at a random moment, workers now and then before. Returns whether it was killed."""
        run = self.place.start(self.programs)
        end = time.monotonic() + self.chance.uniform(0, self.longest)
        try:
            while run.is_running() and (left := end - time.monotonic()) > 0:
                if self.chance.random() < 0.5:
                    time.sleep(min(left, self.chance.uniform(0, self.longest)))
                    if run.is_running() and (workers := run.workers()):
                        self.workers += kill(self.chance.choice(workers))
                else:
                    time.sleep(left)
            was_running = run.is_running()
            run.signal(signal.SIGKILL)
            run.wait(30)
        finally:
            run.end()
        self.supervisors += was_running
        for fault in check_log(run) + [f"worker {process} has outlived its supervisor" for process in orphans()]:
            self.note(fault)
        if not was_running and run.process.returncode != 0:
            self.note(f"it ended by itself with {run.process.returncode}: {run.log()[-500:]}")
        # At every tenth kill everything is looked at, at the others what was complete: that does not change any more.
        if self.kills % 10 == 0:
            for fault in check_at_any_instant(self.place, self.expected, lost=len(self.dropped) == len(self.steps)):
                self.note(fault)
        now = complete_sets(self.place, self.expected)
        for name, status in complete.items():
            if now.get(name) != status:
                self.note(f"{name} was complete, and is published again")
        complete.update(now)
        return was_running

    def drop(self, step):
        """Between two lives. What waits in the inbox still is replaced, by its user: nobody owes him the old one."""
        if self.place.takes_sources_away:
            for name in step:
                if (self.place.inbox / name).exists():
                    self.expected.sources[digest(self.place.inbox / name)] -= 1
            self.expected.sources += collections.Counter()
        self.place.drop(step)
        self.dropped.append(step)

    def run(self):
        self.place.make()
        self.dropped = []
        complete = {}
        total = len(self.expected.latest)
        while self.kills < self.wanted:
            # The first step at the start, the next when half of the kills are through.
            due = 1 + self.kills * len(self.steps) // self.wanted
            while len(self.dropped) < due:
                step = self.steps[len(self.dropped)]
                self.drop(step)
            if not self.one_life(complete) and self.place.mode == "process":
                self.longest /= 2
            self.show()
            # So that the work lasts for as many kills as are wanted.
            share, through = progress(self.place, self.expected) / total, self.kills / self.wanted
            self.longest = min(3, self.longest * 1.1) if share < through else max(0.15, self.longest / 1.1)
        for step in self.steps[len(self.dropped):]:
            self.drop(step)
        run = self.place.run_to_end(self.programs, self.expected.latest, patience=1800)
        if run.process.returncode not in (0, 65):
            self.note(f"the last run ended with {run.process.returncode}: {run.log()[-500:]}")
        for fault in check_log(run) + check_at_rest(self.place, self.expected, complete):
            self.note(fault)
        attempts = [read_sidecar(file)["attempts"] for path, file in self.place.results().items()
                    if path.endswith(".json")]
        self.report.line(
            f"{self.place.mode}, {total} pictures with six renditions: {self.kills} kills ({self.supervisors} of the "
            f"supervisor, {self.workers} of workers), {self.lost} lost, {self.partial} partial, {self.doubles} "
            f"duplicates, {self.others} other faults; {sum(attempts) / max(1, len(attempts)):.1f} attempts a picture")


def run(report, programs, scratch, options):
    report.begin("bar 1: kills at random moments")
    count = 40 if options.short else 500
    chance = random.Random(options.seed)
    for mode, share in (("watch", 0.7), ("process", 0.3)):
        # A worker's death costs its job an attempt; only `watch` can be told to allow as many as it takes.
        place = Place(scratch / mode, mode, SIX, attempts=20)
        steps = [make_sources(count, version) for version in (1, 2)]
        expected = learn(programs, place, steps)
        Torture(report, programs, place, steps, expected, max(10, round(options.kills * share)), chance).run()
        shutil.rmtree(place.root)
