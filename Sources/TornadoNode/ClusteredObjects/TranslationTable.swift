// The own processor's translation table: virtual memory whose pages are made when they are first touched (paper, Section 3.3: "pages only
// allocated when needed"; the table is a cache, the miss handlers have the truth).

import CMachine

enum TranslationTable {
  static let bytes: UInt = 1 << 20
  static let entriesPerPage: UInt = 1024

  @inline(__always) static func contains(_ address: Address) -> Bool { address &- UInt(TABLE_BASE) < bytes }

  /// EntryLo of the table's pages.
  @inline(__always) private static var pages: UnsafeMutablePointer<UInt> {
    fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_TABLE_PAGES), as: UInt.self)
  }

  /// No page yet. Both halves of a TLB entry must say "global".
  static func initialise() {
    var page = 0
    while page < 64 {
      pages[page] = PageTableEntry.global
      page &+= 1
    }
  }

  /// Makes the page in which `address` lies, of entries that miss. Called by the exception that the first touch raises.
  static func makePage(_ address: Address) {
    let index = Int(bitPattern: (address &- UInt(TABLE_BASE)) >> pageShift)
    if !PageTableEntry(raw: pages[index]).isValid {
      guard let frame = FramePool.allocate(for: .kernel) else { panic("no memory for a page of the translation table") }
      let entries = frame.pointer.assumingMemoryBound(to: TableEntry.self)
      let record = address_of_miss_record()
      var entry = 0
      var own = pageBase(address) &+ 8
      while entry < 1024 {
        entries[entry] = TableEntry(representative: own, missRecord: record)
        own &+= 16
        entry &+= 1
      }
      pages[index] = PageTableEntry(cached: frame, writable: true, global: true).raw
    }
    let even = index & ~1
    let identifier = cp0_entry_hi() & 0xFF
    TLB.replace(address, asid: identifier, even: pages[even], odd: pages[even &+ 1])
    cp0_set_entry_hi(identifier)
  }

  /// Installs a representative in the own table.
  @inline(__always) static func install(_ slot: UInt, _ representative: UnsafeMutableRawPointer) {
    fixed(UInt(TABLE_BASE) &+ slot << 4, as: TableEntry.self).pointee.representative = UInt(bitPattern: representative)
  }

  /// Takes the representative out: the next call misses again. Returns it, or nil if there was none.
  static func retire(_ slot: UInt) -> UnsafeMutableRawPointer? {
    let entry = fixed(UInt(TABLE_BASE) &+ slot << 4, as: TableEntry.self)
    let own = UInt(TABLE_BASE) &+ slot << 4 &+ 8
    let old = entry.pointee.representative
    entry.pointee.representative = own
    return old == own ? nil : UnsafeMutableRawPointer(bitPattern: old)
  }
}
