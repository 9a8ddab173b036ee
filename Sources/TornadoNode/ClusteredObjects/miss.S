// The global miss-handling object of clustered objects (paper, Section 3.3, Figure 6).
//
// An entry of a translation table is two words, {representative, fake class record}, and an unfilled entry's
// representative is the entry's own second word. So a call through it finds, where an object has its class
// record, the record below, and every method in that is one of the trampolines here. Knowing nothing of the
// method, they save all registers that can hold arguments; `self` is the one that holds an address of the
// table where a class record would be. (The word before has led there; but a thread that was interrupted after
// it read that word finds a representative in it if another of the processor's threads has called meanwhile.)
// The object's miss handler gives the representative, which takes self's place, and the call is made again.
// Neither caller nor callee notices.
//
// Kernel and program library assemble the same file, each with its own `layout.h`.
#include "layout.h"

  .set noreorder
  .set noat

#define METHODS 128
#if MISS_SAVES_FLOAT
#define MISS_FRAME 160
#else
#define MISS_FRAME 96
#endif

  .section .data.rel.ro.miss_record, "aw", @progbits
  .balign 8
  .globl translation_miss_record
translation_miss_record:
  .quad   0, 0, 0                   // superclass, deinitialiser, nothing: as in every class record
  .set    method, 0
  .rept   METHODS
  .quad   translation_miss_trampolines + method * 8
  .set    method, method + 1
  .endr

  .section .text.translation_miss, "ax", @progbits
  .globl translation_miss_trampolines
translation_miss_trampolines:
  .set    method, 0
  .rept   METHODS
  b       translation_miss
  li      $1, (method + 3) * 8      // where the method stands in a class record
  .set    method, method + 1
  .endr

  .globl translation_miss
translation_miss:
  daddiu  $29, $29, -MISS_FRAME
  sd      $4, 0($29)
  sd      $5, 8($29)
  sd      $6, 16($29)
  sd      $7, 24($29)
  sd      $8, 32($29)
  sd      $9, 40($29)
  sd      $10, 48($29)
  sd      $11, 56($29)
  sd      $31, 64($29)
  sd      $1, 72($29)
#if MISS_SAVES_FLOAT
  .irp    n, 12, 13, 14, 15, 16, 17, 18, 19
  sdc1    $f\n, \n * 8 - 8($29)
  .endr
#endif
  // Find self: among the registers, then among the first eight words of arguments on the stack. An argument
  // before it may be anything, but not a representative: those are never arguments.
  lui     $12, TABLE_UPPER
  move    $13, $29
  daddiu  $25, $29, 64
1:
  ld      $14, 0($13)
  dsubu   $15, $14, $12
  dsrl    $24, $15, TABLE_BYTES_SHIFT
  bnez    $24, 2f
  andi    $15, $15, 15
  xori    $15, $15, 8
  bnez    $15, 2f
  nop
  ld      $15, 0($14)               // the fake class record: there for good
  bnez    $15, 3f
2:
  daddiu  $13, $13, 8               // (also in the delay slot of the branch above: undone below)
  bne     $13, $25, 1b
  daddiu  $24, $29, 64
  bne     $25, $24, 4f
  daddiu  $13, $29, MISS_FRAME
  b       1b
  daddiu  $25, $13, 64
4:
  // No self: a call of a method that was not made through a reference.
  jal     translation_miss_without_self
  nop
3:
  daddiu  $13, $13, -8
  sd      $13, 80($29)
  jal     translation_miss_handle   // (entry) -> representative
  daddiu  $4, $14, -8
  ld      $13, 80($29)
  sd      $2, 0($13)                // self
  ld      $12, 0($2)                // its class record
  ld      $1, 72($29)
  ld      $4, 0($29)
  daddu   $12, $12, $1
  ld      $25, 0($12)
  ld      $5, 8($29)
  ld      $6, 16($29)
  ld      $7, 24($29)
  ld      $8, 32($29)
  ld      $9, 40($29)
  ld      $10, 48($29)
  ld      $11, 56($29)
  ld      $31, 64($29)
#if MISS_SAVES_FLOAT
  .irp    n, 12, 13, 14, 15, 16, 17, 18, 19
  ldc1    $f\n, \n * 8 - 8($29)
  .endr
#endif
  jr      $25
  daddiu  $29, $29, MISS_FRAME
