#!/bin/bash
# The status page of a real `sluice watch` and the report of a real run, looked at in Chromium; then the page in states
# that are hard to bring a real one into. Skips, and says so, where there is no Chromium.
# usage: run.sh BIN_DIRECTORY [--pictures DIRECTORY] [--scenario NAME]...
set -euo pipefail
sluice=$1/sluice
shift
here=$(dirname "$(realpath "$0")")
if ! command -v chromium >/dev/null; then
    echo "browser checks: SKIPPED, there is no Chromium (Debian: apt-get install chromium)" >&2
    exit 0
fi
place=$(mktemp -d)
watch=
finish() {
    [ -z "$watch" ] || { kill "$watch" 2>/dev/null && wait "$watch"; } || true
    rm -rf "$place"
}
trap finish EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$place/inbox"
cat >"$place/sluice.yaml" <<END
version: 1
inboxes:
  web: { path: inbox, pipeline: $here/../../Pipelines/web.yaml, settle: 0s, settle-other: 0s }
outbox: outbox
archive: archive
quarantine: quarantine
staging: .staging
journal: journal.sqlite
http: { listen: "127.0.0.1:$port" }
END
"$sluice" watch --config "$place/sluice.yaml" 2>"$place/log" &
watch=$!
cp -r "$here/../../Examples/pictures/." "$place/inbox/"
names='<img src=x onerror=document.title="owned">.jpg'
cp "$here/../../Examples/pictures/holiday/dunes.jpg" "$place/inbox/$names"
for _ in $(seq 600); do
    [ "$(find "$place/inbox" -type f | wc -l)" = 0 ] && break
    kill -0 "$watch" || { cat "$place/log" >&2; exit 1; }
    sleep 0.2
done
"$sluice" report --config "$place/sluice.yaml" >/dev/null
scenarios=()
[ $# -gt 0 ] || for name in busy idle paused stopping hostile full many lost; do scenarios+=(--scenario "$name"); done
"$here/check.py" --report "$place/outbox/report.html" "${scenarios[@]}" "$@" "http://127.0.0.1:$port/"
