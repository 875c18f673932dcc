#!/usr/bin/env python3
"""PSNR between Sluice's lossless rendition and vipsthumbnail's, of the same size, on up to 60 photographs.

Bar: 45 dB and more on each, and the same dimensions.
"""
import math
import pathlib
import subprocess
import sys
import tempfile

MOST = 60
SIDES = (1024, 320)
binary = pathlib.Path(sys.argv[1]) / "sluice"
here = pathlib.Path(__file__).resolve().parent
corpora = [pathlib.Path(path) for path in sys.argv[2:]] or [here.parent / "Examples" / "pictures"]


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def photographs(corpus):
    """JPEG files of 0.15 MP and more that decode without a complaint."""
    for path in sorted(corpus.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg") or not path.is_file():
            continue
        try:
            width, height, bands = (int(run("vipsheader", "-f", field, path)) for field in ("width", "height", "bands"))
            if width * height < 150_000 or bands != 3:
                continue
            run("vips", "avg", f"{path}[fail-on=warning]")
        except (subprocess.CalledProcessError, ValueError):
            continue
        yield path


def psnr(left, right, scratch):
    difference, square = scratch / "d.v", scratch / "s.v"
    run("vips", "subtract", left, right, difference)
    run("vips", "multiply", difference, difference, square)
    mean = float(run("vips", "avg", square))
    return math.inf if mean == 0 else 10 * math.log10(255 * 255 / mean)


failed = False
with tempfile.TemporaryDirectory() as name:
    scratch = pathlib.Path(name)
    inbox, out = scratch / "in", scratch / "out"
    inbox.mkdir()
    found = [path for corpus in corpora for path in photographs(corpus)]
    # The largest ones, and then evenly from the rest.
    found.sort(key=lambda path: -path.stat().st_size)
    rest = found[MOST // 2:]
    chosen = found[:MOST // 2] + rest[::max(1, len(rest) // (MOST - MOST // 2))][:MOST - MOST // 2]
    for index, path in enumerate(chosen):
        (inbox / f"{index:03}.jpg").write_bytes(path.read_bytes())
    for side in SIDES:
        pipeline = scratch / f"lossless-{side}.yaml"
        pipeline.write_text(
            "version: 1\n"
            f"stages: [autorotate, resize: {{ width: {side}, height: {side} }}]\n"
            f"renditions: {{ full{side}: {{ format: png }} }}\n"
        )
        subprocess.run([binary, "process", inbox, "--pipeline", pipeline, "--out", out / str(side), "--quiet"],
                       stdout=sys.stderr)
        values, missing = [], []
        for index, path in enumerate(chosen):
            mine, reference = out / str(side) / f"{index:03}.full{side}.png", scratch / "reference.png"
            run("vipsthumbnail", inbox / f"{index:03}.jpg", "--size", f"{side}x{side}>", "-o", reference)
            if not mine.exists():
                missing.append(path.name)
                continue
            sizes = [run("vipsheader", "-f", field, file).strip()
                     for file in (mine, reference) for field in ("width", "height")]
            if sizes[:2] != sizes[2:]:
                missing.append(f"{path.name} ({'x'.join(sizes[:2])} instead of {'x'.join(sizes[2:])})")
                continue
            values.append((psnr(mine, reference, scratch), path.name))
        finite = sorted(value for value in values if value[0] != math.inf)
        print(f"{len(values)} photographs to {side} px against vipsthumbnail: "
              f"{len(values) - len(finite)} identical"
              + (f", others: median {finite[len(finite) // 2][0]:.1f} dB, worst {finite[0][0]:.1f} dB ({finite[0][1]})"
                 if finite else "") + "; bar: 45 dB")
        if missing:
            print("  not compared:", ", ".join(missing))
        failed |= not values or bool(missing) or bool(finite and finite[0][0] < 45)
sys.exit(1 if failed else 0)
