#!/usr/bin/env python3
"""Imports go downwards only: a target imports targets of lower levels, and only those that the manifest gives it."""
import json
import pathlib
import re
import subprocess
import sys

LEVELS = {
    0: ["CAllocator", "CBuiltInModels", "CConvolution", "CDescriptor", "CExif", "CInference", "CJPEG", "CLCMS",
        "CLinear", "CLinux", "CNettle", "CPages", "CUnicodeData", "CVips", "CZlib"],
    # The engine for networks, upon its kernels.
    0.25: ["COpenCVDNN"],
    # C upon the C of libvips and libjpeg.
    0.5: ["CLines"],
    0.75: ["CColour", "CDenoise", "CResample", "CTiledNetwork"],
    1: ["PipelineModel", "ImageHeader", "LinuxIO"],
    2: ["HTTP", "WorkerProtocol", "Journal", "Inbox", "Admission", "Outbox", "Metadata", "Report", "Restream",
        "Inference", "Training"],
    # Imaging stands above Metadata and Restream, in its own half of level 2.
    2.5: ["Imaging"],
    3: ["WorkerPool"],
    4: ["Supervisor"],
    5: ["sluice", "sluice-worker"],
}
LEVEL_OF = {target: level for level, targets in LEVELS.items() for target in targets}
DECODERS = {"CColour", "CConvolution", "CDenoise", "CDescriptor", "CExif", "CInference", "CJPEG", "CLCMS", "CLinear",
            "CLines", "COpenCVDNN", "CResample", "CTiledNetwork", "CVips", "CZlib", "Imaging", "Inference", "Metadata", "Restream"}
JOURNAL = {"Journal", "GRDB"}

manifest = json.loads(subprocess.run(["swift", "package", "dump-package"], check=True, capture_output=True).stdout)
allowed = {}
for target in manifest["targets"]:
    names = set()
    for dependency in target["dependencies"]:
        names.add((dependency.get("byName") or dependency.get("product") or dependency.get("target"))[0])
    allowed[target["name"]] = names

faults = []
for target in allowed:
    if target.endswith("Tests") or target in ("FuzzTargets", "ModelMaker", "WebClient"):
        continue
    if target not in LEVEL_OF:
        faults.append(f"{target}: has no level; give it one in {sys.argv[0]}")
        continue
    for source in sorted(pathlib.Path("Sources", target).rglob("*.swift")):
        for number, line in enumerate(source.read_text().splitlines(), 1):
            match = re.match(r"\s*(?:@\w+\s+)*(?:package |public |private |internal )?import (?:\w+ )?(\w+)", line)
            if not match:
                continue
            imported = match.group(1)
            where = f"{source}:{number}"
            if imported in LEVEL_OF:
                if LEVEL_OF[imported] >= LEVEL_OF[target]:
                    faults.append(f"{where}: {target} (level {LEVEL_OF[target]}) imports {imported} "
                                  f"(level {LEVEL_OF[imported]})")
                if imported not in allowed[target]:
                    faults.append(f"{where}: {target} imports {imported}, which the manifest does not give it")
            if target in ("Supervisor", "sluice", "WorkerPool") and imported in DECODERS:
                faults.append(f"{where}: the supervisor's side imports {imported}")
            if target in ("Imaging", "Metadata", "sluice-worker") and imported in JOURNAL:
                faults.append(f"{where}: the worker's side imports {imported}")

print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
sys.exit(1 if faults else 0)
