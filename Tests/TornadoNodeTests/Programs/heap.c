// What the heap of the program library must stand. Says "ok", or what is wrong.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, long a, long b) {
  dprintf(2, "%s (%ld, %ld)\n", what, a, b);
  exit(1);
}

static uint32_t finished[256];
static void join(int count) {
  for (int i = 0; i < count; i++) tornado_wait_while(&finished[i], 0);
}
static void start(long n, void (*entry)(void *), long index) {
  if (tornado_spawn(n, entry, (void *)index) >= 0) return;
  if (tornado_program.monitor_page) fail("no thread", n, index);
  entry((void *)index);  // under QEMU there is one thread
}

// --- Blocks that change hands
// -----------------------------------------------------------------------------------------

struct block {
  uint64_t bytes, tag;
};
static uint64_t slots[64];
static long rounds, largest;

static void fill(char *block, uint64_t bytes, uint64_t tag) {
  *(struct block *)block = (struct block){bytes, tag};
  for (uint64_t i = sizeof(struct block); i < bytes; i++) block[i] = (char)(tag + i);
}
static void check(char *block) {
  struct block *head = (struct block *)block;
  for (uint64_t i = sizeof(struct block); i < head->bytes; i++)
    if (block[i] != (char)(head->tag + i)) fail("a block was written by another", (long)head->bytes, (long)i);
}
static uint64_t exchange(uint64_t *word, uint64_t value) {
  for (;;) {
    uint64_t seen = tornado_load(word);
    if (tornado_compare_exchange(word, seen, value) == seen) return seen;
  }
}

static void exchanger(void *argument) {
  uint64_t random = (uint64_t)argument * 0x9e3779b97f4a7c15 + 12345;
  for (long i = 0; i < rounds; i++) {
    random = random * 6364136223846793005 + 1442695040888963407;
    uint64_t bytes = sizeof(struct block) + (random >> 33) % (uint64_t)((random >> 60) == 0 ? largest : 200);
    char *block = malloc(bytes);
    if (!block) fail("no memory", (long)bytes, i);
    if ((uintptr_t)block & 15 || (bytes > 112 && (uintptr_t)block & 127)) fail("not aligned", (long)bytes, (long)block);
    fill(block, bytes, random >> 8);
    char *other = (char *)exchange(&slots[(random >> 20) % 64], (uint64_t)block);
    if (other) {
      check(other);
      free(other);
    }
  }
  tornado_finish(&finished[(long)argument]);
}

static void run_exchange(int threads) {
  int count = (int)tornado_processors() * threads;
  for (int i = 0; i < count; i++) start(i % tornado_processors(), exchanger, i);
  join(count);
  for (int i = 0; i < 64; i++)
    if (slots[i]) check((char *)slots[i]), free((void *)slots[i]);
}

// --- The kernel's heap: operations of `measure` (Sources/TornadoNode/Measurement/TestOperation.swift)
// --------------------------------------------------------------

enum { measure = 9030, exchanged_block = 9, no_exchanged_blocks = 10, free_frames = 11, watch = 12, watch_no_more = 13 };
static long kernel(long operation, long times) {
  long result = tornado_call(measure, operation, times, 0, 0, 0, 0);
  if (result < 0) fail("measure", operation, result);
  return result;
}
static int watching;
static void kernel_exchanger(void *argument) {
  if (watching) kernel(watch, 1);
  for (long i = 0; i < rounds; i++) kernel(exchanged_block, 100);
  if (watching) kernel(watch_no_more, 1);
  tornado_finish(&finished[(long)argument]);
}
static void run_kernel(void) {
  long wrong[][2] = {{9999, 1}, {-1, 1}, {exchanged_block, 0}, {exchanged_block, 1001}, {exchanged_block, -1}};
  for (int i = 0; i < 5; i++)
    if (tornado_call(measure, wrong[i][0], wrong[i][1], 0, 0, 0, 0) != -22) fail("a wrong measure is accepted", wrong[i][0], wrong[i][1]);
  long frames[3];
  for (int round = 0; round < 3; round++) {
    memset(finished, 0, sizeof finished);
    for (int i = 0; i < tornado_processors(); i++) start(i, kernel_exchanger, i);
    join((int)tornado_processors());
    kernel(no_exchanged_blocks, 1);
    frames[round] = kernel(free_frames, 1);
  }
  // By then each processor has what it needs; some frames may be at hand here rather than there.
  if (frames[2] < frames[1] - 64) fail("the kernel's memory has gone", frames[1], frames[2]);
  printf("%ld %ld %ld\n", frames[0], frames[1], frames[2]);
}

// What only tests may ask for, of the kernel that ships: refused.
static void hooks(void) {
  for (long operation = 8; operation < 20; operation++)
    if (tornado_call(measure, operation, 1, 0, 0, 0, 0) != -22) fail("an operation for tests", operation, 0);
}

// --- All memory
// ------------------------------------------------------------------------------------------------------

// Takes blocks until there are none, and gives them back; how many there were.
static long take_all(size_t bytes) {
  void **list = 0, **block;
  long count = 0;
  while ((block = malloc(bytes))) *block = list, list = block, count++;
  while ((block = list)) list = *block, free(block);
  return count;
}

static void exhaust(size_t bytes) {
  long first = take_all(bytes);
  for (int i = 0; i < 3; i++) {
    long again = take_all(bytes);
    if (again != first) fail("not all memory came back", first, again);
  }
}

int main(int argc, char **argv) {
  const char *what = argv[1];
  rounds = argc > 2 ? atoi(argv[2]) : 1000;
  largest = argc > 3 ? atoi(argv[3]) : 6000;
  if (!strcmp(what, "exchange")) run_exchange(1);
  else if (!strcmp(what, "exchange-slices")) run_exchange(3);
  else if (!strcmp(what, "kernel")) run_kernel();
  else if (!strcmp(what, "kernel-watched")) watching = 1, run_kernel();
  else if (!strcmp(what, "hooks")) hooks();
  else if (!strcmp(what, "exhaust")) exhaust((size_t)rounds);
  else fail("what?", 0, 0);
  printf("ok\n");
  return 0;
}
