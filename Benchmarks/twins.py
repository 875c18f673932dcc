#!/usr/bin/env python3
"""Whether pictures come out in the colours that they have: lossless twins against libvips' own conversion.

usage: twins.py BIN [DIRECTORY] [--files N] [--bar DECIBELS] [--share PERCENT]

Every file of the directory (`../shared/corpus` beside the checkout, or Examples/pictures) goes through a pipeline that
turns it upright, converts it to sRGB and writes a PNG. Of what was published, N (1,000) are compared with what
`vips autorot` and `vips icc_transform` (relative colorimetric with black-point compensation; `colourspace` where there is
no profile; a profile made of PNG's gAMA and cHRM) make of the source, in 8 bits, transparent pixels left out. Bar: 99 % at
45 dB or more; the others are listed with the warnings of their sidecars.
"""
import argparse
import collections
import hashlib
import json
import math
import multiprocessing
import multiprocessing.pool
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "shared"))
import bench  # noqa: E402

PIPELINE = """version: 1
description: Lossless twins
stages:
  - autorotate
  - colour: { profile: srgb }
renditions:
  twin: { format: png, compression: 1 }
metadata: { keep: [icc] }
"""


def png_chunks(path):
    """Of a PNG up to its pixels: type → content; empty of anything else."""
    data, chunks, at = pathlib.Path(path).read_bytes(), {}, 8
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return chunks
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            break
        chunks.setdefault(kind, data[at + 8:at + 8 + length])
        at += length + 12
    return chunks


def has_grey_av1(path):
    """Whether the first AV1 configuration of a file says monochrome: the picture's, or its alpha's."""
    data = pathlib.Path(path).read_bytes()
    at = data.find(b"av1C")
    return data[4:8] == b"ftyp" and at > 0 and bool(data[at + 6] & 0x10)


def gamma_profile(chunks):
    """An ICC profile (version 2, matrix and curve) of what PNG's gAMA and cHRM say; None where other chunks say more."""
    import numpy
    if {b"iCCP", b"sRGB", b"cICP"} & chunks.keys() or b"gAMA" not in chunks:
        return None
    (gamma,) = struct.unpack(">I", chunks[b"gAMA"])
    if gamma == 0 or 45000 <= gamma <= 46000 and b"cHRM" not in chunks:
        return None
    white, *primaries = [(x / 1e5, y / 1e5) for x, y in struct.iter_unpack(">II", chunks[b"cHRM"])] \
        if b"cHRM" in chunks else [(0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06)]
    def light(x, y):
        return numpy.array([x / y, 1, (1 - x - y) / y])
    cones = numpy.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    target = numpy.array([0.9642, 1, 0.8249])
    adapted = numpy.linalg.inv(cones) @ numpy.diag((cones @ target) / (cones @ light(*white))) @ cones
    matrix = numpy.column_stack([light(*primary) for primary in primaries])
    matrix = adapted @ matrix @ numpy.diag(numpy.linalg.solve(matrix, light(*white)))
    def fixed(value):
        return struct.pack(">i", round(value * 65536))
    if 45000 <= gamma <= 46000:  # what writers of sRGB put there
        steps = numpy.linspace(0, 1, 1024)
        curve = numpy.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
        curve = struct.pack(">I", 1024) + b"".join(struct.pack(">H", round(v * 65535)) for v in curve)
    else:
        curve = struct.pack(">IH", 1, min(65535, round(1e5 / gamma * 256))) + b"\0\0"
    curve = b"curv\0\0\0\0" + curve
    xyz = [b"XYZ \0\0\0\0" + b"".join(map(fixed, column)) for column in [target, *matrix.T]]
    text = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"gamma\0" + b"\0" * 78 + b"\0" * 2
    tags = [(b"desc", text), (b"cprt", b"text\0\0\0\0none\0\0\0\0"), (b"wtpt", xyz[0]), (b"rXYZ", xyz[1]),
            (b"gXYZ", xyz[2]), (b"bXYZ", xyz[3]), (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve)]
    body, table, start = b"", struct.pack(">I", len(tags)), 132 + 12 * len(tags)
    for name, content in tags:
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + b"".join(map(fixed, target)) + b"\0" * 48
    return head + table + body


def upright(path):
    """The source as libvips alone shows it: three or four bands of 8 bits in sRGB."""
    import pyvips
    whole = pyvips.Image.new_from_file(path)
    if whole.format not in ("uchar", "ushort"):
        raise pyvips.Error(f"libvips cuts off what {whole.format} samples say")
    chunks = png_chunks(path)
    if chunks.get(b"cICP", b"\0\0")[1] in (16, 18):
        raise pyvips.Error("libvips cuts off light beyond white")
    if has_grey_av1(path) and (whole.bands < 3 or (whole[0] - whole[1]).abs().max() == 0):
        raise pyvips.Error("libheif 1.15 takes limited range of grey AVIF for full")
    whole = whole.autorot()
    rules = {"intent": "relative", "black_point_compensation": True, "depth": 8}
    colours, alpha = whole, None
    if whole.hasalpha() and whole.bands > 1:
        # `icc_transform` cuts off what alpha of 16 bits has above 255.
        colours, alpha = whole[:whole.bands - 1], whole[whole.bands - 1]
        if whole.format == "ushort":
            alpha = alpha >> 8
    def done(picture):
        return picture if alpha is None else picture.bandjoin(alpha.cast("uchar"))
    if whole.get_typeof("icc-profile-data"):
        try:
            return done(colours.icc_transform("srgb", embedded=True, **rules))
        except pyvips.Error:
            pass
    if whole.interpretation == "cmyk":
        return done(colours.icc_transform("srgb", input_profile="cmyk", **rules))
    if profile := gamma_profile(chunks):
        with tempfile.NamedTemporaryFile(suffix=".icc") as file:
            file.write(profile)
            file.flush()
            colours = colours.colourspace("rgb16" if whole.format == "ushort" else "srgb")
            return done(colours.icc_transform("srgb", input_profile=file.name, **rules).copy_memory())
    return done(colours.colourspace("srgb").cast("uchar"))


def likeness(ours, reference):
    """dB, over all colours of all pixels that can be seen; and the largest difference."""
    import numpy
    with_alpha = [picture.bands in (2, 4) for picture in (ours, reference)]
    def array(picture):
        picture = picture.colourspace("srgb").cast("uchar")
        values = picture.numpy().astype(numpy.float32)
        return values.reshape(picture.height, picture.width, picture.bands)
    ours, reference = array(ours), array(reference)
    if ours.shape[:2] != reference.shape[:2]:
        return None, f"{ours.shape[1]} × {ours.shape[0]}, not {reference.shape[1]} × {reference.shape[0]}"
    seen = numpy.ones(ours.shape[:2], dtype=bool)
    for picture, has in zip((ours, reference), with_alpha):
        if has:
            seen &= picture[:, :, -1] > 0
    if not seen.any():
        return math.inf, ""
    difference = ours[:, :, :3][seen] - reference[:, :, :3][seen]
    error = float(numpy.mean(difference ** 2))
    alpha = ""
    if all(with_alpha) and numpy.abs(ours[:, :, -1] - reference[:, :, -1]).max() > 1:
        alpha = "another alpha"
    return math.inf if error == 0 else 10 * math.log10(255 ** 2 / error), alpha or f"at most {int(abs(difference).max())}"


def compare(arguments):
    """One file, in a process that ends with it: a hostile one may take it down."""
    name, source, twin = arguments
    import pyvips
    pyvips.cache_set_max(0)
    try:
        reference = upright(source)
    except pyvips.Error as error:
        lines = str(error).strip().splitlines()
        return name, None, "no reference: " + (lines[0] if lines[0].startswith(("libvips cuts", "libheif 1.15")) else lines[-1])
    try:
        return (name, *likeness(pyvips.Image.new_from_file(twin), reference.copy_memory()))
    except pyvips.Error as error:
        return name, None, "no reference: " + str(error).strip().splitlines()[-1]


def guarded(arguments):
    """`compare`, in a child."""
    receiver, sender = multiprocessing.Pipe(False)
    child = multiprocessing.Process(target=lambda: sender.send(compare(arguments)))
    child.start()
    sender.close()
    try:
        answer = receiver.recv() if receiver.poll(120) else None
    except EOFError:
        answer = None
    child.kill()
    child.join()
    return answer or (arguments[0], None, "no reference: libvips crashed or hung")


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=bench.corpus())
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--bar", type=float, default=45)
    parser.add_argument("--share", type=float, default=99)
    parser.add_argument("--json", type=pathlib.Path, help="writes what was measured of each file")
    options = parser.parse_args()
    bench.enter_environment()
    try:
        import numpy  # noqa: F401
        import pyvips  # noqa: F401
    except ImportError:
        print("left out: it needs numpy and pyvips (Benchmarks/speed/peers.sh)")
        return 69
    with bench.workplace(options.pictures) as work:
        (work / "twins.yaml").write_text(PIPELINE)
        subprocess.run([options.binary / "sluice", "process", options.directory, "--pipeline", work / "twins.yaml",
                        "--out", work / "out", "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sidecars, _ = bench.records(work / "out")
        # Always the same ones, of all suites.
        names = sorted(sidecars, key=lambda name: hashlib.sha256(name.encode(errors="surrogateescape")).digest())
        measured, none = [], []
        with multiprocessing.pool.ThreadPool(os.cpu_count()) as pool:
            tasks = ((name, str(options.directory / name), str(work / "out" / sidecars[name]["renditions"][0]["path"]))
                     for name in names)
            for name, decibels, why in pool.imap(guarded, tasks, chunksize=1):
                if decibels is None and why.startswith("no reference"):
                    none.append((name, why))
                else:
                    measured.append((name, decibels, why))
                if len(measured) == options.files:
                    pool.terminate()
                    break
    good = [entry for entry in measured if entry[1] is not None and entry[1] >= options.bar and entry[2] != "another alpha"]
    share = 100 * len(good) / max(1, len(measured))
    print(f"{len(sidecars)} published, {len(measured)} compared, {len(none)} without a reference; {len(good)} "
          f"({share:.2f} %) at {options.bar:g} dB or more; {sum(e[1] == math.inf for e in measured)} the same to the bit\n")
    for name, decibels, why in sorted(measured, key=lambda entry: entry[1] or 0):
        if (name, decibels, why) not in good:
            warnings = "; ".join(sidecars[name].get("warnings") or []) or "no warnings"
            print(f"  {'–' if decibels is None else f'{decibels:.1f} dB'} {name}: {why}; {warnings}")
    reasons = collections.Counter(why.split(": ", 2)[1][:60] for _, why in none)
    print("\nno reference: " + ", ".join(f"{count} × {why}" for why, count in reasons.most_common(8)))
    if options.json:
        options.json.write_text(json.dumps({"measured": measured, "none": none}, indent=1))
    if len(measured) < options.files:
        print(f"only {len(measured)} files could be compared")
    return bench.fail([] if share >= options.share else [f"{share:.2f} % at {options.bar:g} dB, bar {options.share:g} %"])


if __name__ == "__main__":
    bench.run_main(main)
