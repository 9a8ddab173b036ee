// Where things are: the addresses and offsets that assembly, linker script and Swift must agree on.
// `docs/tornado.md` draws the same map.
#pragma once
#include "abi/calls.h"
#include "abi/machine.h"
#include "abi/memory.h"
#include "abi/records.h"

// ---- Pages
// -------------------------------------------------------------------------------------------------------
#define PAGE_SHIFT 14
#define PAGE_SIZE 16384
#define PAGE_MASK_16K 0x6000
#define PAGE_MASK_256K 0x7E000

// ---- A station's memory, by physical offset; every station is laid out alike -------------------------------------------
// 0x00_0000  exception vectors, 0x00_4000 boot code            (station 0 only)
#define STATION_DATA_OFFSET 0x8000      // StationData: the station's frames and its console lock
#define EMPTY_LEAF_OFFSET 0xC000        // a page of zeros: the page-table leaf of what is not mapped
#define GLOBAL_TABLE_OFFSET 0x40000     // sixteen pages: its processors' parts of the global miss-handling table
// Each processor's own four pages: two that it maps at LOCAL_BASE, its idle stack, and the lines in which
// others call it (PPC/CallLines.swift). Those of a station's processors lie 1 MB apart, so that they take the
// same place in each one's secondary cache, beside the text's: see FrameAllocator.
#define LOCAL_PAGES_OFFSET 0xF0000
#define LOCAL_PAGES_SHIFT 20
#define LOCAL_PAGES 4
#define IDLE_STACK_PAGE 2
#define CALL_LINES_PAGE 3
#define TEXT_OFFSET 0x100000            // the station's replica of the kernel's text and read-only data (512 KB)
#define DATA_OFFSET 0x180000            // the kernel's shared data      (station 0 only)
#define FRAMES_OFFSET 0x200000          // from here on: page frames (and the third processor's pages, and so on)
#define MAX_PROCESSORS_PER_STATION 16

// ---- Virtual addresses of the kernel
// ----------------------------------------------------------------------------------
#define TEXT_BASE 0xFFFFFFFFC0000000    // wired TLB entry 0: the own station's replica
#define LOCAL_BASE (-32768)             // wired TLB entry 1: the own processor's pages, in reach of `offset($0)`
#define PUBLIC_BASE (-16384)            // the second of them: what other processors may write (by its physical address)
#define TABLE_BASE 0xFFFFFFFFD0000000   // the translation table of clustered objects, of the own processor
#define TABLE_UPPER 0xD000               // as LUI takes it
#define TABLE_BYTES_SHIFT 20
#define MISS_SAVES_FLOAT 0               // the kernel has no floating point
#define WIRED_ENTRIES 2

// ---- Virtual addresses of every program: abi/memory.h
// ------------------------------------------------------------------------------------------------------
#define PRIVATE_USED 0x200000           // table and data of the own processor; the rest of the 32 MB is not mapped

// ---- Status, Cause
// ---------------------------------------------------------------------------------------------------
#define STATUS_IE 0x1
#define STATUS_EXL 0x2
#define STATUS_USER 0x10                // KSU = user
#define STATUS_MODE 0x1F                // KSU, ERL, EXL, IE
#define STATUS_64BIT 0xE0               // KX, SX, UX
#define STATUS_FLOAT 0x24000000         // CU1, FR
#define STATUS_IM2 0x400
#define STATUS_IM3 0x800
#define STATUS_IM7 0x8000

// ---- ProcessorLocal, by offset from LOCAL_BASE
// ---------------------------------------------------------------------------
#define LOCAL_ROOT 0
#define LOCAL_KERNEL_STACK 8
#define LOCAL_USER_STATUS 16
#define LOCAL_ATTENTION 24
#define LOCAL_CURRENT 80
#define LOCAL_ACTIVE_PROCESS 104
#define LOCAL_FLOAT_OWNER 112
#define LOCAL_PORT_CLASS 136
#define LOCAL_GENERATION 144
#define LOCAL_TRIM 152
#define LOCAL_STACKS 160
#define LOCAL_STACK_ENTRIES 168
#define STACKS_AT_MOST 16
#define LOCAL_TABLE_PAGES 512
#define LOCAL_PARTS 1024
#define LOCAL_STATE_OFFSET 0x600        // ProcessorState (Swift) follows

// ---- Protected procedure calls (PPC/ppc.S)
// ---------------------------------------------------------------------------------
#define SPACE_IDENTIFIER 0              // SpaceWords
#define SPACE_ROOT 8
#define ROOT_DIRECTORY 512              // PageTable: in a root, behind the pointers to leaves
#define LINK_SPACE 0                    // CallLinkage, by offset in a thread's page
#define LINK_PROCESS 8
#define LINK_STACK 16
#define LINK_PC 24
#define LINK_CALLER 32
#define LINK_NEXT_IDLE 40
#define LINK_PORT 48
#define LINK_ENTRY 56
#define LINK_TOP 64
#define LINK_PAIR 72
#define LINK_EVEN 80
#define LINK_ODD 88
#define LINK_DATA 96
#define LINK_REMOTE 104
#define LINK_JOB 112
#define REMOTE_PORT 24                  // RemoteCall
#define REMOTE_REGISTERS 48
#define PORT_ID 16                      // PortWords, by offset in the representative
#define PORT_IDLE 24
#define PORT_IDLE_COUNT 32
#define PORT_MAPS_STACKS 40
#define PORT_CALLERS 48
#define PORT_KEEPS 8                    // idle workers that a port keeps on a processor
#define PPC_DATA_BYTES 8192             // data that a call can pass by remapping, at most
#define WORKERS_AT_MOST 128             // of a process on a processor
#define PPC_CALLS_COUNTER (MACHINE_SOFTWARE + 6 * 8)  // LocalWindow.software(.ppcCalls)

// ---- Public page, by offset from PUBLIC_BASE
// ------------------------------------------------------------------------------
#define PUBLIC_INCOMING 0               // head of the list of threads that others made ready for this processor
#define PUBLIC_MAILBOX 128              // one line of 128 bytes for each sender
#define PUBLIC_OBJECTS 0x2100           // ObjectBlock: three lines
#define PUBLIC_RETURNED 0x2600          // list of strictly local blocks that others freed, in a line of its own
#define PUBLIC_CALLS 0x2680             // list of calls that other processors made to this one beside those in lines, in a line of its own
#define PUBLIC_OUTPUT 0x2800            // 4 KB through which output passes
#define PUBLIC_OUTPUT_BYTES 4096
#define MAX_PROCESSORS 64

// ---- TrapFrame
// -----------------------------------------------------------------------------------------------------------
#define FRAME_HI 256
#define FRAME_LO 264
#define FRAME_EPC 272
#define FRAME_STATUS 280
#define FRAME_CAUSE 288
#define FRAME_BADVADDR 296
#define FRAME_SIZE 320

#ifndef __ASSEMBLER__

_Static_assert(STATUS_IM2 == 0x100 << MACHINE_LINE_CROSS_PROCESSOR, "line");
_Static_assert(STATUS_IM3 == 0x100 << MACHINE_LINE_HOST, "line");

/// What the assembly paths need of the own processor, at `LOCAL_BASE`. No other processor ever touches it.
typedef struct {
  /// Root of the page table of the address space that runs (`PageTable`). Read by the refill handler.
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
  /// Thread that runs, thread that runs when no other does, and thread that has ended and whose page is to be
  /// freed.
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
  /// The class record of which all kinds of ports are direct subclasses: what tells them from other objects.
  unsigned long portClass;
  /// The generation of address-space identifiers, in bits 63:8.
  unsigned long generation;
  /// A port that has more idle workers than it keeps (0: none).
  void *trim;
  /// Frames for the stacks of workers that get one with each call: how many, and their EntryLo. No other
  /// processor uses them.
  unsigned long stacks;
  unsigned long stackEntries[STACKS_AT_MOST];
  /// A processor's number times this has its station's number in bits 63:16: a division takes ten times as
  /// long.
  unsigned long stationFactor;
  unsigned long unused[64 - 22 - STACKS_AT_MOST];
  /// EntryLo of the 64 pages of the own translation table.
  unsigned long tablePages[64];
  /// Where each processor's part of the global miss-handling table is.
  unsigned long parts[64];
} ProcessorLocal;

_Static_assert(__builtin_offsetof(ProcessorLocal, pageTableRoot) == LOCAL_ROOT, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, kernelStack) == LOCAL_KERNEL_STACK, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, userStatus) == LOCAL_USER_STATUS, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, attention) == LOCAL_ATTENTION, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, current) == LOCAL_CURRENT, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, activeProcess) == LOCAL_ACTIVE_PROCESS, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, floatOwner) == LOCAL_FLOAT_OWNER, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, portClass) == LOCAL_PORT_CLASS, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, generation) == LOCAL_GENERATION, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, trim) == LOCAL_TRIM, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, stackEntries) == LOCAL_STACK_ENTRIES, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, tablePages) == LOCAL_TABLE_PAGES, "offset");
_Static_assert(__builtin_offsetof(ProcessorLocal, parts) == LOCAL_PARTS, "offset");
_Static_assert(sizeof(ProcessorLocal) <= LOCAL_STATE_OFFSET, "size");

/// What a thread has in the floating-point unit, while another has it.
typedef struct {
  unsigned long registers[32];
  /// FCR31.
  unsigned long control;
} FloatRegisters;

_Static_assert(sizeof(FloatRegisters) == 264, "size");

/// What a switch to an address space needs to know of it, on one processor.
typedef struct {
  /// The address-space identifier with its generation; see `AddressSpaceIdentifiers`. 0: none.
  unsigned long identifier;
  /// The root of its page table.
  unsigned long root;
} SpaceWords;

/// What a protected procedure call needs of a thread: of the one that calls, and of the worker that serves.
/// At the start of the thread's record, a line of its own.
typedef struct {
  /// The address space of its process on this processor.
  SpaceWords *space;
  /// Its process, as a reference (0: the processor's idle thread).
  unsigned long process;
  /// While it waits for the end of its call: its stack pointer, and where it goes on.
  unsigned long stack, pc;
  /// Worker: the thread of this processor whose call it serves (null: none).
  void *caller;
  void *nextIdle;
  /// Worker: the port's representative (null: an ordinary thread).
  void *port;
  /// Worker: where a call begins, and on which stack.
  unsigned long entry, top;
  /// Worker: address of its pair of pages in the server; what is mapped there during the call that it serves,
  /// as EntryLo: a stack in the even page, the caller's data in the odd one (0: nothing).
  unsigned long pair, even, odd;
  /// Worker: where the data are in the caller.
  unsigned long data;
  /// Worker: the call from another processor that it serves (null: none).
  void *remote;
  /// The job to which its process belongs.
  unsigned long job;
  /// Worker: whose call it served before its first fault in it (itself for nobody of this processor), while
  /// it tidies up after that; else null.
  void *failed;
} CallLinkage;

_Static_assert(__builtin_offsetof(CallLinkage, caller) == LINK_CALLER, "offset");
_Static_assert(__builtin_offsetof(CallLinkage, port) == LINK_PORT, "offset");
_Static_assert(__builtin_offsetof(CallLinkage, top) == LINK_TOP, "offset");
_Static_assert(__builtin_offsetof(CallLinkage, data) == LINK_DATA, "offset");
_Static_assert(__builtin_offsetof(CallLinkage, remote) == LINK_REMOTE, "offset");
_Static_assert(__builtin_offsetof(CallLinkage, job) == LINK_JOB, "offset");
_Static_assert(sizeof(CallLinkage) == 128, "size");

/// What a call needs of a port on the own processor, behind the header of the representative's object.
typedef struct {
  /// What callers know it by (0: closed).
  unsigned long id;
  /// The first idle worker, and how many there are.
  void *idle;
  unsigned long idleCount;
  /// Not zero: each call gets its stack from the processor's.
  unsigned long mapsStacks;
  /// The job that may call it (0: every job).
  unsigned long callers;
} PortWords;

_Static_assert(__builtin_offsetof(PortWords, mapsStacks) == PORT_MAPS_STACKS - PORT_ID, "offset");
_Static_assert(__builtin_offsetof(PortWords, callers) == PORT_CALLERS - PORT_ID, "offset");

/// The registers of what an exception interrupted, on the kernel stack.
typedef struct {
  /// `$1` … `$31` at their number; `$0`, `$26` and `$27` are not kept. A system call keeps only `$2`, `$4` …
  /// `$9`, `$29` and `$31`: the rest is either preserved by the calling convention or not promised to
  /// programs.
  unsigned long registers[32];
  unsigned long hi, lo, epc, status, cause, badVirtualAddress;
  unsigned long unused[2];
} TrapFrame;

_Static_assert(__builtin_offsetof(TrapFrame, hi) == FRAME_HI, "offset");
_Static_assert(__builtin_offsetof(TrapFrame, epc) == FRAME_EPC, "offset");
_Static_assert(__builtin_offsetof(TrapFrame, badVirtualAddress) == FRAME_BADVADDR, "offset");
_Static_assert(sizeof(TrapFrame) == FRAME_SIZE, "size");

#endif
