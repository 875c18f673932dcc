#!/usr/bin/env python3
"""Bar 7: Sluice, vipsthumbnail, ImageMagick and GraphicsMagick on the same pictures in the same cgroups.

usage: peers.py BIN [--cap SIZE]... [--only NAME]... [--program NAME]... [--timeout SECONDS]

Caps of 64, 128 and 256 MiB, each in a group whose hard limit is 64 MiB higher: room for page cache. The peers make
2048 pixels; Sluice makes 320 pixels too. ImageMagick and GraphicsMagick get `-limit memory` of half the cap, as it is
about pixels alone and not what decoders hold, `-limit map` of the cap, and as much disk as they want: what they cannot
hold they keep in files, on the disk that the pictures are on. (With the whole cap for both they were no faster, with a
map of many GiB slower.) Debian's policy for ImageMagick, 16,000 pixels a side and 1 GiB of disk, is lifted.
vipsthumbnail has no such options. Every run is ended after a time-out; what was not done in time with a larger cap
is not tried with a smaller one. A result that cannot be read, or is of another size, is no result. Prints the tables of
Benchmarks/README.md; the exit code is that of Sluice's part.
"""
import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import cgroup  # noqa: E402
import pictures  # noqa: E402
import programs  # noqa: E402
from bench import MIB  # noqa: E402

CHOSEN = ["giga-jpeg", "giga-png", "giga-tiff-strips", "400mp-jpeg-progressive", "400mp-png-interlaced", "100mp-webp",
          "100mp-webp-lossless", "100mp-avif", "100mp-heic", "100mp-gif"]
SIDE = 2048  # pixels
POLICY = """<policymap>
  <policy domain="resource" name="width" value="128KP"/>
  <policy domain="resource" name="height" value="128KP"/>
  <policy domain="resource" name="area" value="16GP"/>
  <policy domain="resource" name="memory" value="16GiB"/>
  <policy domain="resource" name="map" value="64GiB"/>
  <policy domain="resource" name="disk" value="64GiB"/>
</policymap>
"""
# `convert` alone may be another program's name; this is Debian's for ImageMagick 6.
IMAGEMAGICK = "convert-im6.q16"


def command(program, path, result, cap):
    """How a user who knows the options would call it."""
    size = f"{SIDE}x{SIDE}"
    limits = ["-limit", "memory", f"{cap // 2 // MIB}MiB", "-limit", "map", f"{cap // MIB}MiB",
              "-limit", "disk", "64GiB"]
    return {
        "vipsthumbnail": ["vipsthumbnail", path, "--size", size, "-o", f"{result}[Q=82]"],
        # The hint lets libjpeg decode at a smaller size.
        "ImageMagick": [IMAGEMAGICK, *limits, "-define", f"jpeg:size={size}", path, "-thumbnail", size,
                        "-quality", "82", result],
        "GraphicsMagick": ["gm", "convert", *[word.replace("MiB", "M").replace("GiB", "G") for word in limits],
                           "-size", size, path, "-thumbnail", size, "-quality", "82", result],
    }[program]


def width_of(path):
    """A picture's width by reading all of it; 0 when it cannot be read."""
    if not path.exists():
        return 0
    done = subprocess.run(["vips", "avg", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode:
        return 0
    return int(subprocess.run(["vipsheader", "-f", "width", path], stdout=subprocess.PIPE, text=True).stdout or 0)


def peer(options, program, path, cap, work):
    """(verdict, outcome) of a peer."""
    temporary = work / "temporary"
    temporary.mkdir(exist_ok=True)
    (work / "policy.xml").write_text(POLICY)
    result = work / "result.jpg"
    result.unlink(missing_ok=True)
    bench.forget(path)
    environment = dict(os.environ, MAGICK_CONFIGURE_PATH=str(work), MAGICK_TEMPORARY_PATH=str(temporary),
                       MAGICK_TMPDIR=str(temporary), TMPDIR=str(temporary))
    outcome = cgroup.run(command(program, path, result, cap), cap + 64 * MIB, options.timeout, env=environment)
    for file in temporary.iterdir():
        file.unlink()
    verdict = outcome.verdict
    if verdict == "ok" and width_of(result) != SIDE:
        verdict = "no picture"
    if verdict.startswith("failed") or verdict == "no picture":
        print(f"  {program}, {path.name}: {outcome.errors.decode(errors='replace').strip()[-300:]}", file=sys.stderr)
    return verdict, outcome


def sluice(options, path, cap, work):
    source = work / f"source-{path.name}"
    if not source.exists():
        bench.link([path], source)
    bench.forget(path)
    run = programs.process(options.binary, source, programs.PIPELINES / "gigapixel.yaml", work, cap,
                           limit=cap + 64 * MIB, timeout=options.timeout)
    return run.verdict, run.outcome


def cell(verdict, outcome, cap):
    """What became of a run; memory over the cap, which a hard limit of 64 MiB more lets through, is in bold."""
    if verdict == "timed out":
        return f"over {outcome.wall:.0f} s"
    if verdict != "ok":
        return verdict
    bold = "**" if outcome.anonymous_peak > cap else ""
    return f"{outcome.wall:.1f} s, {bold}{outcome.anonymous_peak / MIB:.0f} MiB{bold}"


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--cap", type=cgroup.size, action="append")
    parser.add_argument("--only", action="append", help="a set or picture of pictures.py")
    parser.add_argument("--program", action="append",
                        choices=["Sluice", "vipsthumbnail", "ImageMagick", "GraphicsMagick"])
    parser.add_argument("--timeout", type=float, default=180, help="seconds a run may take")
    options = parser.parse_args()
    chosen = options.program or ["Sluice", "vipsthumbnail", "ImageMagick", "GraphicsMagick"]
    for name, package in [(IMAGEMAGICK, "imagemagick"), ("gm", "graphicsmagick"), ("vips", "libvips-tools")]:
        bench.need(name, package)
    faults = []
    with bench.workplace(options.pictures) as work:
        found = pictures.made(options.pictures, *(options.only or CHOSEN))
        slow, tables = {}, []
        for cap in sorted(options.cap or [64 * MIB, 128 * MIB, 256 * MIB], reverse=True):
            rows = []
            for picture, path in found:
                row = [picture.name]
                for program in chosen:
                    if (picture, program) in slow:
                        row.append(f"({slow[picture, program]})")
                        continue
                    verdict, outcome = (sluice(options, path, cap, work) if program == "Sluice"
                                        else peer(options, program, path, cap, work))
                    text = cell(verdict, outcome, cap)
                    if verdict == "timed out":
                        slow[picture, program] = text
                    if program == "Sluice" and (verdict != "ok" or outcome.anonymous_peak > cap):
                        faults.append(f"{picture.name}, cap {cap // MIB} MiB: {text}")
                    row.append(text)
                    print(f"  {cap // MIB} MiB: {picture.name}, {program}: {text}", file=sys.stderr)
                rows.append(row)
            title = (f"Cap {cap // MIB} MiB, hard limit {cap // MIB + 64} MiB: wall time, highest anonymous memory "
                     f"(bold: over the cap)")
            tables.append(f"\n{title}\n\n{bench.table(['picture', *chosen], rows)}")
    print("\n".join(reversed(tables)))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
