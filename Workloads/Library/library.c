// The little of the C library that small programs count on, beside memory.c and output.c.
#include "tornado.h"

_Noreturn void exit(int status) { tornado_exit(status); }
_Noreturn void abort(void) { __builtin_trap(); }

long strtol(const char *text, char **end, int base) {
  const char *start = text;
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) text++;
  int negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 32) == 'x') text += 2, base = 16;
  if (base == 0) base = *text == '0' ? 8 : 10;
  long value = 0;
  int any = 0;
  for (;; text++, any = 1) {
    int digit = *text >= '0' && *text <= '9' ? *text - '0' : (*text | 32) >= 'a' && (*text | 32) <= 'z' ? (*text | 32) - 'a' + 10 : 99;
    if (digit >= base) break;
    value = (long)((uint64_t)value * (uint64_t)base + (uint64_t)digit);
  }
  if (end) *end = (char *)(any ? text : start);
  return negative ? -value : value;
}
int atoi(const char *text) { return (int)strtol(text, 0, 10); }

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}
int strncmp(const char *a, const char *b, size_t count) {
  for (; count && *a && *a == *b; count--) a++, b++;
  return count ? (uint8_t)*a - (uint8_t)*b : 0;
}
char *strcpy(char *restrict to, const char *restrict from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}
