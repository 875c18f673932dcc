"""Case 1 (with 3 and 4): kill -9 after every state-changing call of supervisor and workers, one at a time."""
import collections
import random
import re
import subprocess

from invariants import check_at_any_instant, check_at_rest, check_log, complete_sets
from processes import Failure, orphans
from scenarios import all_scenarios, empty, fill


def is_state(call):
    """What is changed on a disk, in contrast to messages between the processes."""
    return not call[2].startswith(("pipe:", "socket:"))


def count_calls(place, programs, expected):
    """The calls of an undisturbed run."""
    run = place.run_to_end(programs, expected.latest, trace=(0, "none"))
    return run.trace()["calls"]


def sample(total, most, seed):
    """Numbers from 1 to `total`: all, or one at random out of each of `most` equal parts."""
    if most is None or most >= total:
        return list(range(1, total + 1))
    chance = random.Random(seed)
    edges = [total * index // most for index in range(most + 1)]
    return [chance.randint(low + 1, high) for low, high in zip(edges, edges[1:])]


def sample_calls(calls, most, seed):
    """Numbers of calls from 1 on: all, or `most` of different kinds, those that people see the effect of first."""
    if most is None or most >= len(calls):
        return list(range(1, len(calls) + 1))
    chance, kinds = random.Random(seed), collections.defaultdict(list)
    for number, (who, call, file) in enumerate(calls, 1):
        kinds[who, call, re.sub(r"[0-9a-f]{16}|\d+|orcexec.*", "", file)].append(number)

    def rank(kind):
        file = kind[2]
        weight = 1 if "journal" in file else 2 if "staging" in file or not file.startswith("/") else 4
        return chance.random() ** (1 / weight)
    chosen = sorted(kinds, key=rank, reverse=True)[:most]
    return sorted(chance.choice(kinds[kind]) for kind in chosen)


def kill_once(place, programs, expected, number):
    """One point. Returns (what was killed, faults)."""
    run = place.run_to_end(programs, expected.latest, trace=(number, "kill"))
    trace = run.trace()
    if "hit" not in trace:
        # The threads took another way this time, and fewer calls.
        return None, [*check_at_rest(place, expected), *check_log(run)]
    who = trace["hit"][1]
    call = trace["calls"][trace["hit"][2] - 1]
    before, faults = {}, [f"orphan {name}" for name in trace["orphans"] + orphans()]
    faults += check_log(run)
    if who == "sluice":
        faults += [f"before recovery: {fault}" for fault in check_at_any_instant(place, expected)]
        before = complete_sets(place, expected)
        run = place.run_to_end(programs, expected.latest)
        faults += check_log(run)
    if run.process.returncode != 0:
        faults.append(f"{'the run after it' if who == 'sluice' else 'the supervisor'} ended with "
                      f"{run.process.returncode}: {run.log()[-400:]}")
    faults += check_at_rest(place, expected, before)
    return call, faults


class Sweep:
    """A scenario, made anew from a copy for each point."""

    def __init__(self, scenario, programs, scratch):
        self.scenario, self.programs = scenario, programs
        self.root = scratch / "place" / "root"
        self.kept = scratch / "kept"
        for directory in (self.root, self.kept):
            if directory.exists():
                empty(directory)
            directory.mkdir(parents=True, exist_ok=True)
        self.place, self.expected = scenario.prepare(programs, self.root)
        fill(self.root, self.kept)

    def reset(self):
        empty(self.root)
        fill(self.kept, self.root)


def sweep(report, scenario, programs, scratch, most, seed):
    state = Sweep(scenario, programs, scratch)
    calls = count_calls(state.place, programs, state.expected)
    met, kinds = 0, collections.Counter()
    for number in sample_calls(calls, most, seed):
        state.reset()
        try:
            call, faults = kill_once(state.place, programs, state.expected, number)
        except Failure as failure:
            call, faults = ("?", "?", "?"), [str(failure)]
        if call:
            met += 1
            kinds[call[:2]] += 1
        for fault in faults:
            report.fault(f"after call {number} ({' '.join(map(str, call or ()))}): {fault}")
    report.line(f"{scenario.name}: {met} of {len(calls)} points"
                f" ({', '.join(f'{number} {who} {call}' for (who, call), number in kinds.most_common(6))}, …)")


def named_points(report, programs, scratch):
    """Cases 3 and 4: all that lies between renditions and sidecar, and between publishing and archiving."""
    scenario = all_scenarios()[2]
    state = Sweep(scenario, programs, scratch)
    calls = count_calls(state.place, programs, state.expected)
    outbox, archive = str(state.place.outbox), str(state.place.archive)
    met = collections.Counter()
    for number, (who, call, file) in enumerate(calls, 1):
        if not call.startswith("rename"):
            continue
        name = file.removeprefix(f"{outbox}/")
        case = ("3: between renditions and sidecar" if file.startswith(outbox) and not name.endswith(".json")
                and ".sluice" not in name else
                "4: between publishing and archiving" if file.startswith(outbox) and name.endswith(".json") else
                "4: after archiving" if file.startswith(archive) else None)
        if not case:
            continue
        state.reset()
        try:
            hit, faults = kill_once(state.place, programs, state.expected, number)
        except Failure as failure:
            hit, faults = None, [str(failure)]
        met[case] += hit is not None
        for fault in faults:
            report.fault(f"{case}, call {number} ({call} {name}): {fault}")
    for case in sorted(met):
        report.line(f"case {case}: {met[case]} points")
    if len(met) < 3:
        report.fault(f"only {dict(met)} were met")


def run(report, programs, scratch, options):
    report.begin("case 1: kill -9 after each state-changing call")
    if not programs.tracer:
        return report.skip(programs.why_no_tracer)
    other = None
    if options.can_mount:
        other = "elsewhere"
        (scratch / "place" / "root" / other).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "sluice-torture", scratch / "place" / "root" / other],
                       check=True)
    else:
        report.line("without an archive on another file system (nothing can be mounted here)")
    try:
        for index, scenario in enumerate(all_scenarios(other_file_system=other)):
            sweep(report, scenario, programs, scratch, options.points, options.seed + index)
    finally:
        if other:
            subprocess.run(["umount", "-l", scratch / "place" / "root" / other], check=True)
    report.begin("cases 3 and 4: named points")
    named_points(report, programs, scratch)
