#!/bin/bash
# GNU parallel: N parts on this machine, or on several (--sshlogin) that share SOURCES and OUT.
#
#   Examples/scale/parallel.sh /shared/photos /shared/web 4 [--jobs 2] [--sshlogin host1,host2]
#
# On one machine a single run uses all cores already, under one memory cap: this is for several. Where several runs do
# share one, give each its part of the memory (--memory-cap) and of the cores (--workers).
set -u
sources=$1 out=$2 parts=$3
shift 3
read -ra options <<<"${SLUICE_OPTIONS:-}" # such as "--memory-cap 192MiB --workers 1"

seq "$parts" | parallel --quote --halt never "$@" \
    "${SLUICE:-sluice}" process "$sources" --pipeline "${PIPELINE:-web}" --out "$out" --shard "{#}/$parts" --quiet \
    "${options[@]}"
