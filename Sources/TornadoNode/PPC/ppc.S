// A protected procedure call and its return in the common case (paper, Section 6.1): "a couple of queue
// manipulations to dequeue the worker and enqueue the caller on the worker, and a return-from-trap to the
// server". Nothing here is shared with another processor, so there is no lock; interrupts are off.
// docs/tornado.md walks through it.
//
// The registers pass through untouched: all but $1, $2, $14, $15, $24 … $27 and $29 belong to client and
// server. $3 is the port; in a call with data $9 is their address, which becomes the one at which the server
// finds them, and $10 their length.
//
// What is not the common case goes to Swift with the registers in a trap frame (MetaPort.swift,
// Completion.swift), and mostly comes back to try again.
#include "layout.h"

  .set noreorder
  .set noat
  .text

#define L(offset) (LOCAL_BASE + offset)($0)

// ---- The call
// ------------------------------------------------------------------------------------------------------------
// From `system_call_entry`, with EXL = 1. From the first access to the port's representative on, which the
// translation table may have to make a page for, this is ordinary kernel code on the caller's kernel stack.
  .macro  call_port again, slow, data
  move    $25, $29                  // the caller's stack
  ld      $29, L(LOCAL_KERNEL_STACK)
  mfc0    $15, $12
  dmfc0   $14, $14                  // the caller's SYSCALL instruction
  ori     $15, $15, STATUS_MODE
  xori    $15, $15, STATUS_MODE
  mtc0    $15, $12
\again:
  .if \data
  // The caller's page, as its page table has it: its entry goes into the worker's window as it is.
  sltiu   $1, $10, PPC_DATA_BYTES + 1
  andi    $2, $9, PAGE_SIZE - 1
  daddu   $2, $2, $10
  beqz    $1, \slow
  sltiu   $2, $2, PAGE_SIZE + 1
  beqz    $2, \slow
  dsrl    $1, $9, 31
  bnez    $1, 7f                    // from 2 GB on
  ld      $2, L(LOCAL_ROOT)
  dsrl    $1, $9, 25
8:
  dsll    $1, $1, 3
  daddu   $2, $2, $1
  ld      $2, 0($2)                 // the leaf
  dsrl    $1, $9, PAGE_SHIFT
  andi    $1, $1, 2047
  dsll    $1, $1, 3
  daddu   $2, $2, $1
  ld      $15, 0($2)                // the entry: valid, and memory
  andi    $1, $15, 0x3A
  xori    $1, $1, 5 << 3 | 2
  bnez    $1, \slow
  .endif
  andi    $1, $3, 0xFFFF            // the port's place in the translation table
  dsll    $1, $1, 4
  lui     $2, 0xD000                // TABLE_BASE
  daddu   $1, $1, $2
  ld      $1, 0($1)                 // the local representative
  ld      $24, L(LOCAL_PORT_CLASS)
  ld      $2, 0($1)
  ld      $2, 0($2)                 // what its class is a kind of
  bne     $2, $24, \slow            // not a port, or none yet on this processor
  ld      $26, L(LOCAL_CURRENT)
  ld      $2, PORT_ID($1)
  ld      $24, PORT_IDLE($1)
  bne     $2, $3, \slow             // another port, or a closed one
  ld      $26, LINK_JOB($26)
  beqz    $24, \slow                // no worker
  ld      $27, PORT_CALLERS($1)
  bne     $26, $27, 5f              // not the port of one's own job
  ld      $2, LINK_SPACE($24)
6:
  ld      $27, L(LOCAL_GENERATION)
  ld      $26, SPACE_IDENTIFIER($2)
  xor     $27, $27, $26
  dsrl    $27, $27, 8
  bnez    $27, \slow                // the server has no current address-space identifier here
  ld      $27, PORT_MAPS_STACKS($1)
  .if \data == 0
  bnez    $27, call_with_stack
  .else
  bnez    $27, call_with_stack_and_data
  .endif
  ld      $27, SPACE_ROOT($2)
  // From here on the call happens. The server's address space:
  andi    $26, $26, 0xFF
  dmtc0   $26, $10
  sd      $27, L(LOCAL_ROOT)
  .if \data
  map_pair \data
  .endif
  enter_worker
5:
  beqz    $27, 6b                   // every job's
  nop
  b       \slow
  nop
  .if \data
7:
  dsrl    $1, $9, 40
  bnez    $1, \slow
  ld      $2, ROOT_DIRECTORY($2)
  beqz    $2, \slow
  dsrl    $1, $9, 31
  dsll    $1, $1, 3
  daddu   $2, $2, $1
  ld      $2, 0($2)                 // the root
  beqz    $2, \slow
  dsrl    $1, $9, 25
  b       8b
  andi    $1, $1, 63
  .endif
  .endm

// The floating-point unit is somebody's ($27): usable in user mode if it is the thread's that goes there.
// $26: the status of user mode.
  .macro  float_status thread
  lui     $14, STATUS_FLOAT >> 16
  or      $26, $26, $14
  beq     $27, \thread, 4f
  nop
  xor     $26, $26, $14
4:
  sd      $26, L(LOCAL_USER_STATUS)
  .endm

// Worker $24 of port $1 leaves the port's list, takes the current thread as its caller, and goes to user
// mode.
  .macro  enter_worker
  ld      $26, LINK_NEXT_IDLE($24)
  ld      $27, PORT_IDLE_COUNT($1)
  sd      $26, PORT_IDLE($1)
  daddiu  $27, $27, -1
  sd      $27, PORT_IDLE_COUNT($1)
  ld      $26, L(LOCAL_CURRENT)
  daddiu  $14, $14, 4
  sd      $26, LINK_CALLER($24)
  sd      $14, LINK_PC($26)
  sd      $25, LINK_STACK($26)
  ori     $27, $24, PAGE_SIZE - 1
  daddiu  $27, $27, 1               // the end of its page
  sd      $24, L(LOCAL_CURRENT)
  sd      $27, L(LOCAL_KERNEL_STACK)
  ld      $26, LINK_PROCESS($24)
  lui     $27, MACHINE_WINDOW_UPPER
  sd      $26, L(LOCAL_ACTIVE_PROCESS)
  ori     $26, $0, 1
  sd      $26, PPC_CALLS_COUNTER($27)
  ld      $27, L(LOCAL_FLOAT_OWNER)
  ld      $2, L(LOCAL_ATTENTION)
  beqz    $27, 3f
  ld      $26, L(LOCAL_USER_STATUS)
  float_status $24
3:
  bnez    $2, enter_slowly          // something to do first
  ld      $27, LINK_ENTRY($24)
  mtc0    $26, $12                  // EXL = 1
  ld      $29, LINK_TOP($24)
  dmtc0   $27, $14
  eret
  .endm

// What worker $24 has in its pair of pages during the call: a stack in the even page, the caller's data in
// the odd one ($15: its EntryLo). $26 is the server's identifier, $27 is free. The entry is only in the TLB
// of this processor: no other can keep it longer than the call lasts.
  .macro  map_pair data
  ld      $27, LINK_PAIR($24)
  or      $26, $26, $27
  dmtc0   $26, $10
  tlbp
  ld      $26, LINK_EVEN($24)
  .if \data
  sd      $15, LINK_ODD($24)
  sd      $9, LINK_DATA($24)
  dmtc0   $15, $3
  andi    $9, $9, PAGE_SIZE - 1    // where the server finds them
  daddu   $9, $9, $27
  daddiu  $9, $9, PAGE_SIZE
  .else
  dmtc0   $0, $3
  .endif
  mfc0    $27, $0
  bltz    $27, 1f
  dmtc0   $26, $2
  b       2f
  tlbwi
1:
  tlbwr
2:
  .endm

// A stack for the call, from the processor's: its frame is worker's while the call lasts, then another's.
  .macro  take_stack slow
  ld      $27, L(LOCAL_STACKS)
  beqz    $27, \slow
  daddiu  $27, $27, -1
  sd      $27, L(LOCAL_STACKS)
  dsll    $27, $27, 3
  ld      $27, (LOCAL_BASE + LOCAL_STACK_ENTRIES)($27)
  sd      $27, LINK_EVEN($24)
  ld      $27, SPACE_ROOT($2)
  andi    $26, $26, 0xFF
  sd      $27, L(LOCAL_ROOT)
  .endm

  .globl ppc_call
ppc_call:
  call_port ppc_call_again, ppc_call_slow, 0
call_with_stack:
  take_stack ppc_call_slow
  map_pair 0
  enter_worker

  .globl ppc_call_with_data
ppc_call_with_data:
  call_port ppc_data_again, ppc_data_slow, 1
call_with_stack_and_data:
  take_stack ppc_data_slow
  map_pair 1
  enter_worker

// ---- The return
// ------------------------------------------------------------------------------------------------------------
// All of it is in memory that needs no translation, so EXL stays 1, and Status what it was in user mode.
  .globl ppc_return
ppc_return:
  ld      $24, L(LOCAL_CURRENT)
  ld      $27, L(LOCAL_GENERATION)
  ld      $25, LINK_CALLER($24)
  beqz    $25, ppc_return_slow      // not in a call of this processor
  ld      $2, LINK_EVEN($24)
  ld      $1, LINK_SPACE($25)
  ld      $15, LINK_ODD($24)
  ld      $26, SPACE_IDENTIFIER($1)
  xor     $27, $27, $26
  dsrl    $27, $27, 8
  bnez    $27, ppc_return_slow      // the caller has no current address-space identifier here
  or      $2, $2, $15
  bnez    $2, unmap_pair
  andi    $26, $26, 0xFF
unmapped:
  // The worker goes back to the port,
  ld      $14, LINK_PORT($24)
  ld      $27, SPACE_ROOT($1)
  dmtc0   $26, $10
  sd      $27, L(LOCAL_ROOT)
  ld      $1, PORT_IDLE($14)
  ld      $26, PORT_IDLE_COUNT($14)
  sd      $0, LINK_CALLER($24)
  sd      $1, LINK_NEXT_IDLE($24)
  daddiu  $26, $26, 1
  sd      $24, PORT_IDLE($14)
  sltiu   $2, $26, PORT_KEEPS + 1
  beqz    $2, too_many_workers
  sd      $26, PORT_IDLE_COUNT($14)
kept:
  // and the caller goes on.
  ld      $26, LINK_PROCESS($25)
  ori     $27, $25, PAGE_SIZE - 1
  daddiu  $27, $27, 1
  sd      $25, L(LOCAL_CURRENT)
  sd      $27, L(LOCAL_KERNEL_STACK)
  sd      $26, L(LOCAL_ACTIVE_PROCESS)
  ld      $27, L(LOCAL_FLOAT_OWNER)
  ld      $2, L(LOCAL_ATTENTION)
  bnez    $27, 2f
1:
  ld      $27, LINK_PC($25)
  bnez    $2, return_slowly
  ld      $29, LINK_STACK($25)
  dmtc0   $27, $14
  eret                              // $2 = 0: the call was made
2:
  ld      $26, L(LOCAL_USER_STATUS)
  float_status $25
  b       1b
  mtc0    $26, $12                  // (EXL stays 1)

too_many_workers:
  ori     $26, $0, 1
  sd      $14, L(LOCAL_TRIM)
  b       kept
  sd      $26, L(LOCAL_ATTENTION)

// Takes back what the pair of worker $24 had. $25 and $1 are the caller and its space, $26 its identifier.
unmap_pair:
  ld      $27, LINK_SPACE($24)
  ld      $2, LINK_PAIR($24)
  ld      $27, SPACE_IDENTIFIER($27)
  andi    $27, $27, 0xFF
  or      $2, $2, $27
  dmtc0   $2, $10
  tlbp
  ld      $14, LINK_EVEN($24)
  mfc0    $27, $0
  bltz    $27, 1f
  dmtc0   $0, $2
  dmtc0   $0, $3
  tlbwi
1:
  beqz    $14, unmapped
  sd      $0, LINK_ODD($24)
  ld      $27, L(LOCAL_STACKS)
  sd      $0, LINK_EVEN($24)
  dsll    $2, $27, 3
  sd      $14, (LOCAL_BASE + LOCAL_STACK_ENTRIES)($2)
  daddiu  $27, $27, 1
  b       unmapped
  sd      $27, L(LOCAL_STACKS)

// ---- With something to do before user mode
// ------------------------------------------------------------------------------------ The thread that is now
// the current one gets a trap frame on its own kernel stack. $25 is what its stack pointer will be.
enter_slowly:
  ld      $25, LINK_TOP($24)
  ld      $14, LINK_ENTRY($24)
  b       1f
  move    $2, $0
return_slowly:
  ld      $25, LINK_STACK($25)
  move    $14, $27
  move    $2, $0
1:
  mfc0    $15, $12
  ld      $29, L(LOCAL_KERNEL_STACK)
  ori     $15, $15, STATUS_MODE
  xori    $15, $15, STATUS_MODE
  mtc0    $15, $12
  daddiu  $29, $29, -FRAME_SIZE
  .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,28,30,31
  sd      $\n, \n*8($29)
  .endr
  sd      $25, 25*8($29)
  sd      $25, 29*8($29)
  mfhi    $8
  mflo    $9
  li      $10, STATUS_USER
  sd      $14, FRAME_EPC($29)
  sd      $8, FRAME_HI($29)
  sd      $9, FRAME_LO($29)
  jal     thread_resumed_in_call
  sd      $10, FRAME_STATUS($29)
  lui     $25, %hi(exception_return)
  daddiu  $25, $25, %lo(exception_return)
  jr      $25
  nop

// ---- Not the common case
// --------------------------------------------------------------------------------------------------------
  .macro  save_call
  daddiu  $29, $29, -FRAME_SIZE
  .irp    n, 3,4,5,6,7,8,9,10,11,12,13,31
  sd      $\n, \n*8($29)
  .endr
  sd      $25, 29*8($29)
  sd      $14, FRAME_EPC($29)
  .endm
  .macro  restore_call
  .irp    n, 3,4,5,6,7,8,9,10,11,12,13,31
  ld      $\n, \n*8($29)
  .endr
  ld      $25, 29*8($29)
  ld      $14, FRAME_EPC($29)
  .endm

ppc_call_slow:
  save_call
  move    $4, $29
  jal     meta_port_call            // (frame, with data?) -> 0: again, else an error for the caller
  move    $5, $0
  bnez    $2, call_fails
  nop
  restore_call
  b       ppc_call_again
  daddiu  $29, $29, FRAME_SIZE

ppc_data_slow:
  save_call
  move    $4, $29
  jal     meta_port_call
  li      $5, 1
  bnez    $2, call_fails
  nop
  restore_call
  b       ppc_data_again
  daddiu  $29, $29, FRAME_SIZE

call_fails:
  ld      $24, L(LOCAL_USER_STATUS)
  mtc0    $24, $12
  restore_call
  daddiu  $14, $14, 4
  dmtc0   $14, $14
  move    $29, $25
  eret

// $24: the thread that says it returns.
ppc_return_slow:
  mfc0    $15, $12
  move    $25, $29
  ld      $29, L(LOCAL_KERNEL_STACK)
  dmfc0   $14, $14
  ori     $15, $15, STATUS_MODE
  xori    $15, $15, STATUS_MODE
  mtc0    $15, $12
  save_call
  jal     worker_returns            // (frame) -> 0: again; else an error for who is not in a call
  move    $4, $29
  bnez    $2, call_fails
  ld      $24, L(LOCAL_USER_STATUS)
  mtc0    $24, $12
  restore_call
  dmtc0   $14, $14
  b       ppc_return
  move    $29, $25

// The dispatcher has switched to a worker with a call from another processor: to the port's entry, with what
// came with the call and nothing else.
  .globl worker_begins
worker_begins:
  jal     thread_resumed
  nop
  ld      $24, L(LOCAL_CURRENT)
  ld      $26, L(LOCAL_USER_STATUS)
  ld      $25, LINK_REMOTE($24)
  mtc0    $26, $12                  // EXL = 1
  ld      $27, LINK_ENTRY($24)
  ld      $3, REMOTE_PORT($25)
  dmtc0   $27, $14
  .irp    n, 4,5,6,7,8,9,10,11
  ld      $\n, (REMOTE_REGISTERS + (\n - 4) * 8)($25)
  .endr
  .irp    n, 1,2,12,13,14,15,16,17,18,19,20,21,22,23,25,28,30,31
  move    $\n, $0
  .endr
  mtlo    $0
  mthi    $0
  ld      $29, LINK_TOP($24)
  eret

// ---- A call to a worker on another processor
// --------------------------------------------------------------------------------------
  .globl ppc_remote
ppc_remote:
  move    $25, $29
  ld      $29, L(LOCAL_KERNEL_STACK)
  mfc0    $15, $12
  dmfc0   $14, $14
  ori     $15, $15, STATUS_MODE
  xori    $15, $15, STATUS_MODE
  mtc0    $15, $12
  save_call
  jal     ppc_remote_call           // (frame) -> 0: the results are in it; 1: it is this processor
  move    $4, $29
  bnez    $2, 1f
  ld      $24, L(LOCAL_USER_STATUS)
  mtc0    $24, $12
  restore_call
  ld      $2, 2*8($29)
  daddiu  $14, $14, 4
  dmtc0   $14, $14
  move    $29, $25
  eret
1:
  restore_call
  b       ppc_call_again
  daddiu  $29, $29, FRAME_SIZE
