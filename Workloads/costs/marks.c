// What the program itself does, between marks: two readings of the machine's instruction counter. Functions
// are called by pointers that the compiler does not see through; else it would leave out a block that is only
// freed.
#include "tornado.h"

static void *(*volatile the_malloc)(size_t) = malloc;
static void (*volatile the_free)(void *) = free;

static inline uint64_t mark(const uint64_t *page) {
  uint64_t value;
  __asm__ volatile("ld %0, 8(%1)" : "=r"(value) : "r"(page) : "memory");
  return value;
}

long costs_malloc(void) {
  const uint64_t *page = tornado_program.monitor_page;
  void *(*allocate)(size_t) = the_malloc;
  uint64_t start = mark(page);
  void *block = allocate(64);
  uint64_t end = mark(page);
  the_free(block);
  return (long)(end - start);
}

long costs_free(void) {
  const uint64_t *page = tornado_program.monitor_page;
  void (*release)(void *) = the_free;
  void *block = the_malloc(64);
  uint64_t start = mark(page);
  release(block);
  return (long)(mark(page) - start);
}

// A null function (in C it would have a frame).
extern void costs_null(void);
__asm__(".set push\n\t.set noreorder\n\t.text\ncosts_null:\n\tjr $31\n\tnop\n\t.set pop");
static void (*volatile the_null)(void) = costs_null;

long costs_call(void) {
  const uint64_t *page = tornado_program.monitor_page;
  void (*call)(void) = the_null;
  uint64_t start = mark(page);
  call();
  return (long)(mark(page) - start);
}
