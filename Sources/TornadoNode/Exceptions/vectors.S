// The exception vectors, linked where the processor looks for them (docs/machine.md), and the TLB refill.
//
// A program's page table has a root of 64 pointers, one for each 32 MB, to leaves: pages of 2048 EntryLo
// values, ready for the TLB. What is not mapped leads to a leaf of zeros, so the refill never needs to look
// whether there is a leaf. For addresses from 2 GB on there are further roots, if there is anything at all.
// `$26` and `$27` are the handler's own.
#include "layout.h"

  .set noreorder
  .set noat
  .section .vectors, "ax", @progbits
  .globl tlb_refill
tlb_refill:                         // + 0x000
  b       xtlb_refill
  nop

  .org 0x080
xtlb_refill:
  dmfc0   $26, $8                   // BadVAddr
  dsrl    $27, $26, 31
  bnez    $27, kernel_refill
  ld      $27, (LOCAL_BASE + LOCAL_ROOT)($0)
root_known:
  dsrl    $26, $26, 25 - 3
  andi    $26, $26, 63 << 3
  daddu   $27, $27, $26
  ld      $27, 0($27)               // the leaf
  dmfc0   $26, $8
  dsrl    $26, $26, 15 - 4
  andi    $26, $26, 1023 << 4
  daddu   $27, $27, $26
  ld      $26, 0($27)
  ld      $27, 8($27)
  dmtc0   $26, $2
  dmtc0   $27, $3
  tlbwr
  eret

  .org 0x180
general_exception:
  lui     $26, %hi(exception_entry)
  daddiu  $26, $26, %lo(exception_entry)
  jr      $26
  nop

  .org 0x200
  // The kernel's own mapped addresses: only the translation table is not wired. Its pages are made on demand:
  // an EntryLo that is not valid leads to the general vector, and to `TranslationTable.makePage`.
kernel_refill:
  lui     $27, 0xD000               // TABLE_BASE
  dsubu   $27, $26, $27
  dsrl    $27, $27, TABLE_BYTES_SHIFT
  bnez    $27, upper_refill
  dsrl    $26, $26, 15 - 4
  andi    $26, $26, 31 << 4
  ld      $27, (LOCAL_BASE + LOCAL_TABLE_PAGES)($26)
  ld      $26, (LOCAL_BASE + LOCAL_TABLE_PAGES + 8)($26)
  dmtc0   $27, $2
  dmtc0   $26, $3
  tlbwr
  eret

  // A program's addresses from 2 GB on, if it is one: the directory leads to the root.
upper_refill:
  dmfc0   $26, $8
  dsrl    $27, $26, 40
  bnez    $27, general_exception
  ld      $27, (LOCAL_BASE + LOCAL_ROOT)($0)
  ld      $27, ROOT_DIRECTORY($27)
  beqz    $27, general_exception
  dsrl    $26, $26, 31 - 3
  andi    $26, $26, 511 << 3
  daddu   $27, $27, $26
  ld      $27, 0($27)
  beqz    $27, general_exception
  nop
  b       root_known
  dmfc0   $26, $8
