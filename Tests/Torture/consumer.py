"""A consumer that takes results out of the outbox at random moments, while the supervisor is killed and started again:
every set is taken once, whole. Nothing is made again, whether or not its results are still there; nothing is lost."""
import collections
import hashlib
import os
import random
import shutil
import signal
import threading
import time

from invariants import check_journal, read_sidecar
from place import Place, digest, files
from processes import Failure, orphans, wait_for
from scenarios import TWO
import pictures


class Consumer(threading.Thread):
    """Takes sets whose sidecar is there: the renditions and the sidecar, in either order, now and then with a pause."""

    def __init__(self, place, where, chance):
        super().__init__(daemon=True)
        self.place, self.where, self.chance = place, where, chance
        self.taken, self.faults = collections.Counter(), []
        self.eager, self.ended, self.failure, self.took = False, threading.Event(), None, threading.Event()
        where.mkdir()

    def run(self):
        try:
            while not self.ended.is_set():
                self.once()
                self.ended.wait(self.chance.uniform(0, 0.02 if self.eager else 0.2))
        except Exception as error:  # whatever it was, the harness has to hear of it
            self.failure = error

    def once(self):
        for path, file in self.place.results().items():
            if path.endswith(".json") and (self.eager or self.chance.random() < 0.5):
                try:
                    sidecar = read_sidecar(file)
                except (OSError, ValueError) as error:
                    self.faults.append(f"{path} cannot be read: {error}")
                    continue
                self.take(path, file, sidecar)

    def take(self, path, file, sidecar):
        target = self.where / f"{sum(self.taken.values()):06}"
        target.mkdir()
        # Its commit marker is there: all of it has to be.
        moves = [(self.place.outbox / entry["path"], f"{entry['name']}", entry) for entry in sidecar["renditions"]]
        moves.insert(0 if self.chance.random() < 0.5 else len(moves), (file, "sidecar", None))
        for source, name, entry in moves:
            try:
                os.rename(source, target / name)
            except OSError as error:
                self.faults.append(f"{path} was there, and {source} is not: {error.strerror}")
                continue
            if entry and digest(target / name) != entry["sha256"]:
                self.faults.append(f"{path} lists {entry['path']}, which is another file")
            if self.chance.random() < 0.3:
                time.sleep(self.chance.uniform(0, 0.05))
        if not sidecar["renditions"]:
            self.faults.append(f"{path} lists nothing")
        self.taken[sidecar["source"]["path"], sidecar["source"]["sha256"]] += 1
        self.took.set()

    def end(self):
        self.ended.set()
        self.join(60)
        if self.failure:
            raise Failure(f"the consumer failed: {self.failure!r}")


class Scene:
    def __init__(self, programs, place, consumer, count, chance):
        self.programs, self.place, self.consumer, self.chance = programs, place, consumer, chance
        self.waiting = [f"{index % 5}/{index:03}.png" for index in range(count)]
        self.dropped, self.latest, self.changed = collections.Counter(), {}, set()

    def drop_some(self, number):
        """New sources; and now and then another content of one whose results have been taken."""
        for _ in range(number):
            if self.waiting:
                self.drop(self.waiting.pop(), 1)
        for name, value in list(self.latest.items()):
            if name not in self.changed and self.consumer.taken[name, value] and self.chance.random() < 0.1:
                self.changed.add(name)
                self.drop(name, 2)

    def drop(self, name, version):
        data = pictures.png(60, 44, f"{name}{version}")
        self.latest[name] = hashlib.sha256(data).hexdigest()
        self.dropped[name, self.latest[name]] += 1
        self.place.drop({name: data})

    def one_life(self, number):
        run = self.place.start(self.programs)
        try:
            end = time.monotonic() + self.chance.uniform(0.1, 2.0)
            while run.is_running() and time.monotonic() < end:
                self.drop_some(number)
                time.sleep(self.chance.uniform(0, 0.2))
            if self.chance.random() < 0.5:
                # The moment that is hardest to tell from a loss: taken, and perhaps not in the journal yet.
                self.consumer.eager = True
                self.consumer.took.clear()
                self.drop_some(number)
                self.consumer.took.wait(3)
                self.consumer.eager = False
            run.signal(signal.SIGKILL)
            run.wait(30)
        finally:
            run.end()
        return [f"worker {process} has outlived its supervisor" for process in orphans()]

    def is_finished(self):
        taken = all(self.consumer.taken[key] for key in self.dropped)
        left = self.place.takes_sources_away and files(self.place.inbox)
        return taken and not left and self.place.open_jobs() == 0 and not self.place.staged()

    def last_life(self):
        self.drop_some(len(self.waiting))
        self.consumer.eager = True
        run = self.place.start(self.programs)
        try:
            wait_for(lambda: self.is_finished() or not run.is_running(),
                     f"the rest is done and taken ({sum(self.consumer.taken.values())} sets of {self.dropped.total()} so "
                     f"far); its log:\n{run.log()[-1500:]}")
            run.signal(signal.SIGTERM)
            run.wait()
        finally:
            run.end()
        # One more start, which has nothing to do: what it makes comes within a moment.
        run = self.place.start(self.programs)
        try:
            wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                     f"it starts: {run.log()[-500:]}")
            time.sleep(2)
            run.signal(signal.SIGTERM)
            code = run.wait()
        finally:
            run.end()
        return [f"it ended with {code}: {run.log()[-300:]}"] if code else []

    def check(self):
        faults = list(self.consumer.faults)
        taken = self.consumer.taken
        twice = [name for (name, _), number in taken.items() if number > 1]
        faults += [f"{name} was made {number} times" for (name, _), number in taken.items() if number > 1]
        faults += [f"{name} was never made" for name, value in self.dropped if not taken[name, value]]
        faults += [f"{name} was made of something that nobody dropped" for name, value in taken
                   if (name, value) not in self.dropped]
        have = collections.Counter(digest(file) for root in (self.place.inbox, self.place.archive) if root.is_dir()
                                   for path, file in files(root).items())
        wanted = ({value for _, value in self.dropped} if self.place.takes_sources_away else set(self.latest.values()))
        faults += [f"lost: the source of digest {value[:12]}" for value in wanted if not have[value]]
        faults += [f"quarantined: {path}" for path in files(self.place.quarantine)]
        faults += [f"{path} is left in the outbox" for path in self.place.results()]
        return twice, faults + check_journal(self.place)


def run(report, programs, scratch, options):
    report.begin("a consumer that takes results at random moments")
    kills, count = (5, 20) if options.short else (100, 300)
    for after in ("archive", "keep"):
        chance = random.Random(options.seed)
        place = Place(scratch / after, "watch", TWO, after=after).make()
        consumer = Consumer(place, scratch / f"taken-{after}", random.Random(options.seed + 1))
        consumer.start()
        scene = Scene(programs, place, consumer, count, chance)
        faults = []
        try:
            for _ in range(kills):
                faults += scene.one_life(max(1, count // (kills * 4)))
            faults += scene.last_life()
        except Failure as failure:
            faults.append(str(failure))
        finally:
            consumer.end()
        twice, more = scene.check()
        for fault in faults + more:
            report.fault(f"after: {after}: {fault}")
        report.line(f"after: {after}: {scene.dropped.total()} contents of {len(scene.latest)} sources, {kills} kills, "
                    f"{sum(consumer.taken.values())} sets taken, {len(twice)} of them made more than once")
        shutil.rmtree(place.root)
