// The numbers of the system calls, for kernel, programs, assembly and host: those of Linux n64, and Tornado's
// own from 9000 on. `docs/programs.md` says what each does, and a test compares the two.
#pragma once

#define TORNADO_CALL_WRITE 5001
#define TORNADO_CALL_MMAP 5009
#define TORNADO_CALL_MUNMAP 5011
#define TORNADO_CALL_BRK 5012
#define TORNADO_CALL_SCHED_YIELD 5023
#define TORNADO_CALL_GETPID 5038
#define TORNADO_CALL_EXIT 5058
#define TORNADO_CALL_FUTEX 5194
#define TORNADO_CALL_EXIT_GROUP 5205
#define TORNADO_CALL_CLOCK_GETTIME 5222
#define TORNADO_CALL_SET_THREAD_AREA 5242

#define TORNADO_CALL_PROCESSORS 9000
#define TORNADO_CALL_SPAWN 9001
#define TORNADO_CALL_PROCESSOR 9002
#define TORNADO_CALL_MONITOR 9003
#define TORNADO_CALL_MAP_AT 9004
#define TORNADO_CALL_STATION_OF 9005
#define TORNADO_CALL_CYCLES 9006
// Four in a row: the kernel's entry tells them from the others by one comparison.
#define TORNADO_CALL_PPC 9010
#define TORNADO_CALL_PPC_RETURN 9011
#define TORNADO_CALL_PPC_WITH_DATA 9012
#define TORNADO_CALL_PPC_REMOTE 9013
#define TORNADO_CALL_MAKE_PORT 9014
#define TORNADO_CALL_START 9015
#define TORNADO_CALL_NAME_SERVER 9016
#define TORNADO_CALL_OBJECTS 9020
#define TORNADO_CALL_DISCARD_TABLE 9021
#define TORNADO_CALL_MEASURE 9030
