// Refuses the kernel memory in the middle of each operation: at its first request, at its second, and so on
// until it needs no more. memory. Each time the caller has an error, and nothing that the operation had taken
// is lost: tried again and again, it leaves no less each time. A line for each operation that has gone
// through in the end, with how often it had been refused; "ok" at the end, or what is wrong. "memory
// pressure": takes all memory; the kernel gives up pages of its own translation tables and goes on. "memory
// brk": moves the end of the heap from all sides.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tornado.h"

enum { page = 16384, again = 11, no_memory = 12, fault = 14 };
enum { measure = 9030, free_frames = 11, memory_fails = 14, memory_fails_no_more = 15, live_blocks = 16, replicated_regions = 18 };

static uint32_t failures;
static long call(long number, long a, long b, long c, long d, long e) { return tornado_call(number, a, b, c, d, e, 0); }
static void fail(const char *name, const char *what, long n, long value) {
  dprintf(1, "wrong: %s, refused from request %ld on: %s (%ld)\n", name, n, what, value);
  failures++;
}

// --- On which processor memory is refused
// ---------------------------------------------------------------------------------

struct state {
  long frames, blocks;
};
static struct state look(void) {
  // Frames at hand go back to the station, where they are counted.
  call(measure, memory_fails, 1000, 0, 0, 0);
  struct state state = {call(measure, free_frames, 1, 0, 0, 0), 0};
  call(measure, memory_fails_no_more, 1, 0, 0, 0);
  state.blocks = call(measure, live_blocks, 1, 0, 0, 0);
  return state;
}

// What a thread on another processor is to do there: 1 refuse, 2 end that, 3 look.
static uint32_t order;
static long order_value;
static struct state order_state;
static void obey(void *unused) {
  for (;;) {
    tornado_wait_while(&order, 0);
    if (order == 1) call(measure, memory_fails, order_value, 0, 0, 0);
    if (order == 2) order_value = call(measure, memory_fails_no_more, 1, 0, 0, 0);
    if (order == 3) order_state = look();
    order = 0;
    tornado_wake_all(&order);
  }
}
static int is_far;
static void command(uint32_t what, long value) {
  order_value = value;
  order = what;
  tornado_wake_all(&order);
  tornado_wait_while(&order, what);
}
static void refuse(long n) {
  if (is_far) command(1, n);
  else call(measure, memory_fails, n, 0, 0, 0);
}
static long refused(void) {
  if (!is_far) return call(measure, memory_fails_no_more, 1, 0, 0, 0);
  command(2, 0);
  return order_value;
}
static struct state state(void) {
  if (!is_far) return look();
  command(3, 0);
  return order_state;
}

// --- The walk
// ----------------------------------------------------------------------------------------------------------------

static void walk(const char *name, long (*operation)(void), void (*undo)(void)) {
  for (long n = 1; n < 200; n++) {
    struct state before = {0, 0};
    for (int round = 0;; round++) {
      refuse(n);
      long status = operation();
      long count = refused();
      if (status == 0) {
        if (undo) undo();
        if (count) break;
        printf("%s %ld\n", name, n - 1);
        if (n == 1) fail(name, "it takes no memory", n, 0);
        return;
      }
      if (!count) fail(name, "an error for no reason", n, status);
      if (status != no_memory && status != fault && status != again) fail(name, "another error", n, status);
      // The first times may leave what is kept for the next one: a representative, a worker, a page of a
      // table. That has an end.
      struct state after = state();
      if (round && after.frames == before.frames && after.blocks == before.blocks) break;
      if (round == 12) {
        fail(name, "frames lost", n, before.frames - after.frames);
        fail(name, "blocks lost", n, after.blocks - before.blocks);
        break;
      }
      before = after;
    }
  }
}

// --- The operations
// ------------------------------------------------------------------------------------------------------------

static long error(long result) { return result < 0 && result >= -4095 ? -result : 0; }
static long mapped;
static long size = 3 * page;
static long map(void) {
  mapped = call(5009, 0, size, 3, 0x802, -1);
  return error(mapped);
}
static void unmap(void) { call(5011, mapped, size, 0, 0, 0); }

// Beyond what the process's page table has a leaf for.
static long untouched;
static long touch(void) {
  long status = error(call(5222, 0, untouched, 0, 0, 0));
  if (!status) untouched += page;
  return status;
}

static long split(void) { return error(call(5011, mapped + page, page, 0, 0, 0)); }
static void map_again(void) {
  unmap();
  map();
}
// All regions change their kind, as many as there are.
static long regions;
static long replace(void) { return call(measure, replicated_regions, 1, 0, 0, 0) == regions ? 0 : no_memory; }
static long make_port(void) {
  long made = tornado_make_port(0);
  return made < 0 ? -made : 0;
}
// A region's end needs no memory, so it is never refused.
static void destroy(void) {
  map();
  refuse(1);
  long status = error(call(5011, mapped, size, 0, 0, 0));
  long count = refused();
  if (status || count) fail("destroy", "it takes memory", 1, status);
}
static long end_of_heap;
static long grow(void) {
  long wanted = end_of_heap + 2 * page;
  return call(5012, wanted, 0, 0, 0, 0) == wanted ? 0 : no_memory;
}
static void shrink(void) { call(5012, end_of_heap, 0, 0, 0, 0); }

static long map_at(void) {
  mapped = call(9004, 3 * page, 0, 0, 0, 0);
  size = 3 * page;
  return error(mapped);
}
static long own_data(void) {
  static long next = 0x70180000;
  long status = error(call(5222, 0, next, 0, 0, 0));
  if (!status) next += page;
  return status;
}

static uint32_t ended;
static char stack[4096] __attribute__((aligned(16)));
static void thread(void *unused) {
  ended = 1;
  call(5058, 0, 0, 0, 0, 0);
}
static long spawn(void) {
  ended = 0;
  return error(call(9001, (long)thread, 0, 0, (long)(stack + sizeof stack), 0));
}
static void wait_for_thread(void) {
  while (!*(volatile uint32_t *)&ended) tornado_yield();
  tornado_yield();
}

static const uint64_t object = TORNADO_TABLE + 2 * 16;
static long port;
static struct tornado_ppc_result serve(
    uint64_t port, uint64_t reference, uint64_t method, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  // (The data of a call with data: one byte.)
  if (d) ((volatile uint8_t *)c)[0]++;
  return (struct tornado_ppc_result){0, a + 1};
}
static long call_here(void) { return tornado_ppc((uint64_t)port, object, 0, 1, 0, 0, 0, 0).status; }
static long call_there(void) { return tornado_ppc_on((uint64_t)port, object, 0, 1, 0, 0, 0, 1).status; }
static long call_with_data(void) {
  return tornado_ppc_with_data((uint64_t)port, object, 0, 1, 0, (void *)mapped, 8, 0).status;
}
static long start(void) {
  static const char arguments[] = "memory\0child";
  return error(tornado_start_self(0, arguments, sizeof arguments));
}
static void wait_for_child(void) {
  for (int i = 0; i < 300; i++) tornado_yield();
}

// --- Pages of the kernel's translation table
// -----------------------------------------------------------------------------------

enum { table_pages = 17, others = 3 };
static long ports[1 + others];
static uint32_t done[1 + others];
static void make_port_there(void *n) {
  ports[(long)n] = tornado_make_port(0);
  tornado_finish(&done[(long)n]);
}
static void call_all(const char *when, int has_memory) {
  for (long n = 1; n <= others; n++)
{
    long status = (long)tornado_ppc((uint64_t)ports[n], object, 0, 1, 0, 0, 0, 0).status;
    if (status && (has_memory || (status != no_memory && status != fault))) fail(when, "a call", n, status);
  }
}
static void pressure(void) {
  // The ports of different processors are in different pages of this one's table.
  for (long n = 1; n <= others; n++) {
    tornado_spawn(n, make_port_there, (void *)n);
    tornado_wait_while(&done[n], 0);
  }
  call_all("before", 1);
  long before = call(measure, table_pages, 1, 0, 0, 0);
  long *last = 0;
  for (long bytes = 256 * page; bytes >= page; bytes /= 4)
    for (long *more; (more = tornado_map_at((size_t)bytes, 0)); last = more) {
      more[0] = (long)last;
      more[1] = bytes;
    }
  long after = call(measure, table_pages, 1, 0, 0, 0);
  if (before < 1 + others || after > 2) fail("pressure", "pages of the table", before, after);
  // The representatives have been there all the time, and the pages come out of the kernel's reserve; a
  // worker, should one be missing, or its stack, is refused.
  call_all("without memory", 1);
  for (long *next; last; last = next) {
    next = (long *)last[0];
    tornado_unmap(last, (size_t)last[1]);
  }
  call_all("after", 1);
}

// --- The end of the heap
// ---------------------------------------------------------------------------------------------------------

static uint64_t random_round;
static void move_end(void *n) {
  uint64_t random = (uint64_t)n * 7 + random_round;
  for (int i = 0; i < 12; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    call(5012, end_of_heap + (long)(random >> 33) % 16 * page, 0, 0, 0, 0);
  }
  tornado_finish(&done[(long)n]);
}
static void move_ends(void) {
  end_of_heap = (call(5012, 0, 0, 0, 0, 0) + page - 1) / page * page;
  for (random_round = 0; random_round < 60; random_round++) {
    for (long n = 0; n <= others; n++) {
      done[n] = 0;
      tornado_spawn(n, move_end, (void *)n);
    }
    for (long n = 0; n <= others; n++) tornado_wait_while(&done[n], 0);
    long end = call(5012, 0, 0, 0, 0, 0);
    for (long at = end_of_heap; at < end_of_heap + 16 * page; at += page) {
      long status = error(call(5222, 0, at, 0, 0, 0));
      if (status != (at < end ? 0 : fault)) fail("brk", "a page", (at - end_of_heap) / page, status);
    }
  }
}

int main(int count, char **arguments) {
  if (count > 1 && !strcmp(arguments[1], "child")) return 0;
  tornado_set_external(object, serve);
  if (count > 1) {
    if (!strcmp(arguments[1], "pressure")) pressure();
    else move_ends();
    if (!failures) printf("ok\n");
    exit(failures != 0);
  }
  end_of_heap = call(5012, 0, 0, 0, 0, 0);
  walk("mmap", map, unmap);
  untouched = call(5009, 0, 80 << 20, 3, 0x802, -1) + (72 << 20);
  walk("touch", touch, 0);
  destroy();
  regions = call(measure, replicated_regions, 1, 0, 0, 0);
  walk("replace", replace, 0);
  walk("make_port", make_port, 0);
  map();
  walk("munmap", split, map_again);
  walk("brk", grow, shrink);
  walk("map_at", map_at, unmap);
  walk("own_data", own_data, 0);
  walk("spawn", spawn, wait_for_thread);
  walk("start", start, wait_for_child);
  port = tornado_make_port(0);
  walk("call", call_here, 0);
  size = page;
  map();
  walk("call_with_data", call_with_data, map_again);
  long first = port;
  tornado_spawn(1, obey, 0);
  is_far = 1;
  walk("remote_call", call_there, 0);
  is_far = 0;
  port = tornado_make_port(1);
  walk("call_with_stack", call_here, 0);
  is_far = 1;
  walk("remote_call_with_stack", call_there, 0);
  is_far = 0;
  port = first;
  if (call_here() || call_there()) fail("all", "calls are not as before", 0, 0);
  if (!failures) printf("ok\n");
  exit(failures != 0);
}
