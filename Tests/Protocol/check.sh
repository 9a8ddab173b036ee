#!/usr/bin/env bash
# Checks the models with Spin: the protocol as it is, and with each of its conditions dropped, where the verifier must find out.
#
#   check.sh           about twenty seconds of processor time, 0.8 GB
#   check.sh soak      more processors, more versions, two lines with any access: about twenty minutes, 12 GB
#   check.sh trail ROW the steps that lead to what the row found
#
# Prints a table. Exit status: 0 all as expected, 1 not so, 69 a tool is missing.
set -uo pipefail
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
mode=${1:-quick}
case $mode in quick | soak | trail) ;; *) echo "check.sh: expected 'soak', 'trail ROW' or nothing, not '$mode'" >&2; exit 64 ;; esac
command -v spin >/dev/null || { echo "check.sh: there is no 'spin': install spin (apt-get install spin)" >&2; exit 69; }
command -v gcc >/dev/null || { echo "check.sh: there is no 'gcc': install gcc (apt-get install gcc)" >&2; exit 69; }
depth=-m100000
[ "$mode" = soak ] && depth=-m5000000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verifier | for spin | for gcc
verifiers='
safety   | -DVERSIONS=2                                   | -DSAFETY -DNOREDUCE
progress | -DVERSIONS=2 -DLIVENESS                        | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
litmus   | -DSTATIONS=2 -DLINES=2 -DLITMUS=2              | -DSAFETY -DNOREDUCE -O0
'
# row | verifier | settings | arguments of the verifier | expected: what holds, or what a broken one does
quick='
any access                     | safety   |                                                | -w22                             | holds
drop OUTPUT_ORDER              | safety   | drop=OUTPUT_ORDER                              | -w20                             | violation
drop RING_ORDER                | safety   | drop=RING_ORDER                                | -w20                             | violation
drop INPUT_ORDER               | safety   | drop=INPUT_ORDER                               | -w20                             | violation
drop WRITEBACK_FIFO            | safety   | drop=WRITEBACK_FIFO                            | -w20                             | violation
drop WRITEBACK_AHEAD           | safety   | drop=WRITEBACK_AHEAD                           | -w20                             | violation
drop MULTICAST                 | safety   | drop=MULTICAST                                 | -w20                             | violation
drop WRITEBACK_COMING          | safety   | drop=WRITEBACK_COMING                          | -w20                             | violation
drop HAS_WRITEBACK             | safety   | drop=HAS_WRITEBACK                             | -w20                             | violation
drop LOCK                      | safety   | drop=LOCK                                      | -w20                             | violation
drop ACKNOWLEDGEMENTS          | safety   | drop=ACKNOWLEDGEMENTS                          | -w20                             | violation
drop LOST_UPGRADE              | safety   | drop=LOST_UPGRADE                              | -w20                             | violation
drop LINK                      | safety   | drop=LINK                                      | -w20                             | violation
drop LINK_RETAINED             | safety   | drop=LINK_RETAINED                             | -w20                             | violation
drop DEVICE_WRITE              | safety   | drop=DEVICE_WRITE device=1                     | -w20                             | violation
drop OWNER_TO_HOME             | safety   | drop=OWNER_TO_HOME                             | -w20                             | violation
MP SB LB 2+2W CoRR             | litmus   |                                                | -w20                             | holds
the same, lines in one slot    | litmus   | oneSlot=1                                      | -w20                             | holds
MP, drop ACKNOWLEDGEMENTS      | litmus   | drop=ACKNOWLEDGEMENTS shape=MP                 | -w20                             | violation
SB, drop ACKNOWLEDGEMENTS      | litmus   | drop=ACKNOWLEDGEMENTS shape=SB                 | -w20                             | violation
some SC succeeds               | progress | program=LINKED_LOOPS evictions=0               | -w20 -a -f -N someSucceeds       | holds
drop REFUSAL                   | progress | program=LINKED_LOOPS evictions=0 drop=REFUSAL  | -w20 -a -f -N someSucceeds       | cycle
line lost between LL and SC    | progress | program=LINKED_LOOPS evictions=1               | -w20 -a -f -N someSucceeds       | cycle
some store succeeds            | progress | program=STORE_LOOPS                            | -w20 -a -f -N someSucceeds       | holds
drop FILL_USE                  | progress | program=STORE_LOOPS evictions=0 drop=FILL_USE  | -w20 -a -f -N someSucceeds       | cycle
stores of processor 2 answered | progress | program=STORE_LOOPS subject=2                  | -w20 -a -f -N answered           | holds
drop WAITING_ORDER             | progress | program=STORE_LOOPS evictions=0 subject=2 drop=WAITING_ORDER | -w20 -a -f -N answered           | cycle
'
verifiers_soak='
three     | -DVERSIONS=3                                  | -DSAFETY -DNOREDUCE -DCOLLAPSE
two_two   | -DVERSIONS=2 -DSTATIONS=2 -DPER_STATION=2     | -DSAFETY -DNOREDUCE -DHC4
three_two | -DVERSIONS=2 -DPER_STATION=2                  | -DSAFETY -DNOREDUCE -DBITSTATE
lines     | -DVERSIONS=2 -DSTATIONS=2 -DLINES=2           | -DSAFETY -DNOREDUCE -DCOLLAPSE
wrc       | -DLINES=2 -DLITMUS=3                          | -DSAFETY -DNOREDUCE -DCOLLAPSE
iriw      | -DSTATIONS=2 -DPER_STATION=2 -DLINES=2 -DLITMUS=4 | -DSAFETY -DNOREDUCE -DHC4
answers   | -DVERSIONS=2 -DSTATIONS=2 -DLIVENESS          | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
'
soak='
three versions, a device       | three    | device=1                                       | -w25                             | holds
three versions, reads share    | three    | fillsExclusive=0                               | -w25                             | holds
a device, reads share          | three    | device=1 fillsExclusive=0                      | -w25                             | holds
2 stations of 2                | two_two  |                                                | -w27 -Q6                         | holds so far
3 stations of 2, bitstate      | three_two|                                                | -w33 -Q6                         | holds so far
2 lines, any access            | lines    |                                                | -w26 -Q4                         | holds
2 lines in one slot            | lines    | oneSlot=1 evictions=0                          | -w26 -Q4                         | holds
WRC                            | wrc      |                                                | -w22                             | holds
WRC, lines in one slot         | wrc      | oneSlot=1                                      | -w22                             | holds
IRIW                           | iriw     |                                                | -w27 -Q6                         | holds
SCs of processor 2 answered    | progress | program=LINKED_LOOPS evictions=0 subject=2     | -w20 -a -f -N answered           | holds
stores of processor 0 answered | progress | program=STORE_LOOPS subject=0                  | -w20 -a -f -N answered           | holds
any of processor 2 answered    | progress | subject=2                                      | -w26 -a -f -N answered -Q8       | holds
2 stations, any of 0 answered  | answers  | subject=0                                      | -w20 -a -f -N answered           | holds
2 stations, any of 1 answered  | answers  | subject=1                                      | -w20 -a -f -N answered           | holds
'
[ "$mode" = soak ] && { verifiers+=$verifiers_soak; quick+=$soak; }

trim() { local text=$*; text=${text#"${text%%[![:space:]]*}"}; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

make_verifier() { # name, flags for spin, flags for gcc
  mkdir "$work/$1" && cd "$work/$1" || return 1
  { spin -a $2 "$here/flat.pml" && gcc -O1 -w -DVECTORSZ=2048 -DMEMLIM=12000 $3 -o pan pan.c; } >make.log 2>&1
}

# Names of settings' values to the numbers that the model gives them.
settings() {
  local word value
  for word in $1; do
    value=${word#*=}
    case $word in
      drop=*) value=$(sed -n "s/^#define DROP_$value (drop == \([0-9]*\)).*/\1/p" "$here/flat.pml") ;;
      program=* | shape=*) value=$(sed -n "s/^#define $value \([0-9]*\)$/\1/p" "$here"/flat-*.pml) ;;
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
    *isWaiting*line*) echo "an answer that fits no request" ;;
    *'[((r*'*) echo "a writer goes on while others have copies" ;;
    *'[((q*'*'==latest'*) echo "a stale copy at rest" ;;
    *'==latest'*) echo "a stale line is used" ;;
    *'q_len('*'<'*) echo "a queue overflows" ;;
    *) echo "$1" ;;
  esac
}

# Prints: as expected or not | found | states | seconds
run_row() { # number, verifier, settings, arguments, expected
  local directory=$work/row$1 log found kind states seconds
  mkdir "$directory" && cd "$directory" || return 1
  log=$directory/log
  if [ ! -x "$work/$2/pan" ]; then
    echo "NO|no verifier: $(grep -m1 -iE 'error' "$work/$2/make.log")||"
    return
  fi
  env $(settings "$3") "$work/$2/pan" $depth $4 >"$log" 2>&1
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
  else
    kind=holds found="nothing, all states seen"
  fi
  if [ "$kind" = "$5" ] || { [ "$kind" = holds ] && [ "$5" = "holds so far" ]; }; then kind=yes; else kind=NO; fi
  echo "$kind|$found|$states|$seconds"
}

if [ "$mode" = trail ]; then
  while IFS='|' read -r row verifier set arguments expected; do
    [ "$(trim "$row")" = "${2:-}" ] || continue
    while IFS='|' read -r name forSpin forGcc; do
      [ "$(trim "$name")" = "$(trim "$verifier")" ] && make_verifier "$(trim "$name")" "$(trim "$forSpin")" "$(trim "$forGcc")"
    done <<<"$verifiers$verifiers_soak"
    cd "$work/$(trim "$verifier")" || exit 1
    env $(settings "$(trim "$set")") ./pan $depth $arguments >/dev/null 2>&1
    # What the model prints on the way: who was served on a station's bus, what processors did.
    [ -e flat.pml.trail ] || { echo "check.sh: '${2:-}' finds nothing" >&2; exit 1; }
    env $(settings "$(trim "$set")") ./pan -r flat.pml.trail $arguments 2>&1 | grep -aE '^ *(station|processor)|CYCLE|assert'
    exit 0
  done <<<"$quick$soak"
  echo "check.sh: there is no row '${2:-}'" >&2
  exit 64
fi

# Two at a time: verifiers, then rows.
slots() { while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done; }
while IFS='|' read -r name forSpin forGcc; do
  [ -n "$(trim "$name")" ] || continue
  slots
  (make_verifier "$(trim "$name")" "$(trim "$forSpin")" "$(trim "$forGcc")") </dev/null &
done <<<"$verifiers"
wait
number=0
while IFS='|' read -r row verifier set arguments expected; do
  [ -n "$(trim "$row")" ] || continue
  slots
  number=$((number + 1))
  (run_row $number "$(trim "$verifier")" "$(trim "$set")" "$(trim "$arguments")" "$(trim "$expected")" >"$work/result$number") </dev/null &
done <<<"$quick"
wait

status=0 number=0
printf '%-32s %-13s %-62s %12s %8s\n' model expected found states seconds
while IFS='|' read -r row verifier set arguments expected; do
  [ -n "$(trim "$row")" ] || continue
  number=$((number + 1))
  IFS='|' read -r good found states seconds <"$work/result$number" || good=NO
  printf '%-32s %-13s %-62s %12s %8s' "$(trim "$row")" "$(trim "$expected")" "$found" "$states" "$seconds"
  if [ "$good" = yes ]; then echo; else echo "  NOT AS EXPECTED"; status=1; fi
done <<<"$quick"
exit $status
