// What pages cost, in instructions, and how much of it is shared: pages COSTS|SHARING. Each processor works
// on regions of its own. pages CHANGE: all processors fault, map and unmap while two change the kind of all
// regions; says how many bytes were wrong, and how many changes there were. pages BEGIN: how many cycles pass
// until a thread has begun on each processor, for the first time and the second.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tornado.h"

enum { page = 16384, map_flags = 0x802, times = 31, touched = 64 };

static char *map(long bytes) { return (char *)tornado_call(5009, 0, bytes, 3, map_flags, -1, 0); }
static void unmap(void *at, long bytes) { tornado_call(5011, (long)at, bytes, 0, 0, 0, 0); }
static uint64_t counter(int index) { return ((const volatile uint64_t *)tornado_program.monitor_page)[index]; }

static char untouched[2 * page] __attribute__((aligned(16384))) = {1};

static void report(const char *what, long *seen) {
  for (int i = 1; i < times; i++)
    for (int j = i; j > 0 && seen[j] < seen[j - 1]; j--) {
      long other = seen[j];
      seen[j] = seen[j - 1];
      seen[j - 1] = other;
    }
  dprintf(1, "%s %ld\n", what, seen[times / 2]);
}

static void end_at_once(void *argument) { tornado_finish(argument); }

static void costs(void) {
  long seen[times];
  for (int what = 0; what < 3; what++) {
    for (int i = 0; i < times; i++) {
      char *at = map(what == 1 ? 2 * page : page);
      if (what == 1) *(volatile char *)at = 1;
      uint64_t start = counter(1);
      if (what < 2) ((volatile char *)at)[what * page] = 1;
      seen[i] = (long)(counter(1) - start) - 2;
      if (what == 2) {
        start = counter(1);
        unmap(map(page), page);
        seen[i] = (long)(counter(1) - start) - 2;
      }
      unmap(at, 2 * page);
    }
    report(what == 0 ? "first_touch_of_region" : what == 1 ? "first_touch" : "map_unmap", seen);
  }
  // A page of the program's file that was never touched: the loader has put it into memory, and it is mapped
  // now.
  uint64_t start = counter(1);
  *(volatile char *)untouched = 1;
  dprintf(1, "in_core %ld\n", (long)(counter(1) - start) - 2);
  for (int i = 0; i < times; i++) {
    uint64_t start = counter(1);
    char *at = map(page);
    *(volatile char *)at = 1;
    unmap(at, page);
    seen[i] = (long)(counter(1) - start) - 2;
  }
  report("map_touch_unmap", seen);
  for (int i = 0; i < times; i++) {
    uint32_t done = 0;
    uint64_t start = counter(1);
    tornado_spawn(tornado_processor(), end_at_once, &done);
    tornado_wait_while(&done, 0);
    seen[i] = (long)(counter(1) - start) - 2;
  }
  report("thread", seen);
}

// --- Sixteen processors at once
// ---------------------------------------------------------------------------------------------

static uint64_t arrived __attribute__((aligned(128)));
struct task {
  uint32_t done;
  uint64_t cycles, misses[3];
} __attribute__((aligned(128)));
static struct task tasks[64];
static long processors;

static void meet(long who) {
  tornado_fetch_add(&arrived, 1);
  while (tornado_load(&arrived) < (uint64_t)who) {}
}

// Touches pages of a region of its own, half of which it has touched before it is measured.
static void touch(void *argument) {
  struct task *task = argument;
  static const int counters[3] = {18, 19, 12};
  // 32 MB apart, so that the page table's leaves are not shared either.
  char *at = map(64l << 20);
  at = (char *)(((long)at + (32l << 20) - 1) & -(32l << 20));
  for (int i = 0; i < touched; i++) at[i * page] = 1;
  meet(processors);
  uint64_t start = counter(0);
  for (int i = 0; i < 3; i++) task->misses[i] = counter(counters[i]);
  for (int i = touched; i < 2 * touched; i++) at[i * page] = 1;
  for (int i = 0; i < 3; i++) task->misses[i] = counter(counters[i]) - task->misses[i];
  task->cycles = counter(0) - start;
  meet(2 * processors);
  tornado_finish(&task->done);
}

static void sharing(void) {
  uint64_t sum[4] = {0};
  for (long n = 0; n < processors; n++) tornado_spawn(n, touch, &tasks[n]);
  for (long n = 0; n < processors; n++) tornado_wait_while(&tasks[n].done, 0);
  for (long n = 0; n < processors; n++) {
    for (int i = 0; i < 3; i++) sum[i] += tasks[n].misses[i];
    sum[3] += tasks[n].cycles;
  }
  // Of a thousand pages; cycles of one.
  uint64_t pages = (uint64_t)(processors * touched);
  for (int i = 0; i < 3; i++) sum[i] = sum[i] * 1000 / pages;
  dprintf(1, "%lu %lu %lu %lu\n", sum[0], sum[1], sum[2], sum[3] / pages);
}

// --- Regions that change their kind under fire
// ------------------------------------------------------------------------------

enum { measure = 9030, replicated_regions = 18, simple_regions = 19 };
enum { rounds = 12, own_pages = 6, common_pages = 2048 };

static char *common;
static uint64_t faulting, changed, wrong;

static void fault_and_unmap(void *argument) {
  long n = (struct task *)argument - tasks;
  for (long round = 0; round < rounds; round++) {
    char *own = map(own_pages * page);
    for (long i = 0; i < own_pages; i++) {
      if (own[i * page]) tornado_fetch_add(&wrong, 1);
      own[i * page] = (char)(n + i + 1);
      // A page that others touch at the same time.
      common[(round * own_pages + i) * 7 % common_pages * page + n] = 1;
    }
    for (long i = 0; i < own_pages; i++)
      if (own[i * page] != (char)(n + i + 1)) tornado_fetch_add(&wrong, 1);
    if (round & 1) unmap(own + page, 2 * page);
    unmap(own, own_pages * page);
  }
  tornado_fetch_add(&faulting, -1ul);
  tornado_finish(&tasks[n].done);
}

static void change_regions(void *argument) {
  struct task *task = argument;
  while (tornado_load(&faulting)) {
    long replicated = tornado_call(measure, replicated_regions, 1, 0, 0, 0, 0);
    long simple = tornado_call(measure, simple_regions, 1, 0, 0, 0, 0);
    tornado_fetch_add(&changed, (uint64_t)(replicated + simple));
  }
  tornado_finish(&task->done);
}

static void change(void) {
  common = map((long)common_pages * page);
  faulting = (uint64_t)processors - 2;
  for (long n = 0; n < processors; n++)
    tornado_spawn(n, n < 2 ? change_regions : fault_and_unmap, &tasks[n * 7 % processors]);
  for (long n = 0; n < processors; n++) tornado_wait_while(&tasks[n].done, 0);
  for (long i = 0; i < rounds * own_pages; i++)
    for (long n = 2; n < processors; n++)
      if (common[i * 7 % common_pages * page + n * 7 % processors] != 1) wrong++;
  dprintf(1, "%lu %lu\n", wrong, changed);
}

// --- A thread on each processor
// ------------------------------------------------------------------------------------------------------

static void note_begin(void *argument) {
  struct task *task = argument;
  task->cycles = counter(0);
  tornado_finish(&task->done);
}

static void begin(void) {
  for (int round = 0; round < 2; round++) {
    uint64_t start = counter(0), last = start;
    for (long n = 0; n < processors; n++) tasks[n].done = 0;
    for (long n = 0; n < processors; n++) tornado_spawn(n, note_begin, &tasks[n]);
    for (long n = 0; n < processors; n++) {
      tornado_wait_while(&tasks[n].done, 0);
      if (tasks[n].cycles > last) last = tasks[n].cycles;
    }
    dprintf(1, "%lu\n", last - start);
  }
}

int main(int argc, char **argv) {
  processors = tornado_processors();
  if (argc > 1 && !strcmp(argv[1], "sharing")) sharing();
  else if (argc > 1 && !strcmp(argv[1], "change")) change();
  else if (argc > 1 && !strcmp(argv[1], "begin")) begin();
  else costs();
  return 0;
}
