// The own processor's translation table: virtual memory whose pages are made when they are first touched (paper, Section 3.3: "pages only
// allocated when needed"; the table is a cache, the miss handlers have the truth).

import CMachine

extension TranslationTable {
  @inline(__always) static func contains(_ address: Address) -> Bool { address &- UInt(TABLE_BASE) < bytes }

  /// EntryLo of the table's pages.
  @inline(__always) private static var pages: UnsafeMutablePointer<UInt> {
    fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_TABLE_PAGES), as: UInt.self)
  }

  /// No page yet but the first, which has the references that every processor knows: those that the making of a page calls. Both halves of a TLB entry
  /// must say "global".
  static func initialise(_ first: PhysicalAddress) {
    var page = 1
    while page < 64 {
      pages[page] = PageTableEntry.global
      page &+= 1
    }
    setPage(0, first)
  }

  private static func setPage(_ index: Int, _ frame: PhysicalAddress) {
    fill(frame, at: UInt(TABLE_BASE) &+ UInt(bitPattern: index) << pageShift, missRecord: address_of_miss_record())
    pages[index] = PageTableEntry(cached: frame, writable: true, global: true).raw
  }

  /// Makes the page in which `address` lies, of entries that miss. Called by the exception that the first touch raises.
  static func makePage(_ address: Address) {
    let index = Int(bitPattern: (address &- UInt(TABLE_BASE)) >> pageShift)
    if !PageTableEntry(raw: pages[index]).isValid {
      guard let frame = dramManager.call({ $0.allocate(for: .kernel) }) else { panic("no memory for a page of the translation table") }
      setPage(index, frame.address)
    }
    let even = index & ~1
    let identifier = cp0_entry_hi() & 0xFF
    TLB.replace(address, asid: identifier, even: pages[even], odd: pages[even &+ 1])
    cp0_set_entry_hi(identifier)
  }

  /// A page of entries that miss, to be mapped at `start`: for the kernel's table, or a program's (`PrivatePages`).
  static func fill(_ frame: PhysicalAddress, at start: Address, missRecord: Address) {
    let entries = frame.pointer.assumingMemoryBound(to: TableEntry.self)
    var entry = 0
    var own = start &+ 8
    while entry < Int(bitPattern: pageBytes >> 4) {
      entries[entry] = TableEntry(representative: own, missRecord: missRecord)
      own &+= 16
      entry &+= 1
    }
  }
}
