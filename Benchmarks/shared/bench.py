"""What the benchmarks share: places to work in, tables, faults, arguments."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import cgroup
import pictures

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
MIB = 1 << 20
ENVIRONMENT = CHECKOUT / ".build/peers/python"


def enter_environment():
    """Runs the script again in the Python that has the packages of PyPI (`speed/peers.sh`), where there is one."""
    if pathlib.Path(sys.prefix).resolve() != ENVIRONMENT.resolve() and (ENVIRONMENT / "bin/python").exists():
        os.execv(ENVIRONMENT / "bin/python", [ENVIRONMENT / "bin/python", *sys.argv])


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


def corpus():
    """`../shared/corpus` beside the checkout, or the example pictures."""
    shared = pathlib.Path(os.environ.get("SLUICE_SHARED", CHECKOUT.parent / "shared")) / "corpus"
    return (shared if shared.is_dir() else CHECKOUT / "Examples/pictures").resolve()


def records(root):
    """Sidecars and error files below a directory, each by its source's path."""
    published, refused = {}, {}
    for path in root.rglob("*.json"):
        if path.name.endswith(".error.json"):
            record = json.loads(path.read_text())
            refused[record["source"]] = record
        elif not {".sluice", ".staging"} & set(path.relative_to(root).parts):
            record = json.loads(path.read_text())
            published[record["source"]["path"]] = record
    return published, refused


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
