// Protected procedure calls: what lies between a client's stub and a server's (docs/programs.md).
//
// In the call: $3 and $4 the port, $5 the object, $6 the method, $7 … $11 its arguments. In the return: $4 and $5 what the method returned, $6 zero or
// the server's own error. A server need not preserve registers and is not trusted to: whoever calls saves what it wants to keep.
#define PPC_CALL 9010
#define PPC_RETURN 9011
#define PPC_CALL_WITH_DATA 9012
#define MAKE_PORT 9013

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

// struct tornado_ppc_result tornado_ppc(port, object, method, a, b, c, d, e)
  .section .text.tornado_ppc, "ax", @progbits
  .globl tornado_ppc
  .ent tornado_ppc
tornado_ppc:
  save_registers
  move    $3, $4
  li      $2, PPC_CALL
  syscall
called:
  restore_registers
  bnez    $2, 1f                    // the call was not made, or did not come back
  move    $3, $4
  move    $2, $6
1:
  jr      $31
  daddiu  $29, $29, 96
  .end tornado_ppc

// struct tornado_ppc_result tornado_ppc_with_data(port, object, method, a, b, data, bytes)
  .section .text.tornado_ppc_with_data, "ax", @progbits
  .globl tornado_ppc_with_data
  .ent tornado_ppc_with_data
tornado_ppc_with_data:
  save_registers
  move    $3, $4
  li      $2, PPC_CALL_WITH_DATA
  syscall
  restore_registers
  bnez    $2, 1f
  move    $3, $4
  move    $2, $6
1:
  jr      $31
  daddiu  $29, $29, 96
  .end tornado_ppc_with_data

// Where a call begins in a server: checks the reference, as it may come from anyone (paper, Section 6: "the PPC subsystem checks to ensure they
// fall within the translation table, are properly aligned, and pass the security bits check"), and calls the object's stub with all that the
// client's stub passed.
  .section .text.tornado_ppc_entry, "ax", @progbits
  .globl tornado_ppc_entry
  .ent tornado_ppc_entry
tornado_ppc_entry:
  lui     $1, 0x7000                // the translation table: 1 MB of entries of 16 bytes
  dsubu   $1, $5, $1
  dsrl    $2, $1, 20
  bnez    $2, 1f
  andi    $2, $1, 15
  bnez    $2, 1f
  lui     $2, %hi(tornado_external_stubs)
  daddiu  $2, $2, %lo(tornado_external_stubs)
  dsrl    $1, $1, 1
  daddu   $2, $2, $1
  ld      $25, 0($2)                // who accepts no calls from outside has no stub
  beqz    $25, 1f
  nop
  jalr    $25
  nop
  move    $4, $2
  move    $5, $3
  move    $6, $0
  li      $2, PPC_RETURN
  syscall
1:
  li      $6, 22                    // EINVAL
  li      $2, PPC_RETURN
  syscall
  .end tornado_ppc_entry
