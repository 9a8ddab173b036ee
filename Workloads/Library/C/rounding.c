// <math.h>: what takes a double apart and puts it together, exactly.
#include "c/math.h"
#include "numbers.h"

double fabs(double x) { return double_of(bits_of(x) & ~SIGN_BIT); }
double copysign(double x, double y) { return double_of((bits_of(x) & ~SIGN_BIT) | (bits_of(y) & SIGN_BIT)); }
double sqrt(double x) {
  double root;
  __asm__("sqrt.d %0, %1" : "=f"(root) : "f"(x));
  return root;
}

double trunc(double x) {
  int exponent = exponent_of(x);
  if (exponent >= 52) return x;
  if (exponent < 0) return copysign(0, x);
  return double_of(bits_of(x) & ~(~0ul >> (12 + exponent)));
}
double floor(double x) {
  double whole = trunc(x);
  return whole > x ? whole - 1 : whole;
}
double ceil(double x) {
  double whole = trunc(x);
  return whole < x ? copysign(whole + 1, x) : whole;
}
double round(double x) {
  double whole = trunc(x);
  return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}
// To even where two are as near, as the processor rounds unless it has been told otherwise.
double rint(double x) {
  const double shift = 4503599627370496.0;
  if (!(fabs(x) < shift)) return x;
  double volatile sum = copysign(shift, x) + x;
  return copysign(sum - copysign(shift, x), x);
}
double nearbyint(double x) { return rint(x); }
long lround(double x) { return (long)round(x); }

double ldexp(double x, int exponent) {
  for (; exponent > 1023; exponent -= 1023) {
    x *= power_of_two(1023);
    if (exponent > 4096) exponent = 4096;
  }
  // A subnormal result is rounded once, at the end.
  for (; exponent < -969; exponent += 969) {
    x *= power_of_two(-969);
    if (exponent < -4096) exponent = -4096;
  }
  return x * power_of_two(exponent);
}
double frexp(double x, int *exponent) {
  *exponent = 0;
  if (x == 0 || exponent_of(x) == 1024) return x;
  if (exponent_of(x) == -1023) {
    x *= power_of_two(54);
    *exponent = -54;
  }
  *exponent += exponent_of(x) + 1;
  return double_of((bits_of(x) & ~(0x7FFul << 52)) | 1022ul << 52);
}
double modf(double x, double *whole) {
  *whole = trunc(x);
  return copysign(exponent_of(x) == 1024 && !IS_NAN(x) ? 0 : x - *whole, x);
}

double fmod(double x, double y) {
  if (y == 0 || exponent_of(x) == 1024 || IS_NAN(y)) return (x * y) / (x * y);
  double rest = fabs(x), divisor = fabs(y);
  int least, most;
  frexp(divisor, &least);
  while (rest >= divisor) {
    frexp(rest, &most);
    int shift = most - least;
    double multiple = ldexp(divisor, shift);
    if (multiple > rest) multiple = ldexp(divisor, shift - 1);
    rest -= multiple;
  }
  return copysign(rest, x);
}

double fmin(double x, double y) { return IS_NAN(x) || y < x ? y : x; }
double fmax(double x, double y) { return IS_NAN(x) || y > x ? y : x; }
double hypot(double x, double y) {
  x = fabs(x), y = fabs(y);
  if (x < y) {
    double t = x;
    x = y, y = t;
  }
  if (exponent_of(x) == 1024 || exponent_of(y) == 1024)
    return bits_of(x) << 1 == 0x7FFul << 53 || bits_of(y) << 1 == 0x7FFul << 53 ? __builtin_inf() : x + y;
  if (y == 0) return x;
  int scale = exponent_of(x);
  x = ldexp(x, -scale), y = ldexp(y, -scale);
  struct twofold a = multiply_exactly(x, x), b = multiply_exactly(y, y), sum = add_exactly(a.high, b.high);
  return ldexp(sqrt(sum.high + (sum.low + a.low + b.low)), scale);
}
