"""Inboxes on file systems with faults (Tests/Shims/odd_mount.c, through FUSE): one that hangs stops nobody else, and one
without flags of rename, hard links or lasting inodes works, or is refused with the reason; never a loop."""
import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from invariants import read_sidecar
from place import Place, digest, files
from processes import Failure, orphans, wait_for
from scenarios import TWO, digests
import pictures

SHIM = pathlib.Path(__file__).resolve().parents[1] / "Shims/odd_mount.c"
SILENCE = 1.0  # seconds between two signs of life at most
FAULTS = ((), ("no-flags",), ("no-flags", "no-link"), ("new-inodes",), ("no-flags", "no-link", "new-inodes"),
          ("no-flags", "new-inodes"))


def why_not():
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "needs root and /dev/fuse"
    if not shutil.which("pkg-config") or subprocess.run(["pkg-config", "--exists", "fuse3"]).returncode:
        return "needs libfuse3-dev"
    return None if next(filter(shutil.which, ("cc", "gcc", "clang")), None) else "no C compiler (cc, gcc, clang)"


def compile_shim(scratch):
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], capture_output=True, text=True, check=True)
    compiler = next(filter(shutil.which, ("cc", "gcc", "clang")))
    subprocess.run([compiler, "-O1", "-Wall", "-o", scratch / "odd_mount", SHIM, *flags.stdout.split()], check=True)
    return scratch / "odd_mount"


@contextlib.contextmanager
def mounted(shim, source, mount, *words):
    source.mkdir(parents=True, exist_ok=True)
    mount.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen([shim, source, mount, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.ismount(mount) or server.poll() is not None, "the file system is mounted", 20)
        if server.poll() is not None:
            raise Failure(f"odd_mount ended with {server.returncode}: nothing can be mounted through FUSE here")
        yield
    finally:
        subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        server.kill()
        server.wait()


class Heart:
    """A service manager that listens to the watchdog."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.path, self.ready, self.last, self.longest = path, False, None, 0.0
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def listen(self):
        """Takes what has come; the longest silence so far, the one that lasts included."""
        with contextlib.suppress(BlockingIOError):
            while words := self.socket.recv(65536).decode(errors="replace").split("\n"):
                self.ready |= "READY=1" in words
                if self.ready and ("WATCHDOG=1" in words or "READY=1" in words):
                    self.note()
        return self.longest if self.last is None else max(self.longest, time.monotonic() - self.last)

    def note(self):
        now = time.monotonic()
        self.longest = max(self.longest, now - (self.last or now))
        self.last = now


def watch_with(heart, function):
    """Calls it until it is true, listening ten times a second."""
    def step():
        heart.listen()
        return function()
    return step


def second_inbox(place):
    """Another inbox beside the one of the place, which is on a good disk; that one is looked through every second."""
    (place.root / "good").mkdir(exist_ok=True)
    text = (place.root / "sluice.yaml").read_text()
    (place.root / "sluice.yaml").write_text(text.replace(
        "inboxes:\n", "inboxes:\n  good: { path: good, pipeline: pipeline.yaml, settle: 10ms, settle-other: 10ms }\n"
    ).replace("pictures: { ", "pictures: { scan-every: 1s, "))


def drop(directory, name, data):
    (directory / f".{name}.tmp").write_bytes(data)
    (directory / f".{name}.tmp").rename(directory / name)


def hang(report, programs, shim, scratch, seconds):
    place, stop = Place(scratch / "hang", "watch", TWO), scratch / "hang-now"
    # A short path: that of a socket has 108 bytes at most.
    heart = Heart(pathlib.Path(f"/tmp/sluice-torture-{os.getpid()}"))
    programs_environment = programs.environment
    programs.environment = lambda: programs_environment() | {"NOTIFY_SOCKET": str(heart.path), "WATCHDOG_USEC": "1000000"}
    faults, run = [], None
    try:
        with mounted(shim, scratch / "hang-source", place.root / "inbox", f"hang={stop}"):
            place.make()
            second_inbox(place)
            run = place.start(programs)
            wait_for(watch_with(heart, lambda: heart.ready or not run.is_running()), f"it starts: {run.log()[-500:]}")
            drop(place.inbox, "before.png", pictures.png(60, 44, 1))
            wait_for(watch_with(heart, lambda: any(place.outbox.rglob("before.png.json"))),
                     f"the mount works: {run.log()[-500:]}", 60)
            # What is to be read when nothing answers any more: a job hangs, too, and a scan.
            for number in range(5):
                drop(place.inbox, f"hung-{number}.png", pictures.png(300, 200, number))
            stop.touch()
            heart.listen()
            since, slowest = time.monotonic(), 0.0
            number = 0
            while time.monotonic() - since < seconds:
                drop(place.root / "good", f"{number}.png", pictures.png(60, 44, f"good{number}"))
                dropped = time.monotonic()
                wait_for(watch_with(heart, lambda: any(place.outbox.rglob(f"{number}.png.json")) or not run.is_running()),
                         f"the other inbox goes on while one hangs: {run.log()[-700:]}", 60)
                slowest, number = max(slowest, time.monotonic() - dropped), number + 1
            if heart.listen() > SILENCE:
                faults.append(f"no sign of life for {heart.listen():.1f} s while an inbox hung")
            stop.unlink()
            wait_for(watch_with(heart, lambda: all(any(place.outbox.rglob(f"hung-{number}.png.json")) for number in range(5))
                                or not run.is_running()),
                     f"the inbox goes on when its mount answers again: {run.log()[-900:]}", 120)
            run.signal(signal.SIGTERM)
            if run.wait() != 0:
                faults.append(f"it ended with {run.process.returncode}: {run.log()[-300:]}")
            names = collections.Counter(run.published())
            faults += [f"{name} was published {count} times" for name, count in names.items() if count > 1]
            report_text = f"an inbox that hangs for {seconds} s: {number} others done, one after {slowest:.1f} s at most"
    except Failure as failure:
        faults.append(str(failure))
        report_text = "an inbox that hangs"
    finally:
        stop.unlink(missing_ok=True)
        if run:
            run.end()
        programs.environment = programs_environment
        heart.socket.close()
        heart.path.unlink(missing_ok=True)
    for fault in faults + [f"worker {process} has outlived its supervisor" for process in orphans()]:
        report.fault(f"hang: {fault}")
    report.line(report_text)


def held_worker(report, programs, shim, scratch):
    """The only worker has a job of an inbox when that hangs: the worker is taken from it, for the others."""
    place, stop = Place(scratch / "held", "watch", TWO, workers=1), scratch / "held-now"
    programs_environment = programs.environment
    programs.environment = lambda: programs_environment() | {"SLUICE_CRASH": "hang:held"}
    fault, run = None, None
    try:
        with mounted(shim, scratch / "held-source", place.root / "inbox", f"hang={stop}"):
            place.make()
            second_inbox(place)
            run = place.start(programs)
            wait_for(lambda: " watching " in run.log() or not run.is_running(), f"it starts: {run.log()[-500:]}", 60)
            drop(place.inbox, "held.png", pictures.png(60, 44, 1))
            wait_for(lambda: any(place.staging.glob("jobs/job-*")), f"the worker has its job: {run.log()[-500:]}", 60)
            stop.touch()
            drop(place.root / "good", "good.png", pictures.png(60, 44, 2))
            wait_for(lambda: any(place.outbox.rglob("good.png.json")) or not run.is_running(),
                     f"the other inbox gets the worker: {run.log()[-700:]}", 60)
            # It would hang again.
            (scratch / "held-source/held.png").unlink()
            stop.unlink()
            run.signal(signal.SIGTERM)
            if run.wait() != 0:
                fault = f"it ended with {run.process.returncode}: {run.log()[-300:]}"
    except Failure as failure:
        fault = str(failure)
    finally:
        stop.unlink(missing_ok=True)
        if run:
            run.end()
        programs.environment = programs_environment
    if fault:
        report.fault(f"a worker of an inbox that hangs: {fault}")
    report.line("a worker of an inbox that hangs: taken from it, and the other inbox done")


def with_faults(programs, shim, scratch, words, after, seconds):
    """Returns (what became of it, faults)."""
    name = "-".join(words) or "plain"
    place = Place(scratch / f"{name}-{after}", "watch", TWO, after=after)
    sources = {f"{index}.png": pictures.png(60, 44, f"{name}{index}") for index in range(4)} | {"bad.png": b"no picture"}
    faults, run = [], None
    source = scratch / f"{name}-{after}-source"
    try:
        with mounted(shim, source, place.root / "inbox", *words):
            place.make()
            second_inbox(place)
            run = place.start(programs)
            wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                     f"it starts: {run.log()[-500:]}", 60)
            if not run.is_running():
                # Refused as a whole: that is an answer, where it says which directory and why.
                said = run.log()
                return f"refused with {run.process.returncode}", [] if str(place.inbox) in said else [f"it says: {said[-500:]}"]
            place.drop(sources)
            drop(place.root / "good", "good.png", pictures.png(60, 44, "good"))
            wait_for(lambda: any(place.outbox.rglob("good.png.json")), f"the other inbox works: {run.log()[-500:]}", 60)
            refused = any("refused" in line and "inbox" in line for line in run.log().splitlines() if " error " in line)
            good = [name for name in sources if name != "bad.png"]
            if not refused:
                # All of them: one that has not been taken in yet is no open job.
                wait_for(lambda: all(any(place.outbox.rglob(f"{name}.json")) for name in good)
                         and re.search(r" quarantined job=\S+ source=bad\.png ", run.log()) and place.open_jobs() == 0,
                         f"all are done: {run.log()[-1500:]}", 60)
                # Scans find again what was left behind.
                time.sleep(seconds)
            run.signal(signal.SIGTERM)
            if run.wait() != 0:
                faults.append(f"it ended with {run.process.returncode}: {run.log()[-300:]}")
            counts = collections.Counter(re.findall(r" (?:published|quarantined) job=\S+ source=(\S+) ", run.log()))
            faults += [f"{name} ended {count} times" for name, count in counts.items() if count > 1]
            faults += [f"{path} is litter in the inbox" for path in files(source) if os.path.basename(path).startswith(".")]
            if (lines := run.log().count("\n")) > 60:
                faults.append(f"its log has {lines} lines")
    finally:
        if run:
            run.end()
    have = {digest(file) for root in (source, place.archive, place.quarantine) if root.is_dir() for file in files(root).values()}
    faults += [f"lost: {name}" for name, value in digests(sources).items()
               if value not in have and (after == "archive" or name == "bad.png")]
    left = sorted(files(source))
    told = [line for line in run.log().splitlines() if re.search(r" (warning|error) ", line) and " quarantined " not in line]
    faults += [f"{name} was left in the inbox, without a word" for name in left
               if not any(name in line or str(place.inbox) in line for line in told)]
    return f"left in the inbox: {', '.join(left)}" if left else "all done, nothing left", faults


def run(report, programs, scratch, options):
    report.begin("inboxes on file systems with faults")
    if why := why_not():
        return report.skip(why)
    shim = compile_shim(scratch)
    try:
        with mounted(shim, scratch / "probe-source", scratch / "probe"):
            pass
    except Failure as failure:
        return report.skip(str(failure))
    hang(report, programs, shim, scratch, 3 if options.short else 60)
    held_worker(report, programs, shim, scratch)
    kinds = (FAULTS[0], FAULTS[-1]) if options.short else FAULTS
    for words in kinds:
        for after in ("archive",) if options.short else ("archive", "delete"):
            try:
                became, faults = with_faults(programs, shim, scratch, words, after, 4 if options.short else 20)
            except Failure as failure:
                became, faults = "?", [str(failure)]
            faults += [f"worker {process} has outlived its supervisor" for process in orphans()]
            for fault in faults:
                report.fault(f"{' '.join(words) or 'plain'}, {after}: {fault}")
            report.line(f"{' '.join(words) or 'plain'}, after: {after}: {became}")
