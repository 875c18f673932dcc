"""A real Slurm on this machine, in a directory of its own: munge, slurmctld and slurmd of Debian's packages, as root,
without control groups. Two processors of one node are its slots."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

PROGRAMS = {"munged": "munge", "slurmctld": "slurm-wlm", "slurmd": "slurm-wlm", "sbatch": "slurm-wlm"}


def missing():
    """Why there can be none here; None where there can."""
    if os.geteuid():
        return "it needs root"
    lacking = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    return f"apt-get install {' '.join(lacking)}" if lacking else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(root, slots):
    host = socket.gethostname().split(".")[0]
    for name in ["state", "spool", "run"]:
        (root / name).mkdir()
    return f"""
ClusterName=sluice
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge.socket
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldPidFile={root}/run/slurmctld.pid
SlurmdPidFile={root}/run/slurmd.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=100000,sched_interval=5
ReturnToService=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} RealMemory=1024 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    def __init__(self, root):
        self.environment = dict(os.environ, SLURM_CONF=str(root / "slurm.conf"))
        for name in list(self.environment):
            if name.startswith(("SLURM_ARRAY", "JOB_COMPLETION", "PARALLEL_")):
                del self.environment[name]

    def call(self, *words, **more):
        return subprocess.run(
            words, env=self.environment, check=True, capture_output=True, text=True, **more).stdout.strip()

    def wait_until_ready(self):
        for _ in range(300):
            with contextlib.suppress(subprocess.CalledProcessError):
                if self.call("sinfo", "-h", "-o", "%T") == "idle":
                    return
            time.sleep(0.1)
        raise RuntimeError("the cluster does not start: " + self.call("sinfo", "-R"))

    def run(self, script, *options):
        """Submits, waits for the end. (sbatch --wait looks ever more seldom.) Returns the array's number."""
        job = self.call("sbatch", "--parsable", *options, str(script))
        while self.call("squeue", "--noheader", "--jobs", job):
            time.sleep(0.1)
        return job


@contextlib.contextmanager
def cluster(root, slots=2):
    """`root` is made, and must be only root's all the way up, or sticky."""
    root = pathlib.Path(root)
    root.mkdir(mode=0o755)
    (root / "munge.key").write_bytes(os.urandom(128))
    (root / "munge.key").chmod(0o600)
    (root / "slurm.conf").write_text(configuration(root, slots))
    servers = []

    def start(*words):
        with open(root / f"{words[0]}.out", "wb") as log:
            servers.append(subprocess.Popen(words, env=whole.environment, stdout=log, stderr=log))

    whole = Cluster(root)
    try:
        start("munged", "--foreground", "--force", f"--key-file={root}/munge.key", f"--socket={root}/munge.socket",
              f"--pid-file={root}/run/munged.pid", f"--log-file={root}/munged.log", f"--seed-file={root}/munge.seed")
        for _ in range(100):
            if (root / "munge.socket").exists():
                break
            time.sleep(0.05)
        start("slurmctld", "-D")
        start("slurmd", "-D")
        whole.wait_until_ready()
        yield whole
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            whole.call("scancel", "--full", "--signal=KILL", "--user=root")
        for server in reversed(servers):
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
