// Doubles in decimal, exactly: a double is an integer times a power of two or of one half, and either has
// finitely many digits.
#include "tornado.h"

// Limbs of nine decimal digits, the lowest first. 2^1024 has 309 digits, 5^1074 times 2^53 has 767.
enum { LIMBS = 90, LIMB = 1000000000 };

struct decimal {
  uint32_t limb[LIMBS];
  int limbs;
  // As text, the highest digit first and not zero; the value is 0.d₁d₂d₃… × 10^point.
  char digit[LIMBS * 9];
  int digits, point;
};

static void multiply(struct decimal *number, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < number->limbs; i++) {
    carry += (uint64_t)number->limb[i] * factor;
    number->limb[i] = (uint32_t)(carry % LIMB);
    carry /= LIMB;
  }
  for (; carry; carry /= LIMB) number->limb[number->limbs++] = (uint32_t)(carry % LIMB);
}

static void spell(struct decimal *number) {
  number->digits = 0;
  for (int i = number->limbs - 1; i >= 0; i--)
    for (uint32_t unit = LIMB / 10; unit; unit /= 10) {
      char digit = (char)('0' + number->limb[i] / unit % 10);
      if (number->digits || digit != '0') number->digit[number->digits++] = digit;
    }
}

// All digits of what is neither infinite nor no number.
static void expand(uint64_t bits, struct decimal *number) {
  int exponent = bits >> 52 & 0x7FF;
  uint64_t whole = bits & ((1ul << 52) - 1);
  if (exponent) whole |= 1ul << 52;
  else exponent = 1;
  exponent -= 1075;
  while (whole && !(whole & 1) && exponent < 0) whole >>= 1, exponent++;
  for (number->limbs = 0; whole; whole /= LIMB) number->limb[number->limbs++] = (uint32_t)(whole % LIMB);
  int places = exponent < 0 ? -exponent : 0;
  for (; exponent > 0; exponent -= 29) multiply(number, 1u << (exponent < 29 ? exponent : 29));
  int fives = places;
  for (; fives >= 12; fives -= 12) multiply(number, 244140625);
  for (; fives; fives--) multiply(number, 5);
  spell(number);
  number->point = number->digits - places;
}

// Keeps so many digits, or none or fewer than none, rounding to the nearest, and to even between two.
static void round_to(struct decimal *number, int kept) {
  if (kept >= number->digits) return;
  int up = 0;
  if (kept >= 0) {
    int half = number->digit[kept] - '5';
    for (int i = kept + 1; half == 0 && i < number->digits; i++) half = number->digit[i] > '0';
    up = half > 0 || (half == 0 && kept > 0 && (number->digit[kept - 1] & 1));
  }
  number->digits = kept > 0 ? kept : 0;
  if (!up) return;
  int i = number->digits - 1;
  for (; i >= 0 && number->digit[i] == '9'; i--) number->digit[i] = '0';
  if (i >= 0) {
    number->digit[i]++;
  } else {
    for (int k = number->digits; k > 0; k--) number->digit[k] = number->digit[k - 1];
    number->digit[0] = '1';
    number->digits++;
    number->point++;
  }
}

static char digit(const struct decimal *number, int place) { return place >= 0 && place < number->digits ? number->digit[place] : '0'; }

static char *fixed(char *to, const struct decimal *number, int precision) {
  for (int i = number->point > 0 ? 0 : number->point - 1; i < number->point; i++) *to++ = digit(number, i);
  if (precision) *to++ = '.';
  for (int i = 0; i < precision; i++) *to++ = digit(number, number->point + i);
  return to;
}

static char *scientific(char *to, const struct decimal *number, int precision, char letter) {
  *to++ = digit(number, 0);
  if (precision) *to++ = '.';
  for (int i = 1; i <= precision; i++) *to++ = digit(number, i);
  int exponent = number->digits ? number->point - 1 : 0;
  *to++ = letter;
  *to++ = exponent < 0 ? '-' : '+';
  if (exponent < 0) exponent = -exponent;
  if (exponent >= 100) *to++ = (char)('0' + exponent / 100);
  *to++ = (char)('0' + exponent / 10 % 10);
  *to++ = (char)('0' + exponent % 10);
  return to;
}

size_t tornado_decimal(char *text, double value, char style, int precision) {
  static const char *const names[] = {"inf", "nan"};
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  char *to = text;
  if (bits >> 63) *to++ = '-';
  bits &= ~(1ul << 63);
  if (bits >> 52 == 0x7FF) {
    memcpy(to, names[bits << 12 != 0], 3);
    return (size_t)(to + 3 - text);
  }
  if (precision < 0) precision = 6;
  if (precision > TORNADO_DECIMAL_PRECISION) precision = TORNADO_DECIMAL_PRECISION;
  struct decimal number;
  expand(bits, &number);
  switch (style) {
    case 'f':
      round_to(&number, number.point + precision);
      to = fixed(to, &number, precision);
      break;
    case 'e':
      round_to(&number, precision + 1);
      to = scientific(to, &number, precision, 'e');
      break;
    default: {
      if (!precision) precision = 1;
      round_to(&number, precision);
      int exponent = number.digits ? number.point - 1 : 0;
      int isFixed = exponent >= -4 && exponent < precision;
      // No zeros at the end.
      int last = number.digits;
      while (last > 1 && number.digit[last - 1] == '0') last--;
      int after = isFixed ? last - number.point : last - 1;
      if (!number.digits || after < 0) after = 0;
      to = isFixed ? fixed(to, &number, after) : scientific(to, &number, after, 'e');
    }
  }
  return (size_t)(to - text);
}
