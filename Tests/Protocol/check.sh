#!/usr/bin/env bash
# Checks the models with Spin: the protocol as it is, and with each of its conditions dropped, where the verifier must find out.
#
#   check.sh           about fifty seconds of processor time, 1 GB
#   check.sh soak      more processors, more versions, two lines with any access: about fifty minutes, 12 GB
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

# verifier | model | for spin | for gcc
verifiers='
safety    | flat      | -DVERSIONS=2                              | -DSAFETY -DNOREDUCE
progress  | flat      | -DVERSIONS=2 -DLIVENESS                   | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
litmus    | flat      | -DSTATIONS=2 -DLINES=2 -DLITMUS=2         | -DSAFETY -DNOREDUCE -O0
n_two     | numachine | -DVERSIONS=2 -DSTATIONS=2                 | -DSAFETY -DNOREDUCE -O0
n_safety  | numachine | -DVERSIONS=2                              | -DSAFETY -DNOREDUCE -O0
n_pairs   | numachine | -DVERSIONS=2 -DSTATIONS=2 -DPER_STATION=2 | -DSAFETY -DNOREDUCE -O0
n_progress| numachine | -DVERSIONS=2 -DLIVENESS                   | -DNOREDUCE -DCOLLAPSE -DNFAIR=6
n_litmus  | numachine | -DSTATIONS=2 -DLINES=2 -DLITMUS=2         | -DSAFETY -DNOREDUCE -O0
n_litmus3 | numachine | -DLINES=2 -DLITMUS=3                      | -DSAFETY -DNOREDUCE -DCOLLAPSE -O0
n_links   | numachine | -DSTATIONS=2 -DLINES=2 -DLITMUS=2 -DHOPS  | -DSAFETY -DNOREDUCE -O0
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
the same, lines in one slot    | litmus   | oneSlot=1 placement=1                          | -w20                             | holds
MP, drop ACKNOWLEDGEMENTS      | litmus   | drop=ACKNOWLEDGEMENTS shape=MP                 | -w20                             | violation
SB, drop ACKNOWLEDGEMENTS      | litmus   | drop=ACKNOWLEDGEMENTS shape=SB                 | -w20                             | violation
some SC succeeds               | progress | program=LINKED_LOOPS evictions=0               | -w20 -a -f -N someSucceeds       | holds
drop REFUSAL                   | progress | program=LINKED_LOOPS evictions=0 drop=REFUSAL  | -w20 -a -f -N someSucceeds       | cycle
line lost between LL and SC    | progress | program=LINKED_LOOPS evictions=1               | -w20 -a -f -N someSucceeds       | cycle
some store succeeds            | progress | program=STORE_LOOPS                            | -w20 -a -f -N someSucceeds       | holds
drop FILL_USE                  | progress | program=STORE_LOOPS evictions=0 drop=FILL_USE  | -w20 -a -f -N someSucceeds       | cycle
stores of processor 2 answered | progress | program=STORE_LOOPS subject=2                  | -w20 -a -f -N answered           | holds
drop WAITING_ORDER             | progress | program=STORE_LOOPS evictions=0 subject=2 drop=WAITING_ORDER | -w20 -a -f -N answered           | cycle
numachine: 2 stations          | n_two    |                                                | -w20                             | holds
numachine: reads share         | n_two    | fillsExclusive=0                               | -w20                             | holds
n drop OUTPUT_ORDER            | n_safety | drop=OUTPUT_ORDER                              | -m30000 -w20                     | violation
n drop SEQUENCING              | n_safety | drop=SEQUENCING evictions=0 ejections=0        | -m30000 -w20                     | violation
n drop INPUT_ORDER             | n_safety | drop=INPUT_ORDER                               | -m30000 -w20                     | violation
n drop ASKED_AFTER             | n_safety | drop=ASKED_AFTER                               | -m30000 -w20                     | violation
n drop WRITEBACK_AHEAD         | n_safety | drop=WRITEBACK_AHEAD                           | -m30000 -w20                     | violation
n drop MULTICAST               | n_safety | drop=MULTICAST                                 | -m30000 -w20                     | violation
n drop LOCK                    | n_safety | drop=LOCK                                      | -m30000 -w20                     | violation
n drop LOST_UPGRADE            | n_safety | drop=LOST_UPGRADE                              | -m30000 -w20                     | violation
n drop INEXACT                 | n_safety | drop=INEXACT inexact=1                         | -m30000 -w20                     | violation
n drop BUSY                    | n_safety | drop=BUSY                                      | -m30000 -w20                     | violation
n drop AWAIT_NOT_FOUND         | n_safety | drop=AWAIT_NOT_FOUND                           | -m30000 -w20                     | violation
n drop FALSE_REMOTE            | n_safety | drop=FALSE_REMOTE                              | -m30000 -w20                     | violation
n drop LOCKED_FRAME            | n_safety | drop=LOCKED_FRAME                              | -m30000 -w20                     | violation
n drop BROADCAST               | n_safety | drop=BROADCAST                                 | -m30000 -w20                     | violation
n drop ALL_ON_ALLOCATION       | n_pairs  | drop=ALL_ON_ALLOCATION                         | -m30000 -w20                     | violation
n drop STILL_SHARED            | n_safety | drop=STILL_SHARED                              | -m30000 -w20                     | violation
n drop USED_ONCE               | n_safety | drop=USED_ONCE                                 | -m30000 -w20                     | violation
n drop LINK_RETAINED           | n_safety | drop=LINK_RETAINED                             | -m30000 -w20                     | violation
n drop LINK                    | n_safety | drop=LINK                                      | -m30000 -w20                     | violation
n drop DEVICE_WRITE            | n_safety | drop=DEVICE_WRITE device=1                     | -m30000 -w20                     | violation
n drop OWNER_TO_HOME           | n_safety | drop=OWNER_TO_HOME                             | -m30000 -w20                     | violation
n drop FILL_SHARED             | n_safety | drop=FILL_SHARED                               | -m30000 -w20                     | violation
numachine: MP SB LB 2+2W CoRR  | n_litmus |                                                | -w20                             | holds
n the same, lines in one slot  | n_litmus | oneSlot=1 placement=1                          | -w20                             | holds
n the same, link by link        | n_links  | placement=1                                    | -w20                             | holds
n MP, drop OWN_INVALIDATION    | n_litmus | drop=OWN_INVALIDATION shape=MP                 | -w20                             | violation
n SB, drop OWN_INVALIDATION    | n_litmus | drop=OWN_INVALIDATION shape=SB                 | -w20                             | violation
n MP, drop SEQUENCING          | n_litmus | drop=SEQUENCING shape=MP                       | -w20                             | violation
n MP, drop AT_ONCE              | n_litmus3 | drop=AT_ONCE shape=MP placement=2 ejections=0 | -w20                             | violation
n MP, drop INPUT_ORDER         | n_litmus | drop=INPUT_ORDER shape=MP                      | -w20                             | violation
n some store succeeds          | n_progress | program=STORE_LOOPS evictions=0 ejections=0  | -w20 -a -f -N someSucceeds       | holds
n stores of 1 answered         | n_progress | program=STORE_LOOPS evictions=0 ejections=0 subject=1 | -w20 -a -f -N answered  | holds
n drop RESERVATION             | n_progress | program=STORE_LOOPS evictions=0 ejections=0 subject=1 drop=RESERVATION | -w20 -a -f -N answered | cycle
n drop PAST_OWN_LOCK           | n_progress | program=STORE_LOOPS subject=1 drop=PAST_OWN_LOCK | -w20 -a -f -N answered         | cycle
n drop ASKED_AGAIN             | n_progress | program=STORE_LOOPS subject=0 drop=ASKED_AGAIN | -w20 -a -f -N answered           | cycle
n drop FILL_USE                | n_progress | program=STORE_LOOPS evictions=0 ejections=0 drop=FILL_USE | -w20 -a -f -N someSucceeds | cycle
'
verifiers_soak='
three     | flat      | -DVERSIONS=3                                  | -DSAFETY -DNOREDUCE -DCOLLAPSE
two_two   | flat      | -DVERSIONS=2 -DSTATIONS=2 -DPER_STATION=2     | -DSAFETY -DNOREDUCE -DHC4
three_two | flat      | -DVERSIONS=2 -DPER_STATION=2                  | -DSAFETY -DNOREDUCE -DBITSTATE
lines     | flat      | -DVERSIONS=2 -DSTATIONS=2 -DLINES=2           | -DSAFETY -DNOREDUCE -DCOLLAPSE
wrc       | flat      | -DLINES=2 -DLITMUS=3                          | -DSAFETY -DNOREDUCE -DCOLLAPSE
iriw      | flat      | -DSTATIONS=2 -DPER_STATION=2 -DLINES=2 -DLITMUS=4 | -DSAFETY -DNOREDUCE -DHC4
answers   | flat      | -DVERSIONS=2 -DSTATIONS=2 -DLIVENESS          | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
n_three   | numachine | -DVERSIONS=2                              | -DSAFETY -DNOREDUCE -DCOLLAPSE
n_all     | numachine | -DVERSIONS=2                              | -DSAFETY -DNOREDUCE -DBITSTATE
n_versions| numachine | -DVERSIONS=3                              | -DSAFETY -DNOREDUCE -DBITSTATE
n_two_two | numachine | -DVERSIONS=2 -DSTATIONS=2 -DPER_STATION=2 | -DSAFETY -DNOREDUCE -DBITSTATE
n_rings   | numachine | -DVERSIONS=2 -DSTATIONS=4 -DINPUTS=8      | -DSAFETY -DNOREDUCE -DBITSTATE
n_lines   | numachine | -DVERSIONS=2 -DSTATIONS=2 -DLINES=2       | -DSAFETY -DNOREDUCE -DBITSTATE
n_iriw    | numachine | -DSTATIONS=2 -DPER_STATION=2 -DLINES=2 -DLITMUS=4 | -DSAFETY -DNOREDUCE -DBITSTATE
n_hops    | numachine | -DVERSIONS=2 -DSTATIONS=2 -DHOPS          | -DSAFETY -DNOREDUCE
n_hops3   | numachine | -DVERSIONS=2 -DHOPS                       | -DSAFETY -DNOREDUCE -DBITSTATE
n_links3  | numachine | -DLINES=2 -DLITMUS=3 -DHOPS               | -DSAFETY -DNOREDUCE -DBITSTATE
n_answers | numachine | -DVERSIONS=2 -DSTATIONS=2 -DLIVENESS      | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
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
numachine: 3 stations, no evictions | n_three | evictions=0 ejections=0                    | -m1000000 -w23                   | holds
n 3 stations, network caches eject | n_three | evictions=0                                 | -m1000000 -w23 -Q10              | holds so far
n 3 stations, all, bitstate    | n_all    |                                                | -m1000000 -w33 -Q10              | holds so far
n the same and a device        | n_all    | device=1                                       | -m1000000 -w33 -Q6               | holds so far
n 3 stations, 3 versions, bitstate | n_versions | fillsExclusive=0                         | -m1000000 -w33 -Q6               | holds so far
n inexact masks, bitstate      | n_all    | inexact=1                                      | -m1000000 -w33 -Q6               | holds so far
n 4 stations, inexact masks, bitstate | n_rings | inexact=1                                | -m1000000 -w33 -Q6               | holds so far
n 2 stations of 2, bitstate    | n_two_two |                                               | -m1000000 -w33 -Q10              | holds so far
n 2 lines, any access, bitstate | n_lines |                                                | -m1000000 -w33 -Q6               | holds so far
n 2 lines in one slot, bitstate | n_lines | oneSlot=1                                      | -m1000000 -w33 -Q6               | holds so far
numachine: WRC                 | n_litmus3 | shape=WRC ejections=0                         | -w22                             | holds so far
n 2 stations, lines in one slot | n_litmus | oneSlot=1                                     | -w20                             | holds
n 2 stations, a device         | n_two    | device=1                                       | -w22                             | holds
n link by link, 2 stations     | n_hops   |                                                | -w22                             | holds
n link by link, 3 stations, bitstate | n_hops3 |                                           | -m1000000 -w33 -Q6               | holds so far
n link by link, MP, 3 stations, bitstate | n_links3 | shape=MP ejections=0                 | -w33                             | holds
n link by link, WRC, bitstate  | n_links3 | shape=WRC ejections=0                          | -w33 -Q10                        | holds so far
numachine: IRIW, bitstate      | n_iriw   | ejections=0                                    | -w33 -Q6                         | holds so far
n some SC succeeds             | n_answers | program=LINKED_LOOPS evictions=0              | -w20 -a -f -N someSucceeds       | holds
n drop REFUSAL                 | n_progress | program=LINKED_LOOPS evictions=0 ejections=0 drop=REFUSAL | -w20 -a -f -N someSucceeds | cycle
n 2 stations, stores of 0 answered | n_answers | program=STORE_LOOPS subject=0             | -w20 -a -f -N answered           | holds
n 2 stations, stores of 1 answered | n_answers | program=STORE_LOOPS subject=1             | -w20 -a -f -N answered           | holds
n 2 stations, any of 0 answered | n_answers | subject=0                                    | -w20 -a -f -N answered -Q10      | holds
n 2 stations, any of 1 answered | n_answers | subject=1                                    | -w20 -a -f -N answered -Q10      | holds
'
[ "$mode" = soak ] && { verifiers+=$verifiers_soak; quick+=$soak; }

trim() { local text=$*; text=${text#"${text%%[![:space:]]*}"}; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

model_of() { # verifier
  local name model forSpin forGcc
  while IFS='|' read -r name model forSpin forGcc; do
    [ "$(trim "$name")" = "$1" ] && trim "$model"
  done <<<"$verifiers$verifiers_soak"
}

make_verifier() { # name, model, flags for spin, flags for gcc
  mkdir "$work/$1" && cd "$work/$1" || return 1
  { spin -a $3 "$here/$2.pml" && gcc -O1 -w -DVECTORSZ=2048 -DMEMLIM=12000 $4 -o pan pan.c; } >make.log 2>&1
}

# Names of settings' values to the numbers that the model gives them.
settings() { # model, settings
  local word value
  for word in $2; do
    value=${word#*=}
    case $word in
      drop=*) value=$(sed -n "s/^#define DROP_$value (drop == \([0-9]*\)).*/\1/p" "$here/$1.pml") ;;
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
  local directory=$work/row$1 log found kind states seconds
  mkdir "$directory" && cd "$directory" || return 1
  log=$directory/log
  if [ ! -x "$work/$2/pan" ]; then
    echo "NO|no verifier: $(grep -m1 -iE 'error' "$work/$2/make.log")||"
    return
  fi
  env $(settings "$(model_of "$2")" "$3") "$work/$2/pan" $depth $4 >"$log" 2>&1
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

# Two at a time: verifiers, then rows.
slots() { while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done; }
while IFS='|' read -r name model forSpin forGcc; do
  [ -n "$(trim "$name")" ] || continue
  slots
  (make_verifier "$(trim "$name")" "$(trim "$model")" "$(trim "$forSpin")" "$(trim "$forGcc")") </dev/null &
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
