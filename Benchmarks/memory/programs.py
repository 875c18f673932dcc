"""Runs `sluice process` and `vipsthumbnail` in memory cgroups, for the scripts beside this one."""
import dataclasses
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PIPELINES = HERE / "pipelines"
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


def process(binary, source, pipeline, work, cap=UNLIMITED, workers=1, limit=None, timeout=None, watch=None):
    """`sluice process` over a directory, into one below `work` that is gone afterwards."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    outcome = cgroup.run(
        [pathlib.Path(binary) / "sluice", "process", source, "--pipeline", bench.pipeline_file(pipeline), "--out", out,
         "--memory-cap", cap, "--workers", workers, "--json", "--quiet"], limit, timeout, watch)
    published, refused = bench.records(out)
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
    bench.need("vipsthumbnail", "libvips-tools")
    outcomes = []
    for side in sides:
        outcomes.append(cgroup.run(
            ["vipsthumbnail", picture, "--size", f"{side}x{side}", "-o", work / "thumbnail.jpg[Q=82]"], limit, timeout))
    return outcomes
