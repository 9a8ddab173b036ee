// The own processor's translation table: virtual memory whose pages are made when they are first touched
// (paper, Section 3.3: "pages only allocated when needed"; the table is a cache, the miss handlers have the
// truth). When frames have run out they are given back ("our implementation simply discards victim pages").

import CMachine

extension TranslationTable {
  @inline(__always) static func contains(_ address: Address) -> Bool { address &- UInt(TABLE_BASE) < bytes }

  /// EntryLo of the table's pages.
  @inline(__always) private static var pages: UnsafeMutablePointer<UInt> {
    fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_TABLE_PAGES), as: UInt.self)
  }

  /// No page yet but the first, which has the references that every processor knows: those that the making of
  /// a page calls. Both halves of a TLB entry must say "global".
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

  /// Makes the page in which `address` lies, of entries that miss. Called by the exception that the first
  /// touch raises.
  static func makePage(_ address: Address) {
    let index = Int(bitPattern: (address &- UInt(TABLE_BASE)) >> pageShift)
    if !PageTableEntry(raw: pages[index]).isValid {
      guard let frame = dramManager.call({ $0.allocate(for: .kernel) }) else {
        panic("no memory for a page of the translation table")
      }
      setPage(index, frame.address)
    }
    refresh(index)
  }

  /// Puts the present words of a page and its neighbour into the TLB entry that had older ones.
  private static func refresh(_ index: Int) {
    let even = index & ~1
    let identifier = cp0_entry_hi() & 0xFF
    TLB.replace(
      UInt(TABLE_BASE) &+ UInt(bitPattern: index) << pageShift, asid: identifier, even: pages[even],
      odd: pages[even &+ 1])
    cp0_set_entry_hi(identifier)
  }

  /// Gives back the own table's pages, but for those of the dispatcher and of the current thread's process,
  /// which whoever wants memory calls next. False if there is no other.
  static func discardPages() -> Bool {
    let process = currentThread.pointee.process
    let kept = process == 0 ? 0 : Int(bitPattern: (process &- UInt(TABLE_BASE)) >> pageShift)
    var isAny = false
    var index = 1
    while index < 64 {
      let page = PageTableEntry(raw: pages[index])
      if page.isValid && index != kept {
        pages[index] = PageTableEntry.global
        refresh(index)
        dramManager.call { $0.free(page.frame) }
        isAny = true
      }
      index &+= 1
    }
    return isAny
  }

  /// How many pages the own table has.
  static var pageCount: Int { (0..<64).reduce(0) { PageTableEntry(raw: pages[$1]).isValid ? $0 &+ 1 : $0 } }

  /// A page of entries that miss, to be mapped at `start`: for the kernel's table, or a program's
  /// (`PrivatePages`).
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
