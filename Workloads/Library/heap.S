// malloc and free, the common case (Tornado, Section 4): 16 and 18 instructions, with the home check and the
// check for a full pool.
#include "heap.h"

  .set noreorder
  .set noat

// void *malloc(size_t bytes)
  .section .text.malloc, "ax", @progbits
  .globl malloc
  .ent malloc
malloc:
  daddiu $2, $4, -1
  sltiu $3, $2, SMALL_LARGEST       // (no bytes at all look like very many)
  beqz  $3, larger
  ori   $2, $2, SMALL_UNIT - 1
  lui   $3, HEAP_UPPER
  daddu $3, $3, $2                  // as far from the first pool as the block is long
1:
  lld   $5, (SMALL_POOLS - (SMALL_UNIT - 1))($3)
  dsrl  $2, $5, 4
  beqz  $2, 3f
  dsll  $2, $2, 4
  ld    $5, 0($2)
  scd   $5, (SMALL_POOLS - (SMALL_UNIT - 1))($3)
  beqz  $5, 1b
  nop
  jr    $31
  nop
larger:
  sltiu $3, $2, LINE_LARGEST
  beqz  $3, 3f
  dsrl  $2, $2, 7
  dsll  $2, $2, 4
  lui   $3, HEAP_UPPER
  daddu $3, $3, $2
2:
  lld   $5, LINE_POOLS($3)
  dsrl  $2, $5, 4
  beqz  $2, 3f
  dsll  $2, $2, 4
  ld    $5, 0($2)
  scd   $5, LINE_POOLS($3)
  beqz  $5, 2b
  nop
  jr    $31
  nop
3:
  j     heap_allocate_slowly        // (bytes)
  nop
  .end malloc

// void free(void *memory)
  .section .text.free, "ax", @progbits
  .globl free
  .ent free
free:
  beqz  $4, 3f
  li    $2, -HEAP_PAGE
  and   $2, $2, $4
  ld    $3, PAGE_POOL($2)
  ld    $5, PAGE_HOME($2)
  ld    $6, POOL_HOME($3)
  bne   $5, $6, 2f
1:
  lld   $7, 0($3)                   // (also in the branch's delay slot)
  andi  $8, $7, POOL_ROOM
  beqz  $8, 2f
  sd    $7, 0($4)
  daddu $8, $8, $4
  daddiu $8, $8, -1
  scd   $8, 0($3)
  beqz  $8, 1b
  nop
3:
  jr    $31
  nop
2:
  j     heap_free_slowly            // (memory)
  nop
  .end free
