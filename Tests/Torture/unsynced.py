"""Power loss over originals that nobody has synced: copied into the inbox as `cp` does it, reported as published, and then
the power fails, at once or up to half a minute later. ext4 and XFS. None may be gone, empty or cut short.
"""
import fcntl
import hashlib
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import time

from invariants import check_set, read_sidecar
from place import Place, digest, files
from power_loss import MAKERS, MODES, Disk
from processes import Failure, orphans, wait_for
from scenarios import TWO
import pictures

# EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are the same number.
SHUTDOWN = 0x8004587D
LONGEST = 30  # seconds after which the kernel writes by itself what is dirty, where nobody has set anything else


def cut_power(mount, mode):
    handle = os.open(mount, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", mode))
    finally:
        os.close(handle)


def copy_in(place, sources, chance):
    """As `cp` does it: open, write, close, and nothing more."""
    for name, data in sources.items():
        (place.inbox / name).parent.mkdir(exist_ok=True)
        with open(place.inbox / name, "wb") as file:
            file.write(data)
        time.sleep(chance.uniform(0, 0.05))


def originals(place):
    """Digests of all that is in archive and inbox; and what lies there by its name."""
    found = {}
    for root in (place.archive, place.inbox, place.quarantine):
        found |= {f"{root.name}/{path}": file for path, file in files(root).items()} if root.is_dir() else {}
    return {digest(file) for file in found.values()}, found


def lost(place, sources, told):
    """What is missing of the sources that were told of, with what lies in their place."""
    digests, found = originals(place)
    for name in told:
        if hashlib.sha256(sources[name]).hexdigest() not in digests:
            there = [f"{path}, {os.path.getsize(file)} bytes" for path, file in found.items() if path.endswith(name)]
            yield f"{name} ({len(sources[name])} bytes) was published, and is lost: {', '.join(there) or 'not there'}"


def broken_sets(place):
    faults, there = [], place.results()
    for path, file in there.items():
        if path.endswith(".json"):
            try:
                check_set(place, path, read_sidecar(file), there, faults)
            except ValueError:
                faults.append(f"{path} is no JSON")
    return faults


def one_cut(disk, place, programs, sources, chance, wait, mode):
    """Returns (how many had been told of, faults)."""
    run = place.start(programs)
    try:
        wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                 f"it starts: {run.log()[-500:]}")
        copy_in(place, sources, chance)
        wait_for(lambda: len(set(run.published())) == len(sources) or not run.is_running(),
                 f"all are published: {run.log()[-1000:]}")
        time.sleep(wait)
        told = set(run.published())
        cut_power(disk.mount, mode)
    finally:
        run.end()
    faults = [f"orphan {process}" for process in orphans()]
    disk.detach()
    disk.attach()
    gone = [*lost(place, sources, told)]
    faults += gone + broken_sets(place)
    # And the next start makes nothing worse.
    run = place.start(programs)
    try:
        wait_for(lambda: " watching " in run.log() and run.minds(signal.SIGTERM) or not run.is_running(),
                 f"it starts again: {run.log()[-500:]}")
        wait_for(lambda: place.open_jobs() == 0 or not run.is_running(), f"it recovers: {run.log()[-500:]}")
        run.signal(signal.SIGTERM)
        if run.wait() != 0:
            faults.append(f"the start after it ended with {run.process.returncode}: {run.log()[-400:]}")
    finally:
        run.end()
    return len(told), faults + [f"after recovery: {fault}" for fault in lost(place, sources, told) if fault not in gone]


def run(report, programs, scratch, options):
    report.begin("power loss over originals that nobody has synced")
    if not options.can_mount or os.geteuid() != 0:
        return report.skip("needs root and loop devices")
    cuts, batch = (1, 12) if options.short else (20, 15)
    chance = random.Random(options.seed)
    for kind, (make, _) in MAKERS.items():
        if not shutil.which(make[0]):
            report.skip(f"{kind}: no {make[0]}")
            continue
        told, missing = 0, 0
        for cut in range(cuts):
            disk = Disk(scratch, kind)
            try:
                disk.attach()
            except subprocess.CalledProcessError as error:
                report.skip(f"{kind} cannot be mounted: {error.stderr.decode().strip()}")
                break
            try:
                place = Place(disk.mount / "place", "watch", TWO).make()
                os.sync()
                sources = {f"{index % 3}/{index:02}.png": pictures.png(120, 90, f"{kind}{cut}{index}")
                           for index in range(batch)}
                # As the first second after it is what most is lost in, a third of the cuts are there.
                wait = chance.uniform(0, 1 if cut % 3 == 0 else 6 if options.short else LONGEST)
                mode = [*MODES][cut % len(MODES)]
                number, faults = one_cut(disk, place, programs, sources, chance, wait, mode)
                told, missing = told + number, missing + sum("is lost" in fault for fault in faults)
                for fault in faults:
                    report.fault(f"{kind}, {MODES[mode]}, {wait:.1f} s after the last was published: {fault}")
            except Failure as failure:
                report.fault(f"{kind}: {failure}")
            finally:
                disk.detach()
        else:
            report.line(f"{kind}: {cuts} times, {told} originals, {missing} lost")
