#!/usr/bin/env python3
"""The service as people have it: the package is installed in a machine with a real systemd and without Swift, pictures are
dropped by somebody else, and everything is done to it that happens to services. Root only.
usage: service.py BUILT [CHECK...]      all checks without a name; --corpus DIR for the one about memory
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from machine import CONTROL_GROUPS, NAME, Machine, toolchains

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
STATE = "/var/lib/sluice"
CHECKS = []
# What a machine may lack without fault of the unit.
GRANTED_ELSEWHERE = {"max_user_watches", "max_user_instances", "engine", "max_queued_events"}
EXPOSURE = 0.5


def check(title):
    def register(body):
        CHECKS.append((title, body))
        return body
    return register


class Skipped(Exception):
    pass


def soon(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")


def must(holds, what):
    if not holds:
        raise AssertionError(what)


class Service:
    def __init__(self, machine, packages, corpus):
        self.machine = machine
        self.packages = packages
        self.corpus = corpus
        self.pictures = sorted(
            p for p in (TOP / "Examples/pictures").rglob("*") if p.is_file() and "broken" not in p.parts)
        self.dropped = 0
        self.run = machine.run

    # What lies where.

    def files(self, place, state=STATE):
        root = self.machine.path(f"{state}/{place}")
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())

    def sidecars(self):
        return [f for f in self.files("outbox") if f.endswith(".json")]

    def journal(self, question, state=STATE):
        # A copy: nothing from out here may lock what is being used in there.
        with contextlib.ExitStack() as stack:
            copy = self.machine.work / "journal"
            copy.mkdir(exist_ok=True)
            stack.callback(shutil.rmtree, copy)
            for name in ("journal.sqlite", "journal.sqlite-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy(self.machine.path(f"{state}/{name}"), copy / name)
            connection = stack.enter_context(contextlib.closing(sqlite3.connect(copy / "journal.sqlite")))
            return connection.execute(question).fetchall()

    def drop(self, count, how="cp", umask="022"):
        """As alice, who has nothing but her group. Returns the names."""
        names = []
        store = self.machine.path("/home/alice/new")
        self.run("install -d -o alice -g alice -m 755 /home/alice/new")
        for _ in range(count):
            picture = self.pictures[self.dropped % len(self.pictures)]
            self.dropped += 1
            name = f"p{self.dropped:04}{picture.suffix}"
            shutil.copy(picture, store / name)
            names.append(name)
        self.run("chown -R alice:alice /home/alice/new")
        self.run(f"umask {umask}; cd /home/alice/new && {how} * {STATE}/inbox/", user="alice")
        self.run("rm -rf /home/alice/new")
        return names

    def expect_done(self, names, seconds=240):
        """Each is published once, and archived."""
        def left():
            there = set(self.sidecars())
            return [n for n in names if f"{n}.json" not in there]
        soon(lambda: not left(), seconds, lambda: f"{len(left())} of {len(names)} have no sidecar, {left()[:3]}; "
             f"quarantine {self.files('quarantine')[:4]}; {self.status()}")
        soon(lambda: set(names) <= set(self.files("archive")), 20, "originals are not in the archive")
        must(not set(names) & set(self.files("inbox")), "still in the inbox")
        soon(lambda: self.ends(names), 10, lambda: f"not done once each: {self.odd(names)}")

    def ends(self, names):
        return not self.odd(names)

    def odd(self, names):
        done = collections.Counter(
            path.decode() for path, state in self.journal("SELECT path, state FROM job") if state == "done")
        return [(n, done[n]) for n in names if done[n] != 1]

    def status(self, unit="sluice"):
        return self.machine.property(unit, "StatusText")

    def expect_state(self, state, seconds=60, unit="sluice"):
        soon(lambda: self.machine.property(unit, "ActiveState") == state, seconds,
             lambda: f"{unit} is {self.machine.property(unit, 'ActiveState')}, not {state}\n"
             + self.run(f"journalctl -u {unit} -n 20 --no-pager", check=False).stdout)

    def workers(self):
        return self.run("pgrep -x sluice-worker", check=False).stdout.split()

    def expect_sidecars_beyond(self, count, seconds=120):
        soon(lambda: len(self.sidecars()) > count, seconds, "no picture comes out")

    def drop_in(self, unit, text):
        path = self.machine.path(f"/etc/systemd/system/{unit}.d/test.conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.run("systemctl daemon-reload")

    def configuration(self, text):
        self.machine.path("/etc/sluice/sluice.yaml").write_text(text)


@check("installs where there is no Swift, and is ready")
def install(s):
    for hidden in s.machine.hidden:
        must(s.run(f"ls -A {hidden}").stdout == "", f"{hidden} is visible")
    must(s.run("command -v swift", check=False).stdout.strip() == "", "there is a Swift")
    shutil.copy(s.packages[0], s.machine.path("/root/first.deb"))
    shutil.copy(s.packages[1], s.machine.path("/root/second.deb"))
    said = s.run("dpkg -i /root/first.deb")
    s.expect_state("active")
    must(s.machine.property("sluice", "NotifyAccess") == "main", "no notify")
    soon(lambda: s.status().startswith("idle, "), 15, lambda: f"status '{s.status()}'")
    must(s.run("systemctl is-enabled sluice").stdout.strip() == "enabled", said.stdout)
    megabytes = int(s.run("dpkg-query -W -f='${Installed-Size}' sluice").stdout) * 1024 / 1e6
    s.run("useradd --create-home --groups sluice alice")
    return f"{megabytes:.1f} MB installed; {s.status()}"


@check("the package takes no more than 40 MB")
def size(s):
    megabytes = int(s.run("dpkg-query -W -f='${Installed-Size}' sluice").stdout) * 1024 / 1e6
    must(megabytes <= 40, f"{megabytes:.1f} MB")
    return f"{megabytes:.1f} MB"


@check("systemd-analyze: nothing to verify, little exposed")
def analyze(s):
    units = "sluice.service sluice@two.service sluice-process@one.service sluice-http.socket"
    said = s.run(f"systemd-analyze verify {units} 2>&1", check=False)
    must(said.returncode == 0 and said.stdout == "", said.stdout)
    found = []
    for unit in sorted((TOP / "systemd").glob("*.service")):
        line = s.run(f"systemd-analyze security --offline=true --no-pager /usr/lib/systemd/system/{unit.name}").stdout
        level = float(re.search(r"exposure level for \S+: ([\d.]+)", line).group(1))
        must(level <= EXPOSURE, f"{unit.name}: {level}")
        found.append(f"{unit.name} {level}")
    return ", ".join(found)


@check("inside, workers lock themselves up, and the memory limit is found")
def sandbox(s):
    unit = s.machine.path("/usr/lib/systemd/system/sluice.service").read_text()
    unit = re.sub(r"(?m)^(Type|ExecReload|Restart|RestartSec|WatchdogSec|NotifyAccess|Wants|RestartPreventExitStatus"
                  r"|RequiresMountsFor|ExecStart)=.*\n", "", unit)
    unit = unit.replace("[Service]\n", "[Service]\nType=oneshot\nExecStart=/usr/bin/sluice doctor --json\n"
                        "StandardOutput=file:/run/doctor.json\nSuccessExitStatus=0-255\n")
    s.machine.path("/etc/systemd/system/doctor.service").write_text(unit)
    s.run("systemctl daemon-reload; systemctl start doctor")
    report = json.loads(s.run("cat /run/doctor.json").stdout)
    text = json.dumps(report)
    sandbox = [x for x in report["findings"] if x["section"] == "sandbox"]
    bad = [x for x in report["findings"] if x["state"] != "ok" and x["name"] not in GRANTED_ELSEWHERE]
    must(sandbox and not bad, f"{bad}")
    must("192 MiB" in text, f"the cap is not three quarters of 256 MiB: {text[:3000]}")
    return f"{len(sandbox)} pieces hold, cap 192 MiB"


@check("100 pictures of another user of the group: cp and mv, three umasks")
def batch(s):
    names = []
    for how, umask in (("cp", "022"), ("cp", "077"), ("cp", "027"), ("mv", "022")):
        names += s.drop(25, how, umask)
    s.expect_done(names)
    modes = s.run(f"stat -c %A {STATE}/outbox/* | sort | uniq -c").stdout.split()
    must(all(m[4] == "r" and m[7] == "-" for m in modes[1::2]), f"{modes}")
    first = s.sidecars()[0]
    must(s.run(f"cat {STATE}/outbox/{first}", user="alice").stdout.startswith("{"), "alice cannot read results")
    must(s.run(f"cat {STATE}/outbox/{first}", user="nobody", check=False).returncode != 0, "everybody can")
    return f"{len(names)} done once each; {' '.join(modes)}"


@check("members of the group can ask how it is")
def status(s):
    said = s.run("sluice status --json --config /etc/sluice/sluice.yaml", user="alice")
    report = json.loads(said.stdout)
    must(report["running"] and report.get("supervisor"), said.stdout)
    must(report.get("journal"), f"{report['warnings']}")
    return report["supervisor"]["state"]


@check("socket activation: the status answers on 127.0.0.1:8099")
def http(s):
    must(s.machine.property("sluice-http.socket", "ActiveState") == "active", "the socket is not active")
    found = s.run("curl -s -m 5 -o /dev/null -w '%{http_code}' http://127.0.0.1:8099/health", check=False).stdout
    must(found == "200", found)
    text = s.run("curl -s -m 5 http://127.0.0.1:8099/metrics").stdout
    must("sluice_" in text, text[:200])
    must("</html>" in s.run("curl -s -m 5 http://127.0.0.1:8099/").stdout, "no page")
    shown = json.loads(s.run("curl -s -m 5 http://127.0.0.1:8099/status.json").stdout)
    small = next(result["thumbnail"] for result in shown["recent"] if result.get("thumbnail"))
    found = s.run("curl -s -m 5 -o /dev/null -w '%{http_code} %{content_type}' "
                  f"http://127.0.0.1:8099/{small}").stdout
    must(found.startswith("200 image/"), found)
    return "health, metrics, the page, a small picture"


@check("kill -9 of workers and of the supervisor, in the middle of it")
def kills(s):
    before = len(s.sidecars())
    names = s.drop(100)
    s.expect_sidecars_beyond(before + 5)
    killed = s.workers()
    for worker in killed:
        s.run(f"kill -9 {worker}", check=False)
    for _ in range(3):
        before = len(s.sidecars())
        main = s.machine.main_process("sluice")
        s.run(f"kill -9 {main}")
        soon(lambda: s.machine.main_process("sluice") not in (0, main), 30, "not restarted")
        with contextlib.suppress(AssertionError):
            s.expect_sidecars_beyond(before + 5, 20)
    s.expect_done(names)
    must(not s.files("quarantine"), f"{s.files('quarantine')}")
    return f"{len(killed)} workers, 3 supervisors; restarts {s.machine.property('sluice', 'NRestarts')}"


@check("frozen (SIGSTOP), it is restarted by the watchdog")
def frozen(s):
    s.drop_in("sluice.service", "[Service]\nWatchdogSec=4s\n")
    s.run("systemctl restart sluice")
    before = len(s.sidecars())
    names = s.drop(40)
    s.expect_sidecars_beyond(before)
    main = s.machine.main_process("sluice")
    s.run(f"kill -STOP {main}")
    began = time.monotonic()
    soon(lambda: s.machine.main_process("sluice") not in (0, main), 30, "the watchdog does nothing")
    took = time.monotonic() - began
    soon(lambda: "Watchdog timeout" in s.run("journalctl -u sluice --no-pager").stdout, 10, "it was something else")
    s.expect_state("active")
    s.expect_done(names)
    shutil.rmtree(s.machine.path("/etc/systemd/system/sluice.service.d"))
    s.run("systemctl daemon-reload; systemctl restart sluice")
    return f"another process after {took:.1f} s (WatchdogSec=4s)"


@check("a flood of 3,000 files does not look like a hang")
def flood(s):
    s.drop_in("sluice.service", "[Service]\nWatchdogSec=3s\n")
    s.run("systemctl restart sluice")
    main = s.machine.main_process("sluice")
    s.run(f"cd {STATE}/inbox && for n in $(seq 3000); do echo none > flood$n.txt; done", user="alice")
    soon(lambda: not s.files("inbox"), 300, lambda: f"{len(s.files('inbox'))} left; {s.status()}")
    must(s.machine.main_process("sluice") == main, "it was restarted")
    shutil.rmtree(s.machine.path("/etc/systemd/system/sluice.service.d"))
    s.run(f"rm -f {STATE}/quarantine/flood*; systemctl daemon-reload; systemctl restart sluice")
    return "the same process (WatchdogSec=3s)"


@check("reload: a changed pipeline is used, a faulty one is not")
def reload(s):
    mine = s.machine.path("/etc/sluice/mine.yaml")
    pipeline = "version: 1\nrenditions: {{ {0}: {{ resize: 64x64, format: png }} }}\n"
    mine.write_text(pipeline.format("one"))
    original = s.machine.path("/etc/sluice/sluice.yaml").read_text()
    s.configuration(original.replace("pipeline: web ", "pipeline: /etc/sluice/mine.yaml "))
    s.run("systemctl restart sluice")
    main = s.machine.main_process("sluice")

    def outputs(rendition):
        [name] = s.drop(1)
        s.expect_done([name])
        must(f"{name.rsplit('.')[0]}.{rendition}.png" in s.files("outbox"), f"no rendition {rendition}")
    outputs("one")
    mine.write_text(pipeline.format("two"))
    s.run("systemctl reload sluice")
    outputs("two")
    mine.write_text("version: 1\nrenditoins: {}\n")
    s.run("systemctl reload sluice")
    soon(lambda: "not reloaded" in s.status(), 10, lambda: s.status())
    refusal = s.status()
    outputs("two")
    must(s.machine.main_process("sluice") == main, "it was restarted")
    s.configuration(original)
    s.run("systemctl reload sluice")
    soon(lambda: "not reloaded" not in s.status(), 10, lambda: s.status())
    return refusal[:150]


@check("a configuration with faults: it stops trying, and says why")
def faulty(s):
    original = s.machine.path("/etc/sluice/sluice.yaml").read_text()
    s.configuration(original + "\nnonsense: 1\n")
    s.run("systemctl restart sluice", check=False)
    s.expect_state("failed", 20)
    must(s.machine.property("sluice", "ExecMainStatus") == "78", s.machine.property("sluice", "ExecMainStatus"))
    must("nonsense" in s.run("journalctl -u sluice -n 20 --no-pager").stdout, "the log does not say why")
    s.configuration(original)
    s.run("systemctl start sluice")
    s.expect_state("active")
    return "failed with 78, no restart"


@check("stop under load drains: no job lost, the rest is done after the next start")
def stop(s):
    before = len(s.sidecars())
    names = s.drop(80)
    s.expect_sidecars_beyond(before + 3)
    began = time.monotonic()
    s.run("systemctl stop sluice")
    took = time.monotonic() - began
    must(s.machine.property("sluice", "Result") == "success", s.machine.property("sluice", "Result"))
    must(not s.workers(), "workers outlived it")
    running = s.journal("SELECT count(*) FROM job WHERE state = 'running'")[0][0]
    must(running == 0, f"{running} jobs run in the journal")
    waiting = set(s.files("inbox")) & set(names)
    must(waiting, "nothing was left: the check proves nothing")
    must(waiting | set(s.files("archive")) >= set(names), "a source is lost")
    must(s.machine.property("sluice-http.socket", "ActiveState") == "inactive", "the socket would start it again")
    s.run("systemctl start sluice")
    s.expect_done(names)
    return f"stopped after {took:.1f} s with {len(waiting)} of {len(names)} left"


@check("upgrade in the middle of it: drains, resumes")
def upgrade(s):
    before = len(s.sidecars())
    names = s.drop(100)
    s.expect_sidecars_beyond(before + 3)
    main = s.machine.main_process("sluice")
    s.run("dpkg -i /root/second.deb")
    must(s.run("dpkg-query -W -f='${Version}' sluice").stdout == "9.0", "not upgraded")
    s.expect_state("active")
    must(s.machine.main_process("sluice") != main, "still the old one")
    left = len(set(s.files("inbox")) & set(names))
    s.expect_done(names)
    s.run("systemctl stop sluice; dpkg -i /root/second.deb")
    must(s.machine.property("sluice", "ActiveState") == "inactive", "an upgrade has started what was stopped")
    s.run("systemctl start sluice")
    return f"{left} of {len(names)} were left for the new one"


@check("another instance, with a place of its own")
def instance(s):
    state = "/var/lib/sluice/instances/two"
    s.machine.path("/etc/sluice/two.yaml").write_text(
        f"version: 1\nroot: {state}\ninbox: inbox\npipeline: thumbnails\n")
    s.run("systemctl start sluice@two")
    must(s.run(f"stat -c '%A %U %G' {state}/inbox").stdout.strip() == "drwxrws--- sluice sluice", "the inbox")
    shutil.copy(s.pictures[0], s.machine.path("/home/alice/one.jpg"))
    s.run(f"cp /home/alice/one.jpg {state}/inbox/", user="alice")
    soon(lambda: "one.jpg.json" in s.files("outbox", state), 60, lambda: s.status("sluice@two"))
    s.run("systemctl stop sluice@two")
    return "both run side by side"


@check("sluice-process@: a run over a directory")
def process(s):
    source = s.machine.path("/srv/photos")
    source.mkdir()
    for picture in s.pictures[:5]:
        shutil.copy(picture, source)
    s.machine.path("/etc/sluice/process/photos.conf").write_text(
        "SOURCE=/srv/photos\nPIPELINE=web\nOPTIONS=--quiet\n")
    s.run("systemctl start sluice-process@photos")
    found = [f for f in s.files("process/photos") if f.endswith(".json")]
    must(len(found) == 5, f"{found}")
    return "5 pictures"


@check("MemoryMax=256M, no swap: a whole corpus through web, nothing killed for memory")
def memory(s):
    if not s.corpus:
        raise Skipped("no --corpus DIR")
    s.run("systemctl restart sluice")
    corpus = [p for p in pathlib.Path(s.corpus).rglob("*") if p.is_file()]
    new = s.machine.path("/home/alice/corpus")
    shutil.copytree(s.corpus, new, symlinks=True)
    s.run("chown -R alice:sluice /home/alice/corpus; chmod -R ug+rwX /home/alice/corpus")
    group = group_of(s)
    s.run(f"mv /home/alice/corpus {STATE}/inbox/", user="alice")
    began = time.monotonic()
    main = s.machine.main_process("sluice")
    def finished():
        return not s.files("inbox/corpus") and s.status().startswith("idle")
    most = 0
    deadline = time.monotonic() + 1800
    while not finished() and time.monotonic() < deadline:
        time.sleep(2)
    must(not s.files("inbox/corpus"), f"{len(s.files('inbox/corpus'))} of {len(corpus)} left: {s.status()}")
    must(s.machine.main_process("sluice") == main, "it was restarted")
    figures = memory_figures(group)
    done = len([f for f in s.files("outbox/corpus") if f.endswith(".json")])
    failed = len([f for f in s.files("quarantine/corpus") if f.endswith(".error.json")])
    must(figures["oom"] == 0, f"{figures}")
    return (f"{len(corpus)} files in {time.monotonic() - began:.0f} s: {done} done, {failed} quarantined; "
            f"OOM kills 0, most {figures['most'] >> 20} MiB with page cache, limit {figures['limit'] >> 20} MiB")


def group_of(s):
    base = CONTROL_GROUPS / "memory" / NAME
    if not base.is_dir():
        base = CONTROL_GROUPS / NAME
    return base / "system.slice/sluice.service"


def memory_figures(group):
    def number(name):
        return int((group / name).read_text())
    if (group / "memory.oom_control").exists():
        control = dict(line.split() for line in (group / "memory.oom_control").read_text().splitlines())
        return {"oom": int(control.get("oom_kill", 0)), "most": number("memory.max_usage_in_bytes"),
                "limit": number("memory.limit_in_bytes"), "failed": number("memory.failcnt")}
    events = dict(line.split() for line in (group / "memory.events").read_text().splitlines())
    return {"oom": int(events["oom_kill"]), "most": number("memory.peak"), "limit": number("memory.max")}


@check("remove and purge: the pictures stay where they are")
def purge(s):
    names = s.drop(30)
    s.run("sleep 3")
    s.run(f"echo kept > {STATE}/quarantine/kept.txt; mkdir -p {STATE}/quarantine")
    s.run("dpkg -r sluice")
    must(not s.workers(), "workers are left")
    must(s.run("systemctl is-active sluice", check=False).stdout.strip() in ("inactive", "failed"), "still active")
    # Who thinks better of it finds it at work again.
    s.run("dpkg -i /root/second.deb")
    must(s.machine.property("sluice", "ActiveState") == "active", "installed again, it is not started")
    s.run("dpkg -r sluice")

    def pictures():
        return {place: s.run(f"cd {STATE}/{place} && find . -type f -exec sha256sum {{}} + | sort").stdout
                for place in ("inbox", "outbox", "archive", "quarantine")}
    before = pictures()
    must(s.machine.path(f"{STATE}/journal.sqlite").exists(), "the journal is gone before the purge")
    s.run("dpkg -P sluice")
    must(pictures() == before, "the purge has touched pictures")
    must(not s.machine.path(f"{STATE}/journal.sqlite").exists(), "the journal is left")
    must(not s.machine.path("/etc/sluice/sluice.yaml").exists(), "the configuration is left")
    must(s.machine.path("/etc/sluice/mine.yaml").exists(), "the administrator's own pipeline is gone")
    return f"{sum(len(v.splitlines()) for v in before.values())} files as they were"


@check("installed where no systemd runs, it processes pictures")
def without_systemd(s):
    s.run("cp -a /run/systemd /run/hidden; mount -t tmpfs tmpfs /run/systemd")
    try:
        s.run("dpkg -i /root/second.deb")
        s.run("sluice process /srv/photos -p web --out /root/out --quiet")
        found = s.run("ls /root/out/*.json | wc -l").stdout.strip()
        must(found == "5", found)
    finally:
        s.run("umount /run/systemd")
    s.run("dpkg -P sluice")
    return "5 pictures"


def newest(built):
    """When what the package is made of was changed last."""
    files = [pathlib.Path(built) / name for name in ("sluice", "sluice-worker")]
    files += [p for p in (TOP / "systemd").rglob("*") if p.is_file()]
    return max(p.stat().st_mtime for p in files)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built")
    parser.add_argument("checks", nargs="*")
    parser.add_argument("--corpus")
    options = parser.parse_args()
    if os.getuid() != 0:
        print("service-test: SKIPPED, nothing was tried: it needs root (name spaces, mounts, control groups)")
        return 0
    lacking = [p for p in ("unshare", "nsenter", "setpriv", "ip", "curl", "dpkg-shlibdeps", "systemd-analyze")
               if not shutil.which(p)]
    if lacking:
        print(f"service-test: SKIPPED, nothing was tried: {', '.join(lacking)} missing "
              "(apt-get install systemd iproute2 curl dpkg-dev)")
        return 0
    # So that everything is taken down again.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    packages = []
    out = TOP / ".build/service-test"
    out.mkdir(exist_ok=True)
    for version in ("1.0", "9.0"):
        made = next(out.glob(f"sluice_{version}_*.deb"), None)
        if made and made.stat().st_mtime > newest(options.built):
            packages.append(made)
            continue
        done = subprocess.run([TOP / "systemd/package/deb.sh", options.built, out, version], check=True,
                              env={**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "none"}, stdout=subprocess.PIPE, text=True)
        packages.append(done.stdout.splitlines()[0])
    results = []
    with Machine(toolchains()) as machine:
        service = Service(machine, packages, options.corpus)
        for title, body in CHECKS:
            if options.checks and body.__name__ not in (*options.checks, "install"):
                continue
            began = time.monotonic()
            try:
                results.append(("ok", title, body(service) or "", time.monotonic() - began))
            except Skipped as reason:
                results.append(("SKIPPED", title, str(reason), time.monotonic() - began))
            except Exception as error:
                results.append(("FAILED", title, f"{type(error).__name__}: {error}", time.monotonic() - began))
            state, title, detail, seconds = results[-1]
            print(f"{state:8} {seconds:5.0f} s  {title}: {detail}", flush=True)
    failed = [r for r in results if r[0] == "FAILED"]
    skipped = [r for r in results if r[0] == "SKIPPED"]
    print(f"\n{len(results)} checks: {len(results) - len(failed) - len(skipped)} ok, {len(skipped)} skipped, "
          f"{len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
