// Does what a program must not: fault store|load|jump|divide|unaligned|illegal|stack|kernel|break|float.
#include <stdio.h>
#include <string.h>

static int depth(volatile int *above) {
  volatile int here[256];
  if (*above < 0) return 0;
  here[0] = *above + 1;
  return depth(here) + here[0];
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  volatile long zero = 0;
  if (!strcmp(kind, "store")) *(volatile int *)(zero + 16) = 1;
  if (!strcmp(kind, "load")) (void)*(volatile int *)(zero + 16);
  if (!strcmp(kind, "jump")) ((void (*)(void))(zero + 0x40000000))();
  if (!strcmp(kind, "divide")) printf("%ld\n", argc / zero);
  if (!strcmp(kind, "unaligned")) (void)*(volatile long *)((char *)&zero + 1);
  if (!strcmp(kind, "float")) __asm__ volatile("ctc1 %0, $31; div.d $f0, $f2, $f4" ::"r"(31 << 7));
  if (!strcmp(kind, "illegal")) __asm__ volatile(".word 0x70000000");
  if (!strcmp(kind, "stack")) printf("%d\n", depth((volatile int *)&zero));
  if (!strcmp(kind, "kernel")) *(volatile int *)(zero - 0x7fff0000l) = 1;
  if (!strcmp(kind, "break")) __builtin_trap();
  dprintf(2, "usage: fault store|load|jump|divide|unaligned|illegal|stack|kernel|break|float\n");
  return 2;
}
