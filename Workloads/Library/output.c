// Output character by character, and what C programs expect of it.
#include "tornado.h"

#include <stdarg.h>

// Kept until the line ends or the buffer is full: one system call a line. Swift's own print() comes here too.
static struct {
  _Alignas(TORNADO_LINE) uint64_t lock;
  size_t count;
  char bytes[512];
} kept;

void tornado_flush(void) {
  tornado_lock(&kept.lock);
  if (kept.count) tornado_write(1, kept.bytes, kept.count);
  kept.count = 0;
  tornado_unlock(&kept.lock);
}

int putchar(int character) {
  tornado_lock(&kept.lock);
  kept.bytes[kept.count++] = (char)character;
  if (character == '\n' || kept.count == sizeof kept.bytes) {
    tornado_write(1, kept.bytes, kept.count);
    kept.count = 0;
  }
  tornado_unlock(&kept.lock);
  return character;
}

int puts(const char *text) {
  while (*text) putchar(*text++);
  return putchar('\n');
}

// %d %u %x %c %s %p %f %e %g %%, with l and ll, a width, a zero before it, a minus, and the precision of
// strings and doubles.
static int print(int stream, const char *format, va_list arguments) {
  char text[256];
  size_t count = 0;
  int total = 0;
#define EMIT(c)                                      \
  do {                                               \
    if (stream == 1) putchar(c);                     \
    else if (count < sizeof text) text[count++] = c; \
    total++;                                         \
  } while (0)
  for (; *format; format++) {
    if (*format != '%') {
      EMIT(*format);
      continue;
    }
    int left = 0, longs = 0, width = 0;
    int precision = -1;
    char pad = ' ', digits[TORNADO_DECIMAL_BYTES];
    const char *piece = digits + sizeof digits;
    long length = 0;
    for (format++; *format == '-' || *format == '0'; format++) *format == '-' ? (left = 1) : (pad = '0');
    for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + *format - '0';
    if (*format == '.')
      for (precision = 0, format++; *format >= '0' && *format <= '9'; format++) precision = precision * 10 + *format - '0';
    for (; *format == 'l' || *format == 'z'; format++) longs = 1;
    uint64_t value = 0, base = *format == 'x' || *format == 'p' ? 16 : 10;
    int negative = 0;
    switch (*format) {
      case 'd':
      case 'i': {
        int64_t number = longs ? va_arg(arguments, long) : va_arg(arguments, int);
        negative = number < 0;
        value = negative ? 0 - (uint64_t)number : (uint64_t)number;
        break;
      }
      case 'u':
      case 'x': value = longs ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned); break;
      case 'p': value = (uint64_t)va_arg(arguments, void *); break;
      case 's':
        piece = va_arg(arguments, const char *);
        if (!piece) piece = "(null)";
        while (length != precision && piece[length]) length++;
        break;
      case 'f':
      case 'e':
      case 'g':
        piece = digits;
        length = (long)tornado_decimal(digits, va_arg(arguments, double), *format, precision);
        // What is no number is not filled up with zeros.
        if (digits[length - 1] > '9') pad = ' ';
        break;
      case 'c':
        digits[0] = (char)va_arg(arguments, int);
        piece = digits;
        length = 1;
        break;
      case 0: format--; continue;
      default:
        digits[0] = *format;
        piece = digits;
        length = 1;
    }
    if (piece == digits + sizeof digits) {
      char *next = digits + sizeof digits;
      do *--next = "0123456789abcdef"[value % base];
      while (value /= base);
      if (negative) *--next = '-';
      piece = next;
      length = digits + sizeof digits - next;
    }
    // A sign stands before zeros.
    if (!left && pad == '0' && length && *piece == '-') {
      EMIT('-');
      piece++;
      length--;
      width--;
    }
    if (!left)
      for (long i = length; i < width; i++) EMIT(pad);
    for (long i = 0; i < length; i++) EMIT(piece[i]);
    if (left)
      for (long i = length; i < width; i++) EMIT(' ');
  }
  if (stream != 1) tornado_write(stream, text, count);
  return total;
#undef EMIT
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int total = print(1, format, arguments);
  va_end(arguments);
  return total;
}

int dprintf(int stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int total = print(stream, format, arguments);
  va_end(arguments);
  return total;
}
