"""Case 2: the power fails after each state-changing call, on ext4 in a loop image, with the log flushed and lost."""
import collections
import os
import shutil
import subprocess

from invariants import check_at_any_instant, check_at_rest, check_log, complete_sets
from kill_points import is_state, sample_calls
from processes import Failure, orphans
from scenarios import NUMBERED, ROUTED, TWO, Scenario, routed, two

# Of EXT4_IOC_SHUTDOWN: what the disk holds of the log is all that is left, or the log is written out first.
MODES = {2: "log lost", 1: "log flushed"}


# How a file system is made, and how large it has to be.
MAKERS = {"ext4": (["mkfs.ext4", "-q", "-F", "-m", "0"], 32 << 20), "xfs": (["mkfs.xfs", "-q", "-f"], 320 << 20)}


class Disk:
    """A file system in a file. `save` keeps its state; `restore` mounts a copy of that."""

    def __init__(self, scratch, kind="ext4"):
        self.image, self.saved, self.mount = scratch / "image", scratch / "saved", scratch / "mount"
        self.mount.mkdir(exist_ok=True)
        make, size = MAKERS[kind]
        with open(self.image, "wb") as file:
            file.truncate(size)
        subprocess.run([*make, self.image], check=True)

    def attach(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.mount], check=True, capture_output=True)

    def detach(self):
        subprocess.run(["umount", self.mount], check=True)

    def save(self):
        shutil.copyfile(self.image, self.saved)

    def restore(self):
        subprocess.run(["cp", "--sparse=always", self.saved, self.image], check=True)


def points(calls, most, seed):
    """The numbers of the calls that reach the disk; of writes to one file in a row the first and the last."""
    numbers = []
    for index, call in enumerate(calls):
        if not is_state(call):
            continue
        beside = calls[max(0, index - 1):index], calls[index + 1:index + 2]
        if "write" in call[1] and all(near == [call] for near in beside):
            continue
        numbers.append(index + 1)
    chosen = sample_calls([calls[number - 1] for number in numbers], most, seed)
    return [numbers[place - 1] for place in chosen]


def lose_power(disk, place, programs, expected, number, mode):
    """One point. Returns (whether the power failed, faults)."""
    disk.restore()
    disk.attach()
    try:
        run = place.run_to_end(programs, expected.latest, trace=(number, f"power:{mode}:{disk.mount}"))
        trace = run.trace()
        faults = [f"orphan {name}" for name in trace["orphans"] + orphans()]
        if "hit" not in trace:
            return False, [*faults, *check_at_rest(place, expected)]
        disk.detach()
        disk.attach()
        faults += [f"after the power came back: {fault}" for fault in check_at_any_instant(place, expected)]
        before = complete_sets(place, expected)
        run = place.run_to_end(programs, expected.latest)
        if run.process.returncode != 0:
            faults.append(f"the run after it ended with {run.process.returncode}: {run.log()[-400:]}")
        return True, faults + check_log(run) + check_at_rest(place, expected, before)
    finally:
        disk.detach()


def run(report, programs, scratch, options):
    report.begin("case 2: power loss after each call that reaches the disk")
    if not programs.tracer:
        return report.skip(programs.why_no_tracer)
    if not options.can_mount or os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        return report.skip("needs root, e2fsprogs and loop devices")
    disk = Disk(scratch)
    try:
        disk.attach()
    except subprocess.CalledProcessError:
        return report.skip("no loop devices")
    disk.detach()
    scenarios = [Scenario("process, new", "process", [two(1)]),
                 Scenario("watch, archive", "watch", [two(1)]),
                 Scenario("watch, archive, changed sources", "watch", [two(1), two(2)], pipeline=TWO),
                 Scenario("watch, archive, changed routes", "watch", [routed(1), routed(2)], pipeline=ROUTED),
                 Scenario("watch, archive, sidecars elsewhere", "watch", [two(1), two(2)], pipeline=NUMBERED)]
    for index, scenario in enumerate(scenarios):
        disk = Disk(scratch)
        disk.attach()
        try:
            place, expected = scenario.prepare(programs, disk.mount / "place")
            os.sync()
        finally:
            disk.detach()
        disk.save()
        disk.restore()
        disk.attach()
        try:
            calls = place.run_to_end(programs, expected.latest, trace=(0, "none")).trace()["calls"]
        finally:
            disk.detach()
        numbers = points(calls, options.points, options.seed + index)
        for mode, meaning in MODES.items():
            kinds = collections.Counter()
            for number in numbers:
                call = calls[number - 1]
                try:
                    hit, faults = lose_power(disk, place, programs, expected, number, mode)
                except Failure as failure:
                    hit, faults = True, [str(failure)]
                kinds[call[1]] += hit
                for fault in faults:
                    report.fault(f"{meaning}, after call {number} (about {' '.join(call)}): {fault}")
            report.line(f"{scenario.name}, {meaning}: {kinds.total()} points "
                        f"({', '.join(f'{count} {call}' for call, count in kinds.most_common(5))}, …)")
