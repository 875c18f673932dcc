#!/usr/bin/env python3
"""How long `sluice --version` takes, and what an idle `sluice watch` holds.

Bars: median under 50 ms; under 8 MiB of anonymous memory.
"""
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 21
binary = pathlib.Path(sys.argv[1]) / "sluice"


def anonymous_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


times = []
for _ in range(RUNS):
    start = time.perf_counter()
    subprocess.run([binary, "--version"], check=True, capture_output=True)
    times.append((time.perf_counter() - start) * 1000)
print(f"sluice --version: median {statistics.median(times):.1f} ms, "
      f"min {min(times):.1f}, max {max(times):.1f} ({RUNS} runs; bar: 50 ms)")

with tempfile.TemporaryDirectory() as root:
    pathlib.Path(root, "inbox").mkdir()
    pipeline = pathlib.Path(__file__).resolve().parent.parent / "Pipelines" / "web.yaml"
    config = pathlib.Path(root, "sluice.yaml")
    config.write_text(f"version: 1\ninboxes:\n  photos: {{ path: inbox, pipeline: {pipeline} }}\n")
    daemon = subprocess.Popen([binary, "watch", "--config", config], stderr=subprocess.DEVNULL)
    time.sleep(3)
    idle = anonymous_kib(daemon.pid)
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=30)
print(f"sluice watch, idle: {idle / 1024:.1f} MiB anonymous (bar: 8 MiB)")
sys.exit(0 if statistics.median(times) < 50 and 0 < idle < 8192 else 1)
