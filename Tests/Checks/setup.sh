#!/bin/bash
# Installs the Debian packages that are missing, and says clearly when Swift is.
# usage: setup.sh SWIFT_VERSION PACKAGE...
set -euo pipefail
needed=$1
shift

missing=()
for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "Debian packages are missing, and neither root nor sudo is here. As root, run:" >&2
            echo "  apt-get install ${missing[*]}" >&2
            exit 69
        }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v swift >/dev/null; then
    echo "Swift is missing: install Swift $needed or newer from https://swift.org/install and put it on the PATH." >&2
    exit 69
fi
found=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+(\.[0-9]+)*' | head -n 1 | grep -oE '[0-9.]+$')
if [ "$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)" != "$needed" ]; then
    echo "Swift $found is too old: Sluice needs $needed or newer, from https://swift.org/install." >&2
    exit 69
fi
