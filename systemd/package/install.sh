#!/bin/bash
# Puts what was built where it belongs: below DESTDIR, into PREFIX. As a package has it: the programs find each other from
# where they lie, so PREFIX may be anything.
# usage: install.sh BUILT [DESTDIR] [PREFIX]
set -euo pipefail
built=$1 root=${2-} prefix=${3:-/usr}
cd "$(dirname "$0")/../.."

into=$root$prefix
put() { install -D -m "$1" "$2" "$3"; }

put 755 "$built/sluice" "$into/bin/sluice"
put 755 "$built/sluice-worker" "$into/lib/sluice/sluice-worker"
put 644 "$built/libsluice-inference.so" "$into/lib/sluice/libsluice-inference.so"
strip "$into/bin/sluice" "$into/lib/sluice/sluice-worker"
strip --strip-unneeded "$into/lib/sluice/libsluice-inference.so"

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

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
systemd/package/manual.py "$into/bin/sluice" "$pages"
for page in "$pages"/*; do
    gzip -9n "$page"
    put 644 "$page.gz" "$into/share/man/man${page##*.}/$(basename "$page").gz"
done
completions() {
    "$into/bin/sluice" --generate-completion-script "$1" >"$pages/completions"
    put 644 "$pages/completions" "$into/share/$2"
}
completions bash bash-completion/completions/sluice
completions zsh zsh/vendor-completions/_sluice
completions fish fish/vendor_completions.d/sluice.fish

put 644 README.md "$into/share/doc/sluice/README.md"
put 644 Examples/sluice.yaml "$into/share/doc/sluice/examples/sluice.yaml"

if [ -z "$root" ]; then
    systemd-sysusers sluice.conf || true
    systemd-tmpfiles --create sluice.conf || true
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    echo "installed; 'systemctl enable --now sluice' starts the service"
fi
