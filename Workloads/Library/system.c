// Start-up, threads and the calls of docs/programs.md.
#include "tornado.h"

enum { futex_wait_private = 128, futex_wake_private = 129, no_memory = 12, no_system_call = 89 };

// Padded to whole lines, so that the linker puts nothing beside it.
static union {
  struct tornado_program program;
  char line[TORNADO_LINE];
} own __attribute__((aligned(TORNADO_LINE)));
extern struct tornado_program tornado_program __attribute__((alias("own")));

extern void tornado_flush(void);
extern int main(int, char **, char **);
extern void tornado_thread_start(void *);

// Functions that run before anything of the program, if the program needs what they are for: see process.c.
extern void (*const __early_start[])(void), (*const __early_end[])(void);

__attribute__((used)) _Noreturn void tornado_start(long *stack) {
  own.program.argument_count = stack[0];
  own.program.arguments = (char **)(stack + 1);
  long page = tornado_call(TORNADO_CALL_MONITOR, 0, 0, 0, 0, 0, 0);
  own.program.monitor_page = page < 0 && page > -4096 ? 0 : (const uint64_t *)page;
  // Where there is no Tornado, the only processor's own data are ordinary memory.
  if (page == -no_system_call && tornado_call(TORNADO_CALL_MMAP, TORNADO_OWN, TORNADO_OWN_BYTES, 3, 0x812, -1, 0) != TORNADO_OWN) __builtin_trap();
  for (void (*const *early)(void) = __early_start; early < __early_end; early++) (*early)();
  tornado_exit(main((int)stack[0], (char **)(stack + 1), (char **)(stack + 2 + stack[0])));
}

_Noreturn void tornado_exit(int status) {
  tornado_flush();
  for (;;) tornado_call(TORNADO_CALL_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

void tornado_write(int stream, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    long written = tornado_call(TORNADO_CALL_WRITE, stream, (long)next, (long)count, 0, 0, 0);
    if (written <= 0) return;
    next += written;
    count -= (size_t)written;
  }
}

long tornado_processors(void) {
  long count = tornado_call(TORNADO_CALL_PROCESSORS, 0, 0, 0, 0, 0, 0);
  return count < 1 ? 1 : count;
}

long tornado_processor(void) {
  long n = tornado_call(TORNADO_CALL_PROCESSOR, 0, 0, 0, 0, 0, 0);
  return n < 0 ? 0 : n;
}

long tornado_station_of(long n) {
  long station = tornado_call(TORNADO_CALL_STATION_OF, n, 0, 0, 0, 0, 0);
  return station < 0 ? 0 : station;
}

struct thread {
  void (*entry)(void *);
  void *argument;
};

long tornado_spawn(long n, void (*entry)(void *), void *argument) {
  struct thread *thread = malloc(sizeof *thread);
  if (!thread) return -no_memory;
  thread->entry = entry;
  thread->argument = argument;
  long number = tornado_call(TORNADO_CALL_SPAWN, (long)tornado_thread_start, (long)thread, n, 0, 0, 0);
  if (number < 0) free(thread);
  return number;
}

__attribute__((used)) _Noreturn void tornado_thread_run(struct thread *thread) {
  struct thread copy = *thread;
  free(thread);
  copy.entry(copy.argument);
  for (;;) tornado_call(TORNADO_CALL_EXIT, 0, 0, 0, 0, 0, 0);
}

void tornado_wait_while(const uint32_t *word, uint32_t value) {
  while (*(const volatile uint32_t *)word == value) tornado_call(TORNADO_CALL_FUTEX, (long)word, futex_wait_private, value, 0, 0, 0);
}

void tornado_wake_all(const uint32_t *word) { tornado_call(TORNADO_CALL_FUTEX, (long)word, futex_wake_private, 0x7fffffff, 0, 0, 0); }

void tornado_finish(uint32_t *word) {
  *(volatile uint32_t *)word = 1;
  tornado_wake_all(word);
}

void *tornado_map(size_t bytes) {
  // Reading and writing; private and anonymous, as MIPS numbers it.
  long address = tornado_call(TORNADO_CALL_MMAP, 0, (long)bytes, 3, 0x802, -1, 0);
  return address < 0 && address > -4096 ? 0 : (void *)address;
}

void *tornado_map_at(size_t bytes, long n) {
  long address = tornado_call(TORNADO_CALL_MAP_AT, (long)bytes, n, 0, 0, 0, 0);
  if (address == -89) return tornado_map(bytes);  // ENOSYS: not on Tornado
  return address < 0 && address > -4096 ? 0 : (void *)address;
}

void tornado_yield(void) { tornado_call(TORNADO_CALL_SCHED_YIELD, 0, 0, 0, 0, 0, 0); }

void tornado_unmap(void *memory, size_t bytes) { tornado_call(TORNADO_CALL_MUNMAP, (long)memory, (long)bytes, 0, 0, 0, 0); }

const uint64_t *tornado_no_monitor(void) {
  static const uint64_t zeroes[64];
  return zeroes;
}

uint64_t tornado_clock_cycles(void) {
  struct {
    long seconds, nanoseconds;
  } now = {0, 0};
  tornado_call(TORNADO_CALL_CLOCK_GETTIME, 1, (long)&now, 0, 0, 0, 0);
  return (uint64_t)now.seconds * 150000000 + (uint64_t)now.nanoseconds * 3 / 20;
}
