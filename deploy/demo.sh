#!/usr/bin/env bash
# What 'make demo' shows: four stations, the counter program of the paper's Figure 1, the counters of each
# station, and down again.
set -euo pipefail
bin=${1:-.build/release}
export TORNADO_HOME
TORNADO_HOME=$(mktemp -d)
trap '"$bin/tctl" down demo >/dev/null 2>&1 || true; rm -rf "$TORNADO_HOME"' EXIT

show() {
  printf '\n$ tctl'
  printf ' %s' "$@"
  printf '\n'
  "$bin/tctl" "$@"
}

show up demo
show submit -c demo counter
show counters demo --last-job
show down demo
