"""A directory that Sluice writes to is deleted, moved away or replaced under a running `watch`: it pauses, says which and
why, writes nothing elsewhere, counts no attempt, and goes on by itself when the directory is back."""
import json
import re
import shutil
import signal
import subprocess
import time

from invariants import check_set, read_sidecar
from place import Place, files
from processes import Failure, orphans, wait_for
from scenarios import TWO
import pictures

ROOTS = ("outbox", "archive", "quarantine", "staging")
MOST_LINES = 40  # of the log, while something is gone for a few seconds


def sources(number):
    """Two pictures, and something that ends in the quarantine."""
    return {f"{number}/one.png": pictures.png(60, 44, f"{number}.1"), f"{number}/two.png": pictures.png(60, 44, f"{number}.2"),
            f"{number}/bad.png": b"no picture, number %d" % number}


def is_done(place, names):
    return place.open_jobs() == 0 and all(
        (place.quarantine / f"{name}.error.json").exists() if "bad" in name else (place.archive / name).exists()
        for name in names)


def state(place, programs):
    """What `sluice status` says of the supervisor."""
    done = subprocess.run([programs.sluice, "status", "--config", place.root / "sluice.yaml", "--json"],
                          capture_output=True, env=programs.environment())
    return json.loads(done.stdout or b"{}").get("supervisor") or {}


def names(text, place, root):
    """Whether a text names the root, by its path or its word (the place's own path may have that, too)."""
    return str(root) in text or root.name.strip(".") in text.replace(str(place.root), "")


def complaints(run, root):
    """Lines of the log that warn, and name it; not those of a source in quarantine."""
    return [line for line in run.log().splitlines() if re.search(r" (warning|error|critical) ", line)
            and " quarantined " not in line and names(line, run.place, root)]


def snapshot(directory):
    return {path: (file, directory.joinpath(path).stat().st_mtime_ns) for path, file in files(directory).items()}


def through(programs, place, name, way, seconds):
    """One root, lost in one way. Returns faults."""
    root = getattr(place, name)
    place.make()
    away = root.with_name(f"{root.name}.away")
    run, faults = place.start(programs), []
    try:
        wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                 f"it starts: {run.log()[-500:]}")
        place.drop(sources(1))
        wait_for(lambda: is_done(place, sources(1)), f"the first are done: {run.log()[-500:]}", 60)
        kept = {path: file for path, file in place.results().items()}
        before = len(run.log().splitlines())
        if way == "moved":
            root.rename(away)
        else:
            shutil.rmtree(root)
            if way == "replaced":
                root.mkdir()
        held = snapshot(away) if way == "moved" else {}
        place.drop(sources(2))
        if way != "replaced":
            wait_for(lambda: complaints(run, root) or not run.is_running(),
                     f"its log names {root.name}, which is gone: {run.log()[-700:]}", 60)
            wait_for(lambda: state(place, programs).get("state") == "paused" or not run.is_running(),
                     f"the status says that it is paused; it says {state(place, programs).get('state')}", 60)
            if not names(json.dumps(state(place, programs).get("pause") or {}), place, root):
                faults.append(f"the status does not say which directory is gone: {state(place, programs).get('pause')}")
            time.sleep(seconds)
            if root.exists() and files(root):
                faults.append(f"{root.name} was made anew, and written to")
            if way == "moved" and (snapshot(away) != held):
                faults.append(f"what was moved away was written to: {sorted(set(snapshot(away)) ^ set(held))[:3]}")
            if (lines := len(run.log().splitlines()) - before) > MOST_LINES:
                faults.append(f"the log has grown by {lines} lines meanwhile")
            if way == "moved":
                away.rename(root)
            else:
                root.mkdir()
        wait_for(lambda: is_done(place, sources(2)) or not run.is_running(),
                 f"it goes on by itself: {run.log()[-900:]}", 90)
        if not complaints(run, root):
            faults.append(f"its log never named {root.name}")
        for number in (1, 2):
            for source in sources(number):
                sidecar = place.outbox / f"{source}.json"
                if "bad" in source or number == 1 and name == "outbox" and way != "moved":
                    continue
                if not sidecar.exists():
                    faults.append(f"{source} has no sidecar in the outbox")
                else:
                    check_set(place, source, read_sidecar(sidecar), place.results(), faults)
                    if read_sidecar(sidecar)["attempts"] > 1:
                        faults.append(f"{source} took {read_sidecar(sidecar)['attempts']} attempts: none is its own fault")
        if name == "outbox" and way != "moved" and (again := set(kept) & set(place.results())):
            faults.append(f"what had been published was made again: {sorted(again)[:2]}")
        run.signal(signal.SIGTERM)
        if run.wait() != 0:
            faults.append(f"it ended with {run.process.returncode}: {run.log()[-300:]}")
    finally:
        run.end()
    return faults + [f"worker {process} has outlived its supervisor" for process in orphans()]


def run(report, programs, scratch, options):
    report.begin("directories that are lost under a running watch")
    for name in ROOTS[:2] if options.short else ROOTS:
        for way in ("deleted", "moved", "replaced"):
            place = Place(scratch / f"{name}-{way}", "watch", TWO)
            try:
                faults = through(programs, place, name, way, 1 if options.short else 10)
            except Failure as failure:
                faults = [str(failure)]
            for fault in faults:
                report.fault(f"{name} {way}: {fault}")
            report.line(f"{name} {way}: waits, says so, and goes on by itself")
            shutil.rmtree(place.root)
