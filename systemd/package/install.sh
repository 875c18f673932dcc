#!/bin/bash
# Puts what was built where it belongs: below DESTDIR, into PREFIX. As a package has it: the programs find each other from
# where they lie, so PREFIX may be anything.
# usage: install.sh BUILT [DESTDIR] [PREFIX]
set -euo pipefail
built=$1 root=${2-} prefix=${3:-/usr}
cd "$(dirname "$0")/../.."

into=$root$prefix
put() { install -D -m "$1" "$2" "$3"; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if systemd/package/link.sh "$built" "$scratch/linked" >"$scratch/link.log" 2>&1; then
    put 644 "$scratch/linked/lib/sluice/libsluice-runtime.so" "$into/lib/sluice/libsluice-runtime.so"
    put 755 "$scratch/linked/bin/sluice" "$into/bin/sluice"
    put 755 "$scratch/linked/lib/sluice/sluice-worker" "$into/lib/sluice/sluice-worker"
else
    # Another toolchain, perhaps. What was built works as well, and is larger.
    echo "install: the programs are installed as they were built, each with Swift's run-time in it:" >&2
    tail -n 3 "$scratch/link.log" >&2
    put 755 "$built/sluice" "$into/bin/sluice"
    put 755 "$built/sluice-worker" "$into/lib/sluice/sluice-worker"
    strip "$into/bin/sluice" "$into/lib/sluice/sluice-worker"
fi
# The engine for networks, where it is not the system's.
for library in .build/onnxruntime/libonnxruntime.so.*; do
    [ -e "$library" ] || continue
    put 644 "$library" "$into/lib/sluice/$(basename "$library")"
    put 644 .build/onnxruntime/LICENSE "$into/share/doc/sluice-onnxruntime/copyright"
    put 644 .build/onnxruntime/ThirdPartyNotices.txt "$into/share/doc/sluice-onnxruntime/ThirdPartyNotices.txt"
done

(cd Pipelines && find . -type f -print0) | while IFS= read -r -d '' file; do
    put 644 "Pipelines/$file" "$into/share/sluice/pipelines/$file"
done

for unit in systemd/*.service systemd/*.socket; do
    put 644 "$unit" "$into/lib/systemd/system/$(basename "$unit")"
    sed -i "s#/usr/bin/sluice#$prefix/bin/sluice#" "$into/lib/systemd/system/$(basename "$unit")"
done
put 644 systemd/sluice.sysusers "$into/lib/sysusers.d/sluice.conf"
put 644 systemd/sluice.tmpfiles "$into/lib/tmpfiles.d/sluice.conf"

# What somebody has written stays.
[ -e "$root/etc/sluice/sluice.yaml" ] || put 644 systemd/sluice.yaml "$root/etc/sluice/sluice.yaml"
install -d "$root/etc/sluice/process"

pages=$scratch/pages
mkdir "$pages"
systemd/package/manual.py "$into/bin/sluice" "$pages"
for page in "$pages"/*; do
    gzip -9n "$page"
    put 644 "$page.gz" "$into/share/man/man${page##*.}/$(basename "$page").gz"
done
completions() {
    # It is read, not run: no interpreter.
    "$into/bin/sluice" --generate-completion-script "$1" | sed '1{/^#!/d}' >"$pages/completions"
    put 644 "$pages/completions" "$into/share/$2"
}
completions bash bash-completion/completions/sluice
completions zsh zsh/vendor-completions/_sluice
completions fish fish/vendor_completions.d/sluice.fish

put 644 README.md "$into/share/doc/sluice/README.md"
(cd Documentation && find . -name "*.md" -o -name "*.svg") | while IFS= read -r file; do
    put 644 "Documentation/$file" "$into/share/doc/sluice/Documentation/$file"
done
put 644 Examples/sluice.yaml "$into/share/doc/sluice/examples/sluice.yaml"

if [ -z "$root" ]; then
    systemd-sysusers sluice.conf || true
    systemd-tmpfiles --create sluice.conf || true
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    echo "installed; 'systemctl enable --now sluice' starts the service"
fi
