"""Runs `sluice process` and `vipsthumbnail` in memory cgroups, for the scripts beside this one."""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import cgroup
import pictures

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
PIPELINES = HERE / "pipelines"
MIB = 1 << 20
UNLIMITED = 1 << 40  # a memory cap that never binds


@dataclasses.dataclass
class Run:
    """What one `sluice process` did."""
    outcome: cgroup.Outcome
    published: dict  # source's path → sidecar
    refused: dict  # source's path → error file
    summary: dict  # what --json prints; empty when it was killed

    @property
    def verdict(self):
        """For a run over one picture: what became of it, in a word or two."""
        if self.outcome.out_of_memory_kills or self.outcome.timed_out:
            return self.outcome.verdict
        if self.refused:
            return ", ".join(sorted(error["code"] for error in self.refused.values()))
        return "ok" if self.published else self.outcome.verdict


@contextlib.contextmanager
def workplace(directory):
    """A directory that goes away; beside the pictures, so that it is on a disk and they can be linked into it."""
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(prefix="work-", dir=directory))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def link(paths, directory):
    """A directory with hard links to these pictures: Sluice follows no symbolic ones."""
    directory.mkdir()
    for path in paths:
        os.link(path, directory / path.name)
    return directory


def forget(path):
    """Takes a file out of the page cache: read from the disk, its pages count for the group that reads it."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def pipeline_file(name):
    """The file of a pipeline that is named as `sluice` takes it: one of this checkout's, wherever the programs are."""
    own = CHECKOUT / "Pipelines" / f"{name}.yaml"
    return own if own.exists() else pathlib.Path(name).resolve()


def process(binary, source, pipeline, work, cap=UNLIMITED, workers=1, limit=None, timeout=None, watch=None):
    """`sluice process` over a directory, into one below `work` that is gone afterwards."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    outcome = cgroup.run(
        [pathlib.Path(binary) / "sluice", "process", source, "--pipeline", pipeline_file(pipeline), "--out", out,
         "--memory-cap", cap, "--workers", workers, "--json", "--quiet"], limit, timeout, watch)
    published, refused = {}, {}
    for path in out.rglob("*.json"):
        record = json.loads(path.read_text())
        if ".sluice" not in path.relative_to(out).parts:
            published[record["source"]["path"]] = record
        elif path.name.endswith(".error.json"):
            refused[record["source"]] = record
    shutil.rmtree(out, ignore_errors=True)
    try:
        summary = json.loads(outcome.output)
    except json.JSONDecodeError:
        summary = {}
    if outcome.code not in (0, 65) and not outcome.out_of_memory_kills and not outcome.timed_out:
        print(f"  sluice ended with {outcome.code}: {outcome.errors.decode(errors='replace')[-500:]}", file=sys.stderr)
    return Run(outcome, published, refused, summary)


def thumbnail(picture, sides, work, limit=None, timeout=None):
    """`vipsthumbnail` of a picture to each of these sizes, one run after the other: a list of outcomes."""
    need("vipsthumbnail", "libvips-tools")
    outcomes = []
    for side in sides:
        outcomes.append(cgroup.run(
            ["vipsthumbnail", picture, "--size", f"{side}x{side}", "-o", work / "thumbnail.jpg[Q=82]"], limit, timeout))
    return outcomes


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{program} is missing: apt-get install {package}")


def table(head, rows):
    """A Markdown table; the columns of all but the first to the right."""
    cells = [list(map(str, row)) for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    def line(row):
        rest = (text.rjust(width) for text, width in zip(row[1:], widths[1:]))
        return "| " + " | ".join([row[0].ljust(widths[0]), *rest]) + " |"
    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([line(cells[0]), rule, *map(line, cells[1:])])


def fail(faults):
    """Prints what missed its bar, and gives the exit code."""
    for fault in faults:
        print("FAULT:", fault)
    return 1 if faults else 0


def run_main(main):
    """Ends the script with what `main` returns; 69, and the reason, where there are no cgroups to measure in."""
    # A script that is ended still takes its groups and directories away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except cgroup.Unavailable as error:
        print(f"{pathlib.Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(69)


def arguments(parser):
    """What all of these scripts take."""
    parser.add_argument("binary", type=lambda text: pathlib.Path(text).resolve(), metavar="BIN",
                        help="directory with sluice and sluice-worker")
    parser.add_argument("--pictures", type=lambda text: pathlib.Path(text).resolve(),
                        default=pictures.default_directory(), help="where the big pictures are, or are made")
    return parser
