#!/usr/bin/env bash
# Checks the models with Spin: the protocol as it is, and with each of its conditions dropped, where the
# verifier must find out.
#
#   check.sh           about eighty seconds of processor time, 1 GB; the first time a hundred more for the verifiers,
#                      which stay in .build/models
#   check.sh soak      those, and more processors, more versions, two lines with any access, two levels of rings: some hours, 12 GB
#   check.sh rows GLOB the rows of both whose names match, as soak runs them
#   check.sh trail ROW the steps that lead to what the row found
#
# JOBS verifiers run at a time (2). A search that memory cannot hold ends after MINUTES (6).
# Prints a table. Exit status: 0 all as expected, 1 not so, 64 wrong arguments, 69 a tool is missing.
set -uo pipefail
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
mode=${1:-quick}
case $mode in quick | soak | rows | trail) ;; *) echo "check.sh: expected 'soak', 'rows GLOB', 'trail ROW' or nothing, not '$mode'" >&2; exit 64 ;; esac
command -v spin >/dev/null || { echo "check.sh: there is no 'spin': install spin (apt-get install spin)" >&2; exit 69; }
command -v gcc >/dev/null || { echo "check.sh: there is no 'gcc': install gcc (apt-get install gcc)" >&2; exit 69; }
depth=-m100000
case $mode in soak | rows) depth=-m5000000 ;; esac
work=$(mktemp -d)
cache=$here/../../.build/models
trap 'rm -rf "$work"' EXIT

. "$here/rows.sh"

trim() { local text=$*; text=${text#"${text%%[![:space:]]*}"}; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

model_of() { # verifier
  local name model forSpin forGcc
  while IFS='|' read -r name model forSpin forGcc; do
    [ "$(trim "$name")" = "$1" ] && trim "$model"
  done <<<"$verifiers$verifiers_soak"
}

# A verifier is made once for a text of the models, and kept.
make_verifier() { # name, model, flags for spin, flags for gcc
  local text kept
  text=$(cat "$here"/*.pml - <<<"$3 $4 $(spin -V) $(gcc --version)" | sha256sum)
  kept=$cache/$1-${text:0:16}
  mkdir "$work/$1" && cd "$work/$1" || return 1
  cp "$kept" pan 2>/dev/null && return
  { spin -a $3 "$here/$2.pml" && gcc -O1 -w -DVECTORSZ=2048 -DMEMLIM=6000 $4 -o pan pan.c; } >make.log 2>&1 || return
  mkdir -p "$cache" && rm -f "$cache/$1"-* && cp pan "$kept.new$$" && mv "$kept.new$$" "$kept"
}

# Names of settings' values to the numbers that the model gives them.
settings() { # model, settings
  local word value
  for word in $2; do
    value=${word#*=}
    case $word in
      drop=*) value=$(sed -n "s/^#define DROP_$value (drop == \([0-9]*\)).*/\1/p" "$here/$1"*.pml) ;;
      program=* | shape=*) value=$(sed -n "s/^#define $value \([0-9]*\)$/\1/p" "$here"/$1-*.pml "$here"/flat-litmus.pml | head -1) ;;
    esac
    [ -n "$value" ] || value=unknown
    echo "${word%%=*}=$value"
  done
}

# What a failed assertion means.
explain() {
  case $1 in
    *shape!=*) echo "an outcome that sequential consistency forbids" ;;
    *overwritten*) echo "an SC succeeds over another's write" ;;
    *'q_len(waiting'*lock* | *lock*'q_len(waiting'*) echo "a request is never answered" ;;
    *'holders==(1<<requester)'*) echo "a write-back from a processor that does not own the line" ;;
    *lostCopy*) echo "an upgrade is granted to one that has lost its copy" ;;
    *'seen&'*) echo "a processor sees an older version again" ;;
    *'stations==(1<<source)'*) echo "a write-back from a station that does not own the line" ;;
    *'stations&(1<<'* | *'processors&(1<<q)'*) echo "a copy that its directory does not know" ;;
    *isWaiting*line*) echo "an answer that fits no request" ;;
    *'[((r*'*) echo "a writer goes on while others have copies" ;;
    *'[((q*'*'==latest'*) echo "a stale copy at rest" ;;
    *'==latest'*) echo "a stale line is used" ;;
    *'q_len('*'<'*) echo "a queue overflows" ;;
    *networkCache*requester==requester* | *directory*requester==requester* | *'secondary[('*'state=='*) echo "an answer that fits no request" ;;
    *) echo "${1//|/or}" ;;
  esac
}

# Prints: as expected or not | found | states | seconds
run_row() { # number, verifier, settings, arguments, expected
  local directory=$work/row$1 log limit= found kind states seconds
  mkdir "$directory" && cd "$directory" || return 1
  log=$directory/log
  if [ ! -x "$work/$2/pan" ]; then
    echo "NO|no verifier: $(grep -m1 -iE 'error' "$work/$2/make.log")||"
    return
  fi
  [ "$5" = "holds so far" ] && limit=-Q${MINUTES:-6}
  env $(settings "$(model_of "$2")" "$3") "$work/$2/pan" $depth $4 $limit >"$log" 2>&1
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$log")
  seconds=$(sed -n 's/^pan: elapsed time \([0-9.e+]*\) seconds.*/\1/p' "$log")
  if grep -q 'acceptance cycle (at' "$log"; then
    kind=cycle found="goes on for ever without it"
  elif grep -qE '^pan:[0-9]+: invalid end state' "$log"; then
    kind=violation found="deadlock"
  elif grep -qE '^pan:[0-9]+: assertion violated' "$log"; then
    kind=violation found=$(explain "$(sed -n 's/^pan:[0-9]*: assertion violated \(.*\) (at depth.*/\1/p' "$log")")
  elif ! grep -q 'errors: 0' "$log"; then
    kind=none found="no result: $(grep -m1 -E '^pan|rror' "$log")"
  elif grep -qE 'Search not completed|max search depth too small|reached -DMEMLIM' "$log"; then
    kind="holds so far" found="nothing, not completed"
  elif grep -q '^Bit statespace search' "$log"; then
    kind=holds found="nothing, to the end of the bits"
  else
    kind=holds found="nothing, all states seen"
  fi
  if [ "$kind" = "$5" ] || { [ "$kind" = holds ] && [ "$5" = "holds so far" ]; }; then kind=yes; else kind=NO; fi
  echo "$kind|$found|$states|$seconds"
}

if [ "$mode" = trail ]; then
  while IFS='|' read -r row verifier set arguments expected; do
    [ "$(trim "$row")" = "${2:-}" ] || continue
    while IFS='|' read -r name model forSpin forGcc; do
      [ "$(trim "$name")" = "$(trim "$verifier")" ] && make_verifier "$(trim "$name")" "$(trim "$model")" "$(trim "$forSpin")" "$(trim "$forGcc")"
    done <<<"$verifiers$verifiers_soak"
    cd "$work/$(trim "$verifier")" || exit 1
    model=$(model_of "$(trim "$verifier")")
    env $(settings "$model" "$(trim "$set")") ./pan $depth $arguments >/dev/null 2>&1
    # What the model prints on the way: who was served on a station's bus, what processors did.
    [ -e $model.pml.trail ] || { echo "check.sh: '${2:-}' finds nothing" >&2; exit 1; }
    env $(settings "$model" "$(trim "$set")") ./pan -r $model.pml.trail $arguments 2>&1 | grep -aE '^ *(station|processor)|CYCLE|assert'
    exit 0
  done <<<"$quick$soak"
  echo "check.sh: there is no row '${2:-}'" >&2
  exit 64
fi

case $mode in
  quick) rows=$quick ;;
  soak) rows=$quick$soak ;;
  rows)
    rows=
    while IFS='|' read -r row rest; do
      [[ "$(trim "$row")" == ${2:-} ]] && rows+="$row|$rest"$'\n'
    done <<<"$quick$soak"
    [ -n "$(trim "$rows")" ] || { echo "check.sh: there is no row like '${2:-}'" >&2; exit 64; }
    ;;
esac

# So many at a time: verifiers, then rows.
slots() { while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do wait -n; done; }
wanted=" $(while IFS='|' read -r row verifier rest; do trim "$verifier"; printf ' '; done <<<"$rows")"
while IFS='|' read -r name model forSpin forGcc; do
  [[ -n "$(trim "$name")" && "$wanted" == *" $(trim "$name") "* ]] || continue
  slots
  (make_verifier "$(trim "$name")" "$(trim "$model")" "$(trim "$forSpin")" "$(trim "$forGcc")") </dev/null &
done <<<"$verifiers$verifiers_soak"
wait
status=0 printed=0 number=0 names=() expectations=()
# Prints the rows that have ended, in the table's order.
print_ended() {
  local good found states seconds
  while [ -e "$work/result$((printed + 1))" ]; do
    printed=$((printed + 1))
    IFS='|' read -r good found states seconds <"$work/result$printed" || good=NO
    printf '%-32s %-13s %-62s %12s %8s' "${names[printed]}" "${expectations[printed]}" "$found" "$states" "$seconds"
    if [ "$good" = yes ]; then echo; else echo "  NOT AS EXPECTED"; status=1; fi
  done
}
printf '%-32s %-13s %-62s %12s %8s\n' model expected found states seconds
while IFS='|' read -r row verifier set arguments expected; do
  [ -n "$(trim "$row")" ] || continue
  slots
  print_ended
  number=$((number + 1))
  names[number]=$(trim "$row") expectations[number]=$(trim "$expected")
  (
    run_row $number "$(trim "$verifier")" "$(trim "$set")" "$(trim "$arguments")" "$(trim "$expected")" >"$work/running$number"
    mv "$work/running$number" "$work/result$number"
  ) </dev/null &
done <<<"$rows"
wait
print_ended
exit $status
