"""A place of Sluice's: inbox, outbox and the rest below one directory; and the programs that run there."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

from processes import PATIENCE, Failure, wait_for
from run import Run


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files(root, *, without=()):
    """Relative path → path of every regular file below `root`."""
    found = {}
    for directory, folders, names in os.walk(root):
        here = os.path.relpath(directory, root)
        folders[:] = [name for name in folders if name not in without]
        for name in names:
            if name not in without:
                path = os.path.join(directory, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    found[name if here == "." else f"{here}/{name}"] = path
    return found


class Programs:
    """The built programs, and the tracer, which is compiled on the way."""

    def __init__(self, directory, scratch):
        directory = pathlib.Path(directory).resolve()
        self.sluice = directory / "sluice"
        if not self.sluice.exists() or not (directory / "sluice-worker").exists():
            raise Failure(f"no sluice and sluice-worker in {directory}: build them first")
        compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
        self.tracer = None
        self.why_no_tracer = "no C compiler (cc, gcc, clang)"
        if compiler:
            tracer = scratch / "tracer"
            subprocess.run([compiler, "-O1", "-o", tracer, pathlib.Path(__file__).with_name("tracer.c")], check=True)
            probe = subprocess.run([tracer, scratch / "probe", "0", "none", "true"], capture_output=True, text=True)
            if probe.returncode == 0:
                self.tracer = tracer
            else:
                self.why_no_tracer = f"processes cannot be traced here ({probe.stderr.strip()})"

    @staticmethod
    def environment():
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        return kept | {"SWIFT_BACKTRACE": "enable=no"}


class Place:
    """Where one run's files are. `mode` is `watch` or `process`; what a place is called stays the same in copies."""

    def __init__(self, root, mode, pipeline, *, after="archive", keys=(), attempts=20, workers=2):
        self.root, self.mode, self.after = pathlib.Path(root), mode, after
        self.pipeline_text, self.keys, self.attempts, self.workers = pipeline, dict(keys), attempts, workers
        where = self.root
        if mode == "process":
            self.inbox, self.outbox, self.archive = where / "in", where / "out", None
            self.quarantine, self.staging = where / "out/.sluice/quarantine", where / "out/.sluice/staging"
            self.journal = where / "out/.sluice/journal.sqlite"
        else:
            self.inbox, self.outbox = where / "inbox", where / self.keys.get("outbox", "outbox")
            self.archive, self.quarantine = where / self.keys.get("archive", "archive"), where / "quarantine"
            self.staging = self.outbox.parent / ".staging"
            self.journal = where / self.keys.get("journal", "journal.sqlite")

    def make(self):
        self.inbox.mkdir(parents=True, exist_ok=True)
        (self.root / "pipeline.yaml").write_text(self.pipeline_text)
        keys = "".join(f"{key}: {value}\n" for key, value in self.keys.items())
        (self.root / "sluice.yaml").write_text(
            "version: 1\ninboxes:\n"
            f"  pictures: {{ path: inbox, pipeline: pipeline.yaml, after: {self.after}, settle: 10ms,"
            " settle-other: 10ms }\n"
            f"workers: {self.workers}\nattempts: {self.attempts}\nmemory: {{ cap: 320MiB }}\n{keys}")
        return self

    @property
    def takes_sources_away(self):
        return self.mode == "watch" and self.after != "keep"

    def drop(self, sources):
        """Puts sources (relative path → bytes) into the inbox, each in one step."""
        for name, data in sources.items():
            path = self.inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            growing = path.with_name(f".{path.name}.tmp")
            growing.write_bytes(data)
            growing.rename(path)

    def results(self):
        """Relative path → path of all that is in the outbox."""
        return files(self.outbox, without=(".sluice",))

    def staged(self):
        return sorted(path.name for path in self.staging.glob("jobs/job-*"))

    def is_finished(self, latest, stays=()):
        """Whether each source (relative path → digest) has its sidecar or its error, and has left the inbox but for
        those that have to stay."""
        if self.takes_sources_away and any((self.inbox / name).exists() for name in latest if name not in stays):
            return False
        done = set()
        for path, file in self.results().items():
            try:
                # A route may have put it anywhere.
                sidecar = json.loads(pathlib.Path(file).read_bytes()) if path.endswith(".json") else {}
            except (OSError, ValueError):
                continue
            if sidecar.get("renditions"):
                done.add((sidecar["source"]["path"], sidecar["source"]["sha256"]))
        for name, wanted in latest.items():
            if (name, wanted) not in done and not (self.quarantine / f"{name}.error.json").exists():
                return False
        return not self.staged() and self.open_jobs() == 0

    def open_jobs(self):
        """Jobs that the journal has not brought to an end, while a supervisor has it open; None where it cannot say."""
        rows = self.rows("SELECT count(*) FROM job WHERE state NOT IN ('done', 'superseded', 'quarantined')")
        return rows[0][0] if rows else None

    def rows(self, query):
        """Of the journal; none where it cannot say."""
        journal = None
        try:
            journal = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=10)
            return journal.execute(query).fetchall()
        except sqlite3.Error:
            return []
        finally:
            if journal:
                journal.close()

    def command(self, programs):
        if self.mode == "watch":
            return [programs.sluice, "watch", "--config", self.root / "sluice.yaml"]
        return [programs.sluice, "process", self.inbox, "--pipeline", self.root / "pipeline.yaml", "--out", self.outbox,
                "--workers", str(self.workers), "--memory-cap", "320MiB"]

    def start(self, programs, *, trace=None):
        return Run(self, programs, trace)

    def run_to_end(self, programs, latest, *, trace=None, patience=PATIENCE):
        """Runs until all sources are done; for `watch`, then stops it. Returns the run, which has ended."""
        run = self.start(programs, trace=trace)
        try:
            if self.mode == "watch":
                # A source that could not be synced is not archived, and that is told.
                wait_for(lambda: not run.is_running() or self.is_finished(latest, run.stays())
                         and run.minds(signal.SIGTERM),
                         f"sluice watch finishes; its log:\n{run.log()[-3000:]}", patience)
                run.signal(signal.SIGTERM)
            run.wait(patience)
            return run
        finally:
            run.end()
