#!/bin/bash
# Gets ONNX Runtime, which runs networks: Debian's package where there is one (13 has it), else its makers' own library,
# out of the wheel on PyPI. That goes to .build/onnxruntime with its licence, and beside the programs in each BUILT.
# All but networks works without it: where it cannot be had, one line says so, and this ends with 0.
# usage: onnxruntime.sh [BUILT...]      (without any, where swift build puts its programs)
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.23.2
# Of the wheels for Python 3.12; the library is the same in those for the others.
case $(uname -m) in
    x86_64) digest=0f9b4ae77f8e3c9bee50c27bc1beede83f786fe1d52e99ac85aa8d65a01e9b77 ;;
    aarch64) digest=76ff670550dc23e58ea9bc53b5149b99a44e63b34b524f7b8547469aaa0dcb8c ;;
    *) digest= ;;
esac
place=.build/onnxruntime
library=libonnxruntime.so.$version

without() {
    echo "onnxruntime: $*: networks cannot be run, and are not tested" >&2
    exit 0
}

fetch() {
    [ -n "$digest" ] || without "PyPI has no library for $(uname -m)"
    python3 -m pip --version >/dev/null 2>&1 || Tests/Checks/setup.sh 0 python3-pip ||
        without "pip, which downloads it, cannot be installed"
    mkdir -p .build
    scratch=$(mktemp -d .build/onnxruntime-XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    echo "installing: ONNX Runtime $version (PyPI)"
    echo "onnxruntime==$version --hash=sha256:$digest" >"$scratch/wanted"
    python3 -m pip download --quiet --disable-pip-version-check --retries 2 --require-hashes --no-deps \
        --only-binary=:all: --platform "manylinux_2_28_$(uname -m)" --python-version 3.12 --dest "$scratch" \
        --requirement "$scratch/wanted" >"$scratch/log" 2>&1 ||
        without "$version cannot be downloaded ($(grep -m 1 '^ERROR' "$scratch/log" || tail -n 1 "$scratch/log"))"
    python3 - "$scratch" "onnxruntime/capi/$library" onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt <<'PYTHON'
import pathlib, sys, zipfile
scratch = pathlib.Path(sys.argv[1])
(scratch / "whole").mkdir()
with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
    for member in sys.argv[2:]:
        (scratch / "whole" / pathlib.PurePath(member).name).write_bytes(wheel.read(member))
PYTHON
    rm -rf "$place"
    mv "$scratch/whole" "$place"
}

if [ ! -e "$place/$library" ]; then
    for found in /usr/local/lib/libonnxruntime.so* /usr/lib/*-linux-gnu/libonnxruntime.so* /usr/lib{64,}/libonnxruntime.so*; do
        [ ! -e "$found" ] || exit 0
    done
    package=$(apt-cache pkgnames libonnxruntime 2>/dev/null | grep -xE 'libonnxruntime[0-9.]+' | sort -V | tail -n 1) || true
    if [ -n "$package" ]; then
        Tests/Checks/setup.sh 0 "$package" || without "$package cannot be installed"
        exit 0
    fi
    fetch
fi

if [ $# = 0 ]; then
    # Asking Swift takes a second.
    if [ -e ".build/debug/$library" ] && [ -e ".build/release/$library" ]; then exit 0; fi
    command -v swift >/dev/null || exit 0
    set -- "$(swift build --show-bin-path)" "$(swift build -c release --show-bin-path)"
fi
for built in "$@"; do
    mkdir -p "$built"
    rm -f "$built"/libonnxruntime.so*
    ln -f "$place/$library" "$built/$library" 2>/dev/null || cp "$place/$library" "$built/$library"
done
