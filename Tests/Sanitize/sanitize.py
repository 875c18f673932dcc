#!/usr/bin/env python3
"""Looks for what tests do not see: freed and uninitialised memory in workers, and data races.

usage: sanitize.py PART... [--short] [--every N] [--files N] [--pipelines NAME...] [--keep]

address: a worker under AddressSanitizer, over all pictures (or every Nth) and each pipeline
memory:  a worker under valgrind, over 200 pictures (or --files) of all kinds
threads: the unit tests under ThreadSanitizer

README.md beside this file says what each proves.
"""
import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import builds  # noqa: E402
import pictures  # noqa: E402
import threads  # noqa: E402
from runs import ROOT, Checked, Fault  # noqa: E402

PIPELINES = ["web", "archive", "archive-denoise", "social", "shop", "tag"]


def address(options, place):
    """The worker's malloc gives way to the sanitizer's there, which sees every block."""
    worker = builds.instrumented_worker("address")
    checked = Checked(builds.supervisor(), place / "address", [f"exec '{worker}' \"$@\""])
    checked.environment["ASAN_OPTIONS"] = ":".join([
        "detect_leaks=0",  # LeakTests count; glib and libvips keep much for good.
        "detect_stack_use_after_return=1", "strict_string_checks=1", "allocator_may_return_null=1",
        f"log_path='{checked.logs}/report'", f"external_symbolizer_path={builds.symbolizer()}"])
    checked.prove("freed", "heap-use-after-free")
    # A worker ends at its first report, which names its job.
    return checked, pictures.all_of(ROOT, options, every=options.every)


def memory(options, place):
    """valgrind replaces the malloc of the program as it does that of libc."""
    suppressions = ROOT / "Tests/Sanitize/valgrind.supp"
    worker = builds.plain_worker()
    checked = Checked(builds.supervisor(), place / "memory", [
        f"exec valgrind --quiet --soname-synonyms=somalloc=NONE --track-origins=yes --num-callers=40 --error-limit=no "
        f"--suppressions='{suppressions}' --gen-suppressions=all --log-file='LOGS/report.%p' '{worker}' \"$@\""])
    checked.prove("uninitialised", "uninitialised byte")
    return checked, pictures.all_of(ROOT, options, count=options.files)


def over_pictures(part, options, place):
    checked, chosen = part(options, place)
    sources = place / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    pictures.copy(chosen, sources)
    for pipeline in options.pipelines:
        checked.process(sources, pipeline)
    # What does not fit into memory is read scan by scan, and lies in files.
    checked.process(sources, "web", "--memory-cap", "64MiB", "--spill-limit", "1GiB", name="web, under 64 MiB")
    return checked.faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=["address", "memory", "threads"])
    parser.add_argument("--short", action="store_true", help="the pictures of Examples alone")
    parser.add_argument("--every", type=int, default=1, help="of the pictures under AddressSanitizer")
    parser.add_argument("--files", type=int, default=200, help="pictures under valgrind")
    parser.add_argument("--pipelines", nargs="+", default=PIPELINES)
    parser.add_argument("--keep", action="store_true", help="leave reports and results where they are")
    options = parser.parse_args()

    place = pathlib.Path(tempfile.mkdtemp(prefix="sluice-sanitize-"))
    faults = []
    try:
        for name in options.parts:
            began = time.monotonic()
            print(name, flush=True)
            if name == "threads":
                found = threads.run(options, place)
            else:
                found = over_pictures({"address": address, "memory": memory}[name], options, place)
            print(f"{name}: {len(found)} faults, {time.monotonic() - began:.0f} s", flush=True)
            faults += found
    except Fault as fault:
        print(f"sanitize: {fault}", file=sys.stderr)
        return 1
    finally:
        if options.keep or faults:
            print(f"reports: {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
