#!/bin/bash
# A Debian package of what was built, below OUT.
# usage: deb.sh BUILT OUT [VERSION]
set -euo pipefail
built=$1 out=$2
version=${3:-$("$built/sluice" --version)}
cd "$(dirname "$0")/../.."
command -v dpkg-shlibdeps >/dev/null || {
    echo "deb: dpkg-shlibdeps is missing: apt-get install dpkg-dev" >&2
    exit 69
}
# As Debian's own tools have it.
maintainer="${DEBFULLNAME:-The Sluice authors} <${DEBEMAIL:-sluice@localhost}>"
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

tree=$out/sluice
rm -rf "$tree"
mkdir -p "$tree/DEBIAN" "$out/control/debian"
umask 022
systemd/package/install.sh "$built" "$tree"

# Exactly the libraries that the programs name. The engine for networks has 192 MB of libraries behind it, and most
# pipelines name none: it is suggested.
printf 'Source: sluice\n\nPackage: sluice\nArchitecture: any\n' >"$out/control/debian/control"
needed() { (cd "$out/control" && dpkg-shlibdeps -O --ignore-missing-info "-l$tree/usr/lib/sluice" "$@" 2>/dev/null | sed 's/^shlibs:[A-Za-z]*=//'); }
tree=$(realpath "$tree")
depends=$(needed "$tree/usr/bin/sluice" "$tree/usr/lib/sluice/sluice-worker" $(find "$tree" -name libsluice-runtime.so))
suggests=$(needed -dSuggests "-e$tree/usr/lib/sluice/libsluice-inference.so" | tr ',' '\n' | grep -E '^ *libopencv' |
    paste -sd, | sed 's/^ *//')

cp systemd/package/debian/{postinst,prerm,postrm} "$tree/DEBIAN/"
chmod 755 "$tree"/DEBIAN/*
printf '/etc/sluice/sluice.yaml\n' >"$tree/DEBIAN/conffiles"
documents=$tree/usr/share/doc/sluice
{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: sluice\n\n'
    printf 'Files: *\nCopyright: 2026 The Sluice authors\nLicense: Expat\n'
    sed -n '5,$s/^$/./; 5,$s/^/ /p' LICENSE
} >"$documents/copyright"
printf 'sluice (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$documents/changelog.gz"
gzip -9nc CHANGELOG.md >"$documents/CHANGELOG.md.gz"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)

cat >"$tree/DEBIAN/control" <<CONTROL
Package: sluice
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Section: graphics
Priority: optional
Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends, systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles
Recommends: liblinear4
Suggests: $suggests
Description: batch image processing from a folder, under a memory cap
 Drop pictures into a folder; renditions and a sidecar JSON appear in another.
 Sluice is made for small machines: it works under a memory cap that holds on
 any input, it loses nothing when it is killed, and one bad file never stops
 the rest.
 .
 As a service it watches /var/lib/sluice/inbox, into which members of group
 sluice drop pictures. Neural networks need the packages that are suggested.
CONTROL

find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$tree" "$out/sluice_${version}_$architecture.deb" >/dev/null
rm -rf "$tree" "$out/control"
echo "$out/sluice_${version}_$architecture.deb"
