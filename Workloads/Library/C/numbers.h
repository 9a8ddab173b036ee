// A double as the bits that it consists of.
#pragma once
#include "tornado.h"
static inline uint64_t bits_of(double x) { return __builtin_bit_cast(uint64_t, x); }
static inline double double_of(uint64_t bits) { return __builtin_bit_cast(double, bits); }
static inline int exponent_of(double x) { return (int)(bits_of(x) >> 52 & 0x7FF) - 1023; }
// 2^n for -1022 ≤ n ≤ 1023.
static inline double power_of_two(int n) { return double_of((uint64_t)(n + 1023) << 52); }
#define SIGN_BIT (1ul << 63)
#define IS_NAN(x) ((x) != (x))

// The sum of two doubles, unevaluated: some 106 bits of significand (T. J. Dekker, 1971).
struct twofold { double high, low; };
static inline struct twofold add_exactly(double a, double b) {
  double sum = a + b, part = sum - a;
  return (struct twofold){sum, (a - (sum - part)) + (b - part)};
}
static inline struct twofold multiply_exactly(double a, double b) {
  const double split = 134217729.0;
  double p = a * b, t = split * a, u = split * b;
  double a1 = t - (t - a), b1 = u - (u - b), a2 = a - a1, b2 = b - b1;
  return (struct twofold){p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2};
}
