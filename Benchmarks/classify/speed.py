#!/usr/bin/env python3
"""Bars 3 and 6 of classification: how long a network takes beside onnxruntime with one thread, what it adds to `web`, and
how soon the first label is there.

usage: speed.py BIN [--model NAME...] [--pictures DIRECTORY] [--rounds N] [--most N]

Inference is the time of the stage on pictures that have the network's size already, everything counted but the decoder;
onnxruntime runs the same pictures in turns with it. Bar: 1.1 times. `web` runs over photographs of 12 to 24 megapixels
with one worker, with SqueezeNet and without, in turns; bar: 25 % more. The first label is that of a command over one
photograph, start-up included (0.5 s); a warm picture is what each further one of ImageNet's adds (60 ms), all counted. What
a photograph of 12 to 24 megapixels adds is told too: most of that is its decoder's.
"""
import argparse
import pathlib
import statistics
import sys
import time

import memory
import models
from models import Image, bench
from memory import pictures

BARS = {"inference": 1.1, "web": 1.25, "first": 0.5, "warm": 0.060}


def tag(model, work):
    path = work / f"tag-{model.stem}.yaml"
    path.write_text("version: 1\nstages:\n  - autorotate\n"
                    f"  - classify: {{ model: {model}, threshold: 0, top: 1 }}\nafter: keep\n")
    return path


def timed(binary, source, work, pipeline):
    """Seconds of a whole run, and its sidecars."""
    out = work / f"out-{time.monotonic_ns()}"
    begun = time.monotonic()
    sidecars = models.process(binary, source, out, pipeline, "--workers", "1")
    return time.monotonic() - begun, sidecars


def stage_seconds(sidecars):
    return [stage["seconds"] for sidecar in sidecars.values() for stage in sidecar["stages"]
            if "classification" in stage]


def inference(options, work, faults):
    rows = []
    for name in options.model:
        side = models.KNOWN[name][1]
        source = work / f"small-{name}"
        source.mkdir()
        for path in sorted((models.SHARED / "labelled/imagenet").glob("*"))[:40]:
            Image.fromarray(models.small(path, side)).save(source / f"{path.stem}.png", compress_level=1)
        description = models.describe(name, work)
        description.write_text(description.read_text().replace("crop: 0.875", "crop: 1"))
        pipeline, session = tag(description, work), models.session(name)
        values = [models.prepared(name, models.numpy.asarray(Image.open(path))) for path in sorted(source.glob("*"))]
        ratios, ours, theirs = [], [], []
        for _ in range(options.rounds):
            own = statistics.median(stage_seconds(timed(options.binary, source, work, pipeline)[1]))
            times = []
            for value in values:
                begun = time.perf_counter()
                session.run(["logits"], {session.get_inputs()[0].name: value})
                times.append(time.perf_counter() - begun)
            ours.append(own)
            theirs.append(statistics.median(times))
            ratios.append(own / theirs[-1])
        ratio = statistics.median(ratios)
        rows.append([name, f"{1000 * min(ours):.1f}", f"{1000 * min(theirs):.1f}", f"{ratio:.2f}",
                     f"{min(ratios):.2f}-{max(ratios):.2f}"])
        print("  " + ", ".join(rows[-1]), flush=True)
        if ratio > BARS["inference"]:
            faults.append(f"{name}: {ratio:.2f} times onnxruntime (bar: {BARS['inference']})")
    print("\n" + bench.table(["network", "Sluice ms", "onnxruntime ms", "ratio", "from-to"], rows))


def web(options, work, faults):
    photographs = [path for _, path in pictures.made(options.pictures, *memory.names(options.most))]
    source = bench.link(photographs, work / "photographs")
    plain, network = bench.pipeline_file("web"), memory.pipeline(models.describe("squeezenet", work), work)
    ratios = []
    for index in range(options.rounds):
        seconds = {}
        for pipeline in [plain, network] if index % 2 else [network, plain]:
            seconds[pipeline] = timed(options.binary, source, work, pipeline)[0]
        ratios.append(seconds[network] / seconds[plain])
    ratio = statistics.median(ratios)
    print(f"\nweb with SqueezeNet: {ratio:.3f} times web ({min(ratios):.3f}-{max(ratios):.3f})")
    if ratio > BARS["web"]:
        faults.append(f"web with SqueezeNet takes {ratio:.2f} times as long (bar: {BARS['web']})")
    return photographs


def first(options, work, photographs, faults):
    one, many = bench.link(photographs[:1], work / "one"), bench.link(photographs, work / "many")
    small = models.SHARED / "labelled/imagenet"
    count = len(list(small.glob("*")))
    pipeline = tag(models.describe("squeezenet", work), work)
    begin, warm, large = [], [], []
    for _ in range(options.rounds):
        seconds = timed(options.binary, one, work, pipeline)[0]
        begin.append(seconds)
        warm.append((timed(options.binary, small, work, pipeline)[0] - seconds) / (count - 1))
        large.append((timed(options.binary, many, work, pipeline)[0] - seconds) / (len(photographs) - 1))
    print(f"\nThe first label after {statistics.median(begin):.2f} s ({min(begin):.2f}-{max(begin):.2f}); "
          f"{1000 * statistics.median(warm):.0f} ms for each picture of ImageNet's more, "
          f"{1000 * statistics.median(large):.0f} ms for each photograph")
    seconds = stage_seconds(timed(options.binary, many, work, pipeline)[1])
    print(f"of these, {1000 * statistics.median(seconds):.0f} ms in the stage")
    if statistics.median(begin) > BARS["first"]:
        faults.append(f"the first label takes {statistics.median(begin):.2f} s (bar: {BARS['first']})")
    if statistics.median(warm) > BARS["warm"]:
        faults.append(f"a warm picture takes {1000 * statistics.median(warm):.0f} ms (bar: 60)")


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--model", nargs="+", choices=models.KNOWN, default=["squeezenet", "mobilenet2", "mobilenet1"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=12, help="photographs")
    options = parser.parse_args()
    faults = []
    with bench.workplace(options.pictures) as work:
        inference(options, work, faults)
        first(options, work, web(options, work, faults), faults)
    return bench.fail(faults)


if __name__ == "__main__":
    sys.exit(main())
