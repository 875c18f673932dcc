#!/usr/bin/env python3
"""Bar 3: how near Sluice's renditions are to a full-resolution Lanczos reference, beside vipsthumbnail's.

usage: quality.py BIN [DIR...] [--most N] [--others] [--quick]

The renditions of the batches `one` and `five` (a cascade, where it is one), lossless and as JPEG; vipsthumbnail makes
each of them directly. Reference: Pillow decodes every pixel and resizes once. The same measured against libvips in
floats, without shrinking in steps, stands beside it. Bars, at every size, as the median over the photographs of the
difference: at most 0.2 dB of PSNR and 0.0005 of SSIM below vipsthumbnail's; and the same dimensions, always.

DIR: where photographs are; without, those of the corpora beside the checkout if there are any, else Examples. Taken
are the largest different RGB files that decode without complaint; PNG files become JPEG first. `--others`: what the
other programs' JPEG renditions come to, by the same measure.
"""
import argparse
import collections
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import batches
import jpegs
import peers
from batches import bench

# With what peers.sh has installed.
ENVIRONMENT = peers.ENVIRONMENTS / "python"
if pathlib.Path(sys.prefix).resolve() != ENVIRONMENT.resolve() and ENVIRONMENT.exists():
    os.execv(ENVIRONMENT / "bin/python", [ENVIRONMENT / "bin/python", *sys.argv])
try:
    import fidelity
except ImportError:
    print("quality.py: numpy and Pillow are needed: Benchmarks/speed/peers.sh installs them", file=sys.stderr)
    sys.exit(69)

LEAST = {"psnr": -0.2, "ssim": -0.0005}  # against vipsthumbnail's
FEWEST_PIXELS = 300_000
BATCHES = ["one", "five"]

# One rendition, against the reference: PSNR in dB, SSIM, PSNR against the second reference.
Score = collections.namedtuple("Score", "psnr ssim second")


def default_directories():
    shared = pathlib.Path(os.environ.get("SLUICE_SHARED", bench.CHECKOUT.parent / "shared"))
    found = [path for path in [*sorted(shared.glob("corpus/photo-*")), shared / "denoise/Kodak"] if path.is_dir()]
    return found or [bench.CHECKOUT / "Examples/pictures"]


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def pixel_count(path):
    """Of an RGB picture of 8 bits; 0 of anything else."""
    try:
        width, height, bands = (int(output("vipsheader", "-f", field, path)) for field in ["width", "height", "bands"])
        return width * height if bands == 3 and "uchar" in output("vipsheader", path) else 0
    except (subprocess.CalledProcessError, ValueError):
        return 0


def is_whole(path):
    return not subprocess.run(["vips", "avg", f"{path}[fail-on=warning]"], capture_output=True).returncode


def collect(directories, most, place):
    """The largest different photographs, as JPEG, below `place`; pairs of the path there and the name."""
    found = {}
    for directory in directories:
        files = (path for path in sorted(directory.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        for path in files:
            if path.stat().st_size > 100_000:
                found.setdefault(hashlib.sha256(path.read_bytes()).digest(), path)
    sized = sorted(((pixel_count(path), str(path)) for path in found.values()), reverse=True)
    chosen = []
    for count, path in sized:
        if count >= FEWEST_PIXELS and len(chosen) < most and is_whole(path):
            copy = place / f"{len(chosen):03}.jpg"
            if path.lower().endswith(".png"):
                output("vips", "copy", path, f"{copy}[Q=95,subsample-mode=off]")
            else:
                shutil.copyfile(path, copy)
            chosen.append((copy, pathlib.Path(path).name))
    return chosen


def sluice(binary, source, work, format):
    """Sluice's renditions of all batches: paths by (stem, side)."""
    made = {}
    for name in BATCHES:
        batch, out = batches.BATCHES[name], work / f"sluice-{name}-{format}"
        pipeline = batch.pipeline(work, format, "stages: [autorotate]\n")
        output(binary / "sluice", "process", source, "--pipeline", pipeline, "--out", out, "--quiet")
        for side in batch.sides:
            for path in out.glob(f"*.s{side}.*"):
                made[path.name.split(".")[0], side] = path
    return made


def vipsthumbnail(paths, work, format):
    made = {}
    options = f"[Q={batches.QUALITY},strip]" if format == "jpeg" else "[strip,compression=1]"
    ending = "jpg" if format == "jpeg" else format
    for side in sides():
        out = work / f"vips-{side}-{format}"
        out.mkdir()
        output("vipsthumbnail", *paths, "--size", f"{side}x{side}>", "-o", f"{out}/%s.{ending}{options}")
        made.update({(path.stem, side): path for path in out.iterdir()})
    return made


def sides():
    return sorted({side for name in BATCHES for side in batches.BATCHES[name].sides}, reverse=True)


class References:
    """Of one photograph, by side."""

    def __init__(self, path):
        self.path, self.made = path, {}

    def score(self, rendition):
        got = fidelity.pixels(rendition)
        size = got.shape[1], got.shape[0]
        if size not in self.made:
            self.made[size] = fidelity.reference(self.path, size), fidelity.second_reference(self.path, size)
        first, second = self.made[size]
        return Score(fidelity.psnr(got, first), fidelity.ssim(got, first),
                     fidelity.psnr(got, second) if second is not None else float("nan"))


def compare(chosen, own, others, faults):
    """By (kind, side): triples of the photograph's name, Sluice's score and vipsthumbnail's."""
    scores = collections.defaultdict(list)
    for path, name in chosen:
        references = References(path)
        for kind in own:
            for side in sides():
                mine, its = own[kind].get((path.stem, side)), others[kind][path.stem, side]
                if not mine:
                    faults.append(f"{name}: no rendition of {side} pixels ({kind})")
                    continue
                if fidelity.pixels(mine).shape != fidelity.pixels(its).shape:
                    faults.append(f"{name}: {side} pixels, not the same dimensions as vipsthumbnail's ({kind})")
                    continue
                if max(jpegs.size(path)) > side:
                    scores[kind, side].append((name, references.score(mine), references.score(its)))
        print(f"  {name}", file=sys.stderr)
    return scores


def row(kind, side, scores, faults):
    differences = {field: [getattr(mine, field) - getattr(its, field) for _, mine, its in scores]
                   for field in Score._fields}
    for field, least in LEAST.items():
        if (middle := statistics.median(differences[field])) < least:
            faults.append(f"{kind}, {side} pixels: {field.upper()} {middle:+.4f} (bar: {least})")
    worst = min(range(len(scores)), key=lambda index: differences["psnr"][index])
    def middle(field, which):
        return statistics.median(getattr(score[which], field) for score in scores)
    return [f"{kind} {side}", len(scores), f"{middle('psnr', 1):.2f}", f"{middle('psnr', 2):.2f}",
            f"{statistics.median(differences['psnr']):+.2f}", f"{differences['psnr'][worst]:+.2f} ({scores[worst][0]})",
            f"{middle('ssim', 1):.4f}", f"{middle('ssim', 2):.4f}", f"{statistics.median(differences['ssim']):+.5f}",
            f"{min(differences['ssim']):+.5f}", f"{statistics.median(differences['second']):+.2f}"]


HEAD = ["", "photographs", "PSNR", "vipsthumbnail", "difference", "worst", "SSIM", "vipsthumbnail", "difference",
        "worst", "PSNR by the second reference"]


def other_programs(chosen, scores, work):
    """Rows: the median PSNR of each peer's JPEG renditions, less vipsthumbnail's."""
    listing = work / "list.txt"
    listing.write_text("".join(f"{path.name}\n" for path, _ in chosen))
    place = chosen[0][0].parent
    for name in BATCHES:
        for peer in peers.of(name, None, False):
            if peer.name == "vipsthumbnail":
                continue
            out, memory = work / f"{peer.key}-{name}", work / f"{peer.key}-{name}-memory"
            out.mkdir()
            memory.mkdir()
            task = peers.Task(listing, len(chosen), batches.BATCHES[name].sides, out, memory)
            subprocess.run(["sh", "-ec", peer.command(task)], cwd=place, env={**os.environ, **peer.environment},
                           check=True, capture_output=True)
            made = {(path.stem.split("-")[0], max(jpegs.size(path))): path for path in out.glob("*.jpg")}
            cells = []
            for side in sides():
                its = {title: score.psnr for title, _, score in scores["jpeg", side]}
                found = [References(path).score(made[path.stem, side]).psnr - its[title]
                         for path, title in chosen if title in its and (path.stem, side) in made]
                cells.append(f"{statistics.median(found):+.2f}" if found else "")
            yield [peer.name, peer.setup, *cells]


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directories", nargs="*", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--most", type=int, help="photographs")
    parser.add_argument("--others", action="store_true", help="the other programs too")
    parser.add_argument("--quick", action="store_true", help="four photographs")
    options = parser.parse_args()
    bench.need("vipsthumbnail", "libvips-tools")
    faults = []
    with tempfile.TemporaryDirectory(prefix="sluice-quality-") as name:
        work = pathlib.Path(name)
        source = work / "source"
        source.mkdir()
        most = options.most or (4 if options.quick else 30)
        chosen = collect(options.directories or default_directories(), most, source)
        kinds = {"lossless": "png", "jpeg": "jpeg"}
        own = {kind: sluice(options.binary, source, work, format) for kind, format in kinds.items()}
        others = {kind: vipsthumbnail([path for path, _ in chosen], work, format) for kind, format in kinds.items()}
        scores = compare(chosen, own, others, faults)
        print(f"\nBar 3: {len(chosen)} photographs, Sluice and vipsthumbnail against the reference; medians\n")
        print(bench.table(HEAD, [row(*key, scores[key], faults) for key in scores if scores[key]]))
        if options.others:
            print("\nPSNR of JPEG renditions, less vipsthumbnail's\n")
            print(bench.table(["program", "set-up", *map(str, sides())], other_programs(chosen, scores, work)))
        if not scores:
            faults.append("no photographs were found")
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
