// <stdlib.h>, beside the heap.
#include "c/stdlib.h"

_Noreturn void exit(int status) { tornado_exit(status); }
_Noreturn void abort(void) { __builtin_trap(); }

static const char *skip_blanks(const char *text) {
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) text++;
  return text;
}

// The digits' value, as much as 64 bits hold, and whether it is more.
static uint64_t magnitude(const char *text, char **end, int base, int *isNegative, int *isTooLarge) {
  const char *start = text;
  text = skip_blanks(text);
  *isNegative = *text == '-';
  *isTooLarge = 0;
  if (*text == '-' || *text == '+') text++;
  if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 32) == 'x') text += 2, base = 16;
  if (base == 0) base = *text == '0' ? 8 : 10;
  uint64_t value = 0;
  int any = 0;
  for (;; text++, any = 1) {
    int digit = *text >= '0' && *text <= '9'                  ? *text - '0'
                : (*text | 32) >= 'a' && (*text | 32) <= 'z' ? (*text | 32) - 'a' + 10
                                                             : 99;
    if (digit >= base) break;
    uint64_t next = value * (uint64_t)base + (uint64_t)digit;
    if (value > (~0ul - (uint64_t)digit) / (uint64_t)base) *isTooLarge = 1;
    value = next;
  }
  if (end) *end = (char *)(any ? text : start);
  return value;
}

long strtol(const char *text, char **end, int base) {
  int isNegative, isTooLarge;
  uint64_t value = magnitude(text, end, base, &isNegative, &isTooLarge), most = (1ul << 63) - !isNegative;
  if (isTooLarge || value > most) value = most;
  return (long)(isNegative ? 0 - value : value);
}
unsigned long strtoul(const char *text, char **end, int base) {
  int isNegative, isTooLarge;
  uint64_t value = magnitude(text, end, base, &isNegative, &isTooLarge);
  return isTooLarge ? ~0ul : isNegative ? 0 - value : value;
}
long long strtoll(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long long strtoull(const char *text, char **end, int base) { return strtoul(text, end, base); }
int atoi(const char *text) { return (int)strtol(text, 0, 10); }
long atol(const char *text) { return strtol(text, 0, 10); }

// Heap sort: in place, and n log n whatever the order was.
static void exchange(char *a, char *b, size_t bytes) {
  while (bytes--) {
    char byte = *a;
    *a++ = *b;
    *b++ = byte;
  }
}
void qsort(void *base, size_t count, size_t bytes, int (*compare)(const void *, const void *)) {
  char *items = base;
  for (size_t start = count / 2, end = count; end > 1;) {
    if (start) start--;
    else exchange(items, items + --end * bytes, bytes);
    for (size_t root = start, child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && compare(items + child * bytes, items + (child + 1) * bytes) < 0) child++;
      if (compare(items + root * bytes, items + child * bytes) >= 0) break;
      exchange(items + root * bytes, items + child * bytes, bytes);
    }
  }
}
void *bsearch(
    const void *key, const void *base, size_t count, size_t bytes, int (*compare)(const void *, const void *)) {
  const char *items = base;
  while (count) {
    const char *middle = items + count / 2 * bytes;
    int order = compare(key, middle);
    if (order == 0) return (void *)middle;
    if (order > 0) items = middle + bytes, count -= count / 2 + 1;
    else count /= 2;
  }
  return 0;
}

static uint64_t seed = 1;
void srand(unsigned value) { seed = value; }
int rand(void) {
  seed = seed * 6364136223846793005ul + 1442695040888963407ul;
  return (int)(seed >> 33);
}
