// For the program library, at any address: says in which GB its code, constants, data and zeroed data are, and
// uses addresses of every kind: of functions and data in tables, of labels in a jump table, of the library's.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tornado.h>

enum { count = 100 };
static int numbers[count], first = 1;
static const char *const names[] = {"zero", "one", "two"};
static long doubled(long n) { return 2 * n; }
static long negated(long n) { return -n; }
static long (*const functions[])(long) = {doubled, negated};
static uint32_t done;

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static const char *word(int n) {
  switch (n) {
    case 0: return "none";
    case 1: return "few";
    case 2: return "some";
    case 5: return "many";
    case 6: return "most";
    case 7: return "all";
    default: return names[n % 3];
  }
}

static void work(void *argument) {
  *(int *)argument += 41;
  tornado_finish(&done);
}

int main(int argc, char **argv) {
  printf("GB %lu %lu %lu %lu\n", (unsigned long)main >> 30, (unsigned long)names >> 30, (unsigned long)&first >> 30,
         (unsigned long)numbers >> 30);
  for (int i = 0; i < count; i++) numbers[i] = i * 7919 % 101;
  qsort(numbers, count, sizeof *numbers, compare);
  char *copy = malloc(20);
  strcpy(copy, word(argc + 4));
  printf("%d ... %d, %s %s %s, %ld %ld, %.3f\n", numbers[0], numbers[99], names[argc], word(argc), copy,
         functions[argc - 1](21), functions[argc](21), argc / 3.0);
  if (tornado_spawn(0, work, &first) >= 0) {
    while (!*(volatile uint32_t *)&done) tornado_wait_while(&done, 0);
    printf("thread: %d\n", first);
  }
  return 44;
}
