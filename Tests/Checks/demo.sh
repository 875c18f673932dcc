#!/bin/bash
# Processes the example pictures and says where to look.
# usage: demo.sh BIN_DIRECTORY OUT
set -euo pipefail
sluice=$1/sluice
out=$2
rm -rf "$out"

echo
echo "\$ sluice process Examples/pictures --pipeline web --out $out"
status=0
"$sluice" process Examples/pictures --pipeline web --out "$out" || status=$?
# 65: some sources are quarantined. Two of the examples are broken on purpose.
[ "$status" = 0 ] || [ "$status" = 65 ] || exit "$status"

echo
echo "Two of the examples are broken on purpose; their reasons, and what to do, are in $out/.sluice/quarantine."
"$sluice" report "$out" >/dev/null
echo "Look at:"
echo "  $out/report.html   (all of it on one page: open it in a browser)"
find "$out" -name '*.large.webp' -o -name '*.thumb.jpg' | grep -v '/\.sluice/' | sort | head -n 6 | sed 's/^/  /'
echo "  $(find "$out" -name '*.json' -not -path '*/.sluice/*' | sort | head -n 1)   (a sidecar: what was found and done)"
