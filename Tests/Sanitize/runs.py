"""`sluice process` with a worker that is looked at."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# How the sanitizer and valgrind begin a report.
HEAD = re.compile(
    r"^==\d+==\s?(ERROR: AddressSanitizer|AddressSanitizer:|Invalid |Conditional jump|Use of uninitialised|Syscall param"
    r"|Mismatched free|Source and destination overlap|Argument .* has a fishy|Process terminating)", re.M)


class Fault(Exception):
    """Nothing could be proved."""


class Checked:
    """Runs of one kind. The worker is a script that says how it is run: its supervisor gives it hardly any of its
    environment, and of its standard error keeps the end alone."""

    def __init__(self, sluice, place, command):
        self.sluice, self.place, self.faults, self.environment = sluice, place, [], {}
        self.logs, self.command = place / "logs", command
        self.logs.mkdir(parents=True)

    def _write(self):
        script = self.place / "sluice-worker"
        exports = [f'export {name}="{value}"' for name, value in self.environment.items()]
        lines = [line.replace("LOGS", str(self.logs)) for line in exports + self.command]
        script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        script.chmod(0o755)
        return script

    def _reports(self):
        """Texts of reports, each with its head, and away with the files."""
        found = []
        for log in sorted(self.logs.iterdir()):
            text = log.read_text(errors="replace")
            heads = [match.start() for match in HEAD.finditer(text)]
            found += [text[start:end] for start, end in zip(heads, heads[1:] + [len(text)])]
            kept = self.place / "seen"
            kept.mkdir(exist_ok=True)
            shutil.move(log, kept / f"{len(list(kept.iterdir()))}.{log.name}")
        return found

    def prove(self, attempt, words):
        """That a fault would be seen."""
        environment = os.environ | {"SLUICE_SANDBOX": "off"}
        subprocess.run([self._write(), "--try", attempt], env=environment, capture_output=True)
        if not any(words in report for report in self._reports()):
            raise Fault(f"the proof is void: the worker does '{attempt}', and nothing is reported")

    def process(self, sources, pipeline, *arguments, name=None):
        name, began = name or pipeline, time.monotonic()
        out = self.place / "out"
        environment = os.environ | {
            "SLUICE_WORKER": str(self._write()), "SLUICE_SANDBOX": "off", "SLUICE_WORKER_BOUNDS": "off"}
        if not arguments:
            arguments = ("--memory-cap", "4GiB")
        done = subprocess.run(
            [self.sluice, "process", sources, "-p", ROOT / "Pipelines" / f"{pipeline}.yaml", "-o", out, "--quiet",
             "--json", "--workers", "2", *arguments],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # One line after those of what was classified, else many.
        text = done.stdout if done.stdout.startswith("{\n") else done.stdout.rstrip().rsplit("\n", 1)[-1]
        try:
            summary = json.loads(text)
        except json.JSONDecodeError:
            self.faults.append(f"{name}: no summary: {done.stdout[-500:]} {done.stderr[-1000:]}")
            print(f"  {self.faults[-1]}", flush=True)
            return
        reports = self._reports()
        # Without a report too: a worker that died was not looked at to the end.
        died = [f for f in summary["failures"] if f["code"] in ("worker-crashed", "timed-out", "worker-protocol")]
        self.faults += [f"{name}: {report}" for report in reports]
        self.faults += [f"{name}: {f['source']}: {f['code']}: {f['message']}" for f in died]
        print(
            f"  {name}: {summary['published']} published, {summary['quarantined']} refused, {len(reports)} reports,"
            f" {len(died)} died ({time.monotonic() - began:.0f} s)", flush=True)
        for fault in self.faults[-(len(reports) + len(died)):][:10] if reports or died else []:
            print("    " + fault[:1500].rstrip().replace("\n", "\n    "), flush=True)
        if summary["published"] == 0:
            self.faults.append(f"{name}: nothing was published")
            print("    nothing was published", flush=True)
        shutil.rmtree(out, ignore_errors=True)
