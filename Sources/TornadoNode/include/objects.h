// The words of clustered objects and of their existence that several threads or processors update: the
// kernel's and the program library's, for both keep them alike. Nothing here turns interrupts off: a program
// cannot.
#pragma once
#include "atomics.h"

/// The word in which a processor counts its active operations (paper, Section 5.3), by generation (footnote
/// 15): bits 27:0 those of generation 0, 55:28 those of generation 1, bit 62 "something to attend to when an
/// operation ends", bit 63 the generation of new ones.
#define OPERATION_GENERATION_SHIFT 28

/// Counts an operation that begins. Returns what its end has to take off.
static inline unsigned long operation_begin(void *word) {
  unsigned long value, increment;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "bgez %0, 2f\n\t"
      "ori %1, $0, 1\n\t"
      "lui %1, 0x1000\n"
      "2:\tdaddu %0, %0, %1\n\t"
      "scd %0, 0(%2)\n\t"
      "beqz %0, 1b\n\t"
      "nop\n\t"
      ".set pop"
      : "=&r"(value), "=&r"(increment)
      : "r"(word)
      : "memory");
  return increment;
}

/// Counts an operation that ends. Returns the word.
static inline unsigned long operation_end(void *word, unsigned long increment) { ATOMIC_UPDATE("dsubu", word, increment) }

// What another processor does to the line with a processor's count. That one may change it in a loop of short
// operations, for it is at home; who comes from afar with LL and SC alone would lose the line between the two
// again and again, as long as the loop lasts. A store has the line for itself when it is done, and LL and SC
// behind it find it there. So each attempt begins with a store to a word of the line that nobody reads.
#define BLOCK_CLAIMED "24"
#define BLOCK_UPDATE(instruction, block, amount)                                      \
  unsigned long value, flag;                                                          \
  __asm__ volatile(                                                                   \
      ".set push\n\t.set noreorder\n\t.set noat\n"                                    \
      "1:\tsd $0, " BLOCK_CLAIMED "(%2)\n\t"                                          \
      "lld %0, 0(%2)\n\t" instruction " %0, %0, %3\n\t"                               \
      "move %1, %0\n\t"                                                               \
      "scd %1, 0(%2)\n\t"                                                             \
      "beqz %1, 1b\n\t"                                                               \
      "nop\n\t"                                                                       \
      ".set pop"                                                                      \
      : "=&r"(value), "=&r"(flag)                                                     \
      : "r"(block), "r"(amount)                                                       \
      : "memory");                                                                    \
  return value;

/// Sets bits of a block's first word, from any processor; returns the new value.
static inline unsigned long block_or(void *block, unsigned long bits) { BLOCK_UPDATE("or", block, bits) }

/// Changes bits of a block's first word to their opposite, from any processor; returns the new value.
static inline unsigned long block_xor(void *block, unsigned long bits) { BLOCK_UPDATE("xor", block, bits) }

/// As `atomic_try_lock`, for the lock in a block's second word, from any processor.
static inline unsigned long block_try_lock(void *block) {
  unsigned long held, value;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tsd $0, " BLOCK_CLAIMED "(%2)\n\t"
      "lld %1, 8(%2)\n\t"
      "andi %0, %1, 1\n\t"
      "bnez %0, 2f\n\t"
      "ori %1, %1, 1\n\t"
      "scd %1, 8(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(held), "=&r"(value)
      : "r"(block)
      : "memory");
  return held;
}

/// Clears bits; returns the new value.
static inline unsigned long atomic_and(void *word, unsigned long bits) { ATOMIC_UPDATE("and", word, bits) }

/// Sets bits; returns the value before.
static inline unsigned long atomic_fetch_or(void *word, unsigned long bits) {
  unsigned long value, flag;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "or %1, %0, %3\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n\t"
      ".set pop"
      : "=&r"(value), "=&r"(flag)
      : "r"(word), "r"(bits)
      : "memory");
  return value;
}

/// Stores a word and returns what it was.
static inline unsigned long atomic_exchange(void *word, unsigned long value) {
  unsigned long old, flag;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "move %1, %3\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n\t"
      ".set pop"
      : "=&r"(old), "=&r"(flag)
      : "r"(word), "r"(value)
      : "memory");
  return old;
}

/// Puts a chain of nodes, linked through their first words, before a list. `last` is the chain's last node.
static inline void atomic_push(void *list, void *first, void *last) {
  unsigned long old, flag;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "sd %0, 0(%4)\n\t"
      "move %1, %3\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n\t"
      ".set pop"
      : "=&r"(old), "=&r"(flag)
      : "r"(list), "r"(first), "r"(last)
      : "memory");
}

/// Takes the first node of a list whose takers all run on one processor: then no node leaves and comes back
/// between the loads and the store, for every other thread's turn breaks the link. 0: empty.
static inline unsigned long atomic_pop(void *list) {
  unsigned long node, next;
  __asm__ volatile(
      ".set push\n\t.set noreorder\n\t.set noat\n"
      "1:\tlld %0, 0(%2)\n\t"
      "beqz %0, 2f\n\t"
      "nop\n\t"
      "ld %1, 0(%0)\n\t"
      "scd %1, 0(%2)\n\t"
      "beqz %1, 1b\n\t"
      "nop\n"
      "2:\t.set pop"
      : "=&r"(node), "=&r"(next)
      : "r"(list)
      : "memory");
  return node;
}
