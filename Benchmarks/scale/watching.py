"""What the benchmarks of large inboxes share: tiny pictures by the thousand, a `sluice watch` that is looked at while it
runs, and the table of what was measured against its bar."""
import argparse
import collections
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]
import bench  # noqa: E402

MIB = 1 << 20
TICK = os.sysconf("SC_CLK_TCK")
PIPELINE = "version: 1\nrenditions: { tiny: { resize: 8x8, format: png } }\nmetadata: { keep: none }\n"


class Failure(Exception):
    """Something that everything else waits for did not happen."""


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Pictures:
    """Square PNGs, each with bytes of its own; made fast: a number is all in which they differ."""

    def __init__(self, size=16):
        rows = b"".join(b"\0" + random.Random(row).randbytes(size) for row in range(size))
        self.head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
        self.tail = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    def __getitem__(self, number):
        return self.head + chunk(b"tEXt", b"n\0%d" % number) + self.tail


def fill(directory, count, *, size=16, folders=1, first=0):
    """So many pictures in a directory, or evenly in folders below it."""
    made = Pictures(size)
    each = -(-count // folders)
    for folder in range(folders):
        path = directory / f"{folder:05}" if folders > 1 else directory
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDONLY)
        for number in range(folder * each, min(count, (folder + 1) * each)):
            name = os.open(f"{number + first:07}.png", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=handle)
            os.write(name, made[number + first])
            os.close(name)
        os.close(handle)
    return directory


def drop(path, name, data):
    """One file into a directory, whole at once."""
    (path / f".{name}.tmp").write_bytes(data)
    (path / f".{name}.tmp").rename(path / name)


def wait_for(condition, what, patience=60.0, step=0.02):
    """Seconds that it took, or a failure."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > patience:
            raise Failure(f"{what}: not within {patience:.0f} s")
        time.sleep(step)
    return time.monotonic() - start


def processor_seconds(process):
    """Of a process that runs, all its threads, without its children."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def anonymous(process):
    """Bytes of anonymous memory; 0 where it has ended."""
    try:
        text = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s*(\d+)", text, re.M)
    return int(found.group(1)) << 10 if found else 0


class Notices:
    """The socket of a service manager: what was told, and when."""

    def __init__(self, path):
        self.path, self.told = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(str(path))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(OSError):
            while data := self.socket.recv(65536):
                self.told.append((time.monotonic(), data.decode(errors="replace")))

    def times(self, word):
        return [at for at, text in self.told if word in text.split("\n")]

    def longest_silence(self, until=None):
        """Seconds between two signs of life at most, from READY on; the last may be missing still."""
        ready = self.times("READY=1")
        if not ready:
            return float("inf")
        beats = [at for at in self.times("WATCHDOG=1") if at >= ready[0]]
        marks = [ready[0], *beats, time.monotonic() if until is None else until]
        return max(later - earlier for earlier, later in zip(marks, marks[1:]))

    def close(self):
        self.socket.close()


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Watch:
    """A `sluice watch` below `root`, with one inbox `inbox` unless others are named; `with` ends it."""

    def __init__(self, binary, root, *, inboxes=None, cap="64MiB", workers=2, keys=(), pipeline=PIPELINE, group=None,
                 environment=None, watchdog=None):
        self.binary, self.root, self.group, self.environment = binary, root, group, dict(environment or {})
        self.watchdog = watchdog
        root.mkdir(parents=True, exist_ok=True)
        (root / "pipeline.yaml").write_text(pipeline)
        lines = ["version: 1", "inboxes:"]
        for name, options in (inboxes or {"inbox": {}}).items():
            chosen = {"path": name, "pipeline": "pipeline.yaml", "settle": "0s", "settle-other": "0s"} | options
            pathlib.Path(root / chosen["path"]).mkdir(parents=True, exist_ok=True)
            lines.append(f"  {name}: {{ " + ", ".join(f"{key}: {value}" for key, value in chosen.items()) + " }")
        lines += [f"memory: {{ cap: {cap} }}", f"workers: {workers}", 'http: { listen: "unix:http.sock" }', *keys]
        self.config = root / "sluice.yaml"
        self.config.write_text("\n".join(lines) + "\n")
        self.inbox, self.outbox, self.log_path = root / "inbox", root / "outbox", root / "log"
        self.journal = root / "journal.sqlite"

    def __enter__(self):
        # The paths of sockets have to be short.
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="sluice-notify-"))
        self.notices = Notices(self.run / "notify")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        kept |= {"NOTIFY_SOCKET": str(self.notices.path), **self.environment}
        if self.watchdog:
            kept["WATCHDOG_USEC"] = str(round(self.watchdog * 1e6))
        self.began = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [self.binary, "watch", "--config", self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=kept, preexec_fn=self.group.enter if self.group else None)
        self.pid = self.process.pid
        return self

    def __exit__(self, *_):
        self.stop()
        self.notices.close()
        for path in self.run.iterdir():
            path.unlink()
        self.run.rmdir()

    def stop(self, patience=90):
        """Its exit code; it is killed where it does not end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def is_running(self):
        return self.process.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def ready(self, patience=60):
        """Seconds from the start to READY."""
        wait_for(lambda: self.notices.times("READY=1") or not self.is_running(), "READY", patience, 0.001)
        if not self.is_running():
            raise Failure(f"it ended with {self.process.returncode}: {self.log()[-1000:]}")
        return self.notices.times("READY=1")[0] - self.began

    def ask(self, path):
        """The body of an answer over HTTP; None where there is none."""
        connection = Unix(self.root / "http.sock")
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def metrics(self):
        """Name → sum over all its labels, and (name, labels) → value; None where nothing is answered."""
        body = self.ask("/metrics")
        if body is None:
            return None
        found = collections.Counter()
        for line in body.decode().splitlines():
            if not line.startswith("#") and " " in line:
                key, value = line.rsplit(" ", 1)
                name, _, labels = key.partition("{")
                found[key] = float(value)
                if labels:
                    found[name] += float(value)
        return found

    def published(self):
        metrics = self.metrics()
        return int(metrics['sluice_jobs_total{state="done",code=""}']) if metrics else 0

    def status(self):
        """What `sluice status --json` says, and the seconds that it took."""
        start = time.monotonic()
        done = subprocess.run([self.binary, "status", "--config", self.config, "--json"], capture_output=True)
        return json.loads(done.stdout or b"{}"), time.monotonic() - start

    def sidecars(self):
        return sum(name.endswith(".json") for _, _, names in os.walk(self.outbox) for name in names)

    def has_result(self):
        """Whether there is a sidecar, without looking through a hundred thousand."""
        return any(name.endswith(".json") for _, _, names in os.walk(self.outbox) for name in names)


class Sampler:
    """Looks at a process's anonymous memory ten times a second, and meanwhile has the status page asked."""

    def __init__(self, watch, asks=("/", "/status.json", "/health", "/metrics"), every=0.1):
        self.watch, self.asks, self.every = watch, asks, every
        self.memory, self.answers, self.slowest, self.ended = [], 0, 0.0, threading.Event()

    def __enter__(self):
        self.threads = [threading.Thread(target=self.look, daemon=True), threading.Thread(target=self.visit, daemon=True)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def look(self):
        while not self.ended.wait(self.every):
            if held := anonymous(self.watch.pid):
                self.memory.append((time.monotonic(), held))

    def visit(self):
        while self.asks and not self.ended.wait(self.every):
            for path in self.asks:
                start = time.monotonic()
                if self.watch.ask(path) is not None:
                    self.answers += 1
                    self.slowest = max(self.slowest, time.monotonic() - start)

    @property
    def peak(self):
        return max((held for _, held in self.memory), default=0)

    def highest(self, begin, end):
        """Of the samples between two shares of the time."""
        count = len(self.memory)
        return max((held for _, held in self.memory[int(count * begin):max(1, int(count * end))]), default=0)


class Bars:
    """What was measured, against its bar; `end` prints the table."""

    def __init__(self, title):
        self.title, self.rows, self.missed = title, [], False

    def row(self, what, measured, bar="", ok=None):
        verdict = "" if ok is None else "ok" if ok else "missed"
        self.missed |= ok is False
        self.rows.append((what, measured, bar, verdict))
        print(f"  {what}: {measured}{f' (bar: {bar})' if bar else ''} {verdict}".rstrip(), flush=True)

    def at_most(self, what, value, bar, unit="s", digits=2):
        measured = "never" if value == float("inf") else f"{value:.{digits}f} {unit}"
        self.row(what, measured, f"≤ {bar:g} {unit}", value <= bar)

    def at_least(self, what, value, bar, unit="", digits=2):
        self.row(what, f"{value:.{digits}f} {unit}".rstrip(), f"≥ {bar:g} {unit}".rstrip(), value >= bar)

    def end(self):
        print(f"\n{self.title}\n\n" + bench.table(["what", "measured", "bar", ""], self.rows) + "\n", flush=True)
        return 1 if self.missed else 0


def arguments(doc, **numbers):
    """BIN, --short, and a number each: name=(full, short)."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=lambda text: pathlib.Path(text).resolve(), metavar="BIN")
    parser.add_argument("--short", action="store_true", help="the same with few files, in seconds")
    parser.add_argument("--keep", action="store_true", help="leave the files where they are")
    for name, (full, short) in numbers.items():
        parser.add_argument(f"--{name}", type=type(full), help=f"{full} by default, {short} in short")
    options = parser.parse_args()
    for name, (full, short) in numbers.items():
        if getattr(options, name) is None:
            setattr(options, name, short if options.short else full)
    options.sluice = options.binaries / "sluice"
    if not options.sluice.exists():
        parser.error(f"there is no {options.sluice}")
    return options


def run(body, options, title):
    """`body(bars, root)` in a directory of its own; ends the script with 0, or 1 where a bar was missed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bars = Bars(title)
    root = pathlib.Path(tempfile.mkdtemp(prefix="sluice-scale-"))
    try:
        body(bars, root)
    except Failure as failure:
        bars.row(str(failure), "–", "", False)
    finally:
        if options.keep:
            print(f"kept: {root}")
        else:
            # Deeper than what Python's own recursion bears.
            subprocess.run(["rm", "-rf", root], check=False)
    sys.exit(bars.end())
