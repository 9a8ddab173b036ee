// What a program may ask of Tornado, for C, and for Swift below its library's own interface. docs/programs.md
// of the project describes the calls. Everything here also runs under qemu-mips64el, with one processor.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "abi/calls.h"
#include "abi/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- The program
// ------------------------------------------------------------------------------------------------------

// Written once at the start and then read by every processor: on a line of its own, away from all that
// changes.
struct tornado_program {
  // The monitor's page of the processor that looks at it, or NULL on a machine without one (QEMU). [0] cycles
  // since reset, [1] instructions, …
  const uint64_t *monitor_page;
  char **arguments;
  long argument_count;
  // Not zero once the translation table of clustered objects can be used.
  long has_objects;
};
extern struct tornado_program tornado_program;

// Ends the program at once, with all its threads, after writing what is left of its output.
_Noreturn void tornado_exit(int status);
// Writes all the bytes to stream 1 (output) or 2 (error).
void tornado_write(int stream, const void *bytes, size_t count);

// A double as printf writes it in style 'f', 'e' or 'g' with so many digits (fewer than none: 6): correctly
// rounded. Writes at most TORNADO_DECIMAL_BYTES to `text`, no zero behind them; returns how many.
#define TORNADO_DECIMAL_PRECISION 100
#define TORNADO_DECIMAL_BYTES (TORNADO_DECIMAL_PRECISION + 320)
size_t tornado_decimal(char *text, double value, char style, int precision);

// A system call: the result, or the negative errno. Arguments that a call does not have are ignored.
long tornado_call(long number, long a, long b, long c, long d, long e, long f);

// --- Processors and threads
// -------------------------------------------------------------------------------------------

// How many processors the program may use: 1 or more.
long tornado_processors(void);
// The index, in the program's set, of the processor that runs the calling thread.
long tornado_processor(void);
// The station of the n-th processor of the program's set.
long tornado_station_of(long n);
// Starts a thread at entry(argument) on the n-th processor; it ends when entry returns. Returns the thread's
// number, or the negative errno. The kernel makes the stack (256 KB).
long tornado_spawn(long n, void (*entry)(void *), void *argument);
// Sleeps while *word is value; a wake-up for no reason is possible.
void tornado_wait_while(const uint32_t *word, uint32_t value);
// Sets *word to 1 and wakes everyone who sleeps on it.
void tornado_finish(uint32_t *word);
// Wakes everyone who sleeps on word.
void tornado_wake_all(const uint32_t *word);

// --- Clustered objects (Swift: `Reference`, `Clustered`, `Existence`)
// -------------------------------------------------------------------

// Makes the translation table usable; more than once does no harm.
void tornado_objects_start(void);
static inline long tornado_objects_started(void) { return tornado_program.has_objects; }
// Takes one reference off an object of Swift's.
void tornado_release(void *object);
// --- Processes and protected procedure calls (docs/programs.md)
// -------------------------------------------------------------

// Starts a process of the same job from a program file in memory, its first thread on the n-th processor. The
// arguments are strings one after the other, each with its zero byte; the first is its name. 0, or the
// negative errno.
long tornado_start_process(const void *file, size_t bytes, long n, const char *arguments, size_t argument_bytes);
// As tornado_start_process, with the file that the calling program itself came from.
long tornado_start_self(long n, const char *arguments, size_t argument_bytes);

// What a call gives: 0 or an errno, and what the method returned.
struct tornado_ppc_result {
  long status;
  uint64_t value;
};
// Calls a method of a server's object: at `port`, with up to five words.
#define TORNADO_TARGET uint64_t port, uint64_t object, uint64_t method
struct tornado_ppc_result tornado_ppc(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
// The same with fewer words; the server finds anything in the others.
struct tornado_ppc_result tornado_ppc_0(TORNADO_TARGET);
struct tornado_ppc_result tornado_ppc_1(TORNADO_TARGET, uint64_t a);
struct tornado_ppc_result tornado_ppc_2(TORNADO_TARGET, uint64_t a, uint64_t b);
struct tornado_ppc_result tornado_ppc_3(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c);
struct tornado_ppc_result tornado_ppc_4(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
struct tornado_ppc_result tornado_ppc_5(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
// As tornado_ppc; the server finds up to 8 KB of the caller's memory, on one page, in its third and fourth
// word, for reading and writing until it returns.
struct tornado_ppc_result tornado_ppc_with_data(TORNADO_TARGET, uint64_t a, uint64_t b, void *data, uint64_t bytes, uint64_t e);

// As tornado_ppc with four words, to a worker on the n-th processor.
struct tornado_ppc_result tornado_ppc_on(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t n);

// The number of a new port of this process, at which its objects can be called, or the negative errno. With
// mapped_stacks the workers get their stacks, of 16 KB, with each call.
long tornado_make_port(int mapped_stacks);
// As tornado_make_port for calls that begin anywhere: in `entry` with the caller's registers, on a new stack.
// They end by system call 9011 and never return.
long tornado_make_port_at(void (*entry)(void), int mapped_stacks);
// A server's stub: what an external call of an object comes to, with the words that the client's stub passed.
typedef struct tornado_ppc_result (*tornado_stub)(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
extern tornado_stub tornado_external_stubs[65536];
static inline tornado_stub tornado_external_stub(uint64_t object) { return tornado_external_stubs[(object - TORNADO_TABLE) >> 4 & 65535]; }
// The end of a call: what the caller gets.
_Noreturn void tornado_ppc_return(uint64_t value, uint64_t zero, long status);
// The page for data is 16 KB; a call carries this much.
#define TORNADO_PPC_DATA 8192
// Lets an object be called from outside, or with a null pointer no more. 0, or -1 for what is no reference.
// In a program without clustered objects the seven entries after the table's first can be called anything.
int tornado_set_external(uint64_t object, tornado_stub stub);
// The word that the job has for its name server (an `ExternalReference`); with a word, that becomes it if
// there is none. 0: there is none.
long tornado_name_server(long word);
// Starts the job's name server, which tells so by tornado_name_server once it serves. 0, or a negative
// number.
long tornado_start_name_server(void);
// Lets the processor's other threads run first.
void tornado_yield(void);

// --- Memory
// -----------------------------------------------------------------------------------------------------------

// Zeroed memory from the station of the n-th processor, present when the call returns; NULL when there is
// none.
void *tornado_map_at(size_t bytes, long n);
// Zeroed memory, made page by page in the station of the processor that first touches it; NULL when there is
// none.
void *tornado_map(size_t bytes);
// Gives back what tornado_map and tornado_map_at gave, or whole pages of it.
void tornado_unmap(void *memory, size_t bytes);
void *malloc(size_t bytes);
void free(void *memory);
int posix_memalign(void **memory, size_t alignment, size_t bytes);
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);

// The bytes of a line of the secondary cache: what two processors write should lie at least this far apart.
#define TORNADO_LINE 128

// (In assembly within C: the compiler may hand out $1, so say `.set noat` and use no assembler macros.)

// --- Atomic updates by LL/SC
// --------------------------------------------------------------------------------------------

// Adds to *word and returns what it held before.
static inline uint64_t tornado_fetch_add(uint64_t *word, uint64_t amount) {
  uint64_t before, after;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %0, 0(%2)\n\tdaddu %1, %0, %3\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n\t.set pop"
      : "=&r"(before), "=&r"(after)
      : "r"(word), "r"(amount)
      : "memory");
  return before;
}

// Stores desired if *word holds expected; returns what it held.
static inline uint64_t tornado_compare_exchange(uint64_t *word, uint64_t expected, uint64_t desired) {
  uint64_t before, scratch;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %0, 0(%2)\n\tbne %0, %3, 2f\n\tmove %1, %4\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n2:\n\t.set pop"
      : "=&r"(before), "=&r"(scratch)
      : "r"(word), "r"(expected), "r"(desired)
      : "memory");
  return before;
}

// A load and a store that the compiler neither moves, merges nor leaves out. The machine's memory is
// sequentially consistent.
static inline uint64_t tornado_load(const uint64_t *word) { return *(const volatile uint64_t *)word; }
static inline void tornado_store(uint64_t *word, uint64_t value) { *(volatile uint64_t *)word = value; }

// A spin-then-block lock in two bits of any word (Tornado, Section 5.1): bit 0 says that it is held, bit 1
// that threads may wait for it; the other bits are the program's own, which may change them while it holds
// the lock, by LL/SC. Who waits is known to the kernel. Threads that wait get the lock in the order in which
// they came.
void tornado_lock_slowly(uint64_t *word);
void tornado_unlock_slowly(uint64_t *word);

// Takes the lock if it is free. Returns 0 when it has it.
static inline uint64_t tornado_try_lock(uint64_t *word) {
  uint64_t held, value;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %1, 0(%2)\n\tandi %0, %1, 1\n\tbnez %0, 2f\n\tori %1, %1, 1\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n2:\n\t.set pop"
      : "=&r"(held), "=&r"(value)
      : "r"(word)
      : "memory");
  return held;
}
// Opens the lock if nobody waits for it. Returns 0 when it has.
static inline uint64_t tornado_try_unlock(uint64_t *word) {
  uint64_t waiting, value;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %1, 0(%2)\n\tandi %0, %1, 2\n\tbnez %0, 2f\n\txori %1, %1, 1\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n2:\n\t.set pop"
      : "=&r"(waiting), "=&r"(value)
      : "r"(word)
      : "memory");
  return waiting;
}
static inline void tornado_lock(uint64_t *word) {
  if (tornado_try_lock(word)) tornado_lock_slowly(word);
}
static inline void tornado_unlock(uint64_t *word) {
  if (tornado_try_unlock(word)) tornado_unlock_slowly(word);
}

// --- Time
// -------------------------------------------------------------------------------------------------------------

uint64_t tornado_clock_cycles(void);
// What stands for the monitor's page where there is none: zeroes.
const uint64_t *tornado_no_monitor(void);

// Processor cycles since reset. One uncached load on Tornado; elsewhere the clock, at 150 MHz.
static inline uint64_t tornado_cycles(void) {
  const uint64_t *page = tornado_program.monitor_page;
  return page ? *(const volatile uint64_t *)page : tornado_clock_cycles();
}

// Passes about `cycles` cycles without touching memory: a loop of four cycles a turn.
static inline void tornado_delay(uint64_t cycles) {
  uint64_t turns = cycles >> 2;
  __asm__ volatile(".set push\n\t.set noat\n\t.set noreorder\n1:\tbnez %0, 1b\n\tdaddiu %0, %0, -1\n\t.set pop" : "+r"(turns));
}

#ifdef __cplusplus
}
#endif
