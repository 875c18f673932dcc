#!/usr/bin/env python3
"""Bar 4 of classification: a model of a few pictures a label, beside scikit-learn's on the same numbers.

usage: fewshot.py BIN DIR [--backbone MODEL.yaml] [--counts 5,20] [--splits 5] [--bar POINTS]

DIR has `train/LABEL/` and `test/LABEL/`, or `LABEL/`, of which what is not learned from is judged. For each split so many
pictures of each label are drawn; `sluice train` learns from hard links to them, and `sluice process` with that model
labels the others. scikit-learn's logistic regression, as it is and with standardised numbers, gets the embedding that
Sluice's sidecars hold. Bar: the mean accuracy is at most POINTS (1) below the better of these two.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

ENVIRONMENT = bench.CHECKOUT / ".build/peers/python"
if pathlib.Path(sys.prefix).resolve() != ENVIRONMENT.resolve() and (ENVIRONMENT / "bin/python").exists():
    os.execv(ENVIRONMENT / "bin/python", [ENVIRONMENT / "bin/python", *sys.argv])
try:
    import numpy
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError:
    print(f"{pathlib.Path(sys.argv[0]).name}: numpy and scikit-learn are needed (pip install scikit-learn)",
          file=sys.stderr)
    sys.exit(69)

EMBEDDING, LABEL = "seen", "own"


def pictures(directory):
    """By label, the pictures below, in order."""
    return {folder.name: sorted(path for path in folder.rglob("*") if path.is_file())
            for folder in sorted(directory.iterdir()) if folder.is_dir()}


def link(groups, directory):
    shutil.rmtree(directory, ignore_errors=True)
    for label, paths in groups.items():
        (directory / label).mkdir(parents=True)
        for number, path in enumerate(paths):
            target = directory / label / f"{number:04}{path.suffix}"
            try:
                os.link(path, target)
            except OSError:
                shutil.copyfile(path, target)
    return directory


def process(options, source, work, stages):
    """The classifications of each picture, by the stage's name."""
    pipeline, out = work / "bench.yaml", work / "labelled"
    shutil.rmtree(out, ignore_errors=True)
    lines = "".join(f"  - classify: {json.dumps(stage)}\n" for stage in stages)
    pipeline.write_text(f"version: 1\nstages:\n{lines}renditions:\n"
                        "  thumb: { resize: { width: 32, height: 32 }, format: jpeg }\n")
    subprocess.run([options.binary / "sluice", "process", source, "--pipeline", pipeline, "--out", out, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    found = {}
    for path in sorted(out.rglob("*.json")):
        if ".sluice" in path.parts:
            continue
        sidecar = json.loads(path.read_text())
        found[sidecar["source"]["path"]] = {
            stage["classification"]["name"]: stage["classification"] for stage in sidecar["stages"]
            if stage.get("classification")}
    return found


def train(options, source, work):
    """The seconds that it takes, the features included."""
    command = [options.binary / "sluice", "train", source, "--out", work / "own.yaml", "--overwrite", "--quiet",
               "--no-keep-features", "--json"]
    if options.backbone:
        command += ["--backbone", options.backbone]
    start = time.monotonic()
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return time.monotonic() - start, report


def split(options, groups, judged, work, count, seed):
    """Accuracy of Sluice, of both of the others, what Sluice had said of itself, and its seconds."""
    drawn = {label: random.Random(f"{seed} {label}").sample(paths, min(count, len(paths)))
             for label, paths in groups.items()}
    rest = judged or {label: [path for path in paths if path not in drawn[label]] for label, paths in groups.items()}
    seconds, report = train(options, link(drawn, work / "learned"), work)
    seen = {"model": str(work / "own.yaml"), "name": EMBEDDING, "embedding": True}
    stages = [seen]
    learned = process(options, work / "learned", work, stages)
    tested = process(options, link(rest, work / "judged"), work, stages)

    def numbers(found):
        keys = sorted(found)
        return (numpy.array([found[key][EMBEDDING]["embedding"] for key in keys]),
                numpy.array([key.split("/")[0] for key in keys]))
    (x, y), (test, truth) = numbers(learned), numbers(tested)
    own = numpy.array([best(tested[key][EMBEDDING]) for key in sorted(tested)])
    plain = LogisticRegression(max_iter=5000).fit(x, y).predict(test)
    scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(x, y).predict(test)
    said = report["judgement"]["accuracy"] if report.get("judgement") else float("nan")
    return [100 * numpy.mean(labels == truth) for labels in (own, plain, scaled)] + [100 * said, seconds]


def best(found):
    """The best label, known or not."""
    return found["labels"][0]["label"] if found.get("labels") else found.get("label")


def main():
    parser = bench.arguments(argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0]))
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--backbone", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--counts", type=lambda text: [int(part) for part in text.split(",")], default=[5, 20])
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--bar", type=float, default=1)
    options = parser.parse_args()
    whole = (options.directory / "train").is_dir() and (options.directory / "test").is_dir()
    groups = pictures(options.directory / "train" if whole else options.directory)
    judged = pictures(options.directory / "test") if whole else None
    rows, faults = [], []
    with bench.workplace(options.pictures) as work:
        for count in options.counts:
            figures = [split(options, groups, judged, work, count, seed) for seed in range(options.splits)]
            own, plain, scaled, said, seconds = (statistics.mean(column) for column in zip(*figures))
            rows.append([count, f"{own:.1f}", f"{plain:.1f}", f"{scaled:.1f}", f"{said:.1f}", f"{seconds:.1f}"])
            print("  " + ", ".join(map(str, rows[-1])), flush=True)
            if own < max(plain, scaled) - options.bar:
                faults.append(f"{count} pictures a label: {own:.1f} %, scikit-learn {max(plain, scaled):.1f} %")
    name = options.backbone.name if options.backbone else "the built-in descriptor"
    print(f"\n{len(groups)} labels, {name}, mean of {options.splits} splits, per cent\n")
    print(bench.table(["pictures a label", "Sluice", "scikit-learn", "the same, standardised",
                       "Sluice of itself", "seconds"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
