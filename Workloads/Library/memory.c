// Memory functions. The heap: heap.S, heap.c.
#include "tornado.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  char *a = to;
  const char *b = from;
  if ((((uintptr_t)a | (uintptr_t)b) & 7) == 0)
    for (; bytes >= 8; bytes -= 8, a += 8, b += 8) *(uint64_t *)a = *(const uint64_t *)b;
  while (bytes--) *a++ = *b++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  char *a = to;
  const char *b = from;
  if ((uintptr_t)a - (uintptr_t)b >= bytes) return memcpy(to, from, bytes);
  while (bytes--) a[bytes] = b[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  char *a = to;
  uint64_t word = (uint8_t)value * 0x0101010101010101ul;
  while (bytes && ((uintptr_t)a & 7)) *a++ = (char)value, bytes--;
  for (; bytes >= 8; bytes -= 8, a += 8) *(uint64_t *)a = word;
  while (bytes--) *a++ = (char)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const uint8_t *x = a, *y = b;
  for (; bytes; bytes--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

size_t strlen(const char *text) {
  size_t count = 0;
  while (text[count]) count++;
  return count;
}
