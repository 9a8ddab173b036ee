// Decimal to double, correctly rounded: the digits are an integer of any length, and the double is the nearest to its
// quotient or product with a power of ten, found by exact integer arithmetic.
#include "c/math.h"
#include "c/stdlib.h"
#include "numbers.h"

// As many digits as bear on the result; what comes after them only breaks ties.
enum { DIGITS = 800, WORDS = 160 };

// Words of 32 bits, the lowest first.
struct natural {
  uint32_t word[WORDS];
  int words;
};

static void scale(struct natural *number, uint32_t factor, uint32_t more) {
  uint64_t carry = more;
  for (int i = 0; i < number->words; i++) {
    carry += (uint64_t)number->word[i] * factor;
    number->word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry) number->word[number->words++] = (uint32_t)carry;
}
static void shift(struct natural *number, int bits) {
  int whole = bits / 32, rest = bits % 32;
  if (!number->words) return;
  if (rest) scale(number, 1u << rest, 0);
  for (int i = number->words - 1; i >= 0; i--) number->word[i + whole] = number->word[i];
  for (int i = 0; i < whole; i++) number->word[i] = 0;
  number->words += whole;
}
static int length(const struct natural *number) {
  return number->words ? 32 * number->words - __builtin_clz(number->word[number->words - 1]) : 0;
}
static int compare(const struct natural *a, const struct natural *b) {
  if (a->words != b->words) return a->words < b->words ? -1 : 1;
  for (int i = a->words - 1; i >= 0; i--)
    if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
  return 0;
}
static void subtract(struct natural *a, const struct natural *b) {
  int64_t borrow = 0;
  for (int i = 0; i < a->words; i++) {
    borrow += (int64_t)a->word[i] - (i < b->words ? b->word[i] : 0);
    a->word[i] = (uint32_t)borrow;
    borrow >>= 32;
  }
  while (a->words && !a->word[a->words - 1]) a->words--;
}

// above / below × 2^exponent, rounded to the nearest, and to even between two.
static double divide(struct natural *above, struct natural *below) {
  // Made as long as each other the quotient is more than one half and less than two; its bits come one at a time.
  int exponent = length(above) - length(below);
  if (exponent > 0) shift(below, exponent);
  else shift(above, -exponent);
  uint64_t quotient = 0;
  for (int i = 0; i < 64; i++) {
    quotient <<= 1;
    if (compare(above, below) >= 0) {
      subtract(above, below);
      quotient |= 1;
    }
    if (i < 63) shift(above, 1);
  }
  exponent -= 63;
  // Of a subnormal result fewer bits count.
  int top = 64 - __builtin_clzl(quotient), kept = 53;
  if (exponent + top < -1021) kept = exponent + top + 1074;
  if (kept < 0) return 0;
  int dropped = top - kept;
  uint64_t whole = dropped < 64 ? quotient >> dropped : 0, rest = dropped < 64 ? quotient << (64 - dropped) : quotient;
  int isMore = rest > 1ul << 63 || (rest == 1ul << 63 && (above->words || (whole & 1)));
  return ldexp((double)(whole + (uint64_t)isMore), exponent + dropped);
}

double strtod(const char *text, char **end) {
  const char *start = text;
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) text++;
  double sign = *text == '-' ? -1 : 1;
  if (*text == '-' || *text == '+') text++;
  for (int i = 0; i < 2; i++) {
    const char *name = i ? "nan" : "inf";
    if ((text[0] | 32) == name[0] && (text[1] | 32) == name[1] && (text[2] | 32) == name[2]) {
      text += 3;
      if (!i && (text[0] | 32) == 'i' && memcmp(text + 1, "nity", 4) == 0) text += 5;
      if (end) *end = (char *)text;
      return sign * (i ? __builtin_nan("") : __builtin_inf());
    }
  }
  static const struct natural one = {{1}, 1};
  struct natural digits = {{0}, 0}, power = one;
  int any = 0, kept = 0, exponent = 0, isAfterPoint = 0, isMore = 0;
  for (;; text++) {
    if (*text == '.' && !isAfterPoint) {
      isAfterPoint = 1;
      continue;
    }
    if (*text < '0' || *text > '9') break;
    any = 1;
    if (kept < DIGITS) {
      if (*text != '0' || digits.words) {
        scale(&digits, 10, (uint32_t)(*text - '0'));
        if (!digits.words && *text != '0') digits = (struct natural){{(uint32_t)(*text - '0')}, 1};
        kept++;
      }
      if (isAfterPoint) exponent--;
    } else {
      isMore |= *text != '0';
      if (!isAfterPoint) exponent++;
    }
  }
  if (!any) {
    if (end) *end = (char *)start;
    return 0;
  }
  if ((*text | 32) == 'e') {
    const char *mark = text++;
    int isNegative = *text == '-', value = 0;
    if (*text == '-' || *text == '+') text++;
    if (*text < '0' || *text > '9') text = mark;
    else {
      for (; *text >= '0' && *text <= '9'; text++)
        if (value < 100000) value = value * 10 + *text - '0';
      exponent += isNegative ? -value : value;
    }
  }
  if (end) *end = (char *)text;
  if (!digits.words) return sign * 0;
  if (isMore) {
    scale(&digits, 10, 1);
    exponent--;
  }
  if (kept + exponent > 310) return sign * __builtin_inf();
  if (kept + exponent < -330) return sign * 0;
  struct natural *scaled = exponent < 0 ? &power : &digits;
  for (int n = exponent < 0 ? -exponent : exponent; n > 0; n--) scale(scaled, 10, 0);
  return sign * divide(&digits, &power);
}

double atof(const char *text) { return strtod(text, 0); }
