// <math.h>, function by function: name, arguments and result in bits. An argument that is no number is written as 0.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long state = 88172645463325252ul;
static unsigned long next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static unsigned long bits_of(double x) {
  unsigned long bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
static unsigned long argument(double x) { return x == x ? bits_of(x) : 0; }
#define P(name, x, r) printf("%s %lx %lx\n", name, argument(x), bits_of(r))
#define Q(name, x, y, r) printf("%s %lx %lx %lx\n", name, argument(x), argument(y), bits_of(r))

static const double special[] = {
    0.0, -0.0, 1, -1, 0.5, -0.5, 2, 3, -3, 1e-300, 1e300, -1e300, 5e-324, INFINITY, -INFINITY, NAN,
    0.7853981633974483, 1.5707963267948966, 3.141592653589793, 1e22, 709.7, -745.1, 100.5, -7, 1e-5,
    4503599627370497.5, 2.5, 3.5, -0.4};

int main(int argc, char **argv) {
  int specials = sizeof special / sizeof *special, count = specials + (argc > 1 ? atoi(argv[1]) : 100);
  for (int i = 0; i < count; i++) {
    double u = (double)(next() >> 11) * 0x1p-53, w = (double)(next() >> 11) * 0x1p-53;
    double wide = (u - 0.5) * ldexp(1, (int)(next() % 40) - 20), small = 2 * u - 1;
    double y = (w - 0.5) * ldexp(1, (int)(next() % 12) - 4), huge = (u - 0.5) * ldexp(1, (int)(next() % 1000));
    if (i < specials) wide = small = huge = special[i], y = special[(i * 7) % specials];
    double positive = fabs(huge);
    P("sin", wide, sin(wide));
    P("cos", wide, cos(wide));
    P("tan", wide, tan(wide));
    P("sin", huge, sin(huge));
    P("cos", huge, cos(huge));
    P("asin", small, asin(small));
    P("acos", small, acos(small));
    P("atan", wide, atan(wide));
    Q("atan2", wide, y, atan2(wide, y));
    P("exp", y, exp(y));
    P("exp2", y, exp2(y));
    P("expm1", y, expm1(y));
    P("expm1", small, expm1(small));
    P("log", positive, log(positive));
    P("log2", positive, log2(positive));
    P("log10", positive, log10(positive));
    P("log1p", small, log1p(small));
    Q("pow", positive, small * 3, pow(positive, small * 3));
    Q("pow", fabs(small) * 3, y, pow(fabs(small) * 3, y));
    Q("pow", wide, (double)(i % 9 - 4), pow(wide, (double)(i % 9 - 4)));
    P("cbrt", huge, cbrt(huge));
    P("sinh", y, sinh(y));
    P("cosh", y, cosh(y));
    P("tanh", y, tanh(y));
    Q("fmod", huge, y, fmod(huge, y));
    Q("hypot", wide, y, hypot(wide, y));
    P("floor", wide, floor(wide));
    P("ceil", wide, ceil(wide));
    P("round", wide, round(wide));
    P("rint", wide, rint(wide));
    P("trunc", wide, trunc(wide));
    P("sqrt", positive, sqrt(positive));
    Q("ldexp", small, (double)(i % 2200 - 1100), ldexp(small, i % 2200 - 1100));
  }
}
