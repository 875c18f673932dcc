#!/usr/bin/env python3
"""Bar 4: estimates against measured peaks, on a grid of 8 formats × 4 sizes × 4 pipelines, or over a directory.

usage: calibrate.py BIN [--set NAME]... [--pipeline FILE]... [--plan memory|spill] [--quiet]
       calibrate.py BIN --directory DIR

Every cell prints both, as the sidecar has them: the anonymous memory that the worker was expected to hold at most, and
that it held. The grid: never under the peak. A directory: not under it for 99.5 % of what is published. Either: at most
1.5 times the peak for the median job. One worker, and a cap that refuses nothing; `--plan spill` gives the cap that
`--cap` says instead, so that large decodes spill. `--set variants` measures the rarer kinds of the formats.
"""
import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import pictures  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

PIPELINES = [programs.PIPELINES / "shrink.yaml", "web", programs.PIPELINES / "convert.yaml",
             programs.PIPELINES / "turn.yaml"]
SHARE = 0.995  # of a directory's files whose estimate is not under the peak
MEDIAN = 1.5


class Cell:
    def __init__(self, memory):
        self.estimate, self.peak = memory["estimate"], memory["peak"]
        self.ratio = self.estimate / max(1, self.peak)
        self.plan, self.spilled = memory.get("plan") or "–", memory.get("spilled") or 0

    def row(self):
        return [f"{self.estimate / MIB:.1f}", f"{self.peak / MIB:.1f}", f"{self.ratio:.2f}", self.plan,
                f"{self.spilled / MIB:.1f}"]


HEAD = ["picture", "estimate MiB", "peak MiB", "ratio", "plan", "spilled MiB"]


def run(options, source, pipeline, work):
    """Cells of every picture published, by source, and what was refused."""
    cap = options.cap if options.plan == "spill" else programs.UNLIMITED
    done = programs.process(options.binary, source, pipeline, work, cap, workers=1, timeout=options.timeout)
    cells = {name: Cell(record["memory"]) for name, record in done.published.items()}
    # The sidecar's peak is the worker's own; the group's count cannot be under it by more than sampling misses.
    highest = max((cell.peak for cell in cells.values()), default=0)
    print(f"  {pathlib.Path(pipeline).stem}: {len(cells)} published, {len(done.refused)} refused, "
          f"{done.outcome.wall:.0f} s; highest peak {highest / MIB:.1f} MiB in a sidecar, all processes by the group's "
          f"count {done.outcome.anonymous_peak / MIB:.1f} MiB", file=sys.stderr)
    return cells, done


def conclude(cells, allowed_under):
    """Prints how good the estimates were, and returns what missed the bar."""
    if not cells:
        return ["nothing was published"]
    ratios = sorted(cell.ratio for cell in cells)
    under = [cell for cell in cells if cell.ratio < 1]
    median = statistics.median(ratios)
    print(f"\n{len(cells)} cells: smallest ratio {ratios[0]:.2f}, median {median:.2f}, nine "
          f"tenths under {ratios[len(ratios) * 9 // 10]:.2f}, largest {ratios[-1]:.2f}; under 1: {len(under)}")
    faults = []
    if len(under) > allowed_under:
        faults.append(f"{len(under)} of {len(cells)} estimates are under the peak (bar: {allowed_under})")
    if median > MEDIAN:
        faults.append(f"the median estimate is {median:.2f} times the peak (bar: {MEDIAN})")
    return faults


def over_grid(options, work):
    """Every picture of the sets through every pipeline."""
    found = pictures.made(options.pictures, *(options.set or ["grid"]))
    names = {path.name: picture.name for picture, path in found}
    source = bench.link([path for _, path in found], work / "sources")
    everything, faults, allowed = [], [], set(options.allow_refused)
    for pipeline in options.pipeline or PIPELINES:
        cells, done = run(options, source, pipeline, work)
        if not options.quiet:
            print(f"\n{pathlib.Path(pipeline).stem}\n")
            print(bench.table(HEAD, [
                [names[path], *cells[path].row()] if path in cells
                else [names[path], done.refused.get(path, {}).get("code", "not done"), *[""] * (len(HEAD) - 2)]
                for path in names]))
        for path in names:
            code = done.refused.get(path, {}).get("code", "not done")
            if path not in cells and code not in allowed:
                faults.append(f"{names[path]} through {pathlib.Path(pipeline).stem}: {code}")
        everything += cells.values()
    return faults + conclude(everything, 0)


def over_directory(options, work):
    """Every file of a directory, through `web` or the pipelines named."""
    everything = []
    for pipeline in options.pipeline or ["web"]:
        cells, _ = run(options, options.directory, pipeline, work)
        everything += cells.values()
        under = sorted((item for item in cells.items() if item[1].ratio < 1), key=lambda item: item[1].ratio)
        if under and not options.quiet:
            print(f"\n{pathlib.Path(pipeline).stem}: estimates under the peak\n")
            print(bench.table(HEAD, [[name, *cell.row()] for name, cell in under[:40]]))
    return conclude(everything, int(len(everything) * (1 - SHARE)))


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0]))
    parser.add_argument("--set", action="append", help="a set or picture of pictures.py; grid without it")
    parser.add_argument("--directory", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--pipeline", action="append", help="a pipeline's name or file")
    parser.add_argument("--plan", choices=["memory", "spill"], default="memory")
    parser.add_argument("--cap", type=cgroup.size, default=64 * MIB, help="with --plan spill")
    parser.add_argument(
        "--allow-refused", action="append", default=[], metavar="CODE", help="an error that is no fault")
    parser.add_argument("--quiet", action="store_true", help="only the conclusion")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one pipeline")
    options = parser.parse_args()
    cap = f"a cap of {options.cap // MIB} MiB" if options.plan == "spill" else "no cap"
    print(f"\nBar 4: estimates against peaks, {cap}, {options.directory or ', '.join(options.set or ['grid'])}")
    with bench.workplace(options.pictures) as work:
        return bench.fail((over_directory if options.directory else over_grid)(options, work))


if __name__ == "__main__":
    bench.run_main(main)
