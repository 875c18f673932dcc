#!/usr/bin/env python3
"""Clients that mean no good, against `sluice watch` on this machine's loopback: a thousand slow ones at once, megabytes
of headers, garbage, readers that do not read, and a flood of plain requests, while pictures are worked on and a monitor
asks /health ten times a second. Prints the supervisor's highest anonymous memory and the monitor's latencies, phase by
phase. Ends with 1 where memory goes over the bar (8 MiB), the monitor once waits longer than a second or gets no answer,
the supervisor ends, or it is not well afterwards.

usage: http-attack.py BIN [--seconds N] [--pictures DIR] [--slow N] [--json]
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import random
import re
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BAR = 8 << 20
SLOWEST = 1.0
HERE = pathlib.Path(__file__).resolve().parent


def anonymous(pid):
    """Bytes; None once it is gone."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return None


def connect(port, buffer=None):
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(5)
    client.connect(("127.0.0.1", port))
    return client


def slow(port, end, count):
    """`count` connections at a time, each a byte of a head now and then; who is thrown out comes back."""
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 4000
    selector = selectors.DefaultSelector()
    sent = {}

    def begin():
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        sent[client] = 0
        selector.register(client, selectors.EVENT_READ)

    for _ in range(count):
        begin()
    turn = 0
    while time.monotonic() < end:
        for key, _ in selector.select(0.02):
            try:
                if key.fileobj.recv(4096):
                    continue
            except OSError:
                pass
            selector.unregister(key.fileobj)
            del sent[key.fileobj]
            key.fileobj.close()
        # Not more than two thousand new ones a second: this is about patience, not about the machine's processors.
        for _ in range(min(40, count - len(sent))):
            begin()
        turn += 1
        for client in list(sent)[turn % 20::20]:
            try:
                client.send(head[sent[client]:sent[client] + 7])
                sent[client] += 7
            except OSError:
                pass


def headers(port, end):
    """A megabyte of headers, or of address, or of body; each should be told why not."""
    starts = [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET /", b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
              b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 2000]
    filling = b"x" * (1 << 20)
    while time.monotonic() < end:
        for start in starts:
            try:
                with connect(port) as client:
                    client.sendall(start + filling)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass
            except OSError:
                pass


def garbage(port, end):
    chance = random.Random(1)
    valid = b"GET /health HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"
    while time.monotonic() < end:
        if chance.random() < 0.5:
            bytes_ = chance.randbytes(chance.randrange(1, 20000))
        else:
            changed = bytearray(valid)
            for _ in range(chance.randrange(1, 5)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            bytes_ = bytes(changed)
        try:
            with connect(port) as client:
                client.settimeout(0.2)
                client.sendall(bytes_)
                if chance.random() < 0.5:
                    client.recv(4096)
        except OSError:
            pass


def readers(port, end):
    """Ask for the largest answers there are, by the hundred, and do not read them."""
    while time.monotonic() < end:
        clients = []
        for index in range(300):
            try:
                client = connect(port, buffer=2048)
                client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % [b"/metrics", b"/", b"/status.json"][index % 3])
                clients.append(client)
            except OSError:
                pass
        time.sleep(0.5)
        for client in clients:
            client.close()


def flood(port, end):
    while time.monotonic() < end:
        try:
            with connect(port) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                while client.recv(65536):
                    pass
        except OSError:
            pass


class Watched:
    def __init__(self, sluice, place, port_wanted):
        lines = ["version: 1", "memory: { cap: 256MiB }", "workers: 1", "inbox: inbox",
                 "pipeline: ./cheap.yaml"]
        if port_wanted:
            lines.append("http: { listen: '127.0.0.1:0' }")
        (place / "inbox").mkdir(exist_ok=True)
        (place / "cheap.yaml").write_text("version: 1\nrenditions:\n  small: { resize: 320x320, format: jpeg }\n")
        (place / "sluice.yaml").write_text("\n".join(lines) + "\n")
        self.log = open(place / "log", "wb")
        self.process = subprocess.Popen([sluice, "watch", "--config", place / "sluice.yaml"], stderr=self.log)
        end = time.monotonic() + 60
        while b"watching" not in (place / "log").read_bytes():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"sluice watch did not start:\n{(place / 'log').read_text()}")
            time.sleep(0.05)
        found = re.search(rb"http://127\.0\.0\.1:(\d+)/", (place / "log").read_bytes())
        self.port = int(found[1]) if found else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.log.close()
        return code


class Monitor(threading.Thread):
    """Asks /health ten times a second, as a monitor does, and looks at the supervisor's memory fifty times."""

    def __init__(self, port, pid):
        super().__init__(daemon=True)
        self.port, self.pid = port, pid
        self.latencies, self.failures, self.peak, self.over = [], [], 0, False

    def run(self):
        sampler = threading.Thread(target=self.sample, daemon=True)
        sampler.start()
        while not self.over:
            begin = time.monotonic()
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                    client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    answer = b""
                    while piece := client.recv(65536):
                        answer += piece
                if not answer.startswith(b"HTTP/1.1 200 "):
                    self.failures.append(answer[:60])
            except OSError as error:
                self.failures.append(repr(error))
            self.latencies.append(time.monotonic() - begin)
            time.sleep(max(0, 0.1 - (time.monotonic() - begin)))
        sampler.join()

    def sample(self):
        while not self.over:
            self.peak = max(self.peak, anonymous(self.pid) or 0)
            time.sleep(0.02)

    def finish(self):
        self.over = True
        self.join()


def mebibytes(count):
    return f"{count / (1 << 20):.2f} MiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", help="the directory of sluice and sluice-worker")
    parser.add_argument("--seconds", type=float, default=8, help="for each kind of attack")
    parser.add_argument("--pictures", default=str(HERE.parent / "Examples/pictures/holiday"))
    parser.add_argument("--slow", type=int, default=1000, help="slow connections at a time")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    faults, rows = [], []
    with tempfile.TemporaryDirectory(prefix="sluice-attack-") as directory:
        root = pathlib.Path(directory)
        pictures = [path for path in sorted(pathlib.Path(options.pictures).iterdir()) if path.is_file()]

        def feed(place, name):
            for path in pictures:
                shutil.copy(path, place / f"inbox/{name}-{path.name}")

        def idle_and_busy(place, port_wanted):
            place.mkdir()
            watched = Watched(f"{options.bin}/sluice", place, port_wanted)
            time.sleep(2)
            idle = anonymous(watched.process.pid)
            feed(place, "first")
            peak, end = 0, time.monotonic() + 6
            while time.monotonic() < end:
                peak = max(peak, anonymous(watched.process.pid) or 0)
                time.sleep(0.02)
            return watched, idle, peak

        watched, idle, busy = idle_and_busy(root / "without", False)
        watched.stop()
        rows.append(("without HTTP, idle", idle, None, None, 0))
        rows.append(("without HTTP, at work", busy, None, None, 0))
        watched, idle, busy = idle_and_busy(root / "with", True)
        port, pid = watched.port, watched.process.pid
        rows.append(("with HTTP, idle", idle, None, None, 0))
        rows.append(("with HTTP, at work", busy, None, None, 0))
        phases = [
            ("nobody else", []), (f"{options.slow} slow clients", [(slow, options.slow)]),
            ("1 MB of headers, 8 at a time", [(headers,)] * 8), ("garbage, 4 at a time", [(garbage,)] * 4),
            ("300 readers that do not read", [(readers,)]), ("a flood of requests, 4 at a time", [(flood,)] * 4),
            ("all of it at once", [(slow, options.slow), (headers,), (headers,), (garbage,), (readers,), (flood,)]),
        ]
        for number, (name, attackers) in enumerate(phases):
            feed(root / "with", number)
            monitor = Monitor(port, pid)
            end = time.monotonic() + options.seconds
            children = [multiprocessing.Process(target=attack, args=(port, end, *more)) for attack, *more in attackers]
            for child in children:
                child.start()
            time.sleep(0.5)
            monitor.start()
            time.sleep(max(0, end - time.monotonic() - 0.3))
            monitor.finish()
            for child in children:
                child.join(options.seconds + 10)
                if child.is_alive():
                    child.terminate()
            latencies = sorted(monitor.latencies)
            rows.append((name, monitor.peak, latencies[len(latencies) // 2], latencies[-1], len(monitor.failures)))
            if monitor.failures:
                faults.append(f"{name}: {len(monitor.failures)} of {len(latencies)} times the monitor had no answer: "
                              f"{monitor.failures[0]}")
            if latencies[-1] > SLOWEST:
                faults.append(f"{name}: the monitor waited {latencies[-1]:.2f} s")
            if monitor.peak > BAR:
                faults.append(f"{name}: {mebibytes(monitor.peak)} of anonymous memory, over {mebibytes(BAR)}")
            if watched.process.poll() is not None:
                sys.exit(f"{name}: the supervisor ended with {watched.process.returncode}")
        time.sleep(3)
        with connect(port) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            text = b""
            while piece := client.recv(65536):
                text += piece
        print("\n".join(line for line in text.decode().splitlines() if line.startswith("sluice_http_")), file=sys.stderr)
        still = int(re.search(rb"\nsluice_http_connections (\d+)\n", text)[1])
        if still > 1:
            faults.append(f"{still} connections are open still")
        rows.append(("three seconds later", anonymous(pid), None, None, 0))
        if watched.stop() != 0:
            faults.append("it did not stop well")
    if options.json:
        print(json.dumps([dict(zip(["phase", "anonymous", "median", "worst", "failures"], row)) for row in rows], indent=1))
    else:
        print("| phase | supervisor's anonymous memory, highest | /health: median | worst | no answer |\n| --- | --- | --- | --- | --- |")
        for name, memory, median, worst, failures in rows:
            times = (f"{median * 1000:.1f} ms", f"{worst * 1000:.0f} ms", str(failures)) if median is not None else ("–",) * 3
            print(f"| {name} | {mebibytes(memory)} | {' | '.join(times)} |")
    for fault in faults:
        print(f"FAULT: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
