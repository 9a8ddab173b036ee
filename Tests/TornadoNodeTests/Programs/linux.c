// System calls with arguments that a program should not have used, and what Linux n64 answers: the same on
// Tornado and under qemu-mips64el. Says "ok" and ends with 0, or says what is wrong and ends with 1. With
// arguments: `exit STATUS` ends by the only thread's exit.
#include <stdio.h>
#include <string.h>

#include "tornado.h"

enum { fault = -14, invalid = -22, bad_file = -9, no_memory = -12, again = -11, no_call = -89 };
enum { private = 0x2, shared = 0x1, anonymous = 0x800, page = 16384 };
/// What is in a register above an argument of 32 bits.
static const long above = 0x7700000000;
static const long kernel = (long)0xFFFFFFFF80000000ul;

static int failures;

static void expect(const char *what, long value, long wanted) {
  if (value == wanted) return;
  dprintf(1, "wrong: %s: %ld, not %ld\n", what, value, wanted);
  failures++;
}
static long call(long number, long a, long b, long c, long d) { return tornado_call(number, a, b, c, d, 0, 0); }
static long map(long bytes, long protection, long flags, long file, long offset) {
  return tornado_call(5009, 0, bytes, protection, flags, file, offset);
}
/// A mapping is made, and is what one can write to.
static void expect_map(const char *what, long protection, long flags, long file) {
  long at = map(page, protection, flags, file, 0);
  if (at <= 0) return expect(what, at, 1);
  if (protection & 2) *(volatile char *)at = 1;
  expect("munmap of it", call(5011, at, page, 0, 0), 0);
}

static void writes(void) {
  expect("write to a descriptor of 32 bits", call(5001, above | 1, (long)"", 0, 0), 0);
  expect("write to file 99", call(5001, 99, (long)"x", 1, 0), bad_file);
  expect("write to file -1", call(5001, -1, (long)"x", 1, 0), bad_file);
  expect("write from the kernel", call(5001, 1, kernel, 8, 0), fault);
  expect("write of what wraps", call(5001, 1, (long)"x", -8, 0), fault);
}

static void maps(void) {
  expect_map("mmap of private memory", 3, private | anonymous, -1);
  expect_map("mmap of shared memory", 3, shared | anonymous, -1);
  expect_map("mmap without a right", 0, private | anonymous, -1);
  expect_map("mmap with any descriptor", 3, private | anonymous, above | 99);
  const long hints[] = {0x400, 0x1000, 0x2000, 0x4000, 0x10000, 0x20000, 0x40000, 0x40400};
  for (unsigned i = 0; i < sizeof hints / sizeof *hints; i++) expect_map("mmap with a hint", 3, private | anonymous | hints[i], -1);
  expect("mmap of nothing", map(0, 3, private | anonymous, -1, 0), invalid);
  expect("mmap neither shared nor private", map(page, 3, anonymous, -1, 0), invalid);
  expect("mmap both shared and private", map(page, 3, shared | private | anonymous, -1, 0), invalid);
  expect("mmap of a file that is not open", map(page, 3, private, above | 99, 0), bad_file);
  expect("mmap from within a page", map(page, 3, private | anonymous, -1, 1), invalid);
  expect("mmap of all there is", map(-1, 3, private | anonymous, -1, 0), no_memory);
  expect("munmap from within a page", call(5011, 0x40000001, page, 0, 0), invalid);
  expect("munmap of nothing", call(5011, 0x40000000, 0, 0, 0), invalid);
  expect("munmap of what wraps", call(5011, 0x40000000, -page, 0, 0), invalid);
  expect("munmap of the kernel", call(5011, kernel, page, 0, 0), invalid);
}

static void futexes(void) {
  static uint32_t word = 5;
  for (long flag = 0; flag <= 128; flag += 128) {
    expect("futex wait for another value", call(5194, (long)&word, flag, 4, 0), again);
    expect("futex wait with arguments of 32 bits", call(5194, (long)&word, above | flag, above | 4, 0), again);
    expect("futex wait at no word", call(5194, (long)&word + 2, flag, 5, 0), invalid);
    expect("futex wait above the program", call(5194, kernel, flag, 5, 0), fault);
    expect("futex wait at null", call(5194, 0, flag, 5, 0), fault);
    expect("futex wake of nobody", call(5194, (long)&word, flag | 1, 0x7fffffff, 0), 0);
    expect("futex wake at no word", call(5194, (long)&word + 1, flag | 1, 1, 0), invalid);
    expect("futex wake above the program", call(5194, kernel, flag | 1, 1, 0), fault);
  }
  expect("futex operation 99", call(5194, (long)&word, 99, 0, 0), no_call);
  expect("futex operation 99 at no word", call(5194, (long)&word + 1, 99, 0, 0), no_call);
  expect("futex wait with a flag that is none", call(5194, (long)&word, 0x200, 4, 0), no_call);
  expect("futex wake by a clock", call(5194, (long)&word, 0x101, 1, 0), no_call);
}

static void clocks(void) {
  long time[2];
  for (long clock = 0; clock <= 7; clock++) expect("a clock", call(5222, clock, (long)time, 0, 0), 0);
  expect("a clock of 32 bits", call(5222, above | 1, (long)time, 0, 0), 0);
  expect("clock 99", call(5222, 99, (long)time, 0, 0), invalid);
  expect("clock -1", call(5222, -1, (long)time, 0, 0), invalid);
  expect("clock 99 to nowhere", call(5222, 99, 0, 0, 0), invalid);
  expect("a clock to null", call(5222, 0, 0, 0, 0), fault);
  expect("a clock to the kernel", call(5222, 0, kernel, 0, 0), fault);
  expect("a clock to the last word", call(5222, 0, -8, 0, 0), fault);
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "exit")) {
    int status = 0;
    for (const char *c = argv[2]; *c; c++) status = status * 10 + (*c - '0');
    call(5058, status, 0, 0, 0);
  }
  writes();
  maps();
  futexes();
  clocks();
  expect("call -1", call(-1, 0, 0, 0, 0), no_call);
  dprintf(1, failures ? "failed\n" : "ok\n");
  return failures ? 1 : 0;
}
