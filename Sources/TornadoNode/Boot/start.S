// Every processor's first instructions, and the replicas of the kernel's text.
//
// All processors start at `__start` at once, in kseg0, with the TLB empty (docs/machine.md, Reset). Each station's processors
// copy the text from station 0 together, a line each in turn; then each maps its own replica and its own pages, and goes on in Swift.
// A station's replica keeps instruction misses local (paper, Section 1: "the distance between the accessing processor and the target memory").
#include "layout.h"

  .set noreorder
  .set noat
  .section .boot, "ax", @progbits
  .globl __start
__start:
  li      $8, STATUS_64BIT
  mtc0    $8, $12
  move    $18, $4                   // processor
  move    $19, $5                   // stations
  move    $20, $6                   // processors per station
  move    $21, $7                   // bytes of memory per station
  divu    $0, $18, $20
  mflo    $16                       // own station
  mfhi    $17                       // number in it
  lui     $22, 0xA800
  dsll32  $22, $22, 0
  dsll32  $8, $16, 0
  or      $22, $22, $8              // the station's memory, cached

  beqz    $16, mapping              // station 0 has the original
  nop
  lui     $8, %hi(0xFFFFFFFF80000000 + TEXT_OFFSET)
  lui     $9, %hi(TEXT_OFFSET)
  daddu   $9, $22, $9
  lui     $10, %hi(__text_bytes)
  daddiu  $10, $10, %lo(__text_bytes)
  daddu   $10, $8, $10              // end of the original
  dsll    $11, $17, 7
  daddu   $8, $8, $11
  daddu   $9, $9, $11
  dsll    $12, $20, 7               // from line to line
copy_line:
  sltu    $13, $8, $10
  beqz    $13, copied
  nop
  .irp    offset, 0, 32, 64, 96
  ld      $2, \offset($8)
  ld      $3, \offset+8($8)
  ld      $13, \offset+16($8)
  ld      $14, \offset+24($8)
  sd      $2, \offset($9)
  sd      $3, \offset+8($9)
  sd      $13, \offset+16($9)
  sd      $14, \offset+24($9)
  .endr
  daddu   $8, $8, $12
  b       copy_line
  daddu   $9, $9, $12
copied:
  ori     $11, $22, STATION_DATA_OFFSET   // first word: how many have copied their part
1:
  lld     $13, 0($11)
  daddiu  $13, $13, 1
  scd     $13, 0($11)
  beqz    $13, 1b
  nop
2:
  ld      $13, 0($11)
  bne     $13, $20, 2b
  nop

mapping:
  // The physical address of the station, as it stands in EntryLo: bits 35:12 at 29:6.
  dsll32  $8, $16, 0
  dsrl    $8, $8, 6

  // Entry 0: the text, read-only, global, two pages of 256 KB.
  lui     $9, %hi(PAGE_MASK_256K)
  daddiu  $9, $9, %lo(PAGE_MASK_256K)
  mtc0    $9, $5
  lui     $9, 0xC000
  dmtc0   $9, $10
  li      $10, (TEXT_OFFSET >> 6) | 0x2B      // cached, valid, global
  or      $10, $10, $8
  dmtc0   $10, $2
  lui     $11, %hi(0x40000 >> 6)
  daddiu  $11, $11, %lo(0x40000 >> 6)
  daddu   $10, $10, $11
  dmtc0   $10, $3
  mtc0    $0, $0
  tlbwi

  // Entry 1: the own pages, writable, global, two pages of 16 KB.
  li      $9, PAGE_MASK_16K
  mtc0    $9, $5
  li      $9, LOCAL_BASE
  dmtc0   $9, $10
  dsll    $10, $17, 15 - 6
  lui     $11, %hi((LOCAL_PAGES_OFFSET >> 6) | 0x2F)
  daddiu  $11, $11, %lo((LOCAL_PAGES_OFFSET >> 6) | 0x2F)
  or      $10, $10, $8
  daddu   $10, $10, $11
  dmtc0   $10, $2
  daddiu  $10, $10, PAGE_SIZE >> 6
  dmtc0   $10, $3
  li      $9, 1
  mtc0    $9, $0
  tlbwi

  li      $9, WIRED_ENTRIES
  mtc0    $9, $6
  dmtc0   $0, $10                   // ASID 0: no program

  lui     $29, %hi(IDLE_STACK_OFFSET + PAGE_SIZE)
  daddiu  $29, $29, %lo(IDLE_STACK_OFFSET + PAGE_SIZE)
  daddu   $29, $29, $22
  dsll    $8, $17, PAGE_SHIFT
  daddu   $29, $29, $8
  move    $4, $18
  move    $5, $19
  move    $6, $20
  move    $7, $21
  move    $31, $0
  lui     $25, %hi(processor_main)
  daddiu  $25, $25, %lo(processor_main)
  jr      $25
  nop
