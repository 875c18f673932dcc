#!/bin/bash
# usage: run.sh BIN_DIRECTORY
# With BARS=all in the environment (`make bench BARS=all`) the bars of the memory cap are measured in full.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
corpus=${SLUICE_SHARED:-$here/../../shared}/corpus
failed=0
"$here/startup.py" "$bin" || failed=1
"$here/flood.py" "$bin" || failed=1
"$here/durability.py" "$bin" || failed=1
"$here/soak.py" "$bin" || failed=1
"$here/speed/overhead.py" "$bin" --rounds 3 || failed=1
"$here/speed/latency.py" "$bin" || failed=1
"$here/speed/linear.py" "$bin" --jobs 100,1000 || failed=1
if [ -d "$corpus" ]; then
    "$here/quality.py" "$bin" "$corpus" "$corpus/../labelled/imagenet" || failed=1
    "$here/outcomes.py" "$bin" "$corpus" "$corpus/manifest.tsv" || failed=1
else
    echo "no corpus at $corpus: measuring on Examples/pictures"
    "$here/quality.py" "$bin" "$here/../Examples/pictures" || failed=1
    "$here/outcomes.py" "$bin" "$here/../Examples/pictures" || failed=1
fi

"$here/memory/cgroup.py" --test
case $? in
    0)
        if [ "${BARS:-}" = all ]; then
            "$here/../Tests/Checks/setup.sh" 0 libvips-tools imagemagick graphicsmagick || exit
            "$here/memory/bars.py" "$bin" || failed=1
        else
            "$here/memory/bars.py" "$bin" --short || failed=1
        fi
        ;;
    69) echo "the memory bars are left out: they need root and a memory cgroup" ;;
    *) failed=1 ;;
esac
exit "$failed"
