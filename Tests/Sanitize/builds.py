"""The programs that are run: each sanitizer's has a scratch path of its own, beside the other builds."""
import shutil
import subprocess

from runs import Fault

# C as a debug build has it takes hours over a corpus.
DEBUG = ["-Xcc", "-O1"]
# What the optimiser makes of it, which frees objects earlier; with the attempts of a debug build, which prove the tool at
# work. Debian's valgrind reads no DWARF 5.
OPTIMISED = ["-c", "release", "-Xswiftc", "-DDEBUG", "-Xcc", "-gdwarf-4"]


def _swift(*arguments):
    done = subprocess.run(["swift", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Fault(f"swift {' '.join(arguments)} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def _built(product, *flags):
    _swift("build", *flags, "--product", product)
    return f"{_swift('build', *flags, '--show-bin-path').split()[-1]}/{product}"


def supervisor():
    """Only debug builds can be told to be lenient with their workers."""
    return _built("sluice")


def instrumented_worker(sanitizer):
    return _built("sluice-worker", "--scratch-path", f".build/{sanitizer}", "--sanitize", sanitizer, *DEBUG)


def plain_worker():
    return _built("sluice-worker", "--scratch-path", ".build/memory", *OPTIMISED)


def symbolizer():
    """Of the toolchain, which knows its own debug information best; without one reports have bare addresses."""
    swift = shutil.which("swift")
    found = subprocess.run(["realpath", swift], stdout=subprocess.PIPE, text=True).stdout.strip() if swift else ""
    beside = found.rsplit("/", 1)[0] + "/llvm-symbolizer"
    return shutil.which(beside) or shutil.which("llvm-symbolizer") or ""
