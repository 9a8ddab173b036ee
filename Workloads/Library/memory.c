// Memory functions, and a heap: free lists by powers of two behind one lock.
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

// --- The heap -----------------------------------------------------------------------------------------------------------

// Before each block lies one word: twice its class, or for an aligned block twice the distance to the block that it is
// cut from, plus one. A block of class c has 1 << c bytes, preamble included, and goes back to the list of its class alone.
enum { smallest_class = 5, classes = 48, chunk = 1 << 18 };

struct block {
  struct block *next;
};
static struct {
  _Alignas(TORNADO_LINE) struct tornado_lock lock;
  struct block *free[classes];
  char *next, *end;
} heap;

static char *carve(size_t bytes) {
  if (bytes > chunk / 4) return tornado_map(bytes);
  if ((size_t)(heap.end - heap.next) < bytes) {
    // What is left of the old chunk is given up: less than a quarter of it.
    char *fresh = tornado_map(chunk);
    if (!fresh) return 0;
    heap.next = fresh;
    heap.end = fresh + chunk;
  }
  char *memory = heap.next;
  heap.next += bytes;
  return memory;
}

// A block's sixteen bytes of preamble, of which the word is the second half, keep what follows aligned to 16.
void *malloc(size_t bytes) {
  if (bytes > (size_t)1 << 40) return 0;
  int class = smallest_class;
  while (((size_t)1 << class) < bytes + 16) class++;
  tornado_lock(&heap.lock);
  struct block *block = heap.free[class];
  if (block) {
    heap.free[class] = block->next;
    tornado_unlock(&heap.lock);
    return block;
  }
  char *memory = carve((size_t)1 << class);
  tornado_unlock(&heap.lock);
  if (!memory) return 0;
  ((uint64_t *)memory)[1] = (uint64_t)class << 1;
  return memory + 16;
}

void free(void *memory) {
  if (!memory) return;
  uint64_t word = ((uint64_t *)memory)[-1];
  if (word & 1) {
    memory = (char *)memory - (word >> 1);
    word = ((uint64_t *)memory)[-1];
  }
  struct block *block = memory;
  tornado_lock(&heap.lock);
  block->next = heap.free[word >> 1];
  heap.free[word >> 1] = block;
  tornado_unlock(&heap.lock);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  char *memory = malloc(alignment <= 16 ? bytes : bytes + alignment);
  if (!memory) return 12;
  if (alignment > 16) {
    char *aligned = (char *)(((uintptr_t)memory + alignment - 1) & ~(alignment - 1));
    if (aligned != memory) ((uint64_t *)aligned)[-1] = (uint64_t)(aligned - memory) << 1 | 1;
    memory = aligned;
  }
  *result = memory;
  return 0;
}

void *calloc(size_t count, size_t bytes) {
  if (bytes && count > ((size_t)1 << 40) / bytes) return 0;
  void *memory = malloc(count * bytes);
  return memory ? memset(memory, 0, count * bytes) : 0;
}

void *realloc(void *memory, size_t bytes) {
  if (!memory) return malloc(bytes);
  uint64_t word = ((uint64_t *)memory)[-1];
  if (word & 1) return 0;
  size_t held = ((size_t)1 << (word >> 1)) - 16;
  if (bytes <= held) return memory;
  void *fresh = malloc(bytes);
  if (!fresh) return 0;
  memcpy(fresh, memory, held);
  free(memory);
  return fresh;
}
