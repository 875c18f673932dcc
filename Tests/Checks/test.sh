#!/bin/bash
# Runs the tests that are built. Where some fail it ends with their names and what they found: whoever sees only the end
# of a long log sees that. Arguments go to `swift test`.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test --skip-build --no-parallel "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" != 0 ]; then
    printf '\nFailed:\n'
    # A process that died says nothing of its test: that is the last one that began.
    if ! grep -aqE '^✘ Test run with ' "$log"; then
        grep -aE '^◇ Test .* started\.$' "$log" | tail -n 1 | sed 's/^◇ \(.*\) started\.$/✘ \1 did not end/'
        grep -aE '^error: ' "$log"
    fi
    grep -aE '^✘ Test .* recorded an issue|^✘ Test run with ' "$log" | LC_ALL=C.UTF-8 sed -E 's/^(.{240}).+/\1…/'
fi
exit "$status"
