// Shared words: loads and stores that the compiler neither moves nor merges, and LLD/SCD loops. The machine
// is sequentially consistent, so nothing more is needed.
#pragma once

static inline unsigned long atomic_load(const void *address) {
  unsigned long value;
  __asm__ volatile("ld %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void atomic_store(void *address, unsigned long value) {
  __asm__ volatile("sd %0, 0(%1)" ::"r"(value), "r"(address) : "memory");
}

/// Stores `desired` if the word is `expected`; returns what it was.
static inline unsigned long atomic_compare_exchange(void *address, unsigned long expected, unsigned long desired) {
  unsigned long old, flag;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "bne %0, %3, 2f\n\t"
      "move %1, %4\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(old), "=&r"(flag)
      : "r"(address), "r"(expected), "r"(desired)
      : "memory");
  return old;
}

/// The body of a function that changes a word by one instruction, with LLD and SCD, and returns its new
/// value.
#define ATOMIC_UPDATE(instruction, word, operand) \
  unsigned long value, flag; \
  __asm__ volatile( \
      ".set push\n\t.set noreorder\n\t.set noat\n" \
      "1:\tlld %0, 0(%2)\n\t" instruction " %0, %0, %3\n\t" \
      "move %1, %0\n\t" \
      "scd %1, 0(%2)\n\t" \
      "beqz %1, 1b\n\t" \
      "nop\n\t" \
      ".set pop" \
      : "=&r"(value), "=&r"(flag) \
      : "r"(word), "r"(operand) \
      : "memory"); \
  return value;

/// Adds; returns the new value.
static inline unsigned long atomic_add(void *address, unsigned long amount) { ATOMIC_UPDATE("daddu", address, amount) }

/// Sets bits; returns the new value.
static inline unsigned long atomic_or(void *address, unsigned long bits) { ATOMIC_UPDATE("or", address, bits) }

/// Takes the lock in bit 0 of a word if it is free, leaving the other bits alone. Returns 0 when it has it.
static inline unsigned long atomic_try_lock(void *address) {
  unsigned long held, value;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %1, 0(%2)\n\t"
      "andi %0, %1, 1\n\t"
      "bnez %0, 2f\n\t"
      "ori %1, %1, 1\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(held), "=&r"(value)
      : "r"(address)
      : "memory");
  return held;
}

/// As `atomic_try_lock`, where threads may wait for the lock: then (bit 1) it is not free either.
static inline unsigned long atomic_try_lock_behind_waiters(void *address) {
  unsigned long taken, value;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %1, 0(%2)\n\t"
      "andi %0, %1, 3\n\t"
      "bnez %0, 2f\n\t"
      "ori %1, %1, 1\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(taken), "=&r"(value)
      : "r"(address)
      : "memory");
  return taken;
}

/// Opens the lock in bits 0 and 1 of a word if nobody waits for it (bit 1), leaving the other bits alone.
/// Returns 0 when it has.
static inline unsigned long atomic_try_unlock(void *address) {
  unsigned long waiters, value;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %1, 0(%2)\n\t"
      "andi %0, %1, 2\n\t"
      "bnez %0, 2f\n\t"
      "xori %1, %1, 1\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(waiters), "=&r"(value)
      : "r"(address)
      : "memory");
  return waiters;
}

/// Passes four cycles a turn without touching memory.
static inline void pause_processor(unsigned long turns) {
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tbnez %0, 1b\n\t"
      "daddiu %0, %0, -1\n\t"
      ".set pop"
      : "+r"(turns));
}
