"""The programs that Sluice is measured against, each in the set-ups that were the quickest of those tried."""
import dataclasses
import os
import pathlib
import shlex
import shutil
import sys
from typing import Callable

from batches import BATCHES, QUALITY

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parent.parent / ".build/peers"  # as peers.sh makes them
CORES = len(os.sched_getaffinity(0))
# `convert` alone may be another program's name; these are Debian's for ImageMagick 6.
CONVERT, MOGRIFY = "convert-im6.q16", "mogrify-im6.q16"
STRIPPED = f"Q={QUALITY},strip"


@dataclasses.dataclass
class Task:
    """What a peer is to do: every picture at every side, anywhere below `out`."""
    list: pathlib.Path  # the sources' names, a line each; they are in the current directory
    count: int
    sides: tuple
    out: pathlib.Path
    memory: pathlib.Path  # an empty directory on a tmpfs

    def each(self, command, processes=CORES, files=None):
        """Shell: the command with so many of the files behind it at a time; without `files`, each process has its share
        of them at once."""
        files = files or -(-self.count // processes)
        return f"xargs -d '\\n' -a {shlex.quote(str(self.list))} -P {processes} -n {files} {command}"

    def at(self, name):
        return shlex.quote(str(self.out / name))


@dataclasses.dataclass
class Peer:
    key: str
    name: str
    setup: str
    batches: tuple
    command: Callable  # of a Task: shell
    needs: pathlib.Path | str  # a program
    environment: dict = dataclasses.field(default_factory=dict)
    # Decodes to less than twice the rendition's size, which leaves the filter little to do: quicker, and no bar is
    # about it.
    rough: bool = False
    quick: tuple = ()  # batches of whose short form it is a part, for a bar

    @property
    def is_here(self):
        return bool(shutil.which(str(self.needs)))


def one_thread(**more):
    return {"VIPS_CONCURRENCY": "1", "MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1", **more}


def vipsthumbnail(processes=CORES, files=None, low=False):
    """One run over the files for each side. `low`: as Sluice's workers, in tiles of 16 lines instead of 128, which stay
    in the processor's cache."""
    program = "vipsthumbnail --vips-tile-height=16" if low else "vipsthumbnail"
    return lambda task: " && ".join(
        task.each(f"{program} --size {side}x{side} -o {task.at(f'%s-{side}.jpg[{STRIPPED}]')}", processes, files)
        for side in task.sides)


def through_memory(files):
    """The largest side goes into a file of libvips' own in memory, uncompressed, and all are made of that: so many files
    at a time that they are not all held at once. (A chain, each side of the one before it, takes longer.)"""
    program = "vipsthumbnail --vips-tile-height=16"

    def command(task):
        largest = max(task.sides)
        lines = [f"d=$(mktemp -d -p {shlex.quote(str(task.memory))})",
                 f'{program} "$@" --size {largest}x{largest} -o "$d/%s.v"']
        lines += [f'{program} "$d"/*.v --size {side}x{side} -o {task.at(f"%s-{side}.jpg[{STRIPPED}]")}'
                  for side in task.sides]
        lines.append('rm -r "$d"')
        files_each = min(files, -(-task.count // CORES))
        return task.each(f"sh -ec {shlex.quote(chr(10).join(lines))} sh", files=files_each)
    return command


def mogrify(program, hint, processes):
    """ImageMagick or GraphicsMagick over all files. `hint`: what libjpeg may decode at, in times the rendition's size,
    or None. Their manuals advise 2, which leaves their filter something to do; 1 is quicker."""
    def command(task):
        side, = task.sides
        size = f"{side}x{side}"
        hinted = f"{hint * side}x{hint * side}" if hint else None
        if program == "gm":
            given = f"-size {hinted}" if hint else ""
            words = f"gm mogrify {given} -output-directory {task.at('.')} -thumbnail {size} +profile '*'"
        else:
            given = f"-define jpeg:size={hinted}" if hint else ""
            # Two passes over the coefficients save bytes, and are not asked for of any other. -thumbnail is slower than
            # -resize, by half as much again.
            words = (f"{MOGRIFY} {given} -define jpeg:optimize-coding=false -path {task.at('.')} -strip "
                     f"-resize {size}")
        return task.each(f"{words} -quality {QUALITY}", processes)
    return command


def convert(program, hint):
    """ImageMagick or GraphicsMagick once a file: each side is made of the one before it."""
    def command(task):
        sides = sorted(task.sides, reverse=True)
        hinted = f"{hint * sides[0]}x{hint * sides[0]}"
        steps = " ".join(f'-resize {side}x{side} -write "$o/$n-{side}.jpg"' for side in sides[:-1])
        last = f'-resize {sides[-1]}x{sides[-1]} "$o/$n-{sides[-1]}.jpg"'
        if program == "gm":
            call = f"gm convert -size {hinted} \"$f\" +profile '*' -quality {QUALITY} {steps} {last}"
        else:
            call = (f"{CONVERT} -define jpeg:size={hinted} -define jpeg:optimize-coding=false \"$f\" -strip "
                    f"-quality {QUALITY} {steps} {last}")
        script = f'o={task.at(".")}; for f in "$@"; do n=$(basename "$f" .jpg); {call}; done'
        return task.each(f"sh -ec {shlex.quote(script)} sh")
    return command


def python(kind, environment="python"):
    """A program of a few lines, in as many processes as there are cores."""
    interpreter = ENVIRONMENTS / environment / "bin/python"
    return lambda task: shlex.join(
        [str(interpreter), str(HERE / "python_peers.py"), kind, str(task.list), str(task.out), str(QUALITY),
         *map(str, task.sides)])


def interpreter(environment, module):
    """The environment's Python, if the module was installed into it."""
    found = list((ENVIRONMENTS / environment).glob(f"lib/python*/site-packages/{module}"))
    return ENVIRONMENTS / environment / "bin/python" if found else "/nonexistent"


ALL = tuple(BATCHES)
SINGLE = ("one", "small")
ONE_PROCESS, PER_FILE = "vips-one-process", "vips-per-file"
PEERS = [
    Peer("vips-low", "vipsthumbnail", f"tiles of 16 lines; {CORES} processes, one thread each", SINGLE,
         vipsthumbnail(low=True), "vipsthumbnail", one_thread(), quick=SINGLE),
    Peer("vips", "vipsthumbnail", f"{CORES} processes, one thread each", SINGLE, vipsthumbnail(), "vipsthumbnail",
         one_thread()),
    Peer(ONE_PROCESS, "vipsthumbnail", "all files in one process, its own threads", SINGLE, vipsthumbnail(1),
         "vipsthumbnail", quick=SINGLE),
    Peer(PER_FILE, "vipsthumbnail", f"a process a file, {CORES} at a time", SINGLE, vipsthumbnail(CORES, 1),
         "vipsthumbnail", one_thread(), quick=("small",)),
    Peer("vips-memory", "vipsthumbnail",
         f"1920 uncompressed on a tmpfs, five of that; tiles of 16 lines; {CORES} processes, one thread each",
         ("five",), through_memory(20), "vipsthumbnail", one_thread(), quick=("five",)),
    Peer("vips-per-side", "vipsthumbnail", f"a run a size; tiles of 16 lines; {CORES} processes, one thread each",
         ("five",), vipsthumbnail(low=True), "vipsthumbnail", one_thread()),
    Peer("pyvips", "pyvips", f"{CORES} processes, one thread each", ALL, python("pyvips"),
         interpreter("python", "pyvips"), one_thread()),
    Peer("opencv", "OpenCV", f"reduced decode, INTER_AREA; {CORES} processes", ALL, python("opencv"),
         interpreter("python", "cv2"), one_thread(), rough=True),
    Peer("pillow", "Pillow", f"draft(), Lanczos; {CORES} processes", ALL, python("pillow"),
         interpreter("python", "PIL")),
    Peer("pillow-simd", "Pillow-SIMD", f"draft(), Lanczos; {CORES} processes", ALL, python("pillow", "python-simd"),
         interpreter("python-simd", "PIL")),
    Peer("magick", "ImageMagick", f"jpeg:size twice the rendition's; {CORES} processes, one thread each", SINGLE,
         mogrify("magick", 2, CORES), MOGRIFY, one_thread(), quick=("one",)),
    Peer("magick-threads", "ImageMagick", f"jpeg:size twice the rendition's; one process, {CORES} threads", ("one",),
         mogrify("magick", 2, 1), MOGRIFY),
    Peer("magick-plain", "ImageMagick", f"no jpeg:size; {CORES} processes, one thread each", ("one",),
         mogrify("magick", None, CORES), MOGRIFY, one_thread()),
    Peer("magick-rough", "ImageMagick", f"jpeg:size of the rendition; {CORES} processes, one thread each", ("one",),
         mogrify("magick", 1, CORES), MOGRIFY, one_thread(), rough=True),
    Peer("magick-chain", "ImageMagick", f"jpeg:size twice the largest, a chain of -write; {CORES} at a time", ("five",),
         convert("magick", 2), CONVERT, one_thread(), quick=("five",)),
    Peer("magick-chain-rough", "ImageMagick", f"jpeg:size of the largest, a chain of -write; {CORES} at a time",
         ("five",), convert("magick", 1), CONVERT, one_thread(), rough=True),
    Peer("graphicsmagick", "GraphicsMagick", f"-size twice the rendition's; {CORES} processes, one thread each", SINGLE,
         mogrify("gm", 2, CORES), "gm", one_thread()),
    Peer("graphicsmagick-chain", "GraphicsMagick", f"-size twice the largest, a chain of -write; {CORES} at a time",
         ("five",), convert("gm", 2), "gm", one_thread()),
]


def of(batch, only, quick):
    """The peers of a batch that are here; the others are named. `quick`: those that a bar needs."""
    found = []
    for peer in PEERS:
        if batch not in peer.batches or (only and peer.key not in only):
            continue
        if quick and not only and batch not in peer.quick:
            continue
        if peer.is_here:
            found.append(peer)
        else:
            print(f"left out: {peer.name} is not here (Benchmarks/speed/peers.sh installs it)", file=sys.stderr)
    return found
