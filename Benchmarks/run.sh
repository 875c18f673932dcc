#!/bin/bash
# What `make bench` measures. usage: run.sh BIN_DIRECTORY, with BARS in the environment:
#   (nothing)   the short form, under five minutes on two cores once the peers are installed and the pictures are made
#   speed       the bars of the speed, in full
#   memory      the bars of the memory cap, in full
#   denoise     the bars of denoising, in full
#   classify    the bars of classification, in full
#   train       the bars of training, in full
#   scale       a hundred thousand files, slow disks, a million finished jobs; many machines: a Slurm array, on a cluster
#               that is started for it
#   all         those, and everything else
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
corpus=${SLUICE_SHARED:-$here/../../shared}/corpus
labelled=${SLUICE_SHARED:-$here/../../shared}/labelled/grocery
failed=0

# bar SCRIPT WORD...: runs one; 69 is its way to say that it cannot be measured here.
bar() {
    local script=$1 code
    shift
    "$here/$script" "$bin" "$@"
    code=$?
    case $code in
        0) ;;
        69) echo "left out: $script" ;;
        *)
            failed=1
            echo "missed: $script"
            ;;
    esac
}

# Whether memory can be measured: as root, with a memory cgroup.
has_groups() {
    "$here/shared/cgroup.py" --test
    case $? in
        0) return 0 ;;
        69) echo "the memory bars are left out: they need root and a memory cgroup" ;;
        *) failed=1 ;;
    esac
    return 1
}

short() {
    bar startup.py
    bar speed/throughput.py --quick
    bar speed/floor.py --quick
    bar speed/quality.py --quick
    bar speed/overhead.py --rounds 1
    bar speed/latency.py --drops 50
    bar speed/linear.py --jobs 100,1000 --finished 0
    bar scale/flat.py --short
    bar scale/refusals.py --short
    bar scale/burst.py --short
    bar denoise/quality.py --quick
    has_groups && bar memory/gigapixel.py --only giga-jpeg --runs 1
}

speed() {
    bar speed/throughput.py
    bar speed/floor.py
    bar speed/quality.py --others
    bar speed/overhead.py
    bar speed/latency.py
    bar speed/linear.py
    bar speed/targets.py
}

memory() {
    has_groups || return
    bar memory/bars.py
    bar memory/raw.py
    bar memory/every.py
    bar memory/every.py --pipelines web --caps 64MiB,96MiB,128MiB,192MiB --modes process,watch
}

denoise() {
    bar denoise/quality.py
    bar denoise/camera.py
    "$here/denoise/estimate.py" || { [ $? = 69 ] || failed=1; }
    bar denoise/large.py
}

train() {
    if [ ! -d "$labelled" ]; then
        echo "no labelled pictures at $labelled: the bars of training are left out"
        return
    fi
    bar train/fewshot.py "$labelled"
    bar train/fewshot.py "$labelled" --backbone "$here/train/squeezenet.yaml"
    bar train/fewshot.py "$labelled" --backbone "$here/train/mobilenet.yaml"
    has_groups && bar train/resume.py "$labelled" --backbone "$here/train/mobilenet.yaml"
}

classify() {
    if [ ! -d "$labelled/../../models" ]; then
        echo "no models beside the labelled pictures: the bars of classification are left out"
        return
    fi
    bar classify/reference.py
    bar classify/speed.py
    has_groups && bar classify/memory.py
}

scale() {
    bar scale/flat.py
    bar scale/refusals.py
    bar scale/burst.py
    bar scale/trees.py
    bar scale/million.py
    bar scale/slow_disk.py
    bar scale/array.py
}

rest() {
    bar startup.py
    bar flood.py
    bar http-attack.py
    bar durability.py
    bar soak.py
    bar twins.py
    bar privacy.py
    if [ -d "$corpus" ]; then
        bar outcomes.py "$corpus" "$corpus/manifest.tsv"
    else
        echo "no corpus at $corpus: measuring on Examples/pictures"
        bar outcomes.py "$here/../Examples/pictures"
    fi
}

"$here/speed/peers.sh" || exit
case ${BARS:-} in
    '') short ;;
    speed) speed ;;
    memory) memory ;;
    denoise) denoise ;;
    train) train ;;
    classify) classify ;;
    scale) scale ;;
    all)
        rest
        speed
        memory
        denoise
        train
        classify
        scale
        ;;
    *)
        echo "BARS is '$BARS': it can be speed, memory, denoise, classify, train, scale or all" >&2
        exit 64
        ;;
esac
exit "$failed"
