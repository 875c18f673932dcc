#!/usr/bin/env python3
"""Networks as PyTorch and Keras export them: what of it Sluice runs, and whether it says what onnxruntime says in Python.

usage: exports.py BIN [--directory DIR] [--only NAME...]
       exports.py --make [--directory DIR] [--only NAME...]

About 90 ONNX files of 26 networks with random weights, by both of PyTorch's exporters and by tf2onnx, of opsets 7 to 21,
with weights of 32, 16 and 8 bits, also beside the model. Missing ones are made first, in two environments with packages of
PyPI (3 GB below .build/exports, the networks 3 GB more, an hour on two cores; a torch with CUDA takes 5 GB more). Each gets
one picture of its own size, so that what is fed is known; every score has to be within 0.0001 of Python's.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILD = bench.CHECKOUT / ".build/exports"
DIFFERENCE = 1e-4
LABELS = 1000
LIMIT = 300
# What pip installs, and what it installs without what that asks for: torchvision would bring another torch.
ENVIRONMENTS = {
    "torch": (["torch==2.13.*", "numpy", "onnx", "onnxscript", "pillow", "pyyaml", "safetensors", "huggingface_hub"],
              ["torchvision==0.28.*", "timm==1.0.*"]),
    "keras": (["tensorflow-cpu==2.21.*", "tf2onnx==1.17.*", "onnx", "pillow"], []),
}


def environment(name):
    """A Python with these packages; the same onnxruntime as `make setup` takes."""
    python = BUILD / name / "bin/python"
    if (BUILD / name / "complete").exists():
        return python
    script = (bench.CHECKOUT / "Tests/Checks/onnxruntime.sh").read_text()
    runtime = "onnxruntime==" + re.search(r"^version=(.+)$", script, re.M)[1]
    print(f"installing: {name} (PyPI)", flush=True)
    needed, alone = ENVIRONMENTS[name]
    commands = [[sys.executable, "-m", "venv", BUILD / name], [python, "-m", "pip", "install", "--quiet", *needed, runtime],
                *([[python, "-m", "pip", "install", "--quiet", "--no-deps", *alone]] if alone else [])]
    for command in commands:
        if subprocess.run(command).returncode:
            print(f"left out: what {name} exports; it cannot be installed", file=sys.stderr)
            return None
    (BUILD / name / "complete").touch()
    return python


def make(directory, only):
    """Makes what is missing; with names, those again."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ENVIRONMENTS:
        python = environment(name)
        if python:
            subprocess.run([python, HERE / f"exports_{name}.py", directory, *only], check=True, stderr=subprocess.DEVNULL)


def describe(folder, about, labels):
    """The model's description as a file beside it."""
    def one_or_three(values):
        return values[0] if len(values) == 1 else values
    input = {"size": about["size"], "fit": "squash", "channels": about["channels"], "layout": about["layout"],
             "mean": one_or_three(about["mean"]), "divide": one_or_three(about["divide"])}
    path = folder / "model.yaml"
    path.write_text(f"version: 1\ndescription: {about['network']} by {about['exporter']}\nfile: {about['name']}.onnx\n"
                    f"input: {json.dumps(input)}\noutput: {about['output']}\nlabels: {labels}\n")
    return path


def run(binary, folder, about, work):
    """The largest difference of a score, or what Sluice says instead."""
    labels = work / "labels.txt"
    labels.write_text("".join(f"label {number}\n" for number in range(LABELS)))
    place = work / about["name"]
    pictures = place / "pictures"
    pictures.mkdir(parents=True)
    shutil.copy(folder / f"{about['name']}.png", pictures)
    pipeline = place / "pipeline.yaml"
    stage = {"model": str(describe(folder, about, labels)), "name": "export", "top": LABELS, "threshold": 0}
    pipeline.write_text(f"version: 1\nstages:\n  - classify: {json.dumps(stage)}\n")
    try:
        ended = subprocess.run([binary / "sluice", "process", pictures, "--pipeline", pipeline, "--out", place / "out",
                                "--quiet", "--workers", "1"], capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return f"takes longer than {LIMIT} s"
    published, refused = bench.records(place / "out")
    if not published:
        faults = [str(record.get("error", record)) for record in refused.values()]
        lines = [line for line in (ended.stderr + ended.stdout).splitlines() if line.strip()]
        return " ".join(faults or lines[:4]) or f"ends with {ended.returncode}"
    (sidecar,) = published.values()
    ours = next(stage["classification"] for stage in sidecar["stages"] if "classification" in stage)
    given = {int(each["label"].split()[1]): each["score"] for each in ours["labels"]}
    # Scores that are 0 as they are written are told of none.
    return max(abs(given.get(number, 0) - score) for number, score in enumerate(about["scores"]))


def compare(binary, directory, only=()):
    """Prints a line for each export; how many faults there are."""
    rows, faults, reasons = [], [], []
    with bench.workplace(bench.CHECKOUT / ".build/bench-pictures") as work:
        for path in sorted(directory.glob("*/about.json")):
            about = json.loads(path.read_text())
            name = about["name"]
            if only and name not in only:
                continue
            if "not-exported" in about:
                rows.append([name, about["asked"], about["exporter"], "–", "not exported", "–", "–"])
                reasons.append(f"{name}: not exported: {about['not-exported'].splitlines()[0][:200]}")
                continue
            size = f"{about['bytes'] / 1e6:.1f}"
            runs = "scores" in about
            result = run(binary, path.parent, about, work) if runs else "–"
            if not runs:
                reasons.append(f"{name}: not run in Python: {about['not-run'].splitlines()[0][:200]}")
            said = isinstance(result, str)
            rows.append([name, about["opset"], about["exporter"], size, "yes" if runs else "no",
                         ("no" if runs else "–") if said else "yes", "–" if said else f"{result:.1e}"])
            if runs and said:
                faults.append(f"{name}: {result[:300]}")
            elif runs and result > DIFFERENCE:
                faults.append(f"{name}: a score differs by {result:.1e} (bar: {DIFFERENCE})")
            print("." if runs and not said and result <= DIFFERENCE else "!", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(bench.table(["export", "opset", "exporter", "MB", "runs in Python", "runs in Sluice", "largest difference"], rows))
    exported = [row for row in rows if row[4] != "not exported"]
    print(f"\n{len(exported)} exports; {sum(row[4] == 'yes' for row in exported)} run in Python, "
          f"{sum(row[5] == 'yes' for row in exported)} in Sluice")
    print("\n".join(reasons))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", nargs="?", type=lambda text: pathlib.Path(text).resolve(), metavar="BIN",
                        help="directory with sluice and sluice-worker")
    parser.add_argument("--directory", type=lambda text: pathlib.Path(text).resolve(), default=BUILD / "networks")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--make", action="store_true", help="makes them, and compares nothing; with --only, makes those again")
    options = parser.parse_args()
    if options.make:
        return make(options.directory, options.only)
    if not options.binary:
        parser.error("BIN is missing")
    if not options.only:
        make(options.directory, [])
    if not any(options.directory.glob("*/about.json")):
        print("exports.py: there are no exports: neither environment can be installed", file=sys.stderr)
        return 69
    return bench.fail(compare(options.binary, options.directory, options.only))


if __name__ == "__main__":
    bench.run_main(main)
