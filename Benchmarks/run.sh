#!/bin/bash
# usage: run.sh BIN_DIRECTORY
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
corpus=${SLUICE_SHARED:-$here/../../shared}/corpus
failed=0
"$here/startup.py" "$bin" || failed=1
"$here/flood.py" "$bin" || failed=1
"$here/durability.py" "$bin" || failed=1
"$here/soak.py" "$bin" || failed=1
if [ -d "$corpus" ]; then
    "$here/quality.py" "$bin" "$corpus" "$corpus/../labelled/imagenet" || failed=1
    "$here/outcomes.py" "$bin" "$corpus" "$corpus/manifest.tsv" || failed=1
else
    echo "no corpus at $corpus: measuring on Examples/pictures"
    "$here/quality.py" "$bin" "$here/../Examples/pictures" || failed=1
    "$here/outcomes.py" "$bin" "$here/../Examples/pictures" || failed=1
fi
exit "$failed"
