"""Cases 6, 7, 8: no space, no inodes, a full journal, a read-only outbox. The job is not at fault: wait, then go on."""
import contextlib
import os
import signal
import subprocess

from invariants import Expectation, check_at_any_instant, check_at_rest, check_log
from place import Place
from processes import Failure, orphans, wait_for
from scenarios import TWO, digests, empty, two

BLOCK = 4096
WHY = {"space": ("No space left", "ENOSPC", "full"), "inodes": ("No space left", "ENOSPC", "full", "inode"),
       "read-only": ("Read-only", "EROFS", "read-only")}


@contextlib.contextmanager
def mounted(path, options):
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sluice-torture", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def use_up(path, what, leave):
    """Takes all blocks or inodes of the file system but `leave`. Returns a function that gives them back."""
    ballast = path / ".sluice" / "ballast"  # where no result is looked for
    ballast.mkdir(parents=True)
    if what == "inodes":
        for number in range(max(0, os.statvfs(path).f_ffree - leave)):
            (ballast / str(number)).touch()
    else:
        space = os.statvfs(path)
        # The running program may take a block meanwhile (of its journal's log or index): then less is left, not more.
        with contextlib.suppress(OSError), open(ballast / "blocks", "wb", buffering=0) as file:
            for _ in range(max(0, space.f_bavail * space.f_frsize - leave) // BLOCK):
                file.write(bytes(BLOCK))

    def free():
        for entry in ballast.iterdir():
            entry.unlink()
        ballast.rmdir()
    return free


def remount(path, how):
    # Device and type are given, or mount(8) adds options of the first mount that a user namespace may not repeat.
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"remount,{how}", "sluice-torture", path], capture_output=True,
                          text=True, env=os.environ | {"LC_ALL": "C"})


def make_read_only(path):
    said = []

    def done():
        result = remount(path, "ro")
        said.append(result.stderr.strip())
        return result.returncode == 0
    try:
        wait_for(done, "remounting read-only", patience=20, step=0.05)
    except Failure:
        raise Failure("the outbox cannot be remounted read-only: the supervisor holds a file there open for writing "
                      f"even when it has nothing to do ({said[-1]})") from None
    return lambda: remount(path, "rw").check_returncode()


def learn(programs, place, sources):
    """What an undisturbed run makes of the sources; the place is empty again afterwards."""
    place.make()
    place.drop(sources)
    run = place.run_to_end(programs, digests(sources))
    if run.process.returncode != 0:
        raise Failure(f"an undisturbed run ended with {run.process.returncode}: {run.log()[-500:]}")
    expected = Expectation().learn(place, sources)
    empty(place.root)
    return expected


def watch_through(report, programs, name, place, expected, sources, break_it, words):
    """`watch` runs; the environment breaks; sources are dropped; the environment is mended."""
    place.make()
    run = place.start(programs)
    try:
        wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                 f"it starts: {run.log()[-500:]}")
        mend = break_it()
        place.drop(sources)
        wait_for(lambda: " error paused " in run.log() or "not taken in" in run.log() or not run.is_running(),
                 f"it says that it waits: {run.log()[-500:]}", 60)
        faults = check_at_any_instant(place, expected)
        faults += [f"{path} has left the inbox before it was done" for path in sources
                   if not (place.inbox / path).exists() and not (place.outbox / f"{path}.json").exists()]
        if not run.is_running():
            faults.append(f"it has ended with {run.process.returncode}")
        if not any(word in run.log() for word in words):
            faults.append(f"the log names none of {words}: {run.log()[-300:]}")
        mend()
        wait_for(lambda: place.is_finished(expected.latest) or not run.is_running(),
                 f"it recovers by itself: {run.log()[-1500:]}")
        run.signal(signal.SIGTERM)
        if run.wait() != 0:
            faults.append(f"it ended with {run.process.returncode}: {run.log()[-300:]}")
    finally:
        run.end()
    faults += [f"orphan {process}" for process in orphans()]
    faults += check_log(run) + check_at_rest(place, expected)
    for fault in faults:
        report.fault(f"{name}, watch: {fault}")
    report.line(f"{name}, watch: waits, and goes on by itself")


def process_through(report, programs, name, place, expected, sources, break_it, words):
    """`process` ends with 73 and says why; the next run does what is left."""
    place.make()
    place.drop(sources)
    mend = break_it()
    run = place.run_to_end(programs, expected.latest)
    faults = check_at_any_instant(place, expected)
    if run.process.returncode != 73:
        faults.append(f"exit code {run.process.returncode} instead of 73: {run.log()[-300:]}")
    if not any(word in run.log() for word in words):
        faults.append(f"it says none of {words}: {run.log()[-300:]}")
    mend()
    run = place.run_to_end(programs, expected.latest)
    if run.process.returncode != 0:
        faults.append(f"the next run ended with {run.process.returncode}: {run.log()[-300:]}")
    faults += [f"orphan {process}" for process in orphans()] + check_at_rest(place, expected)
    for fault in faults:
        report.fault(f"{name}, process: {fault}")
    report.line(f"{name}, process: exit code 73, and the next run does the rest")


def attempt(report, name, body):
    try:
        body()
    except Failure as failure:
        report.fault(f"{name}: {failure}")
        report.line(name)


def run(report, programs, scratch, options):
    report.begin("cases 6, 7, 8: full and read-only disks")
    if not options.can_mount:
        return report.skip("nothing can be mounted here")
    sources = two(1) | {f"more/{index}.png": data for index, data in enumerate(two(2).values())}
    watched = Place(scratch / "watched", "watch", TWO, keys={"outbox": "space/outbox"})
    journalled = Place(scratch / "journalled", "watch", TWO, keys={"journal": "space/journal.sqlite"})
    once = Place(scratch / "once", "process", TWO)
    kinds = {
        # Room for the directories and the sidecar's beginning, not for all renditions; and for none.
        "6: outbox and staging almost full": ("size=256k", lambda space: use_up(space, "space", 8192), WHY["space"]),
        "6: outbox and staging full": ("size=256k", lambda space: use_up(space, "space", 0), WHY["space"]),
        "6: few inodes in outbox and staging":
            ("nr_inodes=100", lambda space: use_up(space, "inodes", 4), WHY["inodes"]),
        "6: no inodes in outbox and staging":
            ("nr_inodes=100", lambda space: use_up(space, "inodes", 0), WHY["inodes"]),
        "8: read-only outbox": ("size=8m", make_read_only, WHY["read-only"]),
    }
    with mounted(watched.root / "space", "size=8m"):
        expected = learn(programs, watched, sources)
    for name, (mount_options, break_it, words) in kinds.items():
        def body():
            empty(watched.root)
            with mounted(watched.root / "space", mount_options) as space:
                watch_through(report, programs, name, watched, expected, sources, lambda: break_it(space), words)
        attempt(report, name, body)

    with mounted(journalled.root / "space", "size=8m"):
        expected = learn(programs, journalled, sources)
    for leave in (0, 16384):
        name = f"7: {'full journal' if not leave else 'journal almost full'}"
        def body():
            empty(journalled.root)
            with mounted(journalled.root / "space", "size=2m") as space:
                watch_through(report, programs, name, journalled, expected, sources,
                              lambda: use_up(space, "space", leave), WHY["space"])
        attempt(report, name, body)

    def with_out(mount_options, name, break_it, words):
        def body():
            empty(once.root)
            with mounted(once.outbox, mount_options):
                process_through(report, programs, name, once, expected, sources, lambda: break_it(once.outbox), words)
        attempt(report, name, body)
    with mounted(once.outbox, "size=8m"):
        expected = learn(programs, once, sources)
    with_out("size=600k", "6 and 7: OUT almost full", lambda out: use_up(out, "space", 160 << 10), WHY["space"])
    with_out("size=600k", "6 and 7: OUT full", lambda out: use_up(out, "space", 0), WHY["space"])
    with_out("nr_inodes=100", "6: few inodes in OUT", lambda out: use_up(out, "inodes", 14), WHY["inodes"])
    with_out("size=8m", "8: read-only OUT", make_read_only, WHY["read-only"])
