"""Names that are dropped again and again while they are worked on, others beside them, kills meanwhile: the last content of
each comes out, the others do not wait for them, and no source is lost."""
import hashlib
import random
import signal
import threading
import time

from invariants import check_journal, check_set, read_sidecar
from place import Place, digest, files
from processes import Failure, orphans, wait_for
from scenarios import SIX
import pictures

WAIT = 20  # seconds that another picture may take, on a machine however busy


class Dropper(threading.Thread):
    """Drops the same names with new contents until it is told to end."""

    def __init__(self, place, names, chance):
        super().__init__(daemon=True)
        self.place, self.names, self.chance, self.ended = place, names, chance, threading.Event()
        # Made before: it shall drop fast.
        self.contents = {name: [pictures.png(200, 150, f"{name}{version}") for version in range(40)] for name in names}
        self.latest, self.drops, self.failure = {}, 0, None

    def run(self):
        try:
            while not self.ended.wait(self.chance.uniform(0, 0.04)):
                name = self.chance.choice(self.names)
                # A note: no two drops have the same bytes.
                data = self.contents[name][self.drops % 40] + b"%d" % self.drops
                self.place.drop({name: data})
                self.latest[name] = hashlib.sha256(data).hexdigest()
                self.drops += 1
        except Exception as error:  # whatever it was, the harness has to hear of it
            self.failure = error

    def end(self):
        self.ended.set()
        self.join(60)
        if self.failure:
            raise Failure(f"the dropper failed: {self.failure!r}")


def has_results(place, name, value):
    try:
        sidecar = read_sidecar(place.outbox / f"{name}.json")
    except (OSError, ValueError):
        return False
    return sidecar["renditions"] and sidecar["source"]["sha256"] == value


def others_come(place, run, dropper, number, count):
    """Drops other pictures and waits for them, with the dropping going on. The longest wait, and their digests."""
    latest, longest = {}, 0.0
    for index in range(count):
        name, data = f"other/{number}-{index:02}.png", pictures.png(120, 90, f"{number}.{index}")
        latest[name] = hashlib.sha256(data).hexdigest()
        place.drop({name: data})
        since = time.monotonic()
        wait_for(lambda: has_results(place, name, latest[name]) or not run.is_running(),
                 f"{name} is done while others are dropped again and again ({dropper.drops} drops)", 90)
        longest = max(longest, time.monotonic() - since)
    return longest, latest


def check(place, latest):
    faults, there = [], place.results()
    digests = {digest(file) for root in (place.archive, place.inbox) if root.is_dir() for file in files(root).values()}
    for name, value in latest.items():
        if not has_results(place, name, value):
            faults.append(f"{name}: its last content has no results")
        if value not in digests:
            faults.append(f"lost: the last content of {name}")
    for path, file in there.items():
        if path.endswith(".json"):
            check_set(place, path, read_sidecar(file), there, faults)
    listed = {entry["path"] for path, file in there.items() if path.endswith(".json")
              for entry in read_sidecar(file)["renditions"]}
    faults += [f"{path} is in the outbox and in no sidecar" for path in there
               if not path.endswith(".json") and path not in listed]
    faults += [f"quarantined: {path}" for path in files(place.quarantine)]
    faults += [f"inbox/{path} is left" for path in files(place.inbox)]
    faults += [f"staging holds {name}" for name in place.staged()]
    return faults + check_journal(place)


def run(report, programs, scratch, options):
    report.begin("names that are dropped again and again")
    lives, others = (2, 4) if options.short else (12, 20)
    chance = random.Random(options.seed)
    place = Place(scratch / "place", "watch", SIX).make()
    dropper = Dropper(place, [f"hot/{index}.png" for index in range(3)], random.Random(options.seed + 1))
    latest, longest, faults = {}, 0.0, []
    dropper.start()
    try:
        for number in range(lives):
            run = place.start(programs)
            try:
                waited, more = others_come(place, run, dropper, number, others)
                longest, latest = max(longest, waited), latest | more
                time.sleep(chance.uniform(0, 0.3))
                run.signal(signal.SIGKILL)
                run.wait(30)
            finally:
                run.end()
            faults += [f"worker {process} has outlived its supervisor" for process in orphans()]
        dropper.end()
        latest |= dropper.latest
        run = place.run_to_end(programs, latest)
        if run.process.returncode:
            faults.append(f"the last run ended with {run.process.returncode}: {run.log()[-300:]}")
    except Failure as failure:
        faults.append(str(failure))
    finally:
        dropper.ended.set()
    if longest > WAIT:
        faults.append(f"another picture waited for {longest:.1f} s")
    for fault in faults + check(place, latest):
        report.fault(fault)
    report.line(f"{dropper.drops} drops of {len(dropper.names)} names, {lives} kills, {lives * others} others beside "
                f"them, of which one waited for {longest:.1f} s at most")
