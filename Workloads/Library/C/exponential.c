// <math.h>: exponentials and logarithms.
#include "c/math.h"
#include "numbers.h"

// ln 2 as a sum; the first part has so few bits that its product with an exponent is exact.
static const double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;

// e^(r + low) - 1 for |r| ≤ ln 2 / 2: the series.
static double small_expm1(double r, double low) {
  double sum = 0, square = r * r;
  static const double factorial[] = {
      6227020800.0, 479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0};
  for (int i = 0; i < 11; i++) sum = sum * r + 1 / factorial[i];
  // 1/13!, …, 1/3!; the larger terms are added last, and the largest exactly.
  double tail = sum * r * square + (low + low * r);
  struct twofold head = add_exactly(r, square * 0.5);
  return head.high + (head.low + tail);
}

static double exp_of(double high, double low) {
  if (!(high < 710)) return high * (high > 0 ? __builtin_inf() : 1);
  if (high < -746) return 0;
  double k = rint(high * 1.4426950408889634074);
  double r = high - k * ln2_high;
  low -= k * ln2_low;
  struct twofold reduced = add_exactly(r, low);
  return ldexp(1 + small_expm1(reduced.high, reduced.low), (int)k);
}

double exp(double x) { return exp_of(x, 0); }
double expm1(double x) {
  if (fabs(x) < 0.34) return x == 0 ? x : small_expm1(x, 0);
  if (x > 60 || IS_NAN(x)) return exp(x);
  if (x < -60) return -1;
  double k = rint(x * 1.4426950408889634074);
  struct twofold reduced = add_exactly(x - k * ln2_high, -k * ln2_low);
  double part = small_expm1(reduced.high, reduced.low), scale = ldexp(1, (int)k);
  return (scale - 1) + scale * part;
}

// ln x of a positive finite x, to some 65 bits: ln x = k ln 2 + 2 artanh(s), s = (m - 1) / (m + 1).
static struct twofold log_of(double x) {
  int k = 0;
  if (exponent_of(x) == -1023) x *= power_of_two(54), k = -54;
  k += exponent_of(x);
  double m = double_of((bits_of(x) & ~(0xFFFul << 52)) | 1023ul << 52);
  if (m > 1.41421356237309504880) m *= 0.5, k++;
  double f = m - 1;
  struct twofold sum = add_exactly(2, f);
  double s = f / sum.high;
  struct twofold product = multiply_exactly(s, sum.high);
  double s_low = ((f - product.high) - product.low - s * sum.low) / sum.high;
  double z = s * s, tail = 0;
  for (int n = 25; n >= 5; n -= 2) tail = tail * z + 2.0 / n;
  // 2 s³ / 3 to twice the precision.
  struct twofold square = multiply_exactly(s, s);
  square.low += 2 * s * s_low;
  struct twofold cube = multiply_exactly(square.high, s);
  cube.low += square.low * s + square.high * s_low;
  const double third = 0x1.5555555555555p-1, third_low = 0x1.5555555555555p-55;
  struct twofold first = multiply_exactly(cube.high, third);
  first.low += cube.low * third + cube.high * third_low;
  struct twofold total = add_exactly(2 * s, first.high);
  total.low += first.low + 2 * s_low + tail * z * z * s;
  struct twofold whole = add_exactly(k * ln2_high, total.high);
  whole.low += total.low + k * ln2_low;
  return add_exactly(whole.high, whole.low);
}

// Where there is no logarithm to compute.
static int has_no_log(double x, double *answer) {
  if (x > 0 && x < __builtin_inf()) return 0;
  *answer = x == 0 ? -1 / fabs(x) : x > 0 || IS_NAN(x) ? x : (x - x) / 0.0;
  return 1;
}

double log(double x) {
  double answer;
  if (has_no_log(x, &answer)) return answer;
  return log_of(x).high;
}
// The logarithm times 1 / ln b, given as a sum.
static double log_base(double x, double factor, double factor_low) {
  double answer;
  if (has_no_log(x, &answer)) return answer;
  struct twofold log = log_of(x), product = multiply_exactly(log.high, factor);
  return product.high + (product.low + log.high * factor_low + log.low * factor);
}
double log2(double x) { return log_base(x, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56); }
double log10(double x) { return log_base(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57); }
double log1p(double x) {
  if (fabs(x) < 0x1p-54) return x;
  if (!(x > -1) || x == __builtin_inf()) return log(1 + x);
  struct twofold sum = add_exactly(1, x);
  struct twofold log = log_of(sum.high);
  return log.high + (log.low + sum.low / sum.high);
}

double exp2(double x) {
  if (fabs(x) > 2000) x = copysign(2000, x);
  if (IS_NAN(x)) return x;
  double k = rint(x), f = x - k;
  struct twofold product = multiply_exactly(f, 0x1.62e42fefa39efp-1);
  return ldexp(1 + small_expm1(product.high, product.low + f * 0x1.abc9e3b39803fp-56), (int)k);
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (IS_NAN(x) || IS_NAN(y)) return x + y;
  double size = fabs(x);
  int isWhole = fabs(y) >= 0x1p53 || trunc(y) == y;
  int isOdd = isWhole && fabs(y) < 0x1p53 && ((long)y & 1);
  if (x < 0 && !isWhole && x != -__builtin_inf()) return (x - x) / 0.0;
  double sign = isOdd ? copysign(1, x) : 1;
  if (fabs(y) == __builtin_inf()) return size == 1 ? 1 : (size > 1) == (y > 0) ? __builtin_inf() : 0;
  if (size == 0) return y > 0 ? sign * 0 : sign / 0.0;
  if (size == __builtin_inf()) return y > 0 ? sign * size : sign * 0;
  struct twofold log = log_of(size);
  if (fabs(log.high * y) > 800) return sign * (log.high * y > 0 ? __builtin_inf() : 0);
  struct twofold product = multiply_exactly(log.high, y);
  product.low += log.low * y;
  return sign * exp_of(product.high, product.low);
}

double cbrt(double x) {
  if (x == 0 || !(fabs(x) < __builtin_inf())) return x;
  if (exponent_of(x) == -1023) return cbrt(x * power_of_two(54)) * power_of_two(-18);
  double size = fabs(x), root = exp_of(log_of(size).high / 3, 0);
  // One step of Newton's, with the residue computed exactly enough.
  struct twofold square = multiply_exactly(root, root), cube = multiply_exactly(square.high, root);
  double residue = (size - cube.high) - (cube.low + square.low * root);
  return copysign(root + residue / (3 * square.high), x);
}

double sinh(double x) {
  double size = fabs(x);
  if (size < 22) {
    double t = expm1(size);
    return copysign(size < 1 ? 0.5 * (2 * t - t * t / (t + 1)) : 0.5 * (t + t / (t + 1)), x);
  }
  double half = exp(0.5 * size);
  return copysign(0.5 * half * half, x);
}
double cosh(double x) {
  double size = fabs(x);
  if (size < 22) {
    double t = exp(size);
    return 0.5 * t + 0.5 / t;
  }
  double half = exp(0.5 * size);
  return 0.5 * half * half;
}
double tanh(double x) {
  double size = fabs(x);
  if (size > 22) return IS_NAN(x) ? x : copysign(1, x);
  double t = expm1(2 * size);
  return copysign(t / (t + 2), x);
}
