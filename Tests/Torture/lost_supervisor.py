"""Case 25: the supervisor hangs, or is killed: no worker is left behind, and no work is done twice."""
import random
import signal
import time

from invariants import Expectation, check_at_any_instant, check_at_rest, check_log, complete_sets
from place import Place
from processes import Failure, orphans, wait_for
from scenarios import SIX, digests, empty
import pictures


def prepare(programs, scratch, count):
    place = Place(scratch / "place", "watch", SIX)
    sources = {f"{index % 3}/{index:02}.png": pictures.png(300, 200, index) for index in range(count)}
    place.make()
    place.drop(sources)
    run = place.run_to_end(programs, digests(sources))
    if run.process.returncode != 0:
        raise Failure(f"an undisturbed run ended with {run.process.returncode}: {run.log()[-500:]}")
    return place, sources, Expectation().learn(place, sources)


def at_work(place, programs, sources):
    """A run that has published something, and has workers at the rest."""
    empty(place.root)
    place.make()
    place.drop(sources)
    run = place.start(programs)
    wait_for(lambda: not run.is_running() or run.workers() and any(place.results()), f"it works: {run.log()[-500:]}")
    return run


def stopped_and_continued(report, programs, place, sources, expected, seconds):
    run = at_work(place, programs, sources)
    try:
        run.signal(signal.SIGSTOP)
        before = complete_sets(place, expected)
        # Long enough for the workers to finish what they have and find that nobody listens.
        time.sleep(seconds)
        faults = [f"while it was stopped: {fault}" for fault in check_at_any_instant(place, expected)]
        second = place.start(programs)
        try:
            code = second.wait(60)
            if code == 0 or "another sluice" not in second.log():
                faults.append(f"a second supervisor was let in beside it ({code}): {second.log()[-300:]}")
        finally:
            second.end()
        run.signal(signal.SIGCONT)
        wait_for(lambda: not run.is_running() or place.is_finished(expected.latest), f"it goes on: {run.log()[-800:]}")
        run.signal(signal.SIGTERM)
        if run.wait() != 0:
            faults.append(f"it ended with {run.process.returncode}: {run.log()[-300:]}")
    finally:
        run.end()
    faults += check_log(run) + check_at_rest(place, expected, before)
    for fault in faults:
        report.fault(f"SIGSTOP and SIGCONT: {fault}")
    report.line("SIGSTOP and SIGCONT: a second supervisor is refused, the first goes on, all done once")


def killed(report, programs, place, sources, expected, chance, times, *, stopped):
    name = "SIGKILL while stopped" if stopped else "SIGKILL"
    slowest = 0.0
    for _ in range(times):
        run = at_work(place, programs, sources)
        try:
            time.sleep(chance.uniform(0, 0.2))
            if stopped:
                run.signal(signal.SIGSTOP)
            workers = run.workers()
            run.signal(signal.SIGKILL)
            run.wait(20)
            since = time.monotonic()
            left = orphans(within=30)
            slowest = max(slowest, time.monotonic() - since)
            faults = [f"worker {process} of {len(workers)} has outlived it by 30 s" for process in left]
            faults += [f"before recovery: {fault}" for fault in check_at_any_instant(place, expected)]
            before = complete_sets(place, expected)
        finally:
            run.end()
        # The lock of one that was killed does not block the next.
        run = place.run_to_end(programs, expected.latest)
        if run.process.returncode != 0:
            faults.append(f"the next run ended with {run.process.returncode}: {run.log()[-300:]}")
        faults += check_log(run) + check_at_rest(place, expected, before)
        for fault in faults:
            report.fault(f"{name}: {fault}")
    report.line(f"{name}: {times} times; the last worker was gone after {slowest:.2f} s at most")


def run(report, programs, scratch, options):
    report.begin("case 25: the supervisor hangs or is killed")
    place, sources, expected = prepare(programs, scratch, 12 if options.short else 30)
    stopped_and_continued(report, programs, place, sources, expected, 1 if options.short else 15)
    chance = random.Random(options.seed)
    for stopped in (False, True):
        killed(report, programs, place, sources, expected, chance, 2 if options.short else 10, stopped=stopped)
