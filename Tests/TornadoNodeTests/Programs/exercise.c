// Exercises the kernel's system calls, one kind a run: exercise KIND [N]. Says "ok" and ends with 0, or says
// what is wrong and ends with 1.
#include <stdio.h>
#include <string.h>

#include "tornado.h"

enum { page = 16384, map_flags = 0x802 };

static long processors;
static uint32_t failures;

static void fail(const char *what, long value) {
  dprintf(1, "wrong: %s (%ld)\n", what, value);
  failures++;
}
static void expect(const char *what, long value, long wanted) {
  if (value != wanted) fail(what, value);
}
static long call(long number, long a, long b, long c, long d) { return tornado_call(number, a, b, c, d, 0, 0); }
static char *map(long bytes) { return (char *)tornado_call(5009, 0, bytes, 3, map_flags, -1, 0); }
static void unmap(void *at, long bytes) { expect("munmap", call(5011, (long)at, bytes, 0, 0), 0); }

// --- Threads that come and go
// -------------------------------------------------------------------------------------------

struct task {
  uint32_t done;
  uint32_t count;
  uint64_t sum;
} __attribute__((aligned(128)));
static struct task tasks[128];
static uint64_t shared __attribute__((aligned(128)));

static void run_all(int count, void (*entry)(void *)) {
  for (int i = 0; i < count; i++) {
    tasks[i].done = 0;
    long number = tornado_spawn(i % processors, entry, &tasks[i]);
    if (number < 0) fail("spawn", number);
  }
  for (int i = 0; i < count; i++) tornado_wait_while(&tasks[i].done, 0);
}

static void small_work(void *argument) {
  struct task *task = argument;
  for (int i = 0; i < 100; i++) tornado_fetch_add(&shared, 1);
  task->sum = (uint64_t)tornado_processor();
  tornado_finish(&task->done);
}

static void threads(int rounds) {
  for (int round = 0; round < rounds; round++) {
    shared = 0;
    run_all(48, small_work);
    expect("updates of 48 threads", (long)shared, 4800);
    for (int i = 0; i < 48; i++) expect("the processor of a thread", (long)tasks[i].sum, i % processors);
  }
}

// --- Memory that comes and goes
// -----------------------------------------------------------------------------------------

static void memory_work(void *argument) {
  struct task *task = argument;
  uint64_t state = 1 + (uint64_t)(task - tasks);
  for (int i = 0; i < 12; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    long pages = 1 + (long)(state >> 33) % 24;
    char *at = map(pages * page);
    for (long p = 0; p < pages; p++) {
      if (at[p * page] != 0 || at[p * page + page - 1] != 0) fail("a fresh page is not zero", p);
      at[p * page] = 1;
      at[p * page + page - 1] = 1;
    }
    // First a page in the middle, which somebody else may have at once, then what is on both sides: regions
    // are split.
    long middle = pages / 3;
    unmap(at + middle * page, page);
    if (middle > 0) unmap(at, middle * page);
    if (middle + 1 < pages) unmap(at + (middle + 1) * page, (pages - middle - 1) * page);
  }
  tornado_finish(&task->done);
}

static void memory(int rounds) {
  for (int round = 0; round < rounds; round++) run_all((int)processors, memory_work);
}

// --- Waiting and waking
// -------------------------------------------------------------------------------------------------

static uint32_t turn __attribute__((aligned(128)));
static int rounds_of_ring;

static void ring_work(void *argument) {
  struct task *task = argument;
  uint32_t own = task->count;
  for (int i = 0; i < rounds_of_ring; i++) {
    for (;;) {
      uint32_t now = *(volatile uint32_t *)&turn;
      if (now == own) break;
      call(5194, (long)&turn, 0, (long)now, 0);
    }
    *(volatile uint32_t *)&turn = (own + 1) % (uint32_t)processors;
    call(5194, (long)&turn, 1, 0x7fffffff, 0);
  }
  tornado_finish(&task->done);
}

static void ring(int rounds) {
  rounds_of_ring = rounds;
  for (int i = 0; i < processors; i++) tasks[i].count = (uint32_t)i;
  run_all((int)processors, ring_work);
}

// --- More threads than processors, all of which only spin: the time slice
// -----------------------------------------------------

static void spin_work(void *argument) {
  struct task *task = argument;
  tornado_fetch_add(&shared, 1);
  while (tornado_load(&shared) < 3) {}
  tornado_finish(&task->done);
}

static void slices(void) {
  shared = 0;
  long one = processors;
  processors = 1;
  run_all(3, spin_work);
  processors = one;
}

// --- Floating point, of threads that share a processor and its unit
// --------------------------------------------------------

/// Between any two rounds another thread of the processor has had the unit; then one that never used it looks
/// for what is left.
static void float_work(void *argument) {
  struct task *task = argument;
  uint64_t own = (uint64_t)(task - tasks);
  long control;
  double sum = (double)own, step = 0.25 * (double)(own + 1), scale = 1.0;
  __asm__ volatile("ctc1 %0, $31" ::"r"(own & 3));
  for (uint32_t i = 0; i < task->count; i++) {
    __asm__ volatile("" : "+f"(sum), "+f"(step), "+f"(scale));
    sum += step * scale;
    scale = -scale;
    if (i % 100 == 0) call(5023, 0, 0, 0, 0);
    while (task->count > 100 && i == 50 && tornado_load(&shared) < 3) {}
    if (i == 40) tornado_fetch_add(&shared, 1);
  }
  __asm__ volatile("cfc1 %0, $31" : "=r"(control));
  if (sum != (double)own) fail("a sum in floating point, of thread", (long)own);
  if ((control & 3) != (long)(own & 3)) fail("a rounding mode", control);
  tornado_finish(&task->done);
}

static void fresh_work(void *argument) {
  struct task *task = argument;
  unsigned long value, control, others = 0;
  __asm__ volatile("cfc1 %0, $31" : "=r"(control));
  __asm__ volatile("dmfc1 %0, $f0" : "=r"(value));
  others |= value;
  __asm__ volatile("dmfc1 %0, $f20" : "=r"(value));
  others |= value;
  __asm__ volatile("dmfc1 %0, $f31" : "=r"(value));
  if ((others | value | control) != 0) fail("a new thread has floating-point registers of another", (long)(others | value | control));
  tornado_finish(&task->done);
}

static void floats(void) {
  shared = 0;
  long all = processors;
  for (int i = 0; i < 64; i++) tasks[i].count = 4000;
  processors = 1;
  run_all(3, float_work);
  processors = all;
  shared = 3;
  run_all((int)processors * 3, float_work);
  run_all((int)processors, fresh_work);
}

// --- Thread areas: RDHWR of register 29
// ---------------------------------------------------------------------------------------

static uint64_t thread_area(void) {
  register uint64_t value __asm__("$3");
  __asm__ volatile(".set push\n.set mips64r2\nrdhwr $3, $29\n.set pop" : "=r"(value));
  return value;
}

/// The same into a register that calls preserve.
static uint64_t thread_area_elsewhere(void) {
  register uint64_t value __asm__("$20");
  __asm__ volatile(".set push\n.set mips64r2\nrdhwr $20, $29\n.set pop" : "=r"(value));
  return value;
}

/// Each thread has its own, whatever runs on its processor between two looks.
static void area_work(void *argument) {
  struct task *task = argument;
  uint64_t own = 0x123456789ABCDEF0 + (uint64_t)(task - tasks);
  if (thread_area() != 0) fail("a new thread has an area of another", (long)thread_area());
  expect("set_thread_area", call(5242, (long)own, 0, 0, 0), 0);
  for (int i = 0; i < 20; i++) {
    if (thread_area() != own) fail("a thread's area", (long)thread_area());
    call(5023, 0, 0, 0, 0);
    if (thread_area_elsewhere() != own) fail("a thread's area", (long)thread_area_elsewhere());
  }
  tornado_finish(&task->done);
}

static void areas(void) { run_all((int)processors * 2, area_work); }

// --- Locks: the machine's and the kernel's foundation
// ------------------------------------------------------------------------

static uint64_t lock_word __attribute__((aligned(128)));
static uint64_t owner __attribute__((aligned(128)));
static uint64_t chain[64][16] __attribute__((aligned(128)));

static void lock_work(void *argument) {
  struct task *task = argument;
  uint64_t own = 1 + (uint64_t)(task - tasks);
  for (int i = 0; i < rounds_of_ring; i++) {
    while (tornado_load(&lock_word) != 0 || tornado_compare_exchange(&lock_word, 0, 1) != 0) tornado_delay(own * 16);
    if (tornado_load(&owner) != 0) fail("the lock has two holders, of which the other is", (long)tornado_load(&owner));
    tornado_store(&owner, own);
    for (int j = 0; j < 64; j++) {
      if (tornado_load(&chain[j][0]) != tornado_load(&chain[0][0]) - (j > 0)) fail("a write under the lock is not seen", j);
      tornado_store(&chain[j][0], tornado_load(&chain[j][0]) + 1);
    }
    if (tornado_load(&owner) != own) fail("the lock has two holders, of which the later is", (long)tornado_load(&owner));
    tornado_store(&owner, 0);
    tornado_store(&lock_word, 0);
  }
  tornado_finish(&task->done);
}

static void locks(int rounds) {
  rounds_of_ring = rounds;
  run_all((int)processors, lock_work);
  expect("updates under the lock", (long)chain[0][0], rounds * processors);
}

// --- Ends
// ---------------------------------------------------------------------------------------------------------------

static uint32_t never;
static void sleep_work(void *argument) {
  (void)argument;
  for (;;) tornado_wait_while(&never, 0);
}
static void forever_work(void *argument) {
  (void)argument;
  for (;;) {}
}
static void touch_work(void *argument) {
  (void)argument;
  for (;;) {
    char *at = map(4 * page);
    for (int i = 0; i < 4; i++) at[i * page] = 1;
    unmap(at, 4 * page);
  }
}
static void write_work(void *argument) {
  (void)argument;
  for (;;) call(5001, 1, (long)".", 1, 0);
}
static void start(void (*entry)(void *)) {
  for (long i = 0; i < processors; i++) tornado_spawn(i, entry, 0);
}

/// A little after the first thread has ended: the program's last.
static void last_work(void *argument) {
  tornado_delay(1000000);
  call(5058, (long)argument, 0, 0, 0);
}
static void last_exit(void) {
  tornado_spawn(processors - 1, last_work, (void *)44);
  call(5058, 7, 0, 0, 0);
}

// --- Errors
// -------------------------------------------------------------------------------------------------------------

static void errors(void) {
  expect("write to file 7", call(5001, 7, (long)"x", 1, 0), -9);
  expect("write from nowhere", call(5001, 1, 0x40000000, 10, 0), -14);
  expect("write from null", call(5001, 1, 0, 10, 0), -14);
  expect("write from the kernel", call(5001, 1, (long)0xFFFFFFFF80000000ul, 8, 0), -14);
  expect("write of everything", call(5001, 1, 0x10000000, -1, 0), -14);
  expect("write of nothing", call(5001, 1, 0x10000000, 0, 0), 0);
  expect("mmap of nothing", tornado_call(5009, 0, 0, 3, map_flags, -1, 0), -22);
  expect("mmap of too much", tornado_call(5009, 0, 1l << 40, 3, map_flags, -1, 0), -12);
  expect("mmap of a file", tornado_call(5009, 0, page, 3, 2, 3, 0), -9);
  expect("munmap off a page", call(5011, 0x20000001, page, 0, 0), -22);
  expect("munmap of the kernel", call(5011, (long)0xFFFFFFFF80000000ul, page, 0, 0), -22);
  expect("futex off a word", call(5194, 0x20000001, 0, 0, 0), -22);
  expect("futex nowhere", call(5194, 0x60000000, 0, 0, 0), -14);
  expect("futex with another value", call(5194, (long)&never, 0, 1, 0), -11);
  expect("an unknown futex call", call(5194, (long)&never, 9, 1, 0), -89);
  expect("an unknown call", call(5999, 0, 0, 0, 0), -89);
  expect("call 0", call(0, 0, 0, 0, 0), -89);
  expect("call -1", call(-1, 0, 0, 0, 0), -89);
  expect("spawn on no processor", call(9001, 0x10000000, 0, 1000, 0), -22);
  expect("spawn at an odd address", call(9001, 0x10000002, 0, 0, 0), -22);
  expect("memory of no processor", call(9004, page, 1000, 0, 0), -22);
  expect("more memory than there is", call(9004, 0x48000000, 0, 0, 0), -12);
  expect("the station of no processor", call(9005, 1000, 0, 0, 0), -22);
  expect("clock to nowhere", call(5222, 0, 0x60000000, 0, 0), -14);
  long time[2] = {-1, -1};
  expect("clock", call(5222, 0, (long)time, 0, 0), 0);
  if (time[0] != 0 || time[1] <= 0 || time[1] > 999999999) fail("the time", time[1]);
  expect("a page of a closed region", call(5001, 1, tornado_call(5009, 0, page, 0, map_flags, -1, 0), 1, 0), -14);
}

static void heap_end(void) {
  long start = call(5012, 0, 0, 0, 0);
  expect("brk", call(5012, start + 100000, 0, 0, 0), start + 100000);
  memset((void *)start, 7, 100000);
  expect("brk down", call(5012, start + 10, 0, 0, 0), start + 10);
  expect("brk up", call(5012, start + 100000, 0, 0, 0), start + 100000);
  if (((volatile char *)start)[90000] != 0) fail("the heap's end is not zero again", 0);
  expect("brk below", call(5012, 4096, 0, 0, 0), start + 100000);
  expect("brk beyond", call(5012, 0x60000000, 0, 0, 0), start + 100000);
}

static void placed(void) {
  for (long n = 0; n < processors; n++) {
    char *at = tornado_map_at(3 * page, n);
    for (int i = 0; i < 3 * page; i += 997)
      if (at[i] != 0) fail("placed memory is not zero", i);
    memset(at, 1, 3 * page);
    unmap(at, 3 * page);
  }
}

// --- Until there is no more
// -----------------------------------------------------------------------------------------------

static void exhaust_pages(void) {
  char *at = map(0x40000000);
  for (long i = 0; i < 0x40000000; i += page) at[i] = 1;
}

static void exhaust_placed(void) {
  long result, pages = 0;
  while ((result = call(9004, 16 * page, 0, 0, 0)) > 0) pages += 16;
  expect("memory when there is none", result, -12);
  if (pages < 800) fail("few pages", pages);
}

static void exhaust_regions(void) {
  long result;
  // A page each, and every other one of no use: regions cannot be one.
  for (int i = 0; (result = tornado_call(5009, 0, page, i & 1 ? 3 : 0, map_flags, -1, 0)) > 0; i++) {}
  expect("regions when there is no room", result, -12);
}

// Each with memory of its own behind it: when there is no room for another, and when there is no memory to
// make one.
static long all_mappings(void) {
  long result, first = 0, count = 0;
  for (; (result = tornado_call(5009, 0, page, 3, map_flags, -1, 0)) > 0; count++)
    if (count == 0) first = result;
  expect("mappings when there is no room", result, -12);
  if (count > 0) unmap((void *)first, 0x70000000 - first);
  return count;
}

static void exhaust_mappings(void) {
  long count = all_mappings();
  if (count < 1500) fail("few mappings", count);
  for (int i = 0; i < 3; i++) expect("mappings as before", all_mappings(), count);
  // What is left of memory now is not enough for as many.
  long taken = 0;
  while (call(9004, page, 0, 0, 0) > 0) taken++;
  if (taken < 800) fail("few pages", taken);
  all_mappings();
  // The kernel may have given up a few pages of its translation tables meanwhile, no more.
  long more = 0;
  while (call(9004, page, 0, 0, 0) > 0) more++;
  if (more > 8) fail("pages when there is no memory", more);
}

// Processors from all over the machine, the last ones too, ask the others to forget what they unmap.
static uint32_t unmapped;
static void unmap_there(void *n) {
  long start = call(9004, page, (long)n, 0, 0);
  *(volatile char *)start = 1;
  unmap((void *)start, page);
  tornado_finish(&unmapped);
}
static void unmap_everywhere(void) {
  for (long n = 1; n < processors; n += processors / 8 + 1) {
    unmapped = 0;
    tornado_spawn(n, unmap_there, (void *)n);
    tornado_wait_while(&unmapped, 0);
  }
  unmapped = 0;
  tornado_spawn(processors - 1, unmap_there, (void *)(processors - 1));
  tornado_wait_while(&unmapped, 0);
}

static void exhaust_threads(void) {
  long result;
  for (long i = 0; (result = tornado_call(9001, (long)sleep_work, 0, i % processors, 0x7ff00000, 0, 0)) > 0; i++) {}
  expect("threads when there is no memory", result, -12);
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  int n = 0;
  for (const char *c = argc > 2 ? argv[2] : "1"; *c; c++) n = n * 10 + (*c - '0');
  processors = tornado_processors();
  if (!strcmp(kind, "threads")) threads(n);
  else if (!strcmp(kind, "memory")) memory(n);
  else if (!strcmp(kind, "ring")) ring(n);
  else if (!strcmp(kind, "unmap-everywhere")) unmap_everywhere();
  else if (!strcmp(kind, "locks")) locks(n);
  else if (!strcmp(kind, "slices")) slices();
  else if (!strcmp(kind, "floats")) floats();
  else if (!strcmp(kind, "areas")) areas();
  else if (!strcmp(kind, "errors")) errors();
  else if (!strcmp(kind, "brk")) heap_end();
  else if (!strcmp(kind, "placed")) placed();
  else if (!strcmp(kind, "end-sleeping")) start(sleep_work);
  else if (!strcmp(kind, "end-spinning")) start(forever_work);
  else if (!strcmp(kind, "end-touching")) start(touch_work);
  else if (!strcmp(kind, "end-writing")) start(write_work);
  else if (!strcmp(kind, "last-exit")) last_exit();
  else if (!strcmp(kind, "exhaust-pages")) exhaust_pages();
  else if (!strcmp(kind, "exhaust-placed")) exhaust_placed();
  else if (!strcmp(kind, "exhaust-regions")) exhaust_regions();
  else if (!strcmp(kind, "exhaust-mappings")) exhaust_mappings();
  else if (!strcmp(kind, "exhaust-threads")) exhaust_threads();
  else if (!strcmp(kind, "sleep")) sleep_work(0);
  else if (!strcmp(kind, "arguments")) {
    for (int i = 2; i < argc; i++) dprintf(1, "[%s]", argv[i]);
    if (argv[argc] != 0) fail("argv has no end", 0);
  } else return 2;
  dprintf(1, failures ? "failed\n" : "ok\n");
  return failures ? 1 : 0;
}
