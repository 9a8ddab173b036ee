// For Debian's compiler and C library, at the addresses where their programs mostly are: 0x1_2000_0000. `high` is
// for any Linux; `high threads` uses Tornado's own calls.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { processors = 4, far_bytes = 40 << 20 };

static char far[processors][far_bytes];
static long counter;
static uint32_t done[processors];
static char data[64] __attribute__((aligned(64)));

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void library(void) {
  int numbers[100];
  for (int i = 0; i < 100; i++) numbers[i] = i * 7919 % 101;
  qsort(numbers, 100, sizeof *numbers, compare);
  printf("hello, %d ... %d, %.3f\n", numbers[0], numbers[99], 1.0 / 3);
  char *large = malloc(10 << 20), *small = malloc(100);
  strcpy(large + (5 << 20), "in the middle of a mapping");
  printf("%s, %d %d %d\n", large + (5 << 20), large != 0, small != 0, (uintptr_t)small > 0xFFFFFFFF);
  free(large);
}

static void heap(void) {
  char *end = sbrk(far_bytes);
  for (long at = 0; at < far_bytes; at += 1 << 20) end[at] = 1;
  printf("shrinks: %d\n", sbrk(-far_bytes) == end + far_bytes);
  printf("grows: %d\n", sbrk(far_bytes) == end);
  int zeros = 0;
  for (long at = 0; at < far_bytes; at += 1 << 20) zeros += end[at] == 0;
  printf("%d zeros\n", zeros);
}

static long call(long number, long a, long b, long c, long d) {
  register long v0 __asm__("$2") = number;
  register long a0 __asm__("$4") = a;
  register long a1 __asm__("$5") = b;
  register long a2 __asm__("$6") = c;
  register long a3 __asm__("$7") = d;
  __asm__ volatile("syscall" : "+r"(v0), "+r"(a3) : "r"(a0), "r"(a1), "r"(a2)
                   : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "memory");
  return a3 ? -v0 : v0;
}

static void work(long n) {
  for (long at = 0; at < far_bytes; at += 4 << 20) far[n][at]++;
  for (long at = 0; at < far_bytes; at += 4 << 20) __sync_fetch_and_add(&counter, far[n ^ 1][at] < 2);
  __sync_fetch_and_add(&counter, 1);
  done[n] = 1;
  call(5194, (long)&done[n], 1, 100, 0);
  if (n) call(5058, 0, 0, 0, 0);
}

// A server's code, which adds one to the first byte of what it is given.
extern char add_one[];
__asm__("  .globl add_one\n  .set push\n  .set noreorder\nadd_one:\n  lbu $4, 0($9)\n  addiu $4, $4, 1\n"
        "  sb $4, 0($9)\n  li $2, 9011\n  syscall\n  nop\n  .set pop\n");

static long call_with_data(long port, void *at, long bytes) {
  register long v0 __asm__("$2") = 9012;
  register long v1 __asm__("$3") = port;
  register void *address __asm__("$9") = at;
  register long length __asm__("$10") = bytes;
  __asm__ volatile("syscall" : "+r"(v0), "+r"(v1), "+r"(address), "+r"(length) :
                   : "$1", "$4", "$5", "$6", "$7", "$8", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "memory");
  return v0;
}

int main(int argc, char **argv) {
  printf("above 4 GB: %d %d\n", (uintptr_t)main > 0xFFFFFFFF, (uintptr_t)&counter > 0xFFFFFFFF);
  library();
  heap();
  if (argc > 1) {
    for (long n = 1; n < processors; n++) call(9001, (long)work, n, n, 0);
    work(0);
    for (long n = 1; n < processors; n++) {
      while (!*(volatile uint32_t *)&done[n]) call(5194, (long)&done[n], 0, 0, 0);
    }
    printf("%ld, %d\n", counter, far[processors - 1][far_bytes - (4 << 20)]);
    long port = call(9014, (long)add_one, 0, 0, 0);
    for (int i = 0; i < 3; i++) printf("call: %ld\n", call_with_data(port, data, sizeof data));
    printf("nowhere: %ld\n", call_with_data(port, (void *)0x5000000000, 8));
    printf("data: %d\n", data[0]);
    fflush(stdout);
    *(volatile char *)(0x300000000 + argc) = 1;
  }
  return 44;
}
