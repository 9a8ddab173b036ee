#pragma once
// Results are within two units in the last place (a test compares); errno is not set.
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_E 2.7182818284590452354
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_LOG2E 1.4426950408889634074
#define M_SQRT2 1.41421356237309504880
#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

#define TORNADO_MATH1(name) \
  double name(double x);    \
  static inline float name##f(float x) { return (float)name(x); }
#define TORNADO_MATH2(name)        \
  double name(double x, double y); \
  static inline float name##f(float x, float y) { return (float)name(x, y); }
TORNADO_MATH1(sqrt) TORNADO_MATH1(fabs) TORNADO_MATH1(floor) TORNADO_MATH1(ceil) TORNADO_MATH1(trunc)
TORNADO_MATH1(round) TORNADO_MATH1(rint) TORNADO_MATH1(nearbyint)
TORNADO_MATH1(exp) TORNADO_MATH1(exp2) TORNADO_MATH1(expm1) TORNADO_MATH1(log) TORNADO_MATH1(log2)
TORNADO_MATH1(log10) TORNADO_MATH1(log1p) TORNADO_MATH1(cbrt)
TORNADO_MATH1(sin) TORNADO_MATH1(cos) TORNADO_MATH1(tan) TORNADO_MATH1(asin) TORNADO_MATH1(acos)
TORNADO_MATH1(atan) TORNADO_MATH1(sinh) TORNADO_MATH1(cosh) TORNADO_MATH1(tanh)
TORNADO_MATH2(pow) TORNADO_MATH2(fmod) TORNADO_MATH2(atan2) TORNADO_MATH2(hypot) TORNADO_MATH2(fmin)
TORNADO_MATH2(fmax) TORNADO_MATH2(copysign)
double ldexp(double x, int exponent);
double frexp(double x, int *exponent);
double modf(double x, double *whole);
long lround(double x);
