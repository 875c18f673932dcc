#!/bin/bash
# A Debian package of what was built, below OUT; and one of ONNX Runtime, where the system has none. The first line printed
# is the path of the first.
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

tree=$out/sluice engine=$out/sluice-onnxruntime
rm -rf "$tree" "$engine"
mkdir -p "$tree/DEBIAN" "$out/control/debian"
tree=$(realpath "$tree")
umask 022
systemd/package/install.sh "$built" "$tree"

# What `make setup` took from PyPI goes into a package of its own: it is 22 MB, and most pipelines name no network.
mkdir -p "$engine/DEBIAN" "$engine/usr/lib/sluice" "$engine/usr/share/doc"
engine=$(realpath "$engine")
library=$(find "$tree/usr/lib/sluice" -name 'libonnxruntime.so.*' -printf '%f\n')
if [ -n "$library" ]; then
    mv "$tree/usr/lib/sluice/$library" "$engine/usr/lib/sluice/"
    mv "$tree/usr/share/doc/sluice-onnxruntime" "$engine/usr/share/doc/"
fi

# Exactly the libraries that the programs name.
printf 'Source: sluice\n\nPackage: sluice\nArchitecture: any\n' >"$out/control/debian/control"
needed() { (cd "$out/control" && dpkg-shlibdeps -O --ignore-missing-info "-l$tree/usr/lib/sluice" "$@" 2>/dev/null | sed 's/^shlibs:[A-Za-z]*=//'); }
depends=$(needed "$tree/usr/bin/sluice" "$tree/usr/lib/sluice/sluice-worker" $(find "$tree" -name libsluice-runtime.so))

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

# pack TREE NAME VERSION: a package of a tree; its control file is given, without the lines that all have.
pack() {
    (cd "$1" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nPriority: optional\n' \
            "$2" "$3" "$architecture" "$maintainer"
        printf 'Installed-Size: %s\n' "$(du -k -s --apparent-size --exclude=DEBIAN "$1" | cut -f1)"
        cat
    } >"$1/DEBIAN/control"
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group --build "$1" "$out/$2_$3_$architecture.deb" >/dev/null
    echo "$out/$2_$3_$architecture.deb"
}

# The package of the LibRaw that the headers are of: its name has the library's version.
raw=$(dpkg-query -S '/usr/lib/*/libraw.so.*' | sed -n 's/^\(libraw[0-9][^:]*\):.*/\1/p' | head -n 1)
: "${raw:=libraw20}"

pack "$tree" sluice "$version" <<CONTROL
Section: graphics
Depends: $depends, systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles
Recommends: liblinear4, $raw, libonnxruntime1.21 | sluice-onnxruntime
Suggests: libheif-plugin-x265, libheif-plugin-aomenc
Description: batch image processing from a folder, under a memory cap
 Drop pictures into a folder; renditions and a sidecar JSON appear in another.
 Sluice is made for small machines: it works under a memory cap that holds on
 any input, it loses nothing when it is killed, and one bad file never stops
 the rest.
 .
 As a service it watches /var/lib/sluice/inbox, into which members of group
 sluice drop pictures. sluice train needs liblinear4, cameras' RAW files without
 an embedded picture need LibRaw, neural networks need one of the packages with
 ONNX Runtime; the rest needs none of them.
CONTROL

if [ -n "$library" ]; then
    pack "$engine" sluice-onnxruntime "${library#libonnxruntime.so.}" <<CONTROL
Section: libs
Depends: $(needed "$engine/usr/lib/sluice/$library")
Enhances: sluice
Description: ONNX Runtime for Sluice, which runs neural networks with it
 For Debian 12, which has no package of it: the library as its makers publish
 it on PyPI. It lies where only Sluice looks.
CONTROL
fi
rm -rf "$tree" "$engine" "$out/control"
