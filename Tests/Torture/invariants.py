"""What always holds, and what holds once everything has come to rest. Each check returns its faults as sentences."""
import collections
import json
import os
import sqlite3

from place import digest, files

PROBE = ".sluice-probe"  # of a start that was killed; the next start removes it


class Expectation:
    """What undisturbed runs make of the sources, and what must be left of them."""

    def __init__(self):
        self.accepted = collections.defaultdict(set)  # outbox path → digests of old and new results
        self.final = {}  # outbox path → digest
        self.renditions = {}  # source path → names of its renditions
        self.sidecars = {}  # source path → outbox path of its sidecar
        self.latest = {}  # source path → digest of what was dropped last
        self.sources = collections.Counter()  # digest → how many files of that content there are, inbox or archive

    def learn(self, place, sources):
        """Takes in what an undisturbed run has made; `sources` (relative path → bytes) is what was dropped for it."""
        import hashlib
        for name, data in sources.items():
            value = hashlib.sha256(data).hexdigest()
            if place.takes_sources_away:
                self.sources[value] += place.after == "archive"
            else:
                before = self.latest.get(name)
                if before:
                    self.sources[before] -= 1
                self.sources[value] += 1
            self.latest[name] = value
        self.sources += collections.Counter()  # drops zeros
        self.final = {}
        for path, file in place.results().items():
            if path.endswith(".json"):
                sidecar = read_sidecar(file)
                self.renditions[sidecar["source"]["path"]] = [entry["name"] for entry in sidecar["renditions"]]
                self.sidecars[sidecar["source"]["path"]] = path
            else:
                self.final[path] = digest(file)
                self.accepted[path].add(self.final[path])
        return self


def read_sidecar(path):
    with open(path, "rb") as file:
        return json.loads(file.read())


def is_sidecar(path, text):
    return isinstance(text, dict) and "source" in text and "renditions" in text


def entries(sidecar):
    """All files that a sidecar lists."""
    return sidecar["renditions"] + ([sidecar["motion"]] if "motion" in sidecar else [])


def check_set(place, sidecar_path, sidecar, there, faults):
    """Each file that a sidecar lists is there, whole."""
    for entry in entries(sidecar):
        file = there.get(entry["path"])
        if file is None:
            faults.append(f"{sidecar_path} lists {entry['path']}, which is not there")
        elif os.path.getsize(file) != entry["bytes"] or digest(file) != entry["sha256"]:
            faults.append(f"{sidecar_path} lists {entry['path']}, which is another file "
                          f"({os.path.getsize(file)} bytes instead of {entry['bytes']})")


def describe(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        zeros = not file.read(65536).strip(b"\0")
    return "empty" if size == 0 else f"{size} bytes, all NUL" if zeros else f"{size} bytes"


def check_at_any_instant(place, expected, *, lost=True):
    """What must hold when everything stands still at once: nothing partial is visible, and no source is gone."""
    faults = []
    there = place.results()
    for path, file in there.items():
        name = os.path.basename(path)
        if name.startswith("."):
            if name != PROBE:
                faults.append(f"{path} in the outbox: a temporary file outside staging")
        elif path.endswith(".json"):
            try:
                sidecar = read_sidecar(file)
            except ValueError:
                faults.append(f"{path} ({describe(file)}) is no JSON")
                continue
            if not is_sidecar(path, sidecar):
                faults.append(f"{path} is no sidecar")
            elif not sidecar["renditions"] and "replacing" not in sidecar:
                faults.append(f"{path} lists no renditions, and does not say that it is replacing any")
            else:
                check_set(place, path, sidecar, there, faults)
        elif digest(file) not in expected.accepted.get(path, ()):
            faults.append(f"{path} ({describe(file)}) is neither the old result nor the new one")
    known = set(expected.sources)
    for root in [root for root in (place.archive, place.quarantine) if root and root.is_dir()]:
        for path, file in files(root).items():
            name = os.path.basename(path)
            if not name.startswith(".") and not path.endswith(".error.json") and digest(file) not in known:
                faults.append(f"{root.name}/{path} ({describe(file)}) is none of the sources")
    if lost and place.after != "delete":
        have = collections.Counter(digest(file) for file in source_files(place, hidden=True).values())
        for value in (expected.sources - have):
            faults.append(f"lost: the source of digest {value[:12]} is in none of inbox, archive, quarantine")
    return faults


def source_files(place, hidden=False):
    found = {}
    for root in (place.inbox, place.archive, place.quarantine):
        if root and root.is_dir() and not (place.mode == "process" and root == place.quarantine):
            for path, file in files(root).items():
                if not path.endswith(".error.json") and (hidden or not os.path.basename(path).startswith(".")):
                    found[f"{root.name}/{path}"] = file
    return found


def complete_sets(place, expected):
    """Sidecar → (inode, time) of each set that is final already: recovery must not publish it again."""
    found = {}
    for name, value in expected.latest.items():
        path = place.outbox / expected.sidecars.get(name, f"{name}.json")
        try:
            sidecar = read_sidecar(path)
        except (OSError, ValueError):
            continue
        if sidecar.get("renditions") and sidecar["source"]["sha256"] == value:
            status = path.stat()
            found[name] = (status.st_ino, status.st_mtime_ns)
    return found


def check_at_rest(place, expected, before=None, *, quarantined=(), stays=()):
    """What must hold after recovery: one complete set for each source, nothing else, and each source once.

    `before` is what `complete_sets` said at the instant of the kill. Sources in `quarantined` may be there instead,
    and those in `stays` still in the inbox.
    """
    faults = []
    there = place.results()
    listed = set()
    for name, value in expected.latest.items():
        path = expected.sidecars.get(name, f"{name}.json")
        error = place.quarantine / f"{name}.error.json"
        if path not in there:
            if error.exists() and name in quarantined:
                continue
            reason = f"; quarantined: {read_sidecar(error)['message']}" if error.exists() else ""
            faults.append(f"{name} has no sidecar{reason}")
            continue
        try:
            sidecar = read_sidecar(there[path])
        except ValueError:
            faults.append(f"{path} ({describe(there[path])}) is no JSON")
            continue
        if sidecar["source"]["sha256"] != value:
            faults.append(f"{path} is of an older content")
        names = [entry["name"] for entry in sidecar["renditions"]]
        if names != expected.renditions[name]:
            faults.append(f"{path} lists {names} instead of {expected.renditions[name]}")
        check_set(place, path, sidecar, there, faults)
        for entry in entries(sidecar):
            if entry["sha256"] != expected.final.get(entry["path"]):
                faults.append(f"{entry['path']} differs from what an undisturbed run makes")
        listed |= {path} | {entry["path"] for entry in entries(sidecar)}
    for path in sorted(set(there) - listed):
        faults.append(f"{path} ({describe(there[path])}) is in the outbox and in no sidecar")

    have = collections.Counter(digest(file) for file in source_files(place).values())
    if have != expected.sources:
        names = {digest(file): path for path, file in source_files(place).items()}
        for value, number in (expected.sources - have).items():
            faults.append(f"lost: {number} of the sources of digest {value[:12]}")
        for value, number in (have - expected.sources).items():
            faults.append(f"{names[value]}: {number} more than there should be")
    if place.takes_sources_away:
        faults += [f"inbox/{path} is left in the inbox" for path in files(place.inbox) if path not in stays]
    for root in (place.archive, place.quarantine):
        if root and root.is_dir():
            for path, file in files(root).items():
                if os.path.basename(path).startswith("."):
                    faults.append(f"{root.name}/{path} ({describe(file)}) is litter")

    faults += [f"staging holds {name}" for name in place.staged()]
    faults += check_journal(place)
    for name, (inode, time) in (before or {}).items():
        path = place.outbox / expected.sidecars.get(name, f"{name}.json")
        status = path.stat() if path.exists() else None
        if status and (status.st_ino, status.st_mtime_ns) != (inode, time):
            faults.append(f"{name} was complete, and was published again")
    return faults


def check_journal(place):
    """No job is open, and no content of a source path has been published by two jobs."""
    if not place.journal.exists():
        return ["there is no journal"]
    journal = sqlite3.connect(f"file:{place.journal}?mode=ro", uri=True, timeout=10)
    try:
        faults = [f"the journal holds {number} jobs that are {state}" for state, number in journal.execute(
            "SELECT state, count(*) FROM job WHERE state NOT IN ('done', 'superseded', 'quarantined') GROUP BY 1")]
        # Only a job that published measured a peak; one that found the results in place did not.
        return faults + [f"{os.fsdecode(path)} was published by {number} jobs" for path, number in journal.execute(
            "SELECT path, count(*) FROM job WHERE state = 'done' AND peak IS NOT NULL "
            "GROUP BY inbox, path, sha256 HAVING count(*) > 1")]
    except sqlite3.Error as error:
        return [f"the journal cannot be read: {error}"]
    finally:
        journal.close()


def check_log(run):
    """No run says of a source twice that it was published."""
    return [f"the log says {number} times that {name} was published"
            for name, number in collections.Counter(run.published()).items() if number > 1]
