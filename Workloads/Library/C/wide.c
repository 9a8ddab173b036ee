// Arithmetic of 128-bit integers, which LLVM leaves to its run-time library.
#include "tornado.h"

typedef unsigned __int128 wide;
typedef __int128 signed_wide;
#define HIGH(x) ((uint64_t)((x) >> 64))
#define LOW(x) ((uint64_t)(x))
#define WIDE(high, low) ((wide)(high) << 64 | (low))

wide __multi3(wide a, wide b) {
  uint64_t high, low;
  __asm__("dmultu %2, %3\n\tmflo %0\n\tmfhi %1" : "=&r"(low), "=&r"(high) : "r"(LOW(a)), "r"(LOW(b)) : "hi", "lo");
  return WIDE(high + LOW(a) * HIGH(b) + HIGH(a) * LOW(b), low);
}

wide __ashlti3(wide a, int count) {
  if (!count) return a;
  if (count >= 64) return WIDE(LOW(a) << (count - 64), 0);
  return WIDE(HIGH(a) << count | LOW(a) >> (64 - count), LOW(a) << count);
}
wide __lshrti3(wide a, int count) {
  if (!count) return a;
  if (count >= 64) return HIGH(a) >> (count - 64);
  return WIDE(HIGH(a) >> count, LOW(a) >> count | HIGH(a) << (64 - count));
}
signed_wide __ashrti3(signed_wide a, int count) {
  int64_t high = (int64_t)HIGH(a);
  if (!count) return a;
  if (count >= 64) return (signed_wide)WIDE((uint64_t)(high >> 63), (uint64_t)(high >> (count - 64)));
  return (signed_wide)WIDE((uint64_t)(high >> count), LOW(a) >> count | (uint64_t)high << (64 - count));
}

// A bit of the quotient at a time. By zero: all ones, and the dividend remains.
static wide divide(wide a, wide b, wide *rest) {
  if (!HIGH(a) && !HIGH(b) && b) {
    *rest = LOW(a) % LOW(b);
    return LOW(a) / LOW(b);
  }
  wide quotient = 0, left = 0;
  for (int i = 0; i < 128; i++) {
    uint64_t carry = HIGH(left) >> 63;
    left = left << 1 | HIGH(a) >> 63;
    a <<= 1;
    quotient <<= 1;
    if (carry || left >= b) left -= b, quotient |= 1;
  }
  *rest = left;
  return quotient;
}
wide __udivti3(wide a, wide b) { return divide(a, b, &a); }
wide __umodti3(wide a, wide b) {
  divide(a, b, &a);
  return a;
}
static wide size_of(signed_wide a) { return a < 0 ? -(wide)a : (wide)a; }
signed_wide __divti3(signed_wide a, signed_wide b) {
  wide rest, quotient = divide(size_of(a), size_of(b), &rest);
  return (signed_wide)((a < 0) != (b < 0) ? -quotient : quotient);
}
signed_wide __modti3(signed_wide a, signed_wide b) {
  wide rest;
  divide(size_of(a), size_of(b), &rest);
  return (signed_wide)(a < 0 ? -rest : rest);
}

int __clzti2(wide a) { return HIGH(a) ? __builtin_clzl(HIGH(a)) : 64 + __builtin_clzl(LOW(a)); }

// To and from doubles: rounded once, from what bears on the result.
static double to_double(wide a) {
  if (!HIGH(a)) return (double)LOW(a);
  int dropped = 64 - __builtin_clzl(HIGH(a));
  uint64_t kept = LOW(a >> dropped) | (LOW(a) << (64 - dropped) != 0);
  return (double)kept * __builtin_bit_cast(double, (uint64_t)(1023 + dropped) << 52);
}
double __floatuntidf(wide a) { return to_double(a); }
double __floattidf(signed_wide a) { return a < 0 ? -to_double(size_of(a)) : to_double((wide)a); }
wide __fixunsdfti(double x) {
  if (!(x >= 1)) return 0;
  uint64_t bits = __builtin_bit_cast(uint64_t, x), significand = (bits & ((1ul << 52) - 1)) | 1ul << 52;
  int shift = (int)(bits >> 52) - 1075;
  if (shift > 75) return ~(wide)0;
  return shift >= 0 ? (wide)significand << shift : significand >> -shift;
}
signed_wide __fixdfti(double x) {
  return x < 0 ? -(signed_wide)__fixunsdfti(-x) : (signed_wide)__fixunsdfti(x);
}
