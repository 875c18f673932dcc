#!/bin/bash
# Makes the crops in this directory: before on the left, after on the right, twice their size.
# usage: make.sh [SLUICE]      (needs vips: libvips-tools)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sluice=${1:-sluice}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# crop NAME PICTURE PIPELINE RENDITION LEFT TOP WIDTH HEIGHT
crop() {
    local name=$1 picture=$here/../pictures/$2 pipeline=$3 rendition=$4 area=("${@:5}") file
    mkdir "$work/$name"
    cp "$picture" "$work/$name/"
    "$sluice" process "$work/$name" --pipeline "$pipeline" --out "$work/$name-out" --quiet
    file=$(ls "$work/$name-out"/*."$rendition".*)
    vips extract_area "$picture" "$work/$name-before.v" "${area[@]}"
    vips extract_area "$file" "$work/$name-after.v" "${area[@]}"
    vips arrayjoin "$work/$name-before.v $work/$name-after.v" "$work/$name.v" --shim 6
    vips zoom "$work/$name.v" "$here/$name.webp[Q=90,strip]" 2 2
}

crop night-sky holiday/night-sky.jpg archive-denoise master 620 720 280 200
crop letter-scan office/letter-scan.tif archive-denoise master 150 390 280 160
