#!/usr/bin/env bash
# What 'make bench' prints: how fast the machine is emulated, beside QEMU on the same program.
set -euo pipefail
bin=$(cd "${1:-.build/release}" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
export TORNADO_HOME=$work/home
trap '"$bin/tctl" down bench >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
ROUNDS=${ROUNDS:-200}
UPDATES=${UPDATES:-2000}

# Emulated cycles, host seconds and instructions of a run's JSON, whose keys are sorted.
figures() { sed -E 's/.*\},"cycles":([0-9]+),"digest".*"host_seconds":([0-9.eE+-]+),"instructions":([0-9]+),"output".*/\1 \2 \3/'; }
# From what 'tctl up' printed: the largest resident set of its daemons, for each station.
resident() { awk 'NR > 2 { print $2 }' "$1" | while read -r pid; do sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; done | sort -n | tail -n 1 | awk -v n="$2" '{ printf "%.0f MB a station", $1 / 1024 / n }'; }
ratio() { awk -v a="$1" -v b="$2" -v unit="$3" 'BEGIN { printf "%.1f %s\n", a / b / 1e6, unit }'; }
row() { printf '%-58s %s\n' "$1" "$2"; }

echo "# on $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"

read -r _ seconds instructions < <("$bin/tctl" run --json --stations 1 --processors 1 compute "$ROUNDS" | figures)
row "one processor, compute-bound, one station, one core" "$(ratio "$instructions" "$seconds" "million instructions a second")"
alone=$seconds
read -r cycles seconds instructions < <("$bin/tctl" run --json sharing --pairs --updates "$UPDATES" | figures)
row "16 processors that miss remotely all the time, one process" "$(ratio "$cycles" "$seconds" "million emulated cycles a second")"
read -r _ seconds instructions < <("$bin/tctl" run --json --processors 1 compute "$ROUNDS" | figures)
row "the same on a machine of four stations" "$(ratio "$instructions" "$seconds" "million instructions a second")"

read -r _ seconds instructions < <("$bin/tctl" run --json compute --everywhere "$((ROUNDS / 4))" | figures)
row "16 processors, compute-bound, one process" "$(ratio "$instructions" "$seconds" "million instructions a second in all")"

if command -v qemu-mips64el >/dev/null; then
  "$bin/tctl" build "$here/Workloads/compute/main.c" -o "$work/compute"
  start=$(date +%s.%N)
  qemu-mips64el -cpu R4000 "$work/compute" "$ROUNDS" >/dev/null
  end=$(date +%s.%N)
  qemu=$(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')
  row "the same ELF under QEMU's R4000, without timing or caches" "$(awk -v q="$qemu" -v t="$alone" 'BEGIN { printf "%.2f s; this machine takes %.1f times as long (%.2f s)\n", q, t / q, t }')"
fi

read -r cycles seconds instructions < <("$bin/tctl" run --json sharing --updates "$UPDATES" | figures)
row "16 processors, sharing-bound, one process" "$(ratio "$cycles" "$seconds" "million emulated cycles a second"), $(ratio "$instructions" "$seconds" "million instructions a second")"
one=$seconds

for daemons in 2 4; do
  start=$(date +%s.%N)
  "$bin/tctl" up bench --daemons $daemons >"$work/up"
  end=$(date +%s.%N)
  row "'tctl up' with $daemons daemons until Tornado runs everywhere" "$(awk -v a="$start" -v b="$end" 'BEGIN { printf "%.2f s", b - a }')"
  row "memory of a station's daemon, Tornado idle" "$(resident "$work/up" $((4 / daemons)))"
  read -r cycles seconds instructions < <("$bin/tctl" submit -c bench --json sharing --updates "$UPDATES" | figures)
  row "the same on $daemons daemons of $((4 / daemons)) station(s)" "$(ratio "$cycles" "$seconds" "million emulated cycles a second"), $(awk -v a="$seconds" -v b="$one" 'BEGIN { printf "%.1f times as long as one process", a / b }')"
  "$bin/tctl" down bench
done
