// Protected procedure calls: what lies between a client's stub and a server's (docs/programs.md).
//
// In the call: $3 and $4 the port, $5 the object, $6 the method, $7 … $11 its arguments. In the return: $4
// what the method returned, $6 zero or the server's own error. A server need not preserve registers and is
// not trusted to: whoever calls saves what it wants to keep.
#include "abi/calls.h"

  .set noreorder
  .set noat

  .macro  save_registers
  daddiu  $29, $29, -96
  sd      $16, 0($29)
  sd      $17, 8($29)
  sd      $18, 16($29)
  sd      $19, 24($29)
  sd      $20, 32($29)
  sd      $21, 40($29)
  sd      $22, 48($29)
  sd      $23, 56($29)
  sd      $28, 64($29)
  sd      $30, 72($29)
  sd      $31, 80($29)
  .endm

  .macro  restore_registers
  ld      $16, 0($29)
  ld      $17, 8($29)
  ld      $18, 16($29)
  ld      $19, 24($29)
  ld      $20, 32($29)
  ld      $21, 40($29)
  ld      $22, 48($29)
  ld      $23, 56($29)
  ld      $28, 64($29)
  ld      $30, 72($29)
  ld      $31, 80($29)
  .endm

// struct tornado_ppc_result tornado_ppc(port, object, method, a, b, c, d, e), and the same with fewer
// arguments
  .section .text.tornado_ppc, "ax", @progbits
  .globl tornado_ppc
  .ent tornado_ppc
tornado_ppc:
  .irp    n, 0, 1, 2, 3, 4, 5
  .globl tornado_ppc_\n
tornado_ppc_\n:
  .endr
  save_registers
  move    $3, $4
  li      $2, TORNADO_CALL_PPC
  syscall
  restore_registers
  bnez    $2, 1f                    // the call was not made, or did not come back
  move    $3, $4
  move    $2, $6
1:
  jr      $31
  daddiu  $29, $29, 96
  .end tornado_ppc

// struct tornado_ppc_result tornado_ppc_with_data(port, object, method, a, b, data, bytes, e)
  .section .text.tornado_ppc_with_data, "ax", @progbits
  .globl tornado_ppc_with_data
  .ent tornado_ppc_with_data
tornado_ppc_with_data:
  save_registers
  move    $3, $4
  li      $2, TORNADO_CALL_PPC_WITH_DATA
  syscall
  restore_registers
  bnez    $2, 1f
  move    $3, $4
  move    $2, $6
1:
  jr      $31
  daddiu  $29, $29, 96
  .end tornado_ppc_with_data

// struct tornado_ppc_result tornado_ppc_on(port, object, method, a, b, c, d, processor)
  .section .text.tornado_ppc_on, "ax", @progbits
  .globl tornado_ppc_on
  .ent tornado_ppc_on
tornado_ppc_on:
  save_registers
  move    $3, $4
  move    $12, $11
  li      $2, TORNADO_CALL_PPC_REMOTE
  syscall
  restore_registers
  bnez    $2, 1f
  move    $3, $4
  move    $2, $6
1:
  jr      $31
  daddiu  $29, $29, 96
  .end tornado_ppc_on

// tornado_ppc_return(value, 0, status): the end of a call, in the server.
  .section .text.tornado_ppc_return, "ax", @progbits
  .globl tornado_ppc_return
  .ent tornado_ppc_return
tornado_ppc_return:
  li      $2, TORNADO_CALL_PPC_RETURN
  syscall
  break                             // who was in no call
  .end tornado_ppc_return

// Where a call begins in a server, and where a worker goes after a fault. In the topmost words of its stack
// is what is to be ended then: the operation as part of which the call is carried out.
  .section .text.tornado_ppc_entry, "ax", @progbits
  .globl tornado_ppc_entry
  .ent tornado_ppc_entry
tornado_ppc_entry:
  daddiu  $29, $29, -16
  daddiu  $2, $29, 8
  sd      $0, 8($29)
  j       tornado_ppc_serve         // (port, object, method, a, b, c, d, e, address of the word)
  sd      $2, 0($29)
  .globl tornado_ppc_fault_entry
tornado_ppc_fault_entry:
  ld      $4, -8($29)
  j       tornado_ppc_failed        // (the word)
  daddiu  $29, $29, -16
  .end tornado_ppc_entry
