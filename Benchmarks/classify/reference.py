#!/usr/bin/env python3
"""Bar 1 of classification: the labels and scores of `classify` beside those of onnxruntime, which is given the same part
of the same picture.

usage: reference.py BIN [DIR] [--model NAME...] [--pipeline tag|web]

The best label has to be the same of 99 % of the pictures in DIR, and the scores of the five best within 0.02.
"""
import argparse
import pathlib

import models
from models import bench, numpy

BARS = {"equal": 0.99, "score": 0.02}
PIPELINES = {
    "tag": "stages:\n  - {classify}\nrenditions:\n  thumb: {{ resize: {{ width: 64 }}, format: jpeg }}\n",
    "web": "stages:\n  - autorotate\n  - {classify}\n  - colour\nrenditions:\n"
           "  large: {{ resize: {{ width: 2560, height: 2560 }}, format: webp }}\n"
           "  small: {{ resize: {{ width: 640 }}, format: webp }}\n",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path, nargs="?", default=models.SHARED / "labelled/imagenet")
    parser.add_argument("--model", nargs="+", default=list(models.KNOWN))
    parser.add_argument("--pipeline", choices=PIPELINES, default="tag")
    parser.add_argument("--verbose", action="store_true", help="names the pictures whose scores differ")
    options = parser.parse_args()
    faults = 0
    print("| model | pictures | best label the same | largest difference of a score | mean of them |\n" + "| --- " * 5 + "|")
    with bench.workplace(bench.CHECKOUT / ".build/bench-pictures") as work:
        for name in options.model:
            faults += not compare(name, options, work)
    return 1 if faults else 0


def compare(name, options, work):
    model = models.describe(name, work)
    pipeline = work / f"tag-{name}.yaml"
    stage = f"classify: {{ model: {model}, threshold: 0, top: 1000 }}"
    pipeline.write_text("version: 1\n" + PIPELINES[options.pipeline].format(classify=stage))
    sidecars = models.process(options.binary, options.directory, work / f"{name}-out", pipeline)
    session, labels = models.session(name), models.labels(name)
    equal, differences, close = 0, [], 0
    for path, sidecar in sidecars.items():
        ours = next(stage["classification"] for stage in sidecar["stages"] if "classification" in stage)
        reference = models.scores(session, name, options.directory / path)
        given = {score["label"]: score["score"] for score in ours["labels"]}
        best = numpy.argsort(-reference, kind="stable")[:5]
        equal += given and max(given, key=given.get) == labels[best[0]]
        # Some labels stand for two classes: then the larger score is told last, and neither is compared.
        differences.append(max((abs(given.get(labels[i], 0) - reference[i]) for i in best
                                if labels.count(labels[i]) == 1), default=0))
        if options.verbose and differences[-1] > BARS["score"]:
            print(path, sidecar["source"]["width"], sidecar["source"]["height"], differences[-1])
    share = equal / len(sidecars)
    print(f"| {name} | {len(sidecars)} | {share:.1%} | {max(differences):.4f} | {numpy.mean(differences):.4f} |", flush=True)
    return share >= BARS["equal"] and max(differences) <= BARS["score"]


if __name__ == "__main__":
    raise SystemExit(main())
