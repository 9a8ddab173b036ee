// Where a program has what, by virtual address, for kernel, program library, assembly and host.
// `docs/programs.md` says what each place is for, and a test compares the two.
#pragma once

// A program's file lies anywhere from the page behind the one that catches null pointers to below 2^40, but not
// from TORNADO_PRIVATE to TORNADO_PLACED_END, where the kernel and the library place what stands below.
#define TORNADO_LOWEST 0x4000
#define TORNADO_PLACED_END 0x80000000
#define TORNADO_END 0x10000000000
// Behind the file is the heap that `brk` moves the end of. From here on: what `mmap` and threads' stacks get, up
// to what each processor has for itself.
#define TORNADO_MAPPINGS 0x20000000
// The leaf of the page table that begins here is each processor's own: the same addresses lead to other
// pages on each. 32 MB.
#define TORNADO_PRIVATE 0x70000000
// The translation table, 1 MB.
#define TORNADO_TABLE 0x70000000
#define TORNADO_TABLE_UPPER 0x7000  // as LUI takes it
#define TORNADO_TABLE_BYTES_SHIFT 20
// Data of the own processor, 1 MB of zeros but for the first line, whose words the kernel fills:
#define TORNADO_OWN 0x70100000
#define TORNADO_OWN_BYTES 0x100000
#define TORNADO_OWN_NUMBER 0         // of the processor, in the program's set
#define TORNADO_OWN_STATION 8
#define TORNADO_OWN_PROCESSORS 16    // how many processors the program may use
#define TORNADO_OWN_STATION_SIZE 24  // processors a station
#define TORNADO_OWN_BLOCK 32         // TORNADO_BLOCKS + number * 16384
#define TORNADO_OWN_PART_SHIFT 40    // entries of a processor's part of the global table, as a power of two
// A page of the own data is the library's heap: the processor's pools.
#define TORNADO_POOLS 0x70104000
// In a server: for each worker 64 KB of addresses, of which it has a pair of pages.
#define TORNADO_WORKER_PAGES 0x71000000
#define TORNADO_WORKER_PAGES_SHIFT 16

// What the program's objects share, in ordinary memory: the global miss-handling table, 65536 entries of 16
// bytes, and in a page for each processor its part of the bookkeeping, which others may touch.
#define TORNADO_GLOBAL_TABLE 0x72000000
#define TORNADO_BLOCKS 0x72103000
#define TORNADO_SHARED_BYTES 0x200000

// The read-only page of the own processor's monitor, where the program has asked for it.
#define TORNADO_MONITOR 0x7E000000
// The first thread's stack.
#define TORNADO_STACK_END 0x7FFFC000
#define TORNADO_STACK_BYTES 0x100000
