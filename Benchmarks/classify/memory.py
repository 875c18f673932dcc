#!/usr/bin/env python3
"""Bar 2 of classification: photographs of 12 to 24 megapixels through `web` with a network beside, under a memory cap.

usage: memory.py BIN [--model NAME...] [--pictures DIRECTORY] [--most N]

SqueezeNet in a control group of 96 MiB, MobileNetV2 of 128 MiB, a network with 100 MB of weights of 192 MiB, with one worker;
the cap is 24 MiB less: room for page cache. Every picture has to be published, nothing killed, and all processes
together to hold no more anonymous memory than the cap.
"""
import argparse
import pathlib
import sys

import models
import resnet
from models import bench

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "memory"))
import pictures  # noqa: E402
import programs  # noqa: E402

MIB = bench.MIB
LIMITS = {"squeezenet": 96, "mobilenet2": 128, "resnet": 192}
PAGES = 24 * MIB


def describe(name, work):
    if name != "resnet":
        return models.describe(name, work)
    resnet.write(work / "resnet.onnx")
    path = work / "resnet.yaml"
    path.write_text(f"version: 1\nfile: resnet.onnx\ninput: {{ size: 224, crop: 0.875, {models.CAFFE} }}\n"
                    "output: { logits: logits, embedding: embedding }\n")
    return path


def pipeline(model, work):
    """`web` as it is shipped, with the network right after the picture is turned upright."""
    text = bench.pipeline_file("web").read_text()
    stage = "  - autorotate\n"
    if stage not in text:
        raise SystemExit("Pipelines/web.yaml has no autorotate to put a network behind")
    path = work / f"web-{model.stem}.yaml"
    path.write_text(text.replace(stage, f"{stage}  - classify: {{ model: {model}, threshold: 0 }}\n"))
    return path


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("--model", nargs="+", choices=LIMITS, default=list(LIMITS))
    parser.add_argument("--most", type=int, default=12, help="pictures")
    options = parser.parse_args()
    faults, rows = [], []
    with bench.workplace(options.pictures) as work:
        photographs = [path for _, path in pictures.made(options.pictures, *names(options.most))]
        for name in options.model:
            source, limit = bench.link(photographs, work / f"{name}-source"), LIMITS[name] * MIB
            cap = limit - PAGES
            run = programs.process(options.binary, source, pipeline(describe(name, work), work), work, cap,
                                   limit=limit)
            ways = {sidecar["memory"]["plan"] for sidecar in run.published.values()}
            classified = sum(any("classification" in stage for stage in sidecar["stages"])
                             for sidecar in run.published.values())
            peak = run.outcome.anonymous_peak
            rows.append([name, len(photographs), classified, LIMITS[name], run.verdict, f"{peak / MIB:.1f}",
                         ", ".join(sorted(ways)), f"{run.outcome.wall / len(photographs):.2f}"])
            print("  " + ", ".join(map(str, rows[-1])), flush=True)
            if run.verdict != "ok" or peak > cap or classified != len(photographs):
                faults.append(f"{name}: {run.verdict}, {classified} of {len(photographs)}, {peak / MIB:.1f} MiB of "
                              f"{cap / MIB:.0f}")
    print("\n" + bench.table(["network", "pictures", "classified", "control group MiB", "outcome", "anonymous MiB", "plans",
                              "seconds a picture"], rows))
    return bench.fail(faults)


def names(most):
    return [f"photo-{index:02}" for index in range(most)]


if __name__ == "__main__":
    sys.exit(main())
