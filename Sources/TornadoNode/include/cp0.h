// Coprocessor 0 and the TLB, an instruction each (R4400 User's Manual, ch. 4 and 5). Inline assembly in a C
// header is imported and inlined into Swift; it may use no assembler macro, for `$1` belongs to the compiler.
#pragma once

#define CP0_READ32(name, number)                                    \
  static inline unsigned long cp0_##name(void) {                    \
    unsigned long value;                                            \
    __asm__ volatile("mfc0 %0, $" #number : "=r"(value)::"memory"); \
    return value;                                                   \
  }
#define CP0_READ64(name, number)                                     \
  static inline unsigned long cp0_##name(void) {                     \
    unsigned long value;                                             \
    __asm__ volatile("dmfc0 %0, $" #number : "=r"(value)::"memory"); \
    return value;                                                    \
  }
#define CP0_WRITE32(name, number)                                  \
  static inline void cp0_set_##name(unsigned long value) {         \
    __asm__ volatile("mtc0 %0, $" #number ::"r"(value) : "memory"); \
  }
#define CP0_WRITE64(name, number)                                   \
  static inline void cp0_set_##name(unsigned long value) {          \
    __asm__ volatile("dmtc0 %0, $" #number ::"r"(value) : "memory"); \
  }

CP0_READ32(index, 0)
CP0_READ32(count, 9)
CP0_READ32(status, 12)
CP0_READ32(cause, 13)
CP0_READ64(entry_hi, 10)
CP0_WRITE32(index, 0)
CP0_WRITE64(entry_lo0, 2)
CP0_WRITE64(entry_lo1, 3)
CP0_WRITE64(entry_hi, 10)
CP0_WRITE32(compare, 11)
CP0_WRITE32(status, 12)

static inline void tlb_probe(void) { __asm__ volatile("tlbp" ::: "memory"); }
static inline void tlb_write_indexed(void) { __asm__ volatile("tlbwi" ::: "memory"); }

/// Throws out the primary instruction cache's line with this index (the address of any line of kseg0 that
/// falls on it).
static inline void instruction_cache_index_invalidate(unsigned long address) {
  __asm__ volatile("cache 0x00, 0(%0)" ::"r"(address) : "memory");
}

/// Device registers: 8 bytes, uncached.
static inline unsigned long device_read(unsigned long address) {
  unsigned long value;
  __asm__ volatile("ld %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void device_write(unsigned long address, unsigned long value) {
  __asm__ volatile("sd %0, 0(%1)" ::"r"(value), "r"(address) : "memory");
}
