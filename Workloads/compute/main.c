// A compute-bound benchmark: sorts, sieves and sums up, and prints a checksum. [ROUNDS], by default 1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { numbers = 1 << 12, sieve = 1 << 15, bytes = 1 << 14 };

static uint32_t values[numbers];
static uint8_t composite[sieve];
static uint8_t text[bytes];
static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void sift(uint32_t *heap, int root, int count) {
  uint32_t value = heap[root];
  for (int child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && heap[child + 1] > heap[child]) child++;
    if (heap[child] <= value) break;
    heap[root] = heap[child];
  }
  heap[root] = value;
}

static uint64_t heapSort(void) {
  for (int i = 0; i < numbers; i++) values[i] = (uint32_t)next();
  for (int i = numbers / 2 - 1; i >= 0; i--) sift(values, i, numbers);
  for (int end = numbers - 1; end > 0; end--) {
    uint32_t largest = values[0];
    values[0] = values[end];
    values[end] = largest;
    sift(values, 0, end);
  }
  uint64_t sum = 0;
  for (int i = 0; i < numbers; i++) sum = sum * 31 + values[i];
  return sum;
}

static uint64_t primes(void) {
  uint64_t count = 0;
  for (int i = 0; i < sieve; i++) composite[i] = 0;
  for (int i = 2; i < sieve; i++) {
    if (composite[i]) continue;
    count++;
    for (int j = i + i; j < sieve; j += i) composite[j] = 1;
  }
  return count;
}

static uint64_t crc(void) {
  uint32_t sum = 0xffffffff;
  for (int i = 0; i < bytes; i++) text[i] = (uint8_t)next();
  for (int i = 0; i < bytes; i++) {
    sum ^= text[i];
    for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
  }
  return sum;
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? atoi(argv[1]) : 1;
  if (rounds < 1) {
    dprintf(2, "usage: compute [ROUNDS]\n");
    return 2;
  }
  uint64_t sum = 0;
  for (long round = 0; round < rounds; round++) sum = sum * 1099511628211u ^ heapSort() ^ primes() << 40 ^ crc();
  printf("%ld rounds, checksum %016lx\n", rounds, sum);
  return 0;
}
