#!/usr/bin/env python3
"""5,000 small pictures dropped at once into a watched inbox: each done once, and what the supervisor holds meanwhile.

Bars: every source published once and archived; under 8 MiB of anonymous memory.
"""
import json
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

COUNT = 5000
binary = pathlib.Path(sys.argv[1]) / "sluice"


def png(seed):
    """16 × 16 pixels, different for each seed."""
    rows = b"".join(b"\0" + bytes((seed * 7 + x * y) & 255 for x in range(16)) for y in range(16))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0))
            + chunk(b"tEXt", b"n\0%d" % seed) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def anonymous_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    (root / "inbox").mkdir()
    (root / "made").mkdir()
    for index in range(COUNT):
        (root / "made" / f"{index:05}.png").write_bytes(png(index))
    (root / "p.yaml").write_text("version: 1\nrenditions: { small: { resize: 8x8, format: png } }\n")
    (root / "sluice.yaml").write_text(
        "version: 1\ninboxes:\n  photos: { path: inbox, pipeline: p.yaml, settle: 200ms, settle-other: 500ms }\n")
    daemon = subprocess.Popen([binary, "watch", "--config", root / "sluice.yaml"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    start = time.monotonic()
    subprocess.run(["cp", "-r", root / "made", root / "inbox" / "copied"], check=True)
    peak, done = 0, 0
    while done < COUNT and time.monotonic() - start < 600:
        peak = max(peak, anonymous_kib(daemon.pid))
        time.sleep(0.05)
        done = sum(1 for _ in (root / "archive").rglob("*.png"))
    seconds = time.monotonic() - start
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=60)
    sidecars = [json.loads(path.read_text()) for path in (root / "outbox").rglob("*.json")]
    renditions = list((root / "outbox").rglob("*.small.png"))
    left = [path for path in (root / "inbox").rglob("*") if path.is_file()]
    once = len({sidecar["source"]["path"] for sidecar in sidecars}) == len(sidecars) == len(renditions) == COUNT
    print(f"{COUNT} files by cp -r: {len(sidecars)} sidecars, {done} archived, {len(left)} left, "
          f"{seconds:.0f} s; supervisor at most {peak / 1024:.1f} MiB anonymous (bar: 8 MiB)")
    sys.exit(0 if once and not left and 0 < peak < 8192 else 1)
