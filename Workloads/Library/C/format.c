#include "format.h"

struct piece {
  int isLeft, isZeroFilled, isAlternate;
  char sign;  // what stands before a number that is not negative, or 0
  int width, precision;
};

static int fill(struct tornado_sink *sink, char with, long count) {
  for (long i = 0; i < count; i++) sink->put(sink, &with, 1);
  return count > 0 ? (int)count : 0;
}

// A prefix (sign, 0x), zeros and the rest, in the field's width.
static int emit(
    struct tornado_sink *sink, const struct piece *piece, const char *prefix, size_t prefixed, long zeros,
    const char *text, size_t count) {
  long missing = piece->width - (long)(prefixed + count) - zeros;
  int total = (int)(prefixed + count + (size_t)zeros);
  if (!piece->isLeft && !piece->isZeroFilled) total += fill(sink, ' ', missing);
  sink->put(sink, prefix, prefixed);
  if (!piece->isLeft && piece->isZeroFilled) total += fill(sink, '0', missing);
  fill(sink, '0', zeros);
  sink->put(sink, text, count);
  if (piece->isLeft) total += fill(sink, ' ', missing);
  return total;
}

static int emit_integer(struct tornado_sink *sink, struct piece piece, uint64_t value, int isNegative, char style) {
  unsigned base = style == 'o' ? 8 : style == 'x' || style == 'X' || style == 'p' ? 16 : 10;
  const char *digits = style == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  char text[24], *next = text + sizeof text, prefix[3];
  size_t prefixed = 0;
  for (uint64_t rest = value; rest; rest /= base) *--next = digits[rest % base];
  long count = text + sizeof text - next;
  if (isNegative) prefix[prefixed++] = '-';
  else if (piece.sign) prefix[prefixed++] = piece.sign;
  if (base == 16 && (style == 'p' || (piece.isAlternate && value))) {
    prefix[prefixed++] = '0';
    prefix[prefixed++] = style == 'X' ? 'X' : 'x';
  }
  if (piece.precision >= 0) piece.isZeroFilled = 0;
  long least = piece.precision >= 0 ? piece.precision : 1;
  if (style == 'o' && piece.isAlternate && least <= count) least = count + 1;
  return emit(sink, &piece, prefix, prefixed, least > count ? least - count : 0, next, (size_t)count);
}

static int emit_double(struct tornado_sink *sink, struct piece piece, double value, char style) {
  char text[TORNADO_DECIMAL_BYTES], *start = text;
  size_t count = tornado_decimal(text, value, style | 32, piece.precision);
  char sign = piece.sign;
  if (*start == '-') sign = *start++, count--;
  // What is no number is not filled up with zeros.
  if (start[count - 1] > '9') piece.isZeroFilled = 0;
  if (!(style & 32))
    for (size_t i = 0; i < count; i++)
      if (start[i] >= 'a') start[i] -= 32;
  return emit(sink, &piece, &sign, sign != 0, 0, start, count);
}

int tornado_format(struct tornado_sink *sink, const char *format, va_list arguments) {
  int total = 0;
  while (*format) {
    const char *start = format;
    while (*format && *format != '%') format++;
    if (format != start) sink->put(sink, start, (size_t)(format - start));
    total += (int)(format - start);
    if (!*format) break;
    struct piece piece = {.precision = -1};
    for (format++;; format++) {
      if (*format == '-') piece.isLeft = 1;
      else if (*format == '0') piece.isZeroFilled = 1;
      else if (*format == '+') piece.sign = '+';
      else if (*format == ' ') piece.sign = piece.sign ? piece.sign : ' ';
      else if (*format == '#') piece.isAlternate = 1;
      else break;
    }
    if (*format == '*') {
      piece.width = va_arg(arguments, int);
      if (piece.width < 0) piece.isLeft = 1, piece.width = -piece.width;
      format++;
    }
    for (; *format >= '0' && *format <= '9'; format++) piece.width = piece.width * 10 + *format - '0';
    if (*format == '.') {
      piece.precision = 0;
      if (*++format == '*') {
        piece.precision = va_arg(arguments, int);
        format++;
      }
      for (; *format >= '0' && *format <= '9'; format++) piece.precision = piece.precision * 10 + *format - '0';
    }
    int bytes = 4, isLong = 0;
    for (;; format++) {
      if (*format == 'h') bytes = bytes == 2 ? 1 : 2;
      else if (*format == 'l' || *format == 'z' || *format == 'j' || *format == 't') bytes = 8;
      else if (*format == 'L') isLong = 1;
      else break;
    }
    int unused = 64 - 8 * bytes;
    switch (*format) {
      case 'd':
      case 'i': {
        int64_t value = bytes == 8 ? va_arg(arguments, long) : va_arg(arguments, int);
        value = (int64_t)((uint64_t)value << unused) >> unused;
        total += emit_integer(sink, piece, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 'd');
        break;
      }
      case 'u':
      case 'x':
      case 'X':
      case 'o': {
        uint64_t value = bytes == 8 ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);
        piece.sign = 0;
        total += emit_integer(sink, piece, value << unused >> unused, 0, *format);
        break;
      }
      case 'p': total += emit_integer(sink, piece, (uint64_t)va_arg(arguments, void *), 0, 'p'); break;
      case 's': {
        const char *text = va_arg(arguments, const char *);
        if (!text) text = "(null)";
        size_t count = 0;
        while (count != (size_t)(long)piece.precision && text[count]) count++;
        piece.isZeroFilled = 0;
        total += emit(sink, &piece, "", 0, 0, text, count);
        break;
      }
      case 'c': {
        char character = (char)va_arg(arguments, int);
        piece.isZeroFilled = 0;
        total += emit(sink, &piece, "", 0, 0, &character, 1);
        break;
      }
      case 'f':
      case 'F':
      case 'e':
      case 'E':
      case 'g':
      case 'G': {
        // A long double is printed as a double is.
        double value = isLong ? (double)va_arg(arguments, long double) : va_arg(arguments, double);
        total += emit_double(sink, piece, value, *format);
        break;
      }
      case 0: return total;
      default:
        sink->put(sink, format, 1);
        total++;
    }
    format++;
  }
  return total;
}
