// The heap's layout, for heap.S and heap.c (Tornado, Section 4, at user level).
//
// A processor's pools lie in the page that it alone sees at this address, so they need neither an index nor a
// lock: LL/SC makes taking and putting a block atomic against the other threads of the same processor, for an
// exception breaks the link.
#pragma once
#include "abi/memory.h"

// (In the middle of a page: pages of blocks begin with a line that every `free` reads, and in a direct-mapped
// cache two pages of one colour would fight for it.)
#define HEAP_BASE (TORNADO_POOLS + 0x2000)
#define HEAP_UPPER 0x7010

// A pool is two words. The first: the first free block's address, and in its low four bits how many more
// blocks there is room for; a free block's first word is what this word was before. (Blocks begin at
// multiples of 16.) The second: whose blocks go here, as in a page's header.
#define POOL_BYTES 16
#define POOL_ROOM 15
#define POOL_HOME 8

// Blocks of 16 … 112 bytes, which stay with their processor: no line of theirs is another processor's.
#define SMALL_UNIT 16
#define SMALL_LARGEST 112
#define SMALL_POOLS 0x6000  // offset from HEAP_UPPER << 16
// Blocks of 1 … 32 lines, which any processor of the station may use.
#define LINE_LARGEST 4096
#define LINE_POOLS 0x6080

// A page of blocks begins with a line that says: the pool's address, whose blocks they are, their size. It is
// written once.
#define PAGE_POOL 0
#define PAGE_HOME 8
#define PAGE_SIZE_OF 16
#define HEAP_PAGE 16384
