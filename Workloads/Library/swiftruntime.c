// What Embedded Swift asks of its platform beyond memory: see GuestCompiler.
#include "tornado.h"

// Hash seeds: the same in every run, for a run is to be the same every time.
void arc4random_buf(void *bytes, size_t count) { memset(bytes, 0x5a, count); }

uint64_t __stack_chk_guard = 0x00000aff0a0d1234;
_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }

// Arithmetic of 128 bits, which LLVM leaves to its run-time library.
typedef unsigned __int128 wide;
wide __multi3(wide a, wide b) {
  uint64_t al = (uint64_t)a, ah = (uint64_t)(a >> 64), bl = (uint64_t)b, bh = (uint64_t)(b >> 64), high, low;
  __asm__("dmultu %2, %3\n\tmflo %0\n\tmfhi %1" : "=&r"(low), "=&r"(high) : "r"(al), "r"(bl));
  return (wide)(high + al * bh + ah * bl) << 64 | low;
}

// Rounding, which Swift's dictionaries size themselves with. From 2^52 on, every number is whole.
double trunc(double x) { return x > -0x1p52 && x < 0x1p52 ? (double)(int64_t)x : x; }
double floor(double x) {
  double whole = trunc(x);
  return whole > x ? whole - 1 : whole;
}
double ceil(double x) {
  double whole = trunc(x);
  return whole < x ? whole + 1 : whole;
}
