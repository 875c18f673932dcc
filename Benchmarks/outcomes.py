#!/usr/bin/env python3
"""What becomes of every file of a directory under the `web` pipeline.

usage: outcomes.py BIN DIRECTORY [MANIFEST]

Every file must end published or quarantined with a code and a message, and nothing else may be left behind. With a
manifest (columns set, file, vipsthumbnail_untrusted_blocked), of the files that vipsthumbnail reads 99.5 % must be
published, or refused for a stated reason (limits, damage).
"""
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

STATED = {"damaged", "truncated", "too-many-pixels", "too-many-bytes", "too-many-pages", "too-large-for-cap"}
binary = pathlib.Path(sys.argv[1]) / "sluice"
source = pathlib.Path(sys.argv[2])
faults = []

with tempfile.TemporaryDirectory() as name:
    out = pathlib.Path(name, "out")
    start = time.monotonic()
    result = subprocess.run(
        [binary, "process", source, "--pipeline", "web", "--out", out, "--others", "quarantine", "--json", "--quiet"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    if result.returncode not in (0, 65):
        faults.append(f"exit code {result.returncode}")
    summary = json.loads(result.stdout)

    expected = set()
    published = {}
    for path in out.rglob("*.json"):
        if ".sluice" not in path.parts:
            sidecar = json.loads(path.read_text())
            published[sidecar["source"]["path"]] = sidecar
            expected |= {str(path.relative_to(out))} | {entry["path"] for entry in sidecar["renditions"]}
    there = {str(path.relative_to(out)) for path in out.rglob("*")
             if path.is_file() and ".sluice" not in path.relative_to(out).parts}
    left = there - expected
    staged = [path for path in (out / ".sluice" / "staging").rglob("*") if path.name != "lock"]
    if left or staged:
        faults.append(f"left behind: {sorted(left)[:5]} {staged[:5]}")
    refused = {}
    for path in (out / ".sluice" / "quarantine").rglob("*.error.json"):
        error = json.loads(path.read_text())
        refused[error["source"]] = error
        if not error["code"] or not error["message"]:
            faults.append(f"no reason: {path}")

sources = [path for path in source.rglob("*") if path.is_file()]
unaccounted = [path for path in sources
               if str(path.relative_to(source)) not in published and str(path.relative_to(source)) not in refused]
codes = collections.Counter(error["code"] for error in refused.values())
print(f"{len(sources)} files in {seconds:.0f} s: {len(published)} published, {len(refused)} quarantined "
      f"({', '.join(f'{count} {code}' for code, count in codes.most_common())}), {len(unaccounted)} unaccounted for")
print(f"highest anonymous memory of all processes (sampled): {summary['peakMemory'] / 2**20:.0f} MiB")
if unaccounted:
    faults.append(f"unaccounted for: {[str(path) for path in unaccounted[:5]]}")

if len(sys.argv) > 3:
    rows = list(csv.DictReader(open(sys.argv[3]), delimiter="\t"))
    readable = [f"{row['set']}/{row['file']}" for row in rows if row["vipsthumbnail_untrusted_blocked"] == "ok"]
    done = [path for path in readable if path in published]
    reasons = collections.Counter(refused[path]["code"] for path in readable if path in refused)
    stated = sum(count for code, count in reasons.items() if code in STATED)
    share = (len(done) + stated) / max(1, len(readable))
    print(f"of {len(readable)} files that vipsthumbnail reads: {len(done)} published, refused: {dict(reasons)}; "
          f"{share:.2%} published or refused for a stated reason (bar: 99.5 %)")
    for path in readable:
        if path in refused and refused[path]["code"] not in STATED:
            print(f"  exception: {path}: {refused[path]['code']}: {refused[path]['message']}")
    if share < 0.995:
        faults.append("bar missed")

for fault in faults:
    print("FAULT:", fault)
sys.exit(1 if faults else 0)
