// A compute-bound benchmark: sorts, sieves and sums up, and prints a checksum. [--everywhere] [ROUNDS]: on
// every processor at once; rounds of each, by default 1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tornado.h>

enum { numbers = 1 << 12, sieve = 1 << 15, bytes = 1 << 14 };

// What one processor works on: memory that no other touches.
struct work {
  uint32_t values[numbers];
  uint8_t composite[sieve];
  uint8_t text[bytes];
  uint64_t state;
  long rounds;
  uint64_t sum;
  uint32_t finished;
};

static uint64_t next(struct work *w) {
  w->state ^= w->state << 13;
  w->state ^= w->state >> 7;
  w->state ^= w->state << 17;
  return w->state;
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

static uint64_t heapSort(struct work *w) {
  uint32_t *values = w->values;
  for (int i = 0; i < numbers; i++) values[i] = (uint32_t)next(w);
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

static uint64_t primes(struct work *w) {
  uint8_t *composite = w->composite;
  uint64_t count = 0;
  for (int i = 0; i < sieve; i++) composite[i] = 0;
  for (int i = 2; i < sieve; i++) {
    if (composite[i]) continue;
    count++;
    for (int j = i + i; j < sieve; j += i) composite[j] = 1;
  }
  return count;
}

static uint64_t crc(struct work *w) {
  uint32_t sum = 0xffffffff;
  for (int i = 0; i < bytes; i++) w->text[i] = (uint8_t)next(w);
  for (int i = 0; i < bytes; i++) {
    sum ^= w->text[i];
    for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
  }
  return sum;
}

static void run(void *argument) {
  struct work *w = argument;
  w->state = 0x9e3779b97f4a7c15;
  for (long round = 0; round < w->rounds; round++) w->sum = w->sum * 1099511628211u ^ heapSort(w) ^ primes(w) << 40 ^ crc(w);
  tornado_finish(&w->finished);
}

static _Noreturn void refuse(void) {
  dprintf(2, "usage: compute [--everywhere] [ROUNDS]\n");
  tornado_exit(2);
}

int main(int argc, char **argv) {
  int first = argc > 1 && strcmp(argv[1], "--everywhere") == 0 ? 2 : 1;
  long rounds = argc > first ? atoi(argv[first]) : 1;
  if (rounds < 1 || argc > first + 1) refuse();
  long processors = first == 2 ? tornado_processors() : 1;
  struct work *all[processors];
  for (long n = 0; n < processors; n++) {
    all[n] = tornado_map_at(sizeof(struct work), n);
    if (!all[n]) {
      dprintf(2, "compute: no memory\n");
      return 1;
    }
    all[n]->rounds = rounds;
    if (n == 0) continue;
    if (tornado_spawn(n, run, all[n]) < 0) {
      dprintf(2, "compute: no thread on processor %ld\n", n);
      return 1;
    }
  }
  run(all[0]);
  for (long n = 1; n < processors; n++) {
    while (!*(volatile uint32_t *)&all[n]->finished) tornado_wait_while(&all[n]->finished, 0);
    if (all[n]->sum == all[0]->sum) continue;
    dprintf(2, "compute: processor %ld found %016lx, not %016lx\n", n, all[n]->sum, all[0]->sum);
    return 1;
  }
  printf("%ld rounds, checksum %016lx\n", rounds, all[0]->sum);
  return 0;
}
