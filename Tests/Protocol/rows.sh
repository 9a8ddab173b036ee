# What check.sh runs: verifiers, and rows of its table.

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
n_room    | numachine | -DVERSIONS=2 -DANSWERS=1                  | -DSAFETY -DNOREDUCE -O0
r_litmus  | numachine | -DSTATIONS=3 -DPER_RING=2 -DLINES=2 -DLITMUS=2 -DHOME_1=2 | -DSAFETY -DNOREDUCE -DHC4 -O0
r_links   | numachine | -DSTATIONS=4 -DPER_RING=3 -DLINES=2 -DLITMUS=2 -DHOME_1=3 -DHOPS -DLINK_PLACES=4 -DINPUTS=5 | -DSAFETY -DNOREDUCE -DHC4 -O0
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
n MP, drop INTERRUPT_ORDER     | n_litmus | drop=INTERRUPT_ORDER shape=MP_INTERRUPT        | -w20                             | violation
n drop HALT                    | n_safety | drop=HALT inexact=1 program=LINKED_LOOPS evictions=0 ejections=0 | -m30000 -w20       | violation
n drop ROOM_FOR_ANSWERS        | n_room   |                                                | -m30000 -w20                     | violation
two rings: MP SB LB 2+2W CoRR  | r_litmus | warm=63 ejections=0                            | -w20                             | holds
r link by link, SB             | r_links  | shape=SB placement=2 warm=31 ejections=0       | -w20                             | holds
r SB, drop UNREAD              | r_links  | drop=UNREAD shape=SB placement=2 warm=31 ejections=0 | -w20                       | violation
r SB, drop INTERFACE           | r_links  | drop=INTERFACE shape=SB placement=2 warm=31 ejections=0 | -w20                    | violation
r SB, drop CENTRAL             | r_litmus | drop=CENTRAL shape=SB warm=63 ejections=0      | -w20                             | violation
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
n_iriw_warm | numachine | -DSTATIONS=2 -DPER_STATION=2 -DLINES=2 -DLITMUS=4 | -DSAFETY -DNOREDUCE -DHC4
n_hops    | numachine | -DVERSIONS=2 -DSTATIONS=2 -DHOPS          | -DSAFETY -DNOREDUCE
n_hops3   | numachine | -DVERSIONS=2 -DHOPS                       | -DSAFETY -DNOREDUCE -DBITSTATE
n_links3  | numachine | -DLINES=2 -DLITMUS=3 -DHOPS               | -DSAFETY -DNOREDUCE -DBITSTATE
n_answers | numachine | -DVERSIONS=2 -DSTATIONS=2 -DLIVENESS      | -DNOREDUCE -DCOLLAPSE -DNFAIR=5
r_safety  | numachine | -DVERSIONS=2 -DSTATIONS=3 -DPER_RING=2    | -DSAFETY -DNOREDUCE -DHC4
r_all     | numachine | -DVERSIONS=2 -DSTATIONS=3 -DPER_RING=2    | -DSAFETY -DNOREDUCE -DBITSTATE
r_two_two | numachine | -DVERSIONS=2 -DSTATIONS=4 -DPER_RING=2 -DINPUTS=8 | -DSAFETY -DNOREDUCE -DBITSTATE
r_hops    | numachine | -DVERSIONS=2 -DSTATIONS=3 -DPER_RING=2 -DHOPS | -DSAFETY -DNOREDUCE -DBITSTATE
r_ejecting| numachine | -DSTATIONS=3 -DPER_RING=2 -DLINES=2 -DLITMUS=2 -DHOME_1=2 | -DSAFETY -DNOREDUCE -DBITSTATE
r_litmus3 | numachine | -DSTATIONS=3 -DPER_RING=2 -DLINES=2 -DLITMUS=3 -DHOME_1=2 | -DSAFETY -DNOREDUCE -DHC4
r_shapes  | numachine | -DSTATIONS=4 -DPER_RING=2 -DLINES=2 -DLITMUS=2 -DHOME_1=2 | -DSAFETY -DNOREDUCE -DHC4
r_iriw    | numachine | -DSTATIONS=4 -DPER_RING=2 -DLINES=2 -DLITMUS=4 -DHOME_1=2 | -DSAFETY -DNOREDUCE -DHC4
'
soak='
three versions, a device       | three    | device=1                                       | -w25                             | holds
three versions, reads share    | three    | fillsExclusive=0                               | -w25                             | holds
a device, reads share          | three    | device=1 fillsExclusive=0                      | -w25                             | holds
2 stations of 2                | two_two  |                                                | -w27                         | holds so far
3 stations of 2, bitstate      | three_two|                                                | -w33                         | holds so far
2 lines, any access            | lines    |                                                | -w26                         | holds
2 lines in one slot            | lines    | oneSlot=1 evictions=0                          | -w26                         | holds
WRC                            | wrc      |                                                | -w22                             | holds
WRC, lines in one slot         | wrc      | oneSlot=1                                      | -w22                             | holds
IRIW                           | iriw     |                                                | -w27                         | holds so far
SCs of processor 2 answered    | progress | program=LINKED_LOOPS evictions=0 subject=2     | -w20 -a -f -N answered           | holds
stores of processor 0 answered | progress | program=STORE_LOOPS subject=0                  | -w20 -a -f -N answered           | holds
any of processor 2 answered    | progress | subject=2                                      | -w26 -a -f -N answered       | holds
2 stations, any of 0 answered  | answers  | subject=0                                      | -w20 -a -f -N answered           | holds
2 stations, any of 1 answered  | answers  | subject=1                                      | -w20 -a -f -N answered           | holds
numachine: 3 stations, no evictions | n_three | evictions=0 ejections=0                    | -m1000000 -w23                   | holds
n 3 stations, network caches eject | n_three | evictions=0                                 | -m1000000 -w23              | holds so far
n 3 stations, all, bitstate    | n_all    |                                                | -m1000000 -w33              | holds so far
n the same and a device        | n_all    | device=1                                       | -m1000000 -w33               | holds so far
n 3 stations, 3 versions, bitstate | n_versions | fillsExclusive=0                         | -m1000000 -w33               | holds so far
n inexact masks, bitstate      | n_all    | inexact=1                                      | -m1000000 -w33               | holds so far
n 4 stations, inexact masks, bitstate | n_rings | inexact=1                                | -m1000000 -w33               | holds so far
n 2 stations of 2, bitstate    | n_two_two |                                               | -m1000000 -w33              | holds so far
n 2 lines, any access, bitstate | n_lines |                                                | -m1000000 -w33               | holds so far
n 2 lines in one slot, bitstate | n_lines | oneSlot=1                                      | -m1000000 -w33               | holds so far
numachine: WRC                 | n_litmus3 | shape=WRC ejections=0                         | -w22                             | holds so far
n WRC, all old copies          | n_litmus3 | shape=WRC warm=63 ejections=0                 | -w22                             | holds
n IRIW, all old copies         | n_iriw_warm | warm=255 ejections=0                        | -w24                             | holds
n 2 stations, lines in one slot | n_litmus | oneSlot=1                                     | -w20                             | holds
n 2 stations, a device         | n_two    | device=1                                       | -w22                             | holds
n link by link, 2 stations     | n_hops   |                                                | -w22                             | holds
n link by link, 3 stations, bitstate | n_hops3 |                                           | -m1000000 -w33               | holds so far
n link by link, MP, 3 stations, bitstate | n_links3 | shape=MP ejections=0                 | -w33                             | holds so far
n link by link, WRC, bitstate  | n_links3 | shape=WRC ejections=0                          | -w33                        | holds so far
numachine: IRIW, bitstate      | n_iriw   | ejections=0                                    | -w33                         | holds so far
n some SC succeeds             | n_answers | program=LINKED_LOOPS evictions=0              | -w20 -a -f -N someSucceeds       | holds
n drop REFUSAL                 | n_progress | program=LINKED_LOOPS evictions=0 ejections=0 drop=REFUSAL | -w20 -a -f -N someSucceeds | cycle
n 2 stations, stores of 0 answered | n_answers | program=STORE_LOOPS subject=0             | -w20 -a -f -N answered           | holds
n 2 stations, stores of 1 answered | n_answers | program=STORE_LOOPS subject=1             | -w20 -a -f -N answered           | holds
n 2 stations, any of 0 answered | n_answers | subject=0                                    | -w20 -a -f -N answered      | holds
n 2 stations, any of 1 answered | n_answers | subject=1                                    | -w20 -a -f -N answered      | holds
two rings, 2+1 stations, no evictions | r_safety | evictions=0 ejections=0                | -m5000000 -w26                   | holds so far
r 2+1 stations, all, bitstate  | r_all    |                                                | -m1000000 -w33                   | holds so far
r 2+2 stations, all, bitstate  | r_two_two |                                               | -m1000000 -w33                   | holds so far
r drop INEXACT                 | r_two_two | drop=INEXACT evictions=0 ejections=0           | -m1000000 -w28                   | violation
r 2+1 stations, link by link, bitstate | r_hops |                                          | -m1000000 -w33                   | holds so far
r any old copies               | r_litmus | ejections=0                                    | -w25                             | holds so far
r any old copies, ejections, bitstate | r_ejecting |                                       | -w33                             | holds so far
r WRC                          | r_litmus3 | shape=WRC warm=63 ejections=0                 | -w24                             | holds
r 2+2 stations, SB             | r_shapes | shape=SB warm=255 ejections=0                  | -w24                             | holds
r 2+2 stations, MP             | r_shapes | shape=MP warm=255 ejections=0                  | -w24                             | holds
r 2+2 stations, MP SB LB 2+2W CoRR | r_shapes | warm=255 ejections=0                       | -w25                             | holds so far
r 2+2 stations, IRIW           | r_iriw   | warm=255 ejections=0                           | -w25                             | holds
r link by link, 3+1 stations   | r_links  | warm=31 ejections=0                            | -w25                             | holds so far
'
