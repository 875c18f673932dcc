"""The unit tests under ThreadSanitizer."""
import os
import re
import subprocess

from runs import ROOT, Fault

SUITES = ["HTTPTests", "InboxTests", "JournalTests", "LinuxIOTests", "OutboxTests", "WorkerPoolTests"]
FLAGS = ["--scratch-path", ".build/thread", "--sanitize", "thread"]
HEAD = re.compile(r"^WARNING: ThreadSanitizer: ", re.M)


def run(options, place):
    suppressions = ROOT / "Tests/Sanitize/thread.supp"
    environment = os.environ | {
        "TSAN_OPTIONS": f"suppressions='{suppressions}':halt_on_error=0:log_path='{place}/threads'"}
    built = subprocess.run(
        ["swift", "build", "--build-tests", *FLAGS], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        raise Fault(f"the tests do not build:\n{built.stdout[-4000:]}")
    faults = []
    for suite in SUITES:
        done = subprocess.run(
            ["swift", "test", "--skip-build", "--no-parallel", *FLAGS, "--filter", f"^{suite}\\."],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        (place / f"{suite}.log").write_text(done.stdout)
        reports = []
        for log in sorted(place.glob("threads.*")):
            text = log.read_text(errors="replace")
            log.rename(place / f"{suite}.{log.name}")
            heads = [match.start() for match in HEAD.finditer(text)]
            reports += [text[start:end] for start, end in zip(heads, heads[1:] + [len(text)])]
        ran = re.search(r"Test run with (\d+) tests?.*", done.stdout)
        print(f"  {suite}: {len(reports)} reports, {ran.group(0) if ran else 'did not end'}", flush=True)
        for report in reports[:5]:
            print("    " + report[:2000].rstrip().replace("\n", "\n    "), flush=True)
        faults += reports
        if not ran or int(ran.group(1)) == 0:
            faults.append(f"{suite}: did not end")
    return faults
