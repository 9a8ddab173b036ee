// Into the kernel and out of it: the general exception vector's continuation, in the replicated text.
//
// From user mode the stack is the current thread's kernel stack; from kernel mode, the stack that is in use.
// The kernel runs with interrupts off (EXL = 0, IE = 0), so only its own faults nest: a program's page
// touched by the kernel, a page of the translation table.
#include "layout.h"

  .set noreorder
  .set noat
  .text

  .globl exception_entry
exception_entry:
  mfc0    $26, $13                  // Cause
  bltz    $26, full_entry           // in a branch delay slot: not the plain system call
  andi    $26, $26, 0x7C
  xori    $26, $26, 8 << 2
  beqz    $26, system_call_entry
full_entry:
  mfc0    $27, $12                  // Status (also harmless in the branch's delay slot)
  andi    $27, $27, STATUS_USER
  beqz    $27, 1f
  move    $26, $29
  ld      $29, (LOCAL_BASE + LOCAL_KERNEL_STACK)($0)
1:
  daddiu  $29, $29, -FRAME_SIZE
  sd      $26, 29*8($29)
  .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,30,31
  sd      $\n, \n*8($29)
  .endr
  mfhi    $8
  mflo    $9
  dmfc0   $10, $14                  // EPC
  mfc0    $11, $12
  mfc0    $5, $13
  dmfc0   $6, $8                    // BadVAddr
  sd      $8, FRAME_HI($29)
  sd      $9, FRAME_LO($29)
  sd      $10, FRAME_EPC($29)
  sd      $11, FRAME_STATUS($29)
  sd      $5, FRAME_CAUSE($29)
  sd      $6, FRAME_BADVADDR($29)
  ori     $11, $11, STATUS_MODE
  xori    $11, $11, STATUS_MODE
  mtc0    $11, $12                  // kernel mode, interrupts off, EXL = 0
  jal     exception_dispatch
  move    $4, $29

  .globl exception_return
exception_return:
  ld      $8, FRAME_STATUS($29)
  andi    $9, $8, STATUS_USER
  beqz    $9, 1f
  ori     $8, $8, STATUS_EXL
  ld      $8, (LOCAL_BASE + LOCAL_USER_STATUS)($0)
1:
  mtc0    $8, $12                   // EXL = 1: from here on only what is wired or unmapped may be touched
  ld      $9, FRAME_EPC($29)
  ld      $10, FRAME_HI($29)
  ld      $11, FRAME_LO($29)
  dmtc0   $9, $14
  mthi    $10
  mtlo    $11
  .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,30,31
  ld      $\n, \n*8($29)
  .endr
  ld      $29, 29*8($29)
  eret

// A protected procedure call has paths of its own (PPC/ppc.S).
system_call_entry:
  daddiu  $26, $2, -TORNADO_CALL_PPC
  sltiu   $27, $26, 4
  bnez    $27, 2f
  move    $26, $29

// A system call: `$16` … `$23`, `$28` and `$30` survive by the calling convention, the rest is not promised
// to programs.
  ld      $29, (LOCAL_BASE + LOCAL_KERNEL_STACK)($0)
  dmfc0   $27, $14
  daddiu  $29, $29, -FRAME_SIZE
  daddiu  $27, $27, 4               // beyond the SYSCALL instruction
  sd      $26, 29*8($29)
  sd      $27, FRAME_EPC($29)
  sd      $2, 2*8($29)
  sd      $4, 4*8($29)
  sd      $5, 5*8($29)
  sd      $6, 6*8($29)
  sd      $7, 7*8($29)
  sd      $8, 8*8($29)
  sd      $9, 9*8($29)
  sd      $31, 31*8($29)
  mfc0    $12, $12
  sd      $12, FRAME_STATUS($29)
  ori     $12, $12, STATUS_MODE
  xori    $12, $12, STATUS_MODE
  mtc0    $12, $12
  move    $10, $2
  jal     system_call               // ($4 … $9: arguments, $10: number, $11: frame)
  move    $11, $29

  ld      $12, (LOCAL_BASE + LOCAL_USER_STATUS)($0)
  mtc0    $12, $12
  ld      $13, FRAME_EPC($29)
  ld      $2, 2*8($29)
  dmtc0   $13, $14
  ld      $4, 4*8($29)
  ld      $5, 5*8($29)
  ld      $6, 6*8($29)
  ld      $7, 7*8($29)
  ld      $8, 8*8($29)
  ld      $9, 9*8($29)
  ld      $31, 31*8($29)
  ld      $29, 29*8($29)
  eret

2:
  xori    $27, $2, TORNADO_CALL_PPC
  beqz    $27, ppc_call
  xori    $27, $2, TORNADO_CALL_PPC_RETURN
  beqz    $27, ppc_return
  nop
  xori    $27, $2, TORNADO_CALL_PPC_REMOTE
  beqz    $27, ppc_remote
  nop
  b       ppc_call_with_data
  nop
