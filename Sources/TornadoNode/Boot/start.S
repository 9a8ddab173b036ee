// Every processor's first instructions, and the replicas of the kernel's text.
//
// All processors start at `__start` at once, in kseg0, with the TLB empty (docs/machine.md, Reset). Each
// station's processors copy the text from station 0 together, a line each in turn; then each maps its own
// replica and its own pages, and goes on in Swift. A station's replica keeps instruction misses local (paper,
// Section 1: "the distance between the accessing processor and the target memory").
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
  // Every processor copies every so-manieth line. Each station begins at another place and goes round, so
  // that they do not all ask for the same line at the same time.
  lui     $8, %hi(__text_bytes)
  daddiu  $8, $8, %lo(__text_bytes)
  dsll    $12, $20, 7               // from line to line
  daddu   $8, $8, $12
  daddiu  $8, $8, -1
  divu    $0, $8, $12
  mflo    $8                        // lines for each
  mult    $8, $16
  mflo    $11
  divu    $0, $11, $19
  mflo    $11                       // the first one: lines × station / stations
  move    $10, $8                   // how many are left
  mult    $11, $12
  mflo    $9
  dsll    $13, $17, 7
  daddu   $9, $9, $13               // offset of the next line
  mult    $8, $12
  mflo    $8
  daddu   $8, $8, $13               // where to go on at the beginning
copy_line:
  bne     $9, $8, 1f
  lui     $24, %hi(0xFFFFFFFF80000000 + TEXT_OFFSET)
  move    $9, $13
1:
  lui     $25, %hi(TEXT_OFFSET)
  daddu   $24, $24, $9              // from
  daddu   $25, $25, $9
  daddu   $25, $25, $22             // to
  // A line is read whole before it is written: both are at the same place of the secondary cache.
  ld      $1, 0($24)
  ld      $2, 8($24)
  ld      $3, 16($24)
  ld      $4, 24($24)
  ld      $5, 32($24)
  ld      $6, 40($24)
  ld      $7, 48($24)
  ld      $14, 56($24)
  ld      $15, 64($24)
  ld      $23, 72($24)
  ld      $26, 80($24)
  ld      $27, 88($24)
  ld      $28, 96($24)
  ld      $29, 104($24)
  ld      $30, 112($24)
  ld      $31, 120($24)
  sd      $1, 0($25)
  sd      $2, 8($25)
  sd      $3, 16($25)
  sd      $4, 24($25)
  sd      $5, 32($25)
  sd      $6, 40($25)
  sd      $7, 48($25)
  sd      $14, 56($25)
  sd      $15, 64($25)
  sd      $23, 72($25)
  sd      $26, 80($25)
  sd      $27, 88($25)
  sd      $28, 96($25)
  sd      $29, 104($25)
  sd      $30, 112($25)
  sd      $31, 120($25)
  daddiu  $10, $10, -1
  bnez    $10, copy_line
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
  dsll    $10, $17, LOCAL_PAGES_SHIFT - 6
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

  lui     $29, %hi(LOCAL_PAGES_OFFSET + (IDLE_STACK_PAGE + 1) * PAGE_SIZE - 4096)
  daddiu  $29, $29, %lo(LOCAL_PAGES_OFFSET + (IDLE_STACK_PAGE + 1) * PAGE_SIZE - 4096)
  daddu   $29, $29, $22
  dsll    $8, $17, LOCAL_PAGES_SHIFT
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
