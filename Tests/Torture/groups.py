"""A phone's folder, while supervisor and worker are killed again and again: no picture is parted from its companions, no
file that is no picture is lost, made twice, or taken for a failure."""
import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from place import Place, digest, files
from processes import Failure, wait_for

TREES = pathlib.Path(__file__).resolve().parents[1] / "Folders/trees.py"
SMALL = "version: 1\nrenditions:\n  small: { resize: 64x64, format: jpeg }\n"


def settled(place, dropped):
    """Whether the journal has an end of each file."""
    seen = {os.fsdecode(row[0]) for row in place.rows("SELECT DISTINCT path FROM job")}
    return seen >= set(dropped) and place.open_jobs() == 0 and not place.staged()


def lives(programs, place, kills, chance, dropped):
    for _ in range(kills):
        run = place.start(programs)
        try:
            time.sleep(chance.uniform(0.1, 1.2))
            run.signal(signal.SIGKILL)
            run.wait(30)
        finally:
            run.end()
    run = place.start(programs)
    try:
        wait_for(lambda: settled(place, dropped) or not run.is_running(), f"the rest is done; {run.log()[-800:]}")
        time.sleep(1)
        run.signal(signal.SIGTERM)
        run.wait()
    finally:
        run.end()


def parted(where):
    """Stems of pictures that lie in two places with their companions."""
    places = collections.defaultdict(set)
    for name, root in where:
        for path in files(root) if root.is_dir() else []:
            # What belongs to no picture stays.
            if "APPLE" in path:
                places[path.split(".")[0]].add(name)
    return [stem for stem, found in places.items() if len(found) > 1]


def check(place, dropped, rule):
    faults = [f"{stem} is parted from its companions"
              for stem in parted([("inbox", place.inbox), ("archive", place.archive)])]
    faults += [f"quarantined: {path}" for path in files(place.quarantine)]
    have = collections.Counter(digest(file) for root in (place.inbox, place.archive) if root.is_dir()
                               for file in files(root).values())
    faults += [f"lost: {name}" for name, value in dropped.items() if not have[value]]
    left = [path for path in files(place.inbox) if "APPLE" in path]
    faults += [f"left in the inbox: {path}" for path in left]
    results = files(place.outbox, without=(".sluice",))
    copies = {path for path in results if path.rsplit(".", 1)[1] not in ("jpg", "json")}
    others = {path for path in dropped if path.rsplit(".", 1)[1].lower() not in ("heic", "jpg")}
    if rule == "copy":
        faults += [f"{path} was not copied" for path in others if results.get(path) is None
                   or digest(results[path]) != dropped[path]]
    else:
        faults += [f"{path} was copied" for path in copies]
    return faults


def run(report, programs, scratch, options):
    report.begin("a phone's folder: pictures and what belongs to them")
    kills, pictures = (6, 40) if options.short else (100, 300)
    for rule in ("leave", "copy"):
        chance = random.Random(options.seed)
        place = Place(scratch / rule, "watch", SMALL + f"others: {rule}\n", after="archive").make()
        made = subprocess.run([sys.executable, TREES, "dcim", place.inbox, "--pictures", str(pictures)],
                              capture_output=True, text=True, check=True).stdout
        dropped = {path: digest(file) for path, file in files(place.inbox).items()}
        try:
            lives(programs, place, kills, chance, dropped)
            faults = check(place, dropped, rule)
        except Failure as failure:
            faults = [str(failure)]
        for fault in faults:
            report.fault(f"others: {rule}: {fault}")
        report.line(f"others: {rule}: {made.strip()}, {kills} kills")
        shutil.rmtree(place.root)
