"""Case 5: each fsync and fdatasync fails once with EIO: what was staged is thrown away and redone, nothing claimed."""
import errno

from invariants import check_at_any_instant, check_at_rest, check_log, complete_sets
from kill_points import Sweep, sample
from processes import Failure, orphans
from scenarios import Scenario, two


def fail_once(state, programs, call, number):
    """Returns (what failed, faults)."""
    place, expected = state.place, state.expected
    run = place.run_to_end(programs, expected.latest, trace=(number, f"fail:{errno.EIO}:{call}"))
    trace = run.trace()
    faults = [f"orphan {name}" for name in trace["orphans"] + orphans()]
    if "hit" not in trace:
        return None, faults + check_at_rest(place, expected)
    at = trace["hit"][2] - 1
    what, file = trace["calls"][at][1:]
    faults += [f"at the end: {fault}" for fault in check_at_any_instant(place, expected)]
    # What could not be synced in the outbox is done again, as it has to be; what the journal could not say is in place.
    before = complete_sets(place, expected) if "journal" in file else {}
    code = run.process.returncode
    # A one-shot run says so and gives up. A daemon goes on by itself, unless it could not even open its journal.
    began = " watching " in run.log()
    if place.mode == "process" and code not in (0, 73):
        faults.append(f"exit code {code} instead of 73: {run.log()[-300:]}")
    if place.mode == "watch" and code != 0 and (began or code != 73):
        faults.append(f"it did not recover by itself, but ended with {code}: {run.log()[-300:]}")
    if "/job-" in file and code == 0:
        # Pages that could not be written are clean now: only writing them anew helps.
        again = [entry for entry in trace["calls"][at:] if entry[0] == "sluice-worker" and entry[1] == "openat"
                 and entry[2].rsplit("/", 1)[0] == file.rsplit("/", 1)[0]]
        if not again and "sidecar" not in file and not file.endswith(tuple("0123456789")):
            faults.append(f"{file} was not made again after its fsync had failed")
    stays = run.stays()
    if code != 0:
        run = place.run_to_end(programs, expected.latest)
        if run.process.returncode != 0:
            faults.append(f"the next run ended with {run.process.returncode}: {run.log()[-300:]}")
    return file, faults + check_log(run) + check_at_rest(place, expected, before, stays=stays + run.stays())


def run(report, programs, scratch, options):
    report.begin("case 5: fsync and fdatasync fail with EIO")
    if not programs.tracer:
        return report.skip(programs.why_no_tracer)
    for scenario in (Scenario("process, new", "process", [two(1)]), Scenario("watch, archive", "watch", [two(1)])):
        state = Sweep(scenario, programs, scratch)
        for call in ("fsync", "fdatasync"):
            state.reset()
            trace = state.place.run_to_end(programs, state.expected.latest, trace=(0, f"fail:{errno.EIO}:{call}"))
            total = sum(entry[1] == call for entry in trace.trace()["calls"])
            met = 0
            most = None if options.points is None else max(2, options.points // 2)
            for number in sample(total, most, options.seed):
                state.reset()
                try:
                    file, faults = fail_once(state, programs, call, number)
                except Failure as failure:
                    file, faults = "?", [str(failure)]
                met += file is not None
                for fault in faults:
                    report.fault(f"{scenario.name}, {call} {number} ({file}): {fault}")
            report.line(f"{scenario.name}, {call}: {met} of {total}")
