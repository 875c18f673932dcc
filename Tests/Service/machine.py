"""A systemd of its own: PID 1 in name spaces of its own, over a copy-on-write view of this system. What happens in it
stays in it, and goes with it."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAME = f"sluice-machine-{os.getpid()}"
CONTROL_GROUPS = pathlib.Path("/sys/fs/cgroup")

# Inside the new name spaces, before systemd. The root is entered with pivot_root: services make mounts of their own,
# which a chroot would not let them.
BEGIN = r"""
set -e
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
    for one in cpu cpuacct cpuset memory devices freezer blkio pids; do
        [ -d "/sys/fs/cgroup/$one" ] || continue
        mkdir "sys/fs/cgroup/$one"
        mount -t cgroup -o "$one" cgroup "sys/fs/cgroup/$one"
    done
    mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 sys/fs/cgroup/unified || rmdir sys/fs/cgroup/unified
fi
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do cp -a "/dev/$node" dev/; done
mkdir dev/shm dev/pts dev/mqueue dev/hugepages
mount -t tmpfs tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for hidden in "$@"; do mount -t tmpfs -o mode=755,size=1M tmpfs "$root$hidden"; done
ip link set lo up
mkdir -p before
pivot_root . before
cd /
umount -l /before
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=sluice \
    /lib/systemd/systemd --system --unit=sluice-machine.target --log-target=journal </dev/null
"""


class Machine:
    def __init__(self, hidden):
        """hidden: directories that are empty in there."""
        self.hidden = hidden
        # On a disk: what services write to a file system in memory counts against their limits, and stays.
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-machine-", dir="/var/tmp"))
        self.root = self.work / "root"
        self.log = self.work / "console.log"
        self.process = None
        self.init = None

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def boot(self):
        for name in ("upper", "work", "root"):
            (self.work / name).mkdir()
        options = f"lowerdir=/,upperdir={self.work}/upper,workdir={self.work}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root], check=True)
        units = self.root / "etc/systemd/system"
        (units / "sluice-machine.target").write_text(
            "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n")
        # What would look for hardware, or wait for it.
        for unit in ("systemd-udevd.service", "systemd-udev-trigger.service", "systemd-logind.service",
                     "systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service",
                     "systemd-remount-fs.service", "systemd-journal-flush.service", "systemd-update-utmp.service",
                     "systemd-random-seed.service", "systemd-machine-id-commit.service", "apparmor.service",
                     "dev-hugepages.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
                     "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount"):
            with contextlib.suppress(FileExistsError):
                (units / unit).symlink_to("/dev/null")
        (self.root / "etc/fstab").write_text("")
        shutil.rmtree(self.root / "var/log/journal", ignore_errors=True)
        # policy-rc.d of images says that nothing is to be started.
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        command = ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup", "--kill-child",
                   "bash", "-c", BEGIN, "boot", str(self.root), *self.hidden]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=enter_control_groups)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the machine did not boot:\n{self.log.read_text()[-2000:]}")
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                self.init = int(children[0])
                state = self.run("systemctl is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return
            time.sleep(0.2)
        raise RuntimeError(f"the machine did not boot:\n{self.log.read_text()[-2000:]}")

    def run(self, command, check=True, user=None, timeout=300):
        """A shell line in there, as root or another user."""
        inside = ["sh", "-c", f"cd / && {{ {command}\n}}"]
        if user:
            inside = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", *inside]
        done = subprocess.run(
            ["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-n", "-p", "-C",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *inside],
            capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def path(self, inside):
        return self.root / str(inside).lstrip("/")

    def property(self, unit, name):
        return self.run(f"systemctl show -p {name} --value {unit}").stdout.strip()

    def main_process(self, unit):
        """Its number in there; 0 where there is none."""
        return int(self.property(unit, "MainPID") or 0)

    def end(self):
        if self.init:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.init, signal.SIGKILL)
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()
            self.process.wait()
        for _ in range(50):
            if subprocess.run(["umount", "-R", self.root], capture_output=True).returncode == 0 \
                    or not os.path.ismount(self.root):
                break
            time.sleep(0.1)
        leave_control_groups()
        if os.path.ismount(self.root):
            print(f"still mounted: {self.root}", file=sys.stderr)
        else:
            shutil.rmtree(self.work, ignore_errors=True)


def hierarchies():
    if (CONTROL_GROUPS / "cgroup.controllers").exists():
        return [CONTROL_GROUPS]
    names = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd", "unified")
    return [CONTROL_GROUPS / name for name in names if (CONTROL_GROUPS / name).is_dir()]


def enter_control_groups():
    for hierarchy in hierarchies():
        group = hierarchy / NAME
        group.mkdir(exist_ok=True)
        if hierarchy.name == "cpuset":
            for file in ("cpuset.cpus", "cpuset.mems"):
                (group / file).write_text((hierarchy / file).read_text())
        (group / "cgroup.procs").write_text(str(os.getpid()))


def leave_control_groups():
    for hierarchy in hierarchies():
        group = hierarchy / NAME
        for _ in range(50):
            left = False
            for directory, _, _ in os.walk(group, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    left = True
            if not left:
                break
            time.sleep(0.1)


def toolchains():
    """Directories that Swift's programs and libraries lie in."""
    program = shutil.which("swift")
    if not program:
        return []
    # ROOT/usr/bin/swift
    usr = pathlib.Path(program).resolve().parent.parent
    return [str(usr.parent if usr.name == "usr" and usr.parent != pathlib.Path("/") else usr)]
