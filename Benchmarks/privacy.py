#!/usr/bin/env python3
"""Whether anything that Sluice publishes tells place, date or camera under `metadata: { keep: none }`.

usage: privacy.py BIN [DIR] [--files N]

Takes N (150) pictures of a directory that carry a place, a date and a camera by exiftool's word; where there are fewer,
exiftool writes them into others. Each is made in six formats by `sluice watch`, under a name that tells nothing. Then
exiftool looks into every rendition, and what it read of the sources is looked for in sidecars, report, log at level info,
page, status and metrics. The bar: nothing is found. Exit code 1 where something is, 69 without exiftool.
"""
import argparse
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORMATS = ("jpeg", "png", "webp", "avif", "jxl", "tiff")
PIPELINE = """version: 1
limits: { damage: none, time: 60s }
stages: [autorotate, resize: 64x64]
renditions:
  jpeg: { format: jpeg }
  png: { format: png }
  webp: { format: webp }
  avif: { format: avif, effort: 0 }
  jxl: { format: jxl, effort: 3 }
  tiff: { format: tiff }
metadata: { keep: none }
"""
CONFIGURATION = """version: 1
inbox: inbox
pipeline: p.yaml
memory: { cap: 512MiB }
http: { listen: '127.0.0.1:0' }
"""
WANTED = ["-GPSLatitude", "-GPSLongitude", "-Make", "-Model", "-LensModel", "-LensID", "-SerialNumber", "-DateTimeOriginal",
          "-CreateDate", "-ModifyDate", "-Artist", "-OwnerName"]
# What a rendition may not have, in whichever group.
TELLING = re.compile(r"GPS|Make$|^Model$|Lens|Serial|DateTime|CreateDate|ModifyDate|Artist|Owner|Creator|By-line|City|Country")
STRUCTURAL = {"ProfileCreator", "ProfileDateTime", "DeviceModel", "DeviceManufacturer", "FileModifyDate", "DeviceModelDesc",
              "DeviceMfgDesc"}
# All that a sidecar may tell numbers of.
KEYS = {"attempts", "bytes", "bands", "depth", "height", "width", "pages", "page", "orientation", "seconds", "schema",
        "wallSeconds", "cpuSeconds", "estimate", "peak", "spilled"}


def exiftool(*arguments):
    done = subprocess.run(["exiftool", "-q", "-q", "-m", *map(str, arguments)], capture_output=True, text=True)
    return done.stdout


def read(directory, *tags):
    text = exiftool("-r", "-n", "-a", "-j", *tags, directory)
    return json.loads(text) if text.strip() else []


def gather(source, inbox, count):
    """Copies pictures that tell all three into the inbox; makes others tell them."""
    found = read(source, "-GPSLatitude", "-GPSLongitude", "-Make", "-DateTimeOriginal", "-MIMEType")
    def tells(each): return bool(each.get("GPSLatitude")) and bool(each.get("GPSLongitude"))
    def is_picture(each): return str(each.get("MIMEType", "")).startswith("image/")
    own = [each for each in found if is_picture(each) and tells(each)]
    rest = [each for each in found if is_picture(each) and not tells(each)
            and pathlib.Path(each["SourceFile"]).suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic",
                                                                    ".avif", ".jxl")]
    rest.sort(key=lambda each: (pathlib.Path(each["SourceFile"]).suffix.lower() in (".jpg", ".jpeg"), each["SourceFile"]))
    taken = []
    for each in own + rest:
        if len(taken) == count:
            break
        path = pathlib.Path(each["SourceFile"])
        target = inbox / f"p{len(taken):04}{path.suffix.lower()}"
        shutil.copyfile(path, target)
        if not tells(each) or not each.get("Make") or not each.get("DateTimeOriginal"):
            number = len(taken)
            exiftool("-overwrite_original", "-n", f"-GPSLatitude={40 + number * 0.0137:.6f}", "-GPSLatitudeRef=N",
                     f"-GPSLongitude={10 + number * 0.0171:.6f}", "-GPSLongitudeRef=E", "-Make=Needlemaker",
                     f"-Model=Needle {number:04}", f"-DateTimeOriginal=19{60 + number % 30}:03:04 05:06:07",
                     f"-XMP-exif:GPSLatitude={40 + number * 0.0137:.6f}", "-XMP-tiff:Make=Needlemaker", target)
            told = read(target, "-GPSLatitude", "-Make", "-DateTimeOriginal")
            if not told or not all(told[0].get(tag) for tag in ("GPSLatitude", "Make", "DateTimeOriginal")):
                target.unlink()
                continue
        taken.append(target)
    return len(taken), len([each for each in own[:len(taken)]])


def needles(inbox):
    """Texts that the sources tell, by the file that tells them first."""
    texts = {}
    for each in read(inbox, *WANTED):
        file = pathlib.Path(each.pop("SourceFile")).name
        for tag, value in each.items():
            if tag.startswith("GPS"):
                if isinstance(value, (int, float)) and abs(value) > 1:
                    texts.setdefault(f"{abs(value):.6f}"[:-2], file)
            elif "Date" in tag:
                day = str(value)[:10]
                if re.fullmatch(r"[12]\d{3}:\d\d:\d\d", day) and day > "1901":
                    texts.setdefault(day, file)
                    texts.setdefault(day.replace(":", "-"), file)
            elif len(str(value).strip()) > 3 and not str(value).strip().isdigit():
                texts.setdefault(str(value).strip(), file)
    # Words that Sluice has of itself.
    return {text: file for text, file in texts.items() if text.lower() not in ("unknown", "image", "none", "digital")}


def odd_keys(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("exif", "filled", "gps", "icc"):
                yield f"{path}.{key}"
            if isinstance(inner, (int, float)) and key not in KEYS:
                yield f"{path}.{key} = {inner}"
            yield from odd_keys(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from odd_keys(inner, path)


def watch(binary, place, count):
    """Log, page, status and metrics of a watch that has done with all of them."""
    log = place / "log"
    with open(log, "wb") as output:
        program = subprocess.Popen([binary, "watch", "--config", place / "sluice.yaml", "--log-level", "info"],
                                   stdout=output, stderr=output)
    try:
        deadline, ended = time.monotonic() + 1800, 0
        while ended < count:
            if program.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"privacy: the watch did not do its work:\n{log.read_text()[-2000:]}")
            time.sleep(1)
            lines = log.read_text(errors="replace").splitlines()
            ended = sum(" published " in line or " quarantined " in line or " no picture " in line for line in lines)
        port = re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text()).group(1)
        pages = {}
        for page in ("/", "/metrics", "/health", "/status"):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=10) as answer:
                    pages[page] = answer.read().decode(errors="replace")
            except OSError:
                pass
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGTERM)
        program.wait(timeout=120)
    return {"log": log.read_text(errors="replace")} | pages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    corpus = ROOT.parent / "shared/corpus"
    parser.add_argument("directory", nargs="?", default=corpus if corpus.is_dir() else ROOT / "Examples/pictures")
    parser.add_argument("--files", type=int, default=150)
    options = parser.parse_args()
    if not shutil.which("exiftool"):
        print("privacy: needs exiftool")
        sys.exit(69)
    binary = pathlib.Path(options.bin).resolve() / "sluice"
    with tempfile.TemporaryDirectory(prefix="sluice-privacy-") as name:
        place = pathlib.Path(name)
        inbox = place / "inbox"
        inbox.mkdir()
        (place / "p.yaml").write_text(PIPELINE)
        (place / "sluice.yaml").write_text(CONFIGURATION)
        count, own = gather(options.directory, inbox, options.files)
        sought = needles(inbox)
        texts = watch(binary, place, count)
        outbox = place / "outbox"
        report = place / "report.html"
        subprocess.run([binary, "report", outbox, "--out", report, "--thumbnails", "none", "--quiet"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not report.exists():
            subprocess.run([binary, "report", outbox, "--out", report, "--thumbnails", "none"], check=True,
                           stdout=subprocess.DEVNULL)
        texts["report"] = report.read_text()
        sidecars = list(outbox.rglob("*.json"))
        faults = []
        for path in sidecars:
            texts[path.name] = path.read_text()
            faults += [f"{path.name}: {key}" for key in odd_keys(json.loads(texts[path.name]))]
        for what, text in texts.items():
            faults += [f"{what}: '{needle}' of {file}" for needle, file in sought.items() if needle in text]
        renditions = 0
        for each in json.loads(exiftool("-r", "-a", "-G1", "-n", "-ee", "-j", "-ext", "jpg", "-ext", "png", "-ext", "webp", "-ext",
                                        "avif", "-ext", "jxl", "-ext", "tif", outbox) or "[]"):
            renditions += 1
            for key in each:
                group, _, tag = key.rpartition(":")
                if TELLING.search(tag) and tag not in STRUCTURAL and not group.startswith(("System", "File", "ICC")):
                    faults.append(f"{pathlib.Path(each['SourceFile']).name}: {key} = {each[key]}")
        print(f"{count} pictures ({own} with a place of their own), {len(sidecars)} published in {renditions} renditions of "
              f"{len(FORMATS)} formats; {len(sought)} texts of places, dates and cameras looked for: {len(faults)} found")
        for fault in faults[:40]:
            print(f"  {fault}")
        if faults or len(sidecars) < 0.9 * min(count, options.files) or renditions != len(FORMATS) * len(sidecars):
            sys.exit(1)


if __name__ == "__main__":
    main()
