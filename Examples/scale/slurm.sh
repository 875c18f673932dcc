#!/bin/bash
# A Slurm array: each task does its part of SOURCES, all fill OUT. Both lie on a file system that all nodes share.
#
#   sbatch --export=ALL,SOURCES=/shared/photos,OUT=/shared/web Examples/scale/slurm.sh
#
# To do again what a node has not finished: the same line with --array=3 (or 2,4). What is done is done.
#SBATCH --job-name=sluice
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=512M
# A task is told some time before it has to end: it finishes its pictures, and the next run goes on.
#SBATCH --signal=B:TERM@30
set -u
: "${SOURCES:?the directory with the pictures}" "${OUT:?where results go}"
parts=${PARTS:-4} # as many as the whole array has tasks; a part of an array does not know

# exec: so that signals come to sluice itself.
exec "${SLUICE:-sluice}" process "$SOURCES" --pipeline "${PIPELINE:-web}" --out "$OUT" --shard "auto/$parts" --quiet
