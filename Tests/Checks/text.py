#!/usr/bin/env python3
"""Text of all languages through the programs, from file names, EXIF and YAML to sidecars, routes, messages and reports.

usage: text.py BIN

The release programs are linked without Foundation's data about languages (`CUnicodeData`): nothing in them may need it. This
is how we would know.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "Examples/pictures/shop/blue-vase.jpg"
# Composed and decomposed, capitals that grow when they are made small, scripts without capitals, from right to left, beyond
# the basic plane, joined by joiners.
NAMES = ["é", "e\u0301", "İstanbul ISPARTA ıi", "Straße ẞ", "Ελληνικά ς Σ", "日本語の写真", "한국어", "עברית", "العربية", "हिन्दी",
         "ไทย", "👩‍👩‍👧‍👦 🏳️‍🌈", "𝔘𝔫𝔦", "ﬁ Ǆ", "Ω Ω", "a\u0315\u0300\u05ae\u0062"]
PIPELINE = """version: 1
description: "Größe, サイズ, 크기 – “quotes” \\u00e9\\U0001F600"
stages:
  - resize: {{ width: 64 }}
renditions:
  odd:  {{ when: "exif.make == '{make}'", format: png }}
  same: {{ when: "exif.make contains '{part}'", format: jpeg }}
output: {{ route: "{{make}}" }}
sidecar: {{ exif: all }}
"""


def run(*command, code=0):
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, errors="surrogateescape")
    if done.returncode != code:
        sys.exit(f"text: {' '.join(map(str, command))} ended with {done.returncode}, not {code}:\n{done.stderr[-2000:]}")
    return done


def main():
    binary = pathlib.Path(sys.argv[1]) / "sluice"
    for tool in ("exiftool",):
        if not shutil.which(tool):
            print(f"text: SKIPPED: no {tool}")
            return
    with tempfile.TemporaryDirectory(prefix="sluice-text-") as directory:
        place = pathlib.Path(directory)
        make, part = "ÅÉß 日本 Ελλάς", "日本"
        source = place / "in"
        source.mkdir()
        model = place / "model.jpg"
        shutil.copy(PICTURE, model)
        run("exiftool", "-q", "-overwrite_original", "-charset", "exif=UTF8", f"-Make={make}", model)
        for name in NAMES:
            shutil.copy(model, source / f"{name}.jpg")
        pipeline = place / "größe.yaml"
        pipeline.write_text(PIPELINE.format(make=make, part=part))
        run(binary, "check", pipeline)
        out = place / "out"
        run(binary, "process", source, "--out", out, "--pipeline", pipeline, "--quiet")
        sidecars = {path.stem.removesuffix(".jpg") for path in out.rglob("*.json") if ".sluice" not in path.parts}
        if sidecars != set(NAMES):
            sys.exit(f"text: sidecars of {sorted(sidecars)}, not of {sorted(NAMES)}")
        for path in out.rglob("*.json"):
            if ".sluice" in path.parts:
                continue
            told = json.loads(path.read_text())
            if told["source"]["path"].removesuffix(".jpg") != path.stem.removesuffix(".jpg") or told["exif"]["make"] != make:
                sys.exit(f"text: {path.name} tells of {told['source']['path']} and {told['exif'].get('make')}")
            if [each["name"] for each in told["renditions"]] != ["odd", "same"]:
                sys.exit(f"text: {path.name} has {[each['name'] for each in told['renditions']]}: conditions are wrong")
            for rendition in told["renditions"]:
                if not (out / rendition["path"]).is_file():
                    sys.exit(f"text: {rendition['path']} is not there")
        page = place / "report.html"
        run(binary, "report", out, "--out", page)
        html = page.read_text()
        missing = [name for name in NAMES if name not in html]
        if missing:
            sys.exit(f"text: not in the report: {missing}")
        pipeline.write_text(PIPELINE.format(make=make, part=part).replace("width", "wïdth"))
        fault = run(binary, "check", pipeline, code=78).stderr
        if "wïdth" not in fault or "'width'" not in fault:
            sys.exit(f"text: the fault does not name the key and the nearest one:\n{fault}")
        run(binary, "status", "--out", out, "--json")
    print(f"text: {len(NAMES)} names, a make, conditions, a route, a report and a message are right")


if __name__ == "__main__":
    main()
