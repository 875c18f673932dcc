#!/usr/bin/env python3
"""Runs every command that README.md, CONTRIBUTING.md, SECURITY.md and Documentation/ show, and checks what else they show.

usage: commands.py BIN [PAGE...]

BIN is the folder with the programs. Each block of ```sh or ```console is run by bash in a home of its own, as somebody would
who has just cloned the repository: PATH with BIN first, the checkout's Examples and Pipelines in the current folder, pictures
in ~/Pictures/2026, results of `web` in ~/web. YAML blocks of the same page lie there under the name in their first line.

- A command has to end with 0, or with N where a comment on its line says `ends with N`.
- `sluice watch` is started, waited for, used by the lines that follow, stopped, and has to end with 0.
- Programs that change the system are stood in for (stand_ins.py).
- A block that cannot be run has `<!-- not run: REASON -->` before it. How many there are is printed; those with networks
  are among them where there is no ONNX Runtime.
- Descriptions in Examples/models are given to `sluice check`, with small networks of the same inputs and outputs.
- YAML is given to `sluice check`; parts of a pipeline or configuration are made whole first. Warnings are faults.
- JSON is parsed; links lead to files and headings that are there; `make X`, `sluice X`, options and metrics in the text exist.

DOCUMENTED_TIMES=1 in the environment prints how long each block takes.
"""
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import networks
import pages
from pages import REPOSITORY

# Seconds for a block.
LIMIT = 60
STAND_INS = ["sudo", "apt", "adduser", "systemctl", "journalctl", "docker", "kubectl", "sbatch", "parallel", "curl",
             "openssl", "make", "swift"]
PIPELINE_KEYS = {"version", "description", "accept", "pages", "motion", "limits", "stages", "renditions", "metadata", "sidecar",
                 "output", "dates", "after", "others", "raw", "pairs"}
MODEL_KEYS = {"file", "input", "classifier", "features"}

PRELUDE = r"""
set -eu -o pipefail
watches=()
# `sluice watch`: until it says that it watches.
documented_watch() {
    local log=$HOME/watch-${#watches[@]}.log
    command sluice watch "$@" 2>"$log" &
    watches+=("$! $log")
    for _ in $(seq 300); do
        if grep -qE '(info|<6>)? ?watching ' "$log"; then return 0; fi
        kill -0 $! 2>/dev/null || break
        sleep 0.1
    done
    echo "sluice watch $* does not watch:" >&2
    cat "$log" >&2
    return 1
}
# What was dropped is done, it ends when it is told to, and that is no failure.
documented_end() {
    local status=$? pid log
    for watch in ${watches[@]+"${watches[@]}"}; do
        read -r pid log <<<"$watch"
        if [ "$status" = 0 ] && [ -n "$DOCUMENTED_DROPS" ]; then
            for _ in $(seq 200); do grep -q ' published ' "$log" && break; sleep 0.1; done
            grep -q ' published ' "$log" || { echo "nothing was published:" >&2; cat "$log" >&2; status=1; }
        fi
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" || { echo "sluice watch ended with $?:" >&2; cat "$log" >&2; status=1; }
    done
    exit $status
}
trap documented_end EXIT
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Home:
    """What every block begins with."""

    # Of ~/Pictures/2026.
    PICTURES = {"holiday": ["forest-in-fog.jpg"], "office": ["logo.png"], "shop": ["blue-vase.jpg", "olive-oil.webp"]}

    def __init__(self, bin, scratch):
        self.bin, self.template = bin, scratch / "template"
        self.scratch = scratch
        checkout = self.template / "sluice"
        for name in ("Examples/models", "Examples/pictures", "Examples/scale", "Pipelines"):
            shutil.copytree(REPOSITORY / name, checkout / name)
        shutil.copy2(REPOSITORY / "Examples/sluice.yaml", checkout / "Examples/sluice.yaml")
        self.models(checkout)
        mine = self.template / "Pictures/2026"
        for folder, names in self.PICTURES.items():
            (mine / folder).mkdir(parents=True)
            for name in names:
                shutil.copy2(checkout / "Examples/pictures" / folder / name, mine / folder)
        self.system(self.template / "system", mine)
        self.stand_ins()
        self.first_run(mine, checkout)

    def models(self, checkout):
        """Networks and labels that the examples' descriptions name, and those of the pages; others than the digests say."""
        examples = checkout / "Examples/models"
        for description in examples.glob("*.yaml"):
            text = re.sub(r"^digest: .*\n", "", description.read_text(), flags=re.M)
            description.write_text(text)
            network = examples / re.search(r"^file: (.+)$", text, re.M)[1]
            output = re.search(r"^output: (.+?)(?: *#.*)?$", text, re.M)[1]
            if output in ("yunet", "centerface"):
                getattr(networks, output)(network, 640)
            elif output == "yolo":
                networks.finder(network, 640, 640, output0=(1, 84, 10))
            elif "boxes" in output:
                networks.detector(network, 4420, 320, 240)
            else:
                networks.classifier(network, 1000, outputs=re.findall(r"\w+(?=[,\s}]|$)", output))
        for folder, words, labels in ((examples, "imagenet-1000.txt", 1000), (checkout, "labels.txt", 5)):
            (folder / words).write_text("".join(f"label {n}\n" for n in range(labels)))
        networks.classifier(checkout / "mobilenet.onnx", 5)
        networks.denoiser(checkout / "ffdnet.onnx")
        networks.finder(checkout / "yolo11n.onnx", 640, 640, output0=(1, 84, 10))
        shutil.copy2(examples / "coco.txt", checkout / "coco.txt")
        self.words(checkout)

    def words(self, checkout):
        """What make-words.py writes, but for the numbers."""
        place = importlib.util.spec_from_file_location("make_words", REPOSITORY / "Examples/words/make-words.py")
        make_words = importlib.util.module_from_spec(place)
        place.loader.exec_module(make_words)
        networks.finder(checkout / "clip-image.onnx", 224, 224, embedding=(1, 8))
        make_words.describe(checkout / "clip-image.onnx", (224, 224, "crop", [123, 117, 104], [69, 66, 70]), "an example")
        labels = make_words.read_labels(["beach", "receipt: a till receipt | a bill"])
        assert make_words.prompts(labels[1][1], ["a {}."]) == ["a a till receipt.", "a a bill."]
        (checkout / "things.safetensors").write_bytes(make_words.safetensors(
            [label for label, _ in labels], [[1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]], 100, {"model": "an example"}))

    def system(self, root, pictures):
        """What the package puts into /etc and /var, and a share."""
        for line in (REPOSITORY / "systemd/sluice.tmpfiles").read_text().splitlines():
            if line.startswith("d "):
                (root / line.split()[1].lstrip("/")).mkdir(parents=True)
        (root / "etc/sluice").mkdir(parents=True)
        shutil.copy(REPOSITORY / "systemd/sluice.yaml", root / "etc/sluice/sluice.yaml")
        shutil.copytree(pictures / "shop", root / "shared/photos")

    def stand_ins(self):
        self.programs = self.scratch / "stand-ins"
        self.programs.mkdir()
        for name in STAND_INS:
            (self.programs / name).symlink_to(REPOSITORY / "Tests/Documentation/stand_ins.py")

    def first_run(self, pictures, checkout):
        """~/web, as a first run leaves it: one picture was damaged then, and is not there any more."""
        broken = pictures / "cut-off.jpg"
        shutil.copy2(checkout / "Examples/pictures/broken/cut-off.jpg", broken)
        code = subprocess.run([self.bin / "sluice", "process", pictures, "--pipeline", checkout / "Pipelines/web.yaml",
                               "--out", self.template / "web", "--quiet"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode
        broken.unlink()
        if code != 65:
            sys.exit(f"the first run ended with {code}, not 65")

    def environment(self, home):
        return {"PATH": f"{self.bin}:{self.programs}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8", "TERM": "dumb", "TMPDIR": str(home), "DOCUMENTED_REPOSITORY": str(REPOSITORY)}


def script_of(block, home, port):
    """What bash is given for a block."""
    lines = []
    for line in block.script.split("\n"):
        watch = re.match(r"\s*sluice watch\b(.*?)\s*&?\s*(#.*)?$", line)
        ends = re.match(r"(.+?)\s+#.*\bends with (\d+)\b", line)
        if watch:
            line = f"documented_watch {watch[1]}"
        elif ends:
            line = (f"documented_code=0; {ends[1]} || documented_code=$?; [ $documented_code = {ends[2]} ] || "
                    f"{{ echo \"ended with $documented_code, not {ends[2]}\" >&2; exit 1; }}")
        lines.append(line)
    text = "\n".join(lines).replace("8099", port)
    return re.sub(r"(?<![\w./~])(/(?:var/lib|etc)/sluice|/shared)\b", lambda m: f"{home}/system{m[1]}", text)


def run_block(block, whole, index):
    start, home = time.monotonic(), whole.scratch / f"home-{index}"
    shutil.copytree(whole.template, home, symlinks=True)
    port = free_port()
    if re.search(r"process\b.*--out ~/web\b", block.script):
        shutil.rmtree(home / "web")
    checkout = home / "sluice"
    for other in pages.blocks(block.page):
        if other.language == "yaml" and other.name:
            (checkout / other.name).write_text(other.text.replace("8099", port))
    environment = whole.environment(home)
    environment["DOCUMENTED_DROPS"] = "1" if re.search(r"^\s*cp .*(inbox|phone)\S*", block.script, re.M) else ""
    process = subprocess.Popen(["bash", "-c", PRELUDE + script_of(block, home, port)], cwd=checkout, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=LIMIT)[0].decode(errors="replace")
        fault = None if process.returncode == 0 else f"ended with {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0].decode(errors="replace")
        fault = f"took longer than {LIMIT} seconds"
    if os.environ.get("DOCUMENTED_TIMES"):
        print(f"{time.monotonic() - start:.1f} s  {block.place}")
    shutil.rmtree(home, ignore_errors=True)
    if fault:
        shown = "".join(f"    {line}\n" for line in block.script.rstrip().split("\n"))
        said = "".join(f"    | {line}\n" for line in output.rstrip().split("\n")[-15:])
        return f"{block.place}: {fault}\n{shown}{said}"


# Data


def completed(text, parsed):
    """A part of a pipeline or a configuration, made whole; the file's kind by its keys."""
    keys = set(parsed)
    if keys & MODEL_KEYS and not keys & {"inbox", "inboxes", "stages"}:
        return text
    if keys <= PIPELINE_KEYS and keys - {"version"}:
        if "version" not in keys:
            text = "version: 1\n" + text
        if not keys & {"renditions", "stages"}:
            text += "renditions: { whole: { format: jpeg } }\n"
        elif "renditions" not in keys and "classify" not in text:
            text += "renditions: { whole: { format: jpeg } }\n"
        return text
    if "version" not in keys:
        text = "version: 1\n" + text
    if not keys & {"inbox", "inboxes"}:
        text += "inbox: inbox\npipeline: web\n"
    return text


def check_yaml(block, whole, index):
    import yaml
    try:
        parsed = yaml.safe_load(block.text)
    except yaml.YAMLError as error:
        return f"{block.place}: {error}"
    if not isinstance(parsed, dict):
        return f"{block.place}: this is not a map"
    if "scrape_configs" in parsed:
        return None
    folder = whole.template / "sluice"
    file = folder / f"documented-{index}.yaml"
    file.write_text(completed(block.text, parsed))
    token = folder / "http.token"
    token.write_text("0123456789abcdef\n")
    token.chmod(0o600)
    checked = subprocess.run([whole.bin / "sluice", "check", "--quiet", file.name], cwd=folder, capture_output=True, text=True,
                             env=whole.environment(whole.template), timeout=LIMIT)
    if checked.returncode != 0 or checked.stdout + checked.stderr:
        return f"{block.place}: sluice check ends with {checked.returncode}\n{checked.stdout}{checked.stderr}"


def check_model(file, whole):
    """A description of Examples/models, with a network like the one that it is for."""
    checked = subprocess.run([whole.bin / "sluice", "check", "--quiet", file.name], cwd=file.parent, capture_output=True,
                             text=True, env=whole.environment(whole.template), timeout=LIMIT)
    if checked.returncode != 0 or checked.stdout + checked.stderr:
        return f"Examples/models/{file.name}: ends with {checked.returncode}\n{checked.stdout}{checked.stderr}"


def has_engine(bin):
    """Whether there is an ONNX Runtime: Tests/Checks/onnxruntime.sh has said so where there is none."""
    places = [bin, *map(pathlib.Path, ("/usr/local/lib", "/usr/lib64", "/usr/lib")), *pathlib.Path("/usr/lib").glob("*-linux-gnu")]
    return any(any(place.glob("libonnxruntime.so*")) for place in places)


def excuse_networks(found):
    """Blocks that name a network, and those that use these by their name, are left out."""
    named = ["Examples/models/"]
    for block in found:
        if block.language == "yaml" and re.search(r"\.onnx\b|Examples/models/", block.text):
            named += [block.name] if block.name else []
    for block in found:
        if block.language in ("sh", "console", "yaml") and any(name in block.text for name in named):
            block.excuse = block.excuse or "there is no ONNX Runtime"


def check_json(block):
    try:
        json.loads(block.text)
    except ValueError as error:
        return f"{block.place}: {error}"


def check_words(bin, chosen):
    dump = json.loads(subprocess.run([bin / "sluice", "--experimental-dump-help"], check=True, capture_output=True).stdout)
    commands = dump["command"]["subcommands"]
    options = {"--" + name["name"] for command in commands + [dump["command"]] for argument in command.get("arguments", [])
               for name in argument.get("names", []) if name["kind"] == "long"}
    targets = set(re.findall(r"^([a-z-]+):.*## ", (REPOSITORY / "Makefile").read_text(), re.M))
    sources = "\n".join(file.read_text() for file in (REPOSITORY / "Sources").rglob("Metrics*.swift"))
    return [fault for page in chosen for fault in pages.wrong_words(
        page, options, {command["commandName"] for command in commands}, targets, sources)]


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    bin = pathlib.Path(sys.argv[1]).resolve()
    chosen = [pathlib.Path(name).resolve() for name in sys.argv[2:]] or pages.documented()
    found = [block for page in chosen for block in pages.blocks(page)]
    engine = has_engine(bin)
    if not engine:
        excuse_networks(found)
    scripts = [block for block in found if block.language in ("sh", "console", "bash", "shell")]
    excused = [block for block in found if block.excuse]
    runnable = [block for block in scripts if not block.excuse]
    data = [block for block in found if block.language == "yaml" and not block.excuse]
    texts = [block for block in found if block.language == "json" and not block.excuse]
    faults = [fault for page in (pages.all_pages() if len(sys.argv) == 2 else chosen) for fault in pages.broken_links(page)]
    faults += check_words(bin, chosen) + list(filter(None, map(check_json, texts)))
    with tempfile.TemporaryDirectory(prefix="documentation-") as scratch:
        whole = Home(bin, pathlib.Path(scratch))
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)) + 2) as pool:
            # Those that run `sluice` begin first: they take longest.
            runnable.sort(key=lambda block: -len(re.findall(r"^sluice (?:process|watch|train)", block.script, re.M)))
            running = [pool.submit(run_block, block, whole, index) for index, block in enumerate(runnable)]
            running += [pool.submit(check_yaml, block, whole, index) for index, block in enumerate(data)]
            if engine and len(sys.argv) == 2:
                models = (whole.template / "sluice/Examples/models").glob("*.yaml")
                running += [pool.submit(check_model, file, whole) for file in models]
            faults += [fault for fault in (future.result() for future in running) if fault]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"documentation: {sum(block.commands for block in runnable)} commands in {len(runnable)} blocks, {len(data)} blocks "
          f"of YAML, {len(texts)} of JSON, {len(chosen)} pages; {len(faults)} faults")
    print(f"documentation: not run: {len(excused)}" + "".join(
        f"\n  {block.place}: {block.excuse}" for block in excused))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
