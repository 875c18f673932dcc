"""One run of `sluice`, with or without the tracer."""
import os
import pathlib
import re
import signal
import subprocess

from processes import PATIENCE, Failure, children, wait_for


class Run:
    """One run of `sluice`. What it says goes to a file, so that it never waits for a reader."""

    number = 0

    def __init__(self, place, programs, trace=None):
        Run.number += 1
        self.place = place
        base = place.root.parent if os.path.ismount(place.root.parent) is False else place.root.parent.parent
        self.log_path, self.trace_path = base / f"log-{Run.number % 64}", base / f"trace-{Run.number % 64}"
        self.trace_path.unlink(missing_ok=True)
        command = place.command(programs)
        self.traced = trace is not None
        if self.traced:
            number, action = trace
            command = [programs.tracer, self.trace_path, str(number), action, *command]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=programs.environment(), cwd=base)

    @property
    def pid(self):
        """Of the supervisor, tracer or not."""
        if not self.traced:
            return self.process.pid
        wait_for(lambda: self.trace().get("main") or not self.is_running(), "the tracer starts", 60)
        return self.trace().get("main") or self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def wait(self, patience=PATIENCE):
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise Failure(f"sluice {self.place.mode} does not end within {patience:.0f} s; its log:\n"
                          f"{self.log()[-3000:]}") from None

    def signal(self, number):
        if self.is_running():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def minds(self, number):
        """Whether it has its own way with a signal yet; before that, the signal is its end."""
        try:
            # Not SigBlk: fork and the making of threads block everything for a moment.
            if os.path.basename(os.readlink(f"/proc/{self.pid}/exe")) != "sluice":
                return False
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False
        masks = re.findall(r"^Sig(?:Ign|Cgt):\s*(\w+)$", status, re.M)
        return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)

    def workers(self):
        return [process for process, name, state in children(self.pid) if name == "sluice-worker" and state != "Z"]

    def end(self):
        """Kills it where it is running still."""
        if self.is_running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def published(self):
        """The sources that this run says it has published, each as often as it says so."""
        return re.findall(r" published job=\S+ source=(\S+) ", self.log(), re.M)

    def stays(self):
        """The sources that this run says it could not take out of the inbox, as one whose sync failed."""
        return re.findall(r" cannot be removed from the inbox .*?source=(\S+) ", self.log(), re.M)

    def trace(self):
        """What the tracer wrote: calls [(program, call, file)], and what it did."""
        found = {"calls": [], "orphans": []}
        if not self.trace_path.exists():
            return found
        for line in self.trace_path.read_text(errors="replace").split("\n")[:-1]:
            words = line.split(" ")
            match words[0]:
                case "main": found["main"] = int(words[1])
                case "killed" | "failed" | "power": found["hit"] = (words[0], words[1], len(found["calls"]))
                case "orphan": found["orphans"].append(" ".join(words[1:]))
                case "error": raise Failure(f"tracer: {line}")
                case "end": found["result"] = int(words[2])
                case _: found["calls"].append(tuple(words[2:5]))
        return found
