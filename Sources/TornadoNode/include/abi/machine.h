// The machine's registers, for the machine itself, kernel and assembly. `docs/machine.md` says what each does,
// and a test compares its tables with this.
#pragma once

// ---- The local window: physical address, and the registers by their offset in it
#define MACHINE_WINDOW 0x1F000000
#define MACHINE_WINDOW_BYTES 0x1000000
#define MACHINE_WINDOW_UPPER 0xBF00  // in kseg1, as LUI takes it

#define MACHINE_PROCESSOR 0x0000
#define MACHINE_STATION 0x0008
#define MACHINE_STATIONS 0x0010
#define MACHINE_PROCESSORS 0x0018
#define MACHINE_MEMORY 0x0020
#define MACHINE_INTERRUPTS 0x0028
#define MACHINE_IDLE 0x0030
#define MACHINE_MEMORY_CLOCK 0x0038
#define MACHINE_FREQUENCY 0x0040
#define MACHINE_HOST_STATUS 0x4000
#define MACHINE_HOST_LENGTH 0x4008
#define MACHINE_HOST_TRANSFER 0x4010
#define MACHINE_HOST_POP 0x4018
#define MACHINE_HOST_EVENT 0x4020
#define MACHINE_HOST_STREAM 0x4028
#define MACHINE_HOST_OUT1 0x4048  // HOST_OUT2 … HOST_OUT8 follow, 8 bytes each
#define MACHINE_SOFTWARE 0x4100
#define MACHINE_MONITOR 0x8000
#define MACHINE_MONITOR_STATION 0xA000
#define MACHINE_INTERRUPT_SEND 0x800000

#define MACHINE_SOFTWARE_COUNTERS 8
#define MACHINE_MONITOR_BYTES 0x2000  // of either page half

// ---- HOST_STATUS
#define MACHINE_HOST_WAITS 1     // a record from outside
#define MACHINE_HOST_RUNS 2      // the transfer
#define MACHINE_HOST_COMPLETE 4  // is the transfer

// ---- HOST_EVENT: kinds
#define MACHINE_EVENT_READY 1
#define MACHINE_EVENT_STARTED 2
#define MACHINE_EVENT_ENDED 3
#define MACHINE_EVENT_PANIC 4

// ---- Interrupt lines that devices drive (Cause.IP)
#define MACHINE_LINE_CROSS_PROCESSOR 2
#define MACHINE_LINE_HOST 3
