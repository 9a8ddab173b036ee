// Where things are: the addresses and offsets that assembly, linker script and Swift must agree on.
// `docs/tornado.md` draws the same map.
#pragma once

// ---- Pages -------------------------------------------------------------------------------------------------------
#define PAGE_SHIFT 14
#define PAGE_SIZE 16384
#define PAGE_MASK_16K 0x6000
#define PAGE_MASK_256K 0x7E000

// ---- A station's memory, by physical offset; every station is laid out alike -------------------------------------------
// 0x00_0000  exception vectors, 0x00_4000 boot code            (station 0 only)
#define STATION_DATA_OFFSET 0x8000      // StationData: the station's frames and its console lock
#define EMPTY_LEAF_OFFSET 0xC000        // a page of zeros: the page-table leaf of what is not mapped
#define GLOBAL_TABLE_OFFSET 0x40000     // sixteen pages: its processors' parts of the global miss-handling table
#define LOCAL_PAGES_OFFSET 0x80000      // two pages a processor, mapped at LOCAL_BASE
#define IDLE_STACK_OFFSET 0xC0000       // one page a processor
#define TEXT_OFFSET 0x100000            // the station's replica of the kernel's text and read-only data (512 KB)
#define DATA_OFFSET 0x180000            // the kernel's shared data      (station 0 only)
#define FRAMES_OFFSET 0x200000          // from here on: page frames
#define MAX_PROCESSORS_PER_STATION 16

// ---- Virtual addresses of the kernel ----------------------------------------------------------------------------------
#define TEXT_BASE 0xFFFFFFFFC0000000    // wired TLB entry 0: the own station's replica
#define LOCAL_BASE (-32768)             // wired TLB entry 1: the own processor's pages, in reach of `offset($0)`
#define PUBLIC_BASE (-16384)            // the second of them: what other processors may write (by its physical address)
#define TABLE_BASE 0xFFFFFFFFD0000000   // the translation table of clustered objects, of the own processor
#define TABLE_UPPER 0xD000               // as LUI takes it
#define TABLE_BYTES_SHIFT 20
#define MISS_SAVES_FLOAT 0               // the kernel has no floating point
#define WIRED_ENTRIES 2

// ---- Virtual addresses of every program (docs/programs.md) --------------------------------------------------------------
// The leaf of the page table that begins at PRIVATE_BASE is each processor's own: the same addresses lead to other pages on each.
#define PRIVATE_BASE 0x70000000         // 32 MB
#define USER_TABLE_BASE 0x70000000      // the program's translation table: 1 MB, as the kernel's
#define USER_LOCAL_BASE 0x70100000      // data of the own processor: 1 MB of zeros but for the first line (USER_LOCAL_…)
#define PRIVATE_USED 0x200000           // table and data; the rest of the 32 MB is not mapped
// What the program's objects share, in ordinary memory.
#define USER_GLOBAL_TABLE 0x72000000    // the global miss-handling table: 65536 entries of 16 bytes
#define USER_BLOCKS 0x72100000          // a page for each processor: its part of the bookkeeping, which others may touch
#define USER_SHARED_BYTES 0x200000
// The first line of the own data, filled by the kernel.
#define USER_LOCAL_NUMBER 0             // of the processor, in the program's set
#define USER_LOCAL_STATION 8
#define USER_LOCAL_PROCESSORS 16        // how many processors the program may use
#define USER_LOCAL_STATION_SIZE 24      // processors per station
#define USER_LOCAL_BLOCK 32             // USER_BLOCKS + number * 16384
#define USER_LOCAL_PART_SHIFT 40        // entries of a processor's part of the global table, as a power of two

// ---- Status, Cause ---------------------------------------------------------------------------------------------------
#define STATUS_IE 0x1
#define STATUS_EXL 0x2
#define STATUS_USER 0x10                // KSU = user
#define STATUS_MODE 0x1F                // KSU, ERL, EXL, IE
#define STATUS_64BIT 0xE0               // KX, SX, UX
#define STATUS_FLOAT 0x24000000         // CU1, FR
#define STATUS_IM2 0x400
#define STATUS_IM3 0x800
#define STATUS_IM7 0x8000

// ---- ProcessorLocal, by offset from LOCAL_BASE ---------------------------------------------------------------------------
#define LOCAL_ROOT 0
#define LOCAL_KERNEL_STACK 8
#define LOCAL_USER_STATUS 16
#define LOCAL_TABLE_PAGES 512
#define LOCAL_STATE_OFFSET 0x600        // ProcessorState (Swift) follows

// ---- Public page, by offset from PUBLIC_BASE ------------------------------------------------------------------------------
#define PUBLIC_INCOMING 0               // head of the list of threads that others made ready for this processor
#define PUBLIC_MAILBOX 128              // one line of 128 bytes for each sender
#define PUBLIC_OBJECTS 0x2100           // ObjectBlock: three lines
#define PUBLIC_RETURNED 0x2600          // list of strictly local blocks that others freed, in a line of its own
#define PUBLIC_OUTPUT 0x2800            // 4 KB through which output passes
#define PUBLIC_OUTPUT_BYTES 4096
#define MAX_PROCESSORS 64

// ---- TrapFrame -----------------------------------------------------------------------------------------------------------
#define FRAME_HI 256
#define FRAME_LO 264
#define FRAME_EPC 272
#define FRAME_STATUS 280
#define FRAME_CAUSE 288
#define FRAME_BADVADDR 296
#define FRAME_SIZE 320

#ifndef __ASSEMBLER__

/// What the assembly paths need of the own processor, at `LOCAL_BASE`. No other processor ever touches it.
typedef struct {
  /// Root of the page table of the address space that runs: 64 pointers to leaves. Read by the refill handler.
  unsigned long pageTableRoot;
  /// Where the kernel stack of the current thread begins (its highest address). Read at entry from user mode.
  unsigned long kernelStack;
  /// The Status with which user mode is entered: holds the interrupt mask of the moment.
  unsigned long userStatus;
  /// Not zero: look for something to do before going back to user mode.
  unsigned long attention;
  /// Global processor number.
  unsigned long number;
  unsigned long station;
  /// Number within the station.
  unsigned long index;
  unsigned long stations;
  unsigned long processorsPerStation;
  /// Bytes of memory in each station.
  unsigned long stationBytes;
  /// Thread that runs, thread that runs when no other does, and thread that has ended and whose page is to be freed.
  void *current;
  void *idle;
  void *ended;
  /// The process whose address space is active, as a reference (0: none).
  unsigned long activeProcess;
  /// The thread whose registers are in the floating-point unit (null: nobody's).
  void *floatOwner;
  /// Entries of a part of the global miss-handling table, as a power of two.
  unsigned long partShift;
  /// What the end of the operation that is active takes off the count (`Existence/Operation.swift`).
  unsigned long operation;
  unsigned long unused[64 - 17];
  /// EntryLo of the 64 pages of the own translation table.
  unsigned long tablePages[64];
} ProcessorLocal;

_Static_assert(__builtin_offsetof(ProcessorLocal, pageTableRoot) == LOCAL_ROOT, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, kernelStack) == LOCAL_KERNEL_STACK, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, userStatus) == LOCAL_USER_STATUS, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, tablePages) == LOCAL_TABLE_PAGES, "offset");
_Static_assert(sizeof(ProcessorLocal) <= LOCAL_STATE_OFFSET, "size");

/// What a thread has in the floating-point unit, while another has it.
typedef struct {
  unsigned long registers[32];
  /// FCR31.
  unsigned long control;
} FloatRegisters;

_Static_assert(sizeof(FloatRegisters) == 264, "size");

/// The registers of what an exception interrupted, on the kernel stack.
typedef struct {
  /// `$1` … `$31` at their number; `$0`, `$26` and `$27` are not kept. A system call keeps only `$2`, `$4` … `$9`, `$29` and `$31`:
  /// the rest is either preserved by the calling convention or not promised to programs.
  unsigned long registers[32];
  unsigned long hi, lo, epc, status, cause, badVirtualAddress;
  unsigned long unused[2];
} TrapFrame;

_Static_assert(__builtin_offsetof(TrapFrame, hi) == FRAME_HI, "offset");
_Static_assert(__builtin_offsetof(TrapFrame, epc) == FRAME_EPC, "offset");
_Static_assert(__builtin_offsetof(TrapFrame, badVirtualAddress) == FRAME_BADVADDR, "offset");
_Static_assert(sizeof(TrapFrame) == FRAME_SIZE, "size");

#endif
