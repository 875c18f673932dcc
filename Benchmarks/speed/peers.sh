#!/bin/bash
# Installs what Sluice is measured against: Debian's packages, and PyPI's into two virtual environments below
# .build/peers (Pillow-SIMD takes Pillow's place in a second one). What cannot be had is left out, with a line that says
# so; throughput.py leaves out what is not there.
# usage: peers.sh [DIRECTORY]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peers=${1:-$here/../../.build/peers}

"$here/../../Tests/Checks/setup.sh" 0 libvips-tools libvips-dev libjpeg62-turbo-dev zlib1g-dev nettle-dev gcc \
    pkg-config python3-dev python3-venv imagemagick graphicsmagick || exit

# environment NAME PACKAGE...
environment() {
    local directory=$peers/$1
    shift
    if [ ! -x "$directory/bin/python" ]; then
        python3 -m venv "$directory" || return
    fi
    for package in "$@"; do
        "$directory/bin/pip" show --quiet "$package" 2>/dev/null && continue
        echo "installing: $package (PyPI)"
        # Pillow-SIMD comes as a source alone, and is as quick as it can be with AVX2 alone.
        CC="cc $([ "$package" = pillow-simd ] && grep -qw avx2 /proc/cpuinfo && echo -mavx2)" \
            "$directory/bin/pip" install --quiet "$package" ||
            echo "left out: $package cannot be installed from PyPI" >&2
    done
}

environment python numpy pillow opencv-python-headless pyvips bm3d scikit-learn onnxruntime onnx
environment python-simd pillow-simd
exit 0
