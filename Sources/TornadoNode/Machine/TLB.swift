// The TLB, as far as the kernel changes entries itself; the refill is in `Exceptions/vectors.S`.

import CMachine

/// An EntryLo value, which is what page tables hold.
public struct PageTableEntry: Equatable {
  var raw: UInt

  static let valid: UInt = 2
  static let writable: UInt = 4
  static let global: UInt = 1

  @inline(__always) init(raw: UInt) { self.raw = raw }
  @inline(__always) init(cached frame: PhysicalAddress, writable: Bool, global: Bool = false) {
    raw =
      frame.raw >> 6 | 5 << 3 | PageTableEntry.valid | (writable ? PageTableEntry.writable : 0)
      | (global ? PageTableEntry.global : 0)
  }
  /// Device registers, for reading.
  @inline(__always) init(uncached frame: PhysicalAddress) { raw = frame.raw >> 6 | 2 << 3 | PageTableEntry.valid }

  @inline(__always) var readOnly: PageTableEntry { PageTableEntry(raw: raw & ~PageTableEntry.writable) }
  @inline(__always) var isValid: Bool { raw & PageTableEntry.valid != 0 }
  @inline(__always) var isWritable: Bool { raw & PageTableEntry.writable != 0 }
  /// Memory, and not a device.
  @inline(__always) var isMemory: Bool { raw & 0x38 != 2 << 3 }
  @inline(__always) var frame: PhysicalAddress { PhysicalAddress(raw: (raw & 0x3FFF_FFC0) << 6) }
}

enum TLB {
  static let entries: UInt = 48
  /// A pair of pages.
  static let pairBytes: UInt = 32768

  /// Writes the pair of pages that `address` falls on into the entry that holds an older value of it, if
  /// there is one.
  @inline(__always) static func replace(_ address: Address, asid: UInt, even: UInt, odd: UInt) {
    cp0_set_entry_hi(address & ~(pairBytes &- 1) | asid)
    tlb_probe()
    if Int(bitPattern: cp0_index()) >= 0 {
      cp0_set_entry_lo0(even)
      cp0_set_entry_lo1(odd)
      tlb_write_indexed()
    }
  }

  /// Throws out the pair that `address` falls on; EntryHi keeps another value than the address space that
  /// runs has.
  static func invalidate(_ address: Address, asid: UInt) {
    cp0_set_entry_hi(address & ~(pairBytes &- 1) | asid)
    tlb_probe()
    let index = cp0_index()
    if Int(bitPattern: index) >= 0 { clear(entry: index) }
  }

  /// Throws out all that is not wired.
  static func invalidateAll() {
    var index = UInt(WIRED_ENTRIES)
    while index < entries {
      cp0_set_index(index)
      clear(entry: index)
      index &+= 1
    }
  }

  /// Gives the entry an address that is never translated, another one for each entry.
  @inline(__always) private static func clear(entry: UInt) {
    cp0_set_entry_hi(0xFFFF_FFFF_8000_0000 &+ entry &* pairBytes)
    cp0_set_entry_lo0(0)
    cp0_set_entry_lo1(0)
    tlb_write_indexed()
  }
}

enum InstructionCache {
  /// Throws out the whole primary instruction cache of the own processor. Needed where it stored instructions
  /// itself: other processors' stores invalidate lines by the protocol.
  static func invalidateAll() {
    var address: UInt = 0xFFFF_FFFF_8000_0000
    while address != 0xFFFF_FFFF_8000_0000 &+ 16384 {
      instruction_cache_index_invalidate(address)
      address &+= 32
    }
  }
}
