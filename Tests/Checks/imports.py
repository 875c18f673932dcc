#!/usr/bin/env python3
"""The architecture, as the manifest has it: each target imports what it is given, and the two programs never meet.

- A target imports only what the manifest gives it, and is given only what it imports.
- Shared rooms use no room of a side; the supervisor's rooms use none of the worker's, and the other way round. That is
  true of what they reach through others too.
- The supervisor's side reaches no decoder, the worker's side no journal.
- No target has over 3,500 lines or 35 files, no file over 300 lines.
"""
import json
import pathlib
import re
import subprocess
import sys

MOST_LINES, MOST_FILES, MOST_LINES_OF_FILE = 3500, 35, 300
# Libraries that decode, and those who use them.
DECODERS = {"CBitmaps", "CColour", "CDenoise", "CDescriptor", "CExif", "CGrade", "CHEIF", "CJPEG", "CJXL", "CLCMS",
            "CLinear", "COnnxRuntime", "CLines", "CNoise", "CRAW", "CRepack", "CResample", "CSimilarity", "CTiledNetwork",
            "CVips", "CZlib"}
JOURNAL = {"Journal", "GRDB"}
IMPORT = re.compile(r"\s*(?:@\w+\s+)*(?:package |public |private |internal )?import (?:\w+ )?(\w+)")
CODE = {".swift", ".c", ".h", ".cpp", ".hpp"}


def manifest():
    """By target: its folder, and the names of what it is given."""
    text = subprocess.run(["swift", "package", "dump-package"], check=True, capture_output=True).stdout
    targets = {}
    for target in json.loads(text)["targets"]:
        given = {(each.get("byName") or each.get("product") or each.get("target"))[0] for each in target["dependencies"]}
        folder = pathlib.Path(target.get("path") or f"Sources/{target['name']}")
        if folder.parts[0] == "Sources":
            targets[target["name"]] = folder, given
    return targets


def side_of(folder):
    """`Shared`, `Supervisor`, `Worker`, `Native`; of the programs, the side that each is of."""
    return {"sluice": "Supervisor", "sluice-worker": "Worker"}.get(folder.parts[1], folder.parts[1])


def reached(targets, name):
    """All that a target is given, and what that is given."""
    found, rest = set(), [name]
    while rest:
        for each in targets.get(rest.pop(), (None, set()))[1] - found:
            found.add(each)
            rest.append(each)
    return found


def imports(targets):
    for target, (folder, given) in targets.items():
        sources = sorted(folder.rglob("*.swift"))
        used = set()
        for source in sources:
            for number, line in enumerate(source.read_text().splitlines(), 1):
                match = IMPORT.match(line)
                if not match:
                    continue
                used.add(match.group(1))
                if match.group(1) in targets and match.group(1) not in given:
                    yield f"{source}:{number}: {target} imports {match.group(1)}, which the manifest does not give it"
        # What only has to be linked is never imported.
        for idle in sorted((given & set(targets)) - used - {"CAllocator", "CUnicodeData"} if sources else []):
            yield f"Package.swift: {target} is given {idle} and does not import it"


def sides(targets):
    forbidden = {"Shared": {"Supervisor", "Worker"}, "Supervisor": {"Worker"}, "Worker": {"Supervisor"}}
    for target, (folder, _) in targets.items():
        side, all_of_it = side_of(folder), reached(targets, target)
        for other in sorted(all_of_it & set(targets)):
            if side_of(targets[other][0]) in forbidden.get(side, set()):
                yield f"{target} ({side}) reaches {other} ({side_of(targets[other][0])})"
        if side in ("Supervisor", "Shared"):
            yield from (f"{target} ({side}) reaches the decoder {each}" for each in sorted(all_of_it & DECODERS))
        if side in ("Worker", "Shared"):
            yield from (f"{target} ({side}) reaches the journal: {each}" for each in sorted(all_of_it & JOURNAL))


def sizes(targets):
    for target, (folder, _) in targets.items():
        files = [each for each in sorted(folder.rglob("*")) if each.suffix in CODE]
        lines = {each: len(each.read_text().splitlines()) for each in files}
        if len(files) > MOST_FILES:
            yield f"{target}: {len(files)} files; {MOST_FILES} at most"
        if sum(lines.values()) > MOST_LINES:
            yield f"{target}: {sum(lines.values())} lines; {MOST_LINES} at most"
        yield from (f"{each}: {count} lines; {MOST_LINES_OF_FILE} at most"
                    for each, count in lines.items() if count > MOST_LINES_OF_FILE)


def main():
    targets = manifest()
    if not {"sluice", "Engine", "Imaging", "CVips"} <= set(targets):
        sys.exit("imports: the proof is void: the manifest lacks targets that are known to be there")
    faults = [*imports(targets), *sides(targets), *sizes(targets)]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
