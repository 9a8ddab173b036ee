// `long double`, which in the n64 ABI is IEEE 754's format of 128 bits: what the compiler calls for its arithmetic.
// Rounded to the nearest, to even between two; no flags, no traps.
#include "tornado.h"

typedef unsigned __int128 wide;
typedef __int128 signed_wide;
typedef long double quad;

enum { FRACTION = 112, BIAS = 16383, LARGEST = 0x7FFF, GUARD = 3 };
#define HIDDEN ((wide)1 << FRACTION)

// A finite number is ± significand × 2^(exponent - BIAS - FRACTION); the significand of a normal one has its hidden bit.
struct parts {
  wide significand;
  int exponent, isNegative;
};

static wide bits_of(quad x) { return __builtin_bit_cast(wide, x); }
static quad quad_of(wide bits) { return __builtin_bit_cast(quad, bits); }
static wide sign_bit(int isNegative) { return (wide)(unsigned)isNegative << 127; }
static struct parts take_apart(quad x) {
  wide bits = bits_of(x);
  struct parts parts = {bits & (HIDDEN - 1), (int)(bits >> FRACTION) & LARGEST, (int)(bits >> 127)};
  if (parts.exponent && parts.exponent != LARGEST) parts.significand |= HIDDEN;
  if (!parts.exponent) parts.exponent = 1;
  return parts;
}
static int is_special(struct parts x) { return x.exponent == LARGEST; }
static int is_nan(struct parts x) { return is_special(x) && x.significand; }
static quad nan_of(void) { return quad_of((wide)0x7FFF8 << 108); }
static quad infinity_of(int isNegative) { return quad_of(sign_bit(isNegative) | (wide)LARGEST << FRACTION); }

static int leading_zeros(wide x) {
  uint64_t high = (uint64_t)(x >> 64);
  return high ? __builtin_clzl(high) : 64 + ((uint64_t)x ? __builtin_clzl((uint64_t)x) : 64);
}
// What is shifted out leaves a one in the last place.
static wide shift_right(wide x, int count) {
  if (count <= 0) return x;
  if (count >= 128) return x != 0;
  return x >> count | ((x << (128 - count)) != 0);
}

// significand × 2^(exponent - BIAS - FRACTION - GUARD), rounded.
static quad put_together(wide significand, int exponent, int isNegative) {
  if (!significand) return quad_of(sign_bit(isNegative));
  int up = leading_zeros(significand) - (127 - FRACTION - GUARD);
  if (up > 0) {
    if (up > exponent - 1) up = exponent > 1 ? exponent - 1 : 0;
    significand <<= up;
    exponent -= up;
  } else {
    significand = shift_right(significand, -up);
    exponent -= up;
  }
  if (exponent < 1) {
    significand = shift_right(significand, 1 - exponent);
    exponent = 1;
  }
  unsigned rest = (unsigned)significand & 7;
  significand >>= GUARD;
  if (rest > 4 || (rest == 4 && (significand & 1))) significand++;
  if (significand >> (FRACTION + 1)) significand >>= 1, exponent++;
  if (exponent >= LARGEST) return infinity_of(isNegative);
  if (!(significand & HIDDEN)) exponent = 0;
  return quad_of(sign_bit(isNegative) | (wide)(unsigned)exponent << FRACTION | (significand & (HIDDEN - 1)));
}

quad __addtf3(quad x, quad y) {
  struct parts a = take_apart(x), b = take_apart(y);
  if (is_special(a) || is_special(b)) {
    if (is_nan(a) || is_nan(b)) return nan_of();
    if (is_special(a) && is_special(b) && a.isNegative != b.isNegative) return nan_of();
    return is_special(a) ? x : y;
  }
  if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) {
    struct parts t = a;
    a = b, b = t;
  }
  wide large = a.significand << GUARD, small = shift_right(b.significand << GUARD, a.exponent - b.exponent);
  if (a.isNegative == b.isNegative) return put_together(large + small, a.exponent, a.isNegative);
  return put_together(large - small, a.exponent, large == small ? 0 : a.isNegative);
}
quad __subtf3(quad x, quad y) { return __addtf3(x, quad_of(bits_of(y) ^ sign_bit(1))); }

static wide multiply(uint64_t a, uint64_t b) {
  uint64_t high, low;
  __asm__("dmultu %2, %3\n\tmflo %0\n\tmfhi %1" : "=&r"(low), "=&r"(high) : "r"(a), "r"(b) : "hi", "lo");
  return (wide)high << 64 | low;
}
quad __multf3(quad x, quad y) {
  struct parts a = take_apart(x), b = take_apart(y);
  int isNegative = a.isNegative != b.isNegative;
  if (is_special(a) || is_special(b)) {
    if (is_nan(a) || is_nan(b) || !(a.significand || is_special(a)) || !(b.significand || is_special(b)))
      return nan_of();
    return infinity_of(isNegative);
  }
  if (!a.significand || !b.significand) return quad_of(sign_bit(isNegative));
  // Of 256 bits the upper 128, and whether there are any below them: both are moved to the left end first.
  int left = leading_zeros(a.significand), right = leading_zeros(b.significand);
  wide p = a.significand << left, q = b.significand << right;
  uint64_t p1 = (uint64_t)(p >> 64), p0 = (uint64_t)p, q1 = (uint64_t)(q >> 64), q0 = (uint64_t)q;
  wide low = multiply(p0, q0), middle = multiply(p1, q0), other = multiply(p0, q1);
  wide sum = (low >> 64) + (uint64_t)middle + (uint64_t)other;
  wide high = multiply(p1, q1) + (middle >> 64) + (other >> 64) + (sum >> 64);
  int isMore = (uint64_t)low || (uint64_t)sum;
  // high × 2^128 = a × b × 2^(left + right), so high has the weight of an exponent 2 × FRACTION less, 128 more.
  int exponent = a.exponent + b.exponent - left - right - BIAS - FRACTION + 128 + GUARD;
  return put_together(shift_right(high, 12) | (wide)(unsigned)isMore, exponent + 12, isNegative);
}
quad __divtf3(quad x, quad y) {
  struct parts a = take_apart(x), b = take_apart(y);
  int isNegative = a.isNegative != b.isNegative;
  if (is_nan(a) || is_nan(b) || (is_special(a) && is_special(b))) return nan_of();
  if (is_special(a)) return infinity_of(isNegative);
  if (is_special(b)) return quad_of(sign_bit(isNegative));
  if (!b.significand) return a.significand ? infinity_of(isNegative) : nan_of();
  if (!a.significand) return quad_of(sign_bit(isNegative));
  int left = leading_zeros(a.significand) - 15, right = leading_zeros(b.significand) - 15;
  wide rest = a.significand << left, divisor = b.significand << right, quotient = 0;
  // 117 bits, of which the first may be zero.
  for (int i = 0; i <= FRACTION + GUARD + 1; i++) {
    quotient <<= 1;
    if (rest >= divisor) rest -= divisor, quotient |= 1;
    rest <<= 1;
  }
  int exponent = a.exponent - left - b.exponent + right + BIAS - 1;
  return put_together(quotient | (rest != 0), exponent, isNegative);
}

// Below zero, zero, above zero; 2 where there is no order.
static int order(quad x, quad y) {
  struct parts a = take_apart(x), b = take_apart(y);
  if (is_nan(a) || is_nan(b)) return 2;
  wide p = bits_of(x) << 1, q = bits_of(y) << 1;
  if (!p && !q) return 0;
  if (a.isNegative != b.isNegative) return a.isNegative ? -1 : 1;
  int size = p < q ? -1 : p > q;
  return a.isNegative ? -size : size;
}
int __eqtf2(quad x, quad y) { return order(x, y); }
int __netf2(quad x, quad y) { return order(x, y); }
int __lttf2(quad x, quad y) { return order(x, y); }
int __letf2(quad x, quad y) { return order(x, y); }
int __gttf2(quad x, quad y) {
  int o = order(x, y);
  return o == 2 ? -1 : o;
}
int __getf2(quad x, quad y) {
  int o = order(x, y);
  return o == 2 ? -1 : o;
}
int __unordtf2(quad x, quad y) { return order(x, y) == 2; }

quad __extenddftf2(double x) {
  uint64_t bits = __builtin_bit_cast(uint64_t, x), fraction = bits & ((1ul << 52) - 1);
  int exponent = (int)(bits >> 52) & 0x7FF, isNegative = (int)(bits >> 63);
  if (exponent == 0x7FF) return fraction ? nan_of() : infinity_of(isNegative);
  if (exponent) fraction |= 1ul << 52;
  else exponent = 1;
  return put_together((wide)fraction << (FRACTION + GUARD - 52), exponent - 1023 + BIAS, isNegative);
}
quad __extendsftf2(float x) { return __extenddftf2(x); }
double __trunctfdf2(quad x) {
  struct parts a = take_apart(x);
  uint64_t sign = (uint64_t)a.isNegative << 63;
  if (is_special(a)) return __builtin_bit_cast(double, sign | (a.significand ? 0x7FF8ul << 48 : 0x7FFul << 52));
  int exponent = a.exponent - BIAS + 1023, dropped = FRACTION - 52;
  if (exponent < 1) dropped += 1 - exponent, exponent = 1;
  // Two bits below the significand: one half, and whether there is more.
  wide kept = shift_right(a.significand, dropped - 2);
  uint64_t significand = (uint64_t)(kept >> 2);
  unsigned rest = (unsigned)kept & 3;
  if (rest == 3 || (rest == 2 && (significand & 1))) significand++;
  if (exponent >= 0x7FF) return __builtin_bit_cast(double, sign | 0x7FFul << 52);
  // A carry into the exponent's place is what it should be.
  uint64_t bits = significand + ((uint64_t)(unsigned)(exponent - 1) << 52);
  return __builtin_bit_cast(double, sign | bits);
}
float __trunctfsf2(quad x) {
  // By a double whose last bit says whether there is more: rounding twice does not show then.
  struct parts a = take_apart(x);
  if (!is_special(a) && a.significand << (128 - (FRACTION - 52) - 1) << 1)
    x = quad_of((bits_of(x) >> (FRACTION - 52) | 1) << (FRACTION - 52));
  return (float)__trunctfdf2(x);
}

static quad from_integer(wide size, int isNegative) {
  return put_together(size, BIAS + FRACTION + GUARD, isNegative);
}
quad __floatsitf(int x) { return from_integer((wide)(x < 0 ? -(int64_t)x : x), x < 0); }
quad __floatunsitf(unsigned x) { return from_integer(x, 0); }
quad __floatditf(long x) { return from_integer(x < 0 ? 0 - (uint64_t)x : (uint64_t)x, x < 0); }
quad __floatunditf(unsigned long x) { return from_integer(x, 0); }

static wide to_integer(quad x, wide most) {
  struct parts a = take_apart(x);
  int shift = a.exponent - BIAS - FRACTION;
  if (shift > 14) return most;
  wide size = shift >= 0 ? a.significand << shift : shift > -128 ? a.significand >> -shift : 0;
  return size > most ? most : size;
}
long __fixtfdi(quad x) {
  int isNegative = (int)(bits_of(x) >> 127);
  uint64_t size = (uint64_t)to_integer(x, ((wide)1 << 63) - !isNegative);
  return (long)(isNegative ? 0 - size : size);
}
int __fixtfsi(quad x) {
  int isNegative = (int)(bits_of(x) >> 127);
  int64_t size = (int64_t)to_integer(x, ((wide)1 << 31) - !isNegative);
  return (int)(isNegative ? -size : size);
}
unsigned long __fixunstfdi(quad x) { return bits_of(x) >> 127 ? 0 : (unsigned long)to_integer(x, ~0ul); }
unsigned __fixunstfsi(quad x) { return bits_of(x) >> 127 ? 0 : (unsigned)to_integer(x, ~0u); }
