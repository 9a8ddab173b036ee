// Copying and zeroing, and the kernel's only accesses to programs' addresses.
#include "layout.h"

  .set noreorder
  .set noat
  .text

// Eight bytes at a time whatever the alignment (LDL/LDR), then byte by byte: to $4, from $5, $6 bytes. Uses
// $8 … $13.
  .macro  copy_bytes
  sltiu   $8, $6, 8
  bnez    $8, 2f
  or      $9, $4, $5
  andi    $9, $9, 7
  bnez    $9, 1f
  sltiu   $8, $6, 32
// both aligned: 32 bytes in turn, while there are as many
  bnez    $8, 1f
  nop
5:
  ld      $10, 0($5)
  ld      $11, 8($5)
  ld      $12, 16($5)
  ld      $13, 24($5)
  daddiu  $6, $6, -32
  sd      $10, 0($4)
  sd      $11, 8($4)
  sd      $12, 16($4)
  sd      $13, 24($4)
  daddiu  $5, $5, 32
  sltiu   $8, $6, 32
  beqz    $8, 5b
  daddiu  $4, $4, 32
  sltiu   $8, $6, 8
  bnez    $8, 2f
  nop
1:
  ldr     $9, 0($5)
  ldl     $9, 7($5)
  daddiu  $6, $6, -8
  daddiu  $5, $5, 8
  sdr     $9, 0($4)
  sdl     $9, 7($4)
  sltiu   $8, $6, 8
  beqz    $8, 1b
  daddiu  $4, $4, 8
2:
  beqz    $6, 4f
  nop
3:
  lb      $9, 0($5)
  daddiu  $6, $6, -1
  daddiu  $5, $5, 1
  sb      $9, 0($4)
  bnez    $6, 3b
  daddiu  $4, $4, 1
4:
  .endm

  .globl memcpy
memcpy:
  move    $2, $4
  copy_bytes
  jr      $31
  nop

  .globl memmove
memmove:
  dsubu   $8, $4, $5
  sltu    $8, $8, $6                // to lies in (from, from + bytes): from the end
  beqz    $8, memcpy
  move    $2, $4
  daddu   $4, $4, $6
  daddu   $5, $5, $6
1:
  beqz    $6, 2f
  daddiu  $6, $6, -1
  lb      $9, -1($5)
  daddiu  $5, $5, -1
  daddiu  $4, $4, -1
  b       1b
  sb      $9, 0($4)
2:
  jr      $31
  nop

  .globl memset
memset:
  move    $2, $4
  andi    $5, $5, 0xFF
  dsll    $8, $5, 8
  or      $5, $5, $8
  dsll    $8, $5, 16
  or      $5, $5, $8
  dsll32  $8, $5, 0
  or      $5, $5, $8
1:
  sltiu   $8, $6, 8
  bnez    $8, 2f
  nop
  sdr     $5, 0($4)
  sdl     $5, 7($4)
  daddiu  $6, $6, -8
  b       1b
  daddiu  $4, $4, 8
2:
  beqz    $6, 3f
  daddiu  $6, $6, -1
  sb      $5, 0($4)
  b       2b
  daddiu  $4, $4, 1
3:
  jr      $31
  nop

  .globl zero_page
zero_page:
  daddiu  $5, $4, PAGE_SIZE
1:
  .irp    offset, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112
  sd      $0, \offset($4)
  .endr
  daddiu  $4, $4, 128
  bne     $4, $5, 1b
  sd      $0, -8($4)
  jr      $31
  nop

// ---- Programs' addresses: a fault in here that cannot be served goes to `user_access_failed`
// (`exception_dispatch`) --------
  .globl user_access_begin
user_access_begin:
  .globl copy_user
copy_user:
  copy_bytes
  jr      $31
  move    $2, $0

  .globl load_user_word
load_user_word:
  lw      $8, 0($4)
  sd      $8, 0($5)
  jr      $31
  move    $2, $0
  .globl user_access_end
user_access_end:

  .globl user_access_failed
user_access_failed:
  jr      $31
  li      $2, -1
