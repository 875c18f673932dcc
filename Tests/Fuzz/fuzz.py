#!/usr/bin/env python3
"""Gives every parser of ours any bytes at all; Documentation/fuzzing.md says how it is used.

usage: fuzz.py [--seconds N | --total N] [--found-only] [TARGET...]
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import seeds  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCRATCH = ROOT / ".build" / "fuzz"
CORPUS = ROOT / ".build" / "fuzz-corpus"
CRASHES = ROOT / ".build" / "fuzz-crashes"

# What an input may take at most. The sanitizers' shadow and what is freed lately come on top of a program's own memory.
MOST_SECONDS = 5
MOST_MALLOC = 256
MOST_MEMORY = 768

ENVIRONMENT = {
    # Leaks are not looked for: Swift marks pointers in enums by bits that LeakSanitizer takes them for others by.
    "ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    # A trap is libFuzzer's to report, and its own report is as good.
    "SWIFT_BACKTRACE": "enable=no",
    "G_SLICE": "always-malloc",
}


def tool(name):
    """A program of the toolchain that builds."""
    beside = pathlib.Path(shutil.which("swift")).resolve().parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def runtime():
    """libFuzzer without a `main` of its own, out of the toolchain."""
    resources = subprocess.run([tool("clang"), "-print-resource-dir"], check=True, capture_output=True, text=True)
    found = sorted(pathlib.Path(resources.stdout.strip()).rglob(f"libclang_rt.fuzzer_no_main*{os.uname().machine}*.a"))
    if not found:
        sys.exit("fuzz: this toolchain has no libFuzzer (libclang_rt.fuzzer_no_main)")
    return found[0]


def build():
    """- Returns: the program."""
    command = ["swift", "build", "-c", "release", "--scratch-path", str(SCRATCH), "--product", "sluice-fuzz",
               "--sanitize=address",
               # Traps stay what they are: overflow and bounds are checked in a release build too.
               "-Xswiftc", "-sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table", "-Xswiftc", "-g",
               "-Xcc", "-fsanitize=fuzzer-no-link,undefined", "-Xcc", "-fno-sanitize-recover=undefined",
               "-Xcc", "-fno-omit-frame-pointer", "-Xcc", "-g",
               "-Xswiftc", "-use-ld=lld", "-Xlinker", str(runtime()), "-Xlinker", "-lstdc++"]
    environment = {**os.environ, "SLUICE_FUZZ": "1"}
    started = time.monotonic()
    if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
        sys.exit("fuzz: the program cannot be built")
    print(f"fuzz: built in {time.monotonic() - started:.0f} s", flush=True)
    where = subprocess.run(command + ["--show-bin-path"], cwd=ROOT, env=environment, capture_output=True, text=True)
    return pathlib.Path(where.stdout.strip()) / "sluice-fuzz"


class Target:
    def __init__(self, program, line):
        self.program = program
        self.name, most, endings = line.split(" ")
        self.most_bytes, self.endings = int(most), endings.split(",")
        self.found = HERE / "found" / self.name
        self.corpus = CORPUS / self.name

    def command(self, *arguments):
        return ["env", *(f"{name}={value}" for name, value in ENVIRONMENT.items()),
                f"ASAN_SYMBOLIZER_PATH={tool('llvm-symbolizer')}", f"SLUICE_FUZZ_TARGET={self.name}",
                str(self.program), f"-timeout={MOST_SECONDS}", f"-malloc_limit_mb={MOST_MALLOC}",
                f"-rss_limit_mb={MOST_MEMORY}", f"-max_len={self.most_bytes}", *arguments]

    def run(self, seconds):
        """- Returns: whether nothing was found."""
        self.corpus.mkdir(parents=True, exist_ok=True)
        CRASHES.mkdir(parents=True, exist_ok=True)
        folders = [self.corpus, seeds.prepare(self, CORPUS)]
        if self.found.is_dir():
            folders.append(self.found)
        arguments = [f"-artifact_prefix={CRASHES / self.name}-", "-print_final_stats=1",
                     f"-max_total_time={seconds}" if seconds else "-runs=0"]
        dictionary = HERE / "dictionaries" / f"{self.name}.dict"
        if dictionary.exists():
            arguments.append(f"-dict={dictionary}")
        log = CRASHES / f"{self.name}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            status = subprocess.run(self.command(*arguments, *map(str, folders)), cwd=ROOT, stdout=output,
                                    stderr=subprocess.STDOUT).returncode
        text = log.read_text(errors="replace")
        self.report(text, status, time.monotonic() - started, log)
        return status == 0

    def report(self, text, status, seconds, log):
        def last(name):
            found = re.findall(rf"\b{name}: +(\d+)", text)
            return found[-1] if found else "?"

        print(f"  {self.name}: {'ok' if status == 0 else 'FOUND'}, {last('number_of_executed_units')} inputs in "
              f"{seconds:.0f} s, {last('cov')} edges, slowest {last('slowest_unit_time_sec')} s, "
              f"at most {last('peak_rss_mb')} MiB", flush=True)
        if status == 0:
            return
        for line in text.splitlines():
            if re.search(r"^fuzz: |ERROR: |runtime error|Fatal error|SUMMARY|Test unit written", line):
                print(f"    {line[:300]}")
        written = re.findall(r"Test unit written to (\S+)", text)
        if written:
            print(f"    again: {' '.join(self.command(written[-1]))}")
        print(f"    log: {log}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="of each target")
    parser.add_argument("--total", type=int, help="seconds of all targets together")
    parser.add_argument("--found-only", action="store_true", help="nothing new: inputs that were found, and seeds")
    parser.add_argument("targets", nargs="*", help="all, when none is named")
    arguments = parser.parse_args()

    program = build()
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    targets = [Target(program, line) for line in lines]
    unknown = set(arguments.targets) - {target.name for target in targets}
    if unknown:
        sys.exit(f"fuzz: no such target: {', '.join(sorted(unknown))}; there are "
                 f"{', '.join(target.name for target in targets)}")
    wanted = [target for target in targets if not arguments.targets or target.name in arguments.targets]
    seconds = max(1, arguments.total // len(wanted)) if arguments.total else arguments.seconds
    results = [target.run(0 if arguments.found_only else seconds) for target in wanted]
    if not all(results):
        sys.exit(f"fuzz: {results.count(False)} of {len(results)} targets found something")
    print(f"fuzz: nothing found by {len(results)} targets")


if __name__ == "__main__":
    main()
