// The marks between which instructions are counted: the executed code reads the machine's own counter
// (docs/machine.md, MONITOR 1).
#pragma once

/// Instructions that the own processor has executed. Always these two, so that two marks with nothing between
/// lie two apart.
static inline unsigned long instruction_mark(void) {
  unsigned long value;
  __asm__ volatile("lui %0, 0xBF01\n\tld %0, -0x7FF8(%0)" : "=r"(value)::"memory");
  return value;
}
