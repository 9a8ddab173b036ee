// What the kernel's locks and the program library's must stand. Says "ok", or what is wrong.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, long a, long b) {
  dprintf(2, "%s (%ld, %ld)\n", what, a, b);
  exit(1);
}

static long rounds;
// Where time counts: when all begin, and when they stop.
static uint64_t begin, end;
static struct {
  uint64_t lock, holders, count;
} __attribute__((aligned(128))) shared;
static struct thread {
  uint32_t finished;
  uint64_t count;
} __attribute__((aligned(128))) threads[64];

static void start_all(int each, void (*entry)(void *)) {
  int count = (int)tornado_processors() * each;
  for (int i = 0; i < count; i++)
    if (tornado_spawn(i % tornado_processors(), entry, &threads[i]) < 0) fail("no thread", i, 0);
  for (int i = 0; i < count; i++) tornado_wait_while(&threads[i].finished, 0);
}

// --- The kernel's
// ----------------------------------------------------------------------------------------------------

// Operation 8 of `measure` takes a lock of the kernel's, which stops if it does not hold it alone.
static void in_kernel(void *argument) {
  struct thread *thread = argument;
  while (tornado_cycles() < begin) {}
  for (long i = 0; i < rounds; i++) {
    if (tornado_call(9030, 8, 1, 0, 0, 0, 0) < 0) fail("measure", i, 0);
    if (end && tornado_cycles() >= end) break;
    thread->count++;
  }
  tornado_finish(&thread->finished);
}

// --- The program library's
// ---------------------------------------------------------------------------------------------

static void in_program(void *argument) {
  struct thread *thread = argument;
  while (tornado_cycles() < begin) {}
  for (long i = 0; i < rounds; i++) {
    tornado_lock(&shared.lock);
    if (shared.holders++) fail("a lock has two holders", (long)shared.holders, i);
    shared.count++;
    tornado_delay(100 + (shared.count & 1023));
    shared.holders--;
    tornado_unlock(&shared.lock);
    thread->count++;
    if (end && tornado_cycles() >= end) break;
  }
  tornado_finish(&thread->finished);
}

// Nobody gets less than half of a fair share while all want it all the time.
static void expect_fair(void) {
  long count = tornado_processors(), sum = 0, least = 1L << 60;
  for (int i = 0; i < count; i++) {
    sum += (long)threads[i].count;
    if ((long)threads[i].count < least) least = (long)threads[i].count;
  }
  if (least * count * 2 < sum) fail("a processor starves", least, sum);
  for (int i = 0; i < count; i++) printf("%ld ", (long)threads[i].count);
  printf("of %ld\n", sum);
}

static void sleeper(void *argument) {
  (void)argument;
  tornado_lock(&shared.lock);
  fail("a lock was given to two", 0, 0);
}

int main(int argc, char **argv) {
  const char *what = argv[1];
  rounds = argc > 2 ? atoi(argv[2]) : 100;
  if (!strcmp(what, "kernel")) {
    start_all(3, in_kernel);
  } else if (!strcmp(what, "kernel-fair")) {
    begin = tornado_cycles() + 400000;
    end = begin + (uint64_t)rounds;
    start_all(1, in_kernel);
    expect_fair();
  } else if (!strcmp(what, "program")) {
    start_all(3, in_program);
    if ((long)shared.count != rounds * tornado_processors() * 3) fail("an update was lost", (long)shared.count, rounds);
  } else if (!strcmp(what, "program-fair")) {
    begin = tornado_cycles() + 400000;
    end = begin + (uint64_t)rounds;
    start_all(1, in_program);
    expect_fair();
  } else if (!strcmp(what, "end-waiting")) {
    // The program ends while threads wait for its lock, and for the kernel's.
    tornado_lock(&shared.lock);
    rounds = 1 << 30;
    for (int i = 0; i < tornado_processors(); i++) {
      tornado_spawn(i, sleeper, 0);
      tornado_spawn(i, in_kernel, &threads[i]);
    }
    while (tornado_load(&threads[0].count) < 20) {}
  } else {
    fail("what?", 0, 0);
  }
  printf("ok\n");
  return 0;
}
