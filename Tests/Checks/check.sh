#!/bin/bash
# What no test can see: formatting, what the programs are linked with, which target imports which, the examples.
set -euo pipefail
failed=0
fail() { echo "check: $*" >&2; failed=1; }

swift format lint --strict --recursive --parallel Package.swift Sources Tests || fail "formatting (try: make format)"

swift build --product sluice 2>&1 | tail -n 1
swift build --product sluice-worker 2>&1 | tail -n 1
bin=$(swift build --show-bin-path)

# The process that owns the journal runs no decoder; the one that runs decoders cannot reach the journal.
links() { ldd "$bin/$1" | awk '{print $1}'; }
if links sluice | grep -E '^lib(vips|exif|jpeg|png|webp|tiff|heif|gif|glib)'; then
    fail "sluice links a decoder (above)"
fi
if links sluice-worker | grep -E '^libsqlite3'; then fail "sluice-worker links SQLite"; fi
# The engine for networks is opened by workers that run one; nobody else has it, and no other engine is left.
for program in sluice sluice-worker; do
    if links $program | grep -iE '^lib(onnxruntime|opencv)'; then fail "$program links an engine for networks"; fi
done
grep -q OrtGetApiBase "$bin/sluice-worker" || fail "the proof is void: sluice-worker does not seem to open ONNX Runtime"
links sluice | grep -q '^libsqlite3' || fail "the proof is void: sluice does not seem to link SQLite at all"
links sluice-worker | grep -q '^libvips' || fail "the proof is void: sluice-worker does not seem to link libvips at all"
# sqlite may come with libvips' own libraries; then it must not be the worker's doing.
if readelf -d "$bin/sluice-worker" | grep NEEDED | grep -q sqlite; then fail "sluice-worker needs SQLite itself"; fi

Tests/Checks/imports.py || fail "imports (above)"

# What the parser says makes manual pages that groff has nothing to say about.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
systemd/package/manual.py "$bin/sluice" "$pages" || fail "manual pages (above)"
if command -v groff >/dev/null; then
    for page in "$pages"/*; do
        [ -z "$(groff -man -Tutf8 -ww -z "$page" 2>&1 | tee -a /dev/stderr)" ] || fail "$(basename "$page") (above)"
    done
else
    echo "check: SKIPPED the manual pages' form: no groff"
fi

Documentation/reference.py "$bin" --check || fail "the reference pages are not current (above; try: make reference)"

"$bin/sluice" check --quiet Pipelines/*.yaml Examples/sluice.yaml systemd/sluice.yaml || fail "a pipeline or the example configuration"

[ "$failed" = 0 ] && echo "check: OK"
exit "$failed"
