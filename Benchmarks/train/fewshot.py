#!/usr/bin/env python3
"""Bar 4 of classification: a model of a few pictures a label, beside scikit-learn's on the same numbers.

usage: fewshot.py BIN DIR [--backbone MODEL.yaml] [--counts 5,20] [--splits 5] [--bar POINTS]

DIR has `train/LABEL/` and `test/LABEL/`, or `LABEL/`, of which what is not learned from is judged. For each split so
many pictures of each label are drawn, and `sluice train` learns from hard links to them. The first model labels all
pictures (`sluice process`), and its sidecars give the embedding of each; what it says of the others has to be what its
file says when it is read here, as that of the other splits is. scikit-learn's logistic regression, as it is and with
standardised numbers, gets the same embedding. Bar: the mean accuracy is at most POINTS (1) below the better of the two.
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

bench.enter_environment()
try:
    import numpy
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError:
    print(f"{pathlib.Path(sys.argv[0]).name}: numpy and scikit-learn are needed (pip install scikit-learn)",
          file=sys.stderr)
    sys.exit(69)

def pictures(directory):
    """By label, the pictures below, in order."""
    return {folder.name: sorted(path for path in folder.rglob("*") if path.is_file())
            for folder in sorted(directory.iterdir()) if folder.is_dir()}


def link(groups, directory):
    """Hard links under the pictures' own names: what Sluice knows of one already, it knows again."""
    shutil.rmtree(directory, ignore_errors=True)
    for label, paths in groups.items():
        (directory / label).mkdir(parents=True)
        for path in paths:
            os.link(path, directory / label / path.name)
    return directory


def copy(groups, directory):
    """The same groups, copied beside the rest of the work, so that they can be linked."""
    for label, paths in groups.items():
        (directory / label).mkdir(parents=True)
        for path in paths:
            shutil.copyfile(path, directory / label / path.name)
    return pictures(directory)


def look(options, work):
    """What the model says of all pictures: by path below the work's directory `all`, the classification."""
    pipeline, out = work / "bench.yaml", work / "labelled"
    stage = f"{{ model: {work / 'own.yaml'}, name: own, embedding: true, threshold: 0 }}"
    pipeline.write_text(f"version: 1\nstages:\n  - classify: {stage}\nrenditions:\n"
                        "  thumb: { resize: { width: 32, height: 32 }, format: jpeg }\n")
    command = [options.binary / "sluice", "process", work / "all", "--pipeline", pipeline, "--out", out, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = {}
    for path in sorted(out.rglob("*.json")):
        if ".sluice" not in path.parts:
            sidecar = json.loads(path.read_text())
            found[work / "all" / sidecar["source"]["path"]] = next(
                stage["classification"] for stage in sidecar["stages"] if stage.get("classification"))
    return found


def train(options, source, work):
    """The report, and the classifier as a function of embeddings."""
    command = [options.binary / "sluice", "train", source, "--out", work / "own.yaml", "--quiet", "--json"]
    if options.backbone:
        command += ["--backbone", options.backbone]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    content = (work / "own.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    tensors = {name: numpy.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
               for name, entry in header.items() if name != "__metadata__"}
    labels = numpy.array((work / "own.labels.txt").read_text().splitlines())

    def unit(rows):
        return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def classify(rows):
        sums = unit(unit(rows) - tensors["mean"]) @ tensors["weights"].T + tensors["bias"]
        return labels[numpy.argmax(sums, axis=1)]
    return report, classify


def split(options, groups, judged, work, count, seed, seen, faults):
    """Accuracy of Sluice, of both of the others, what Sluice has said of itself."""
    drawn = {label: random.Random(f"{seed} {label}").sample(paths, min(count, len(paths)))
             for label, paths in groups.items()}
    rest = judged or {label: [path for path in paths if path not in drawn[label]] for label, paths in groups.items()}
    report, classify = train(options, link(drawn, work / "learned"), work)
    is_first = not seen
    if is_first:
        seen.update(look(options, work))

    def numbers(groups):
        pairs = [(path, label) for label, paths in groups.items() for path in paths if path in seen]
        return numpy.array([seen[path]["embedding"] for path, _ in pairs]), numpy.array([label for _, label in pairs])
    (x, y), (test, truth) = numbers(drawn), numbers(rest)
    own = classify(test)
    if is_first:
        said = numpy.array([best(seen[path]) for paths in rest.values() for path in paths if path in seen])
        if numpy.mean(said == own) < 0.995:
            faults.append(f"{numpy.sum(said != own)} of {len(own)} labels differ from what the model's file says")
    plain = LogisticRegression(max_iter=5000).fit(x, y).predict(test)
    scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(x, y).predict(test)
    said = report["judgement"]["accuracy"] if report.get("judgement") else float("nan")
    return [100 * numpy.mean(labels == truth) for labels in (own, plain, scaled)] + [100 * said]


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
    rows, faults, seen = [], [], {}
    with bench.workplace(options.pictures) as work:
        groups = copy(groups, work / "all" / "train")
        judged = copy(judged, work / "all" / "test") if judged else None
        for count in options.counts:
            figures = [split(options, groups, judged, work, count, seed, seen, faults)
                       for seed in range(options.splits)]
            own, plain, scaled, said = (statistics.mean(column) for column in zip(*figures))
            rows.append([count, f"{own:.1f}", f"{plain:.1f}", f"{scaled:.1f}", f"{said:.1f}"])
            print("  " + ", ".join(map(str, rows[-1])), flush=True)
            if own < max(plain, scaled) - options.bar:
                faults.append(f"{count} pictures a label: {own:.1f} %, scikit-learn {max(plain, scaled):.1f} %")
    name = options.backbone.name if options.backbone else "the built-in descriptor"
    print(f"\n{len(groups)} labels, {name}, mean of {options.splits} splits, per cent\n")
    print(bench.table(["pictures a label", "Sluice", "scikit-learn", "the same, standardised",
                       "Sluice of itself"], rows))
    return bench.fail(faults)


if __name__ == "__main__":
    bench.run_main(main)
