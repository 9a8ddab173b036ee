// <math.h>: circles.
#include "c/math.h"
#include "numbers.h"

// 2 / π, the first 1280 bits after the point.
static const uint64_t two_by_pi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};
static const double half_pi = 0x1.921fb54442d18p+0, half_pi_low = 0x1.1a62633145c07p-54;

// x = quadrant × π/2 + the sum, which is at most π/4 in size (M. Payne and R. Hanek, 1983: of the product of x with 2/π
// only the bits round the point are computed).
static struct twofold reduce(double x, int *quadrant) {
  double size = fabs(x);
  *quadrant = 0;
  if (size <= 0x1.921fb54442d18p-1) return (struct twofold){x, 0};
  // size = significand × 2^shift. Bits of 2/π above 2^-(shift + 2) give multiples of four quadrants.
  uint64_t significand = (bits_of(size) & ((1ul << 52) - 1)) | 1ul << 52;
  int shift = exponent_of(size) - 52, first = shift > 2 ? shift - 2 : 0;
  uint64_t window[4];
  for (int i = 0; i < 4; i++) {
    int bit = first + 64 * i, word = bit / 64, within = bit % 64;
    window[i] = two_by_pi[word] << within | (within ? two_by_pi[word + 1] >> (64 - within) : 0);
  }
  // The product, as words with the window's weight: word 0 of it is above the window.
  uint64_t product[5], carry = 0;
  for (int i = 3; i >= 0; i--) {
    uint64_t low = window[i] * significand, high;
    __asm__("dmultu %1, %2\n\tmfhi %0" : "=r"(high) : "r"(window[i]), "r"(significand) : "hi", "lo");
    product[i + 1] = low + carry;
    carry = high + (product[i + 1] < carry);
  }
  product[0] = carry;
  // The point: the window's first bit weighs 2^(shift - first - 1); shift - first is 2, or less where x is small.
  int point = 64 + shift - first;  // bits before the point
  uint64_t fraction[3];
  for (int i = 0; i < 3; i++) {
    int bit = point + 64 * i, word = bit / 64, within = bit % 64;
    uint64_t next = word + 1 < 5 ? product[word + 1] : 0;
    fraction[i] = (word < 5 ? product[word] << within : 0) | (within ? next >> (64 - within) : 0);
  }
  int n = (int)(point >= 64 ? product[0] << (point - 64) | (point > 64 ? product[1] >> (128 - point) : 0) : product[0] >> (64 - point)) & 3;
  // To the nearest quadrant.
  int isNegative = (int)(fraction[0] >> 63);
  if (isNegative) {
    n++;
    for (int i = 0; i < 3; i++) fraction[i] = ~fraction[i];
  }
  // As a sum of doubles: 53 bits from the first one on, and the next.
  int zeros = 0;
  while (zeros < 128 && !(fraction[0] >> 63)) {
    fraction[0] = fraction[0] << 1 | fraction[1] >> 63;
    fraction[1] = fraction[1] << 1 | fraction[2] >> 63;
    fraction[2] <<= 1;
    zeros++;
  }
  double high = (double)(fraction[0] >> 11) * power_of_two(-53 - zeros);
  double low = (double)((fraction[0] << 53 | fraction[1] >> 11) >> 11) * power_of_two(-106 - zeros);
  struct twofold angle = multiply_exactly(high, half_pi);
  angle.low += high * half_pi_low + low * half_pi;
  angle = add_exactly(angle.high, angle.low);
  if (isNegative != (x < 0)) angle.high = -angle.high, angle.low = -angle.low;
  *quadrant = (x < 0 ? -n : n) & 3;
  return angle;
}

static double sine(struct twofold x) {
  double z = x.high * x.high, sum = 0;
  for (int n = 17; n >= 3; n -= 2) sum = (1 - sum) * z / (n * (n - 1));
  // sum = z/6 - z²/120 + …; sin = x - x sum + low cos.
  return x.high - (x.high * sum - x.low * (1 - 0.5 * z));
}
static double cosine(struct twofold x) {
  double z = x.high * x.high, sum = 0;
  for (int n = 18; n >= 4; n -= 2) sum = (1 - sum) * z / (n * (n - 1));
  struct twofold head = add_exactly(1, -0.5 * z);
  struct twofold square = multiply_exactly(x.high, x.high);
  return head.high + (head.low - 0.5 * square.low + 0.5 * z * sum - x.high * x.low);
}

double sin(double x) {
  if (!(fabs(x) < __builtin_inf())) return x - x;
  if (fabs(x) < 0x1p-27) return x;
  int quadrant;
  struct twofold angle = reduce(x, &quadrant);
  double value = quadrant & 1 ? cosine(angle) : sine(angle);
  return quadrant & 2 ? -value : value;
}
double cos(double x) {
  if (!(fabs(x) < __builtin_inf())) return x - x;
  int quadrant;
  struct twofold angle = reduce(x, &quadrant);
  double value = quadrant & 1 ? sine(angle) : cosine(angle);
  return (quadrant + 1) & 2 ? -value : value;
}
double tan(double x) {
  if (!(fabs(x) < __builtin_inf())) return x - x;
  if (fabs(x) < 0x1p-27) return x;
  int quadrant;
  struct twofold angle = reduce(x, &quadrant);
  return quadrant & 1 ? -cosine(angle) / sine(angle) : sine(angle) / cosine(angle);
}

// The angle of the point (x, y) with 0 ≤ y ≤ x: from the nearest of five known ones.
static struct twofold angle_of(double y, double x) {
  static const struct twofold known[] = {
      {0, 0},
      {0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57},
      {0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56},
      {0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56},
      {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
  };
  int k = (int)(4 * (y / x) + 0.5);
  double c = 0.25 * k;
  // tan(a - b) = (y - c x) / (x + c y)
  struct twofold above = add_exactly(y, -c * x), below = add_exactly(x, c * y);
  double t = above.high / below.high;
  struct twofold product = multiply_exactly(t, below.high);
  double t_low = ((above.high - product.high) - product.low + above.low - t * below.low) / below.high;
  double z = t * t, sum = 0;
  for (int n = 19; n >= 3; n -= 2) sum = (1.0 / n - sum) * z;
  struct twofold total = add_exactly(known[k].high, t);
  total.low += known[k].low + t_low - t * sum;
  return total;
}

double atan2(double y, double x) {
  if (IS_NAN(x) || IS_NAN(y)) return x + y;
  double a = fabs(y), b = fabs(x);
  int isInfinite = a == __builtin_inf() && b == __builtin_inf();
  if (isInfinite) a = b = 1;
  // Neither the quotient nor what is made of it may run out of exponents.
  int isSteep = a > b;
  double near = isSteep ? a : b, far = isSteep ? b : a;
  struct twofold angle = {0, 0};
  if (near > 0 && far / near > 0x1p-1000) {
    if (near > 0x1p1000) near *= 0x1p-40, far *= 0x1p-40;
    if (near < 0x1p-900) near *= 0x1p110, far *= 0x1p110;
    angle = angle_of(far, near);
  } else if (near > 0 && near < __builtin_inf()) {
    angle.high = far / near;
  }
  if (isSteep) {
    struct twofold rest = add_exactly(half_pi, -angle.high);
    angle.high = rest.high, angle.low = rest.low + half_pi_low - angle.low;
  }
  if (bits_of(x) & SIGN_BIT) {
    struct twofold rest = add_exactly(2 * half_pi, -angle.high);
    angle.high = rest.high, angle.low = rest.low + 2 * half_pi_low - angle.low;
  }
  return copysign(angle.high + angle.low, y);
}
double atan(double x) { return atan2(x, 1); }
double asin(double x) { return fabs(x) < 0x1p-27 ? x : atan2(x, sqrt((1 - x) * (1 + x))); }
double acos(double x) { return atan2(sqrt((1 - x) * (1 + x)), x); }
