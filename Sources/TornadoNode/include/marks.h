// The marks between which instructions are counted: the executed code reads the machine's own counter
// (docs/machine.md, MONITOR 1).
#pragma once
#include "abi/machine.h"

/// Instructions that the own processor has executed. Always these two, so that two marks with nothing between
/// lie two apart.
static inline unsigned long instruction_mark(void) {
  unsigned long value;
  __asm__ volatile("lui %0, %1\n\tld %0, %2(%0)"
                   : "=r"(value)
                   : "i"(MACHINE_WINDOW_UPPER + 1), "i"(MACHINE_MONITOR + 8 - 0x10000)
                   : "memory");
  return value;
}
