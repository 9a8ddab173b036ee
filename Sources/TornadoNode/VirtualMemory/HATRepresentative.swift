// The HAT of a process on one processor: the processor's address-space identifier for it, its root of the
// page table, its own pages, its TLB.

import CMachine

final class HATRepresentative: HAT {
  private let shared: HATMissHandler
  /// The own processor's address-space identifier for it, and the root of the page table.
  private var words: SpaceWords
  /// What this processor alone sees of the address space, and its root of the page table.
  private let privatePages: PrivatePages

  init(_ shared: HATMissHandler) {
    self.shared = shared
    privatePages = PrivatePages(of: shared.pageTable)
    words = SpaceWords(identifier: 0, root: UInt(bitPattern: privatePages.root))
    super.init()
  }

  // ---- The address space

  override func map(_ address: Address, _ page: PageTableEntry) -> Bool {
    guard let entry = shared.pageTable.makeEntry(address, for: shared.process) else { return false }
    privatePages.take(leafOf: address, from: shared.pageTable)
    // Whoever maps the page at the same time enters the same. Who unmaps it looks again once all processors
    // have answered.
    if atomic_load(entry) != page.raw { atomic_store(entry, page.raw) }
    refreshTranslation(address, entry)
    return true
  }

  override func unmap(_ start: Address, _ end: Address) -> Bool {
    var isFound = false
    var address = start
    while address < end {
      if let entry = shared.pageTable.entry(address) {
        if atomic_load(entry) != 0 {
          atomic_store(entry, 0)
          isFound = true
        }
        address &+= pageBytes
      } else {
        address = (address >> PageTable.leafShift &+ 1) << PageTable.leafShift
      }
    }
    return isFound
  }

  override func translation(of address: Address) -> PageTableEntry { privatePages.translation(of: address) }

  // ---- What this processor alone sees

  override func mapPrivate(_ address: Address, _ access: Access) -> FaultOutcome {
    let record = shared.missRecord
    if !PrivatePages.isMapped(address) || access == .fetch || record == 0 && PrivatePages.isTable(address) {
      return .refused
    }
    guard let entry = privatePages.makePage(address, missRecord: record, for: shared.process) else { return .noMemory }
    refreshTranslation(address, entry)
    return .served
  }

  override func beginObjects(missRecord: Address) -> Int {
    if missRecord == 0 || missRecord >= PageTable.end || missRecord & 7 != 0 { return -Errno.invalid }
    shared.setMissRecord(missRecord)
    return 0
  }

  override func discardTable() {
    shared.process.count(frames: 0 &- privatePages.discardTable())
    forget(UInt(TORNADO_TABLE), UInt(TORNADO_TABLE) &+ PrivatePages.tableBytes)
  }

  // ---- The TLB

  override func space() -> UnsafeMutablePointer<SpaceWords> { withUnsafeMutablePointer(to: &words) { $0 } }

  override func renewSpace() {
    if !AddressSpaceIdentifiers.isCurrent(words.identifier) { words.identifier = AddressSpaceIdentifiers.take() }
  }

  override func activate() {
    renewSpace()
    AddressSpaces.enter(words)
  }

  override func forget(_ start: Address, _ end: Address) {
    if !AddressSpaceIdentifiers.isCurrent(words.identifier) { return }
    if end &- start <= 8 &* TLB.pairBytes {
      let active = cp0_entry_hi() & AddressSpaceIdentifiers.mask
      var address = start & ~(TLB.pairBytes &- 1)
      while address < end {
        TLB.invalidate(address, asid: words.identifier & AddressSpaceIdentifiers.mask)
        address &+= TLB.pairBytes
      }
      cp0_set_entry_hi(active)
    } else {
      words.identifier = 0
      if isActive { activate() }
    }
  }

  private var isActive: Bool { local.pointee.pageTableRoot == words.root }

  /// Puts the page table's present word into the TLB entry that had an older one.
  private func refreshTranslation(_ address: Address, _ entry: UnsafeMutablePointer<UInt>) {
    let even = UnsafeMutablePointer<UInt>(bitPattern: UInt(bitPattern: entry) & ~15).unsafelyUnwrapped
    let asid = words.identifier & AddressSpaceIdentifiers.mask
    TLB.replace(address, asid: asid, even: atomic_load(even), odd: atomic_load(even + 1))
    cp0_set_entry_hi(asid)
  }

  /// The last call: the process has no thread any more.
  func retire() {
    if isActive { AddressSpaces.deactivate() }
    shared.process.count(frames: 0 &- privatePages.destroy())
  }
}
