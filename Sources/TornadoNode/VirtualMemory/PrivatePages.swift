// What one processor alone sees of an address space (docs/programs.md): the same addresses lead to other
// pages on each processor. There the program has its translation table of clustered objects (paper, Section
// 3.3: "each per-processor copy of the table located at the same virtual address").
//
// So each representative of a HAT has a root of its own. All leaves in it, and the directory, are the process's,
// taken over when a fault first needs one, but for one leaf, which belongs to the representative. The pages
// below it are touched by its processor only.

import CMachine

struct PrivatePages {
  /// Pointers to leaves and to the directory, as `PageTable` has it; read by the refill handler.
  let root: UnsafeMutablePointer<UInt>
  private let empty: UInt

  private static let leaf = Int(bitPattern: UInt(TORNADO_PRIVATE) >> PageTable.leafShift)
  static let tableBytes: UInt = 1 << UInt(TORNADO_TABLE_BYTES_SHIFT)

  @inline(__always) static func contains(_ address: Address) -> Bool {
    address >> PageTable.leafShift == UInt(TORNADO_PRIVATE) >> PageTable.leafShift
  }
  @inline(__always) static func isTable(_ address: Address) -> Bool { address &- UInt(TORNADO_TABLE) < tableBytes }
  @inline(__always) static func isMapped(_ address: Address) -> Bool {
    address &- UInt(TORNADO_PRIVATE) < UInt(PRIVATE_USED)
  }

  init(of table: PageTable) {
    guard let block = KernelHeap.allocate(PageTable.rootWords &* 8, for: .kernel) else {
      panic("no memory for a root of a page table")
    }
    root = block.assumingMemoryBound(to: UInt.self)
    empty = table.empty
    var i = 0
    while i < Int(bitPattern: PageTable.rootWords) {
      root[i] = table.root[i]
      i &+= 1
    }
  }

  /// Takes over the leaf of an address that is not private, or what leads to it, should another processor have
  /// made it since.
  @inline(__always) func take(leafOf address: Address, from table: PageTable) {
    let isLow = address >> PageTable.rootShift == 0
    let i = Int(bitPattern: isLow ? address >> PageTable.leafShift : PageTable.leaves)
    root[i] = table.root[i]
  }

  /// What the own processor's page table has for an address below `PageTable.end`.
  func translation(of address: Address) -> PageTableEntry {
    let leaf = fixed(PageTable.leaf(root, address, empty: empty), as: UInt.self)
    return PageTableEntry(raw: leaf[Int(bitPattern: address >> pageShift & (PageTable.leafEntries &- 1))])
  }

  /// The entry of a private page, or nil if its leaf was never made.
  private func entry(_ address: Address) -> UnsafeMutablePointer<UInt>? {
    if root[Self.leaf] == empty { return nil }
    return fixed(root[Self.leaf], as: UInt.self) + Int(bitPattern: address >> pageShift & (PageTable.leafEntries &- 1))
  }

  /// The entry of a private page, the page made for the process if necessary; nil when there is no memory.
  func makePage(_ address: Address, missRecord: Address, for process: ProcessMissHandler)
    -> UnsafeMutablePointer<UInt>?
  {
    if root[Self.leaf] == empty {
      guard let frame = dramManager.call({ $0.allocateZeroed() }) else { return nil }
      root[Self.leaf] = UInt(bitPattern: frame.pointer)
      process.count(frames: 1)
    }
    guard let entry = entry(address) else { return nil }
    if entry.pointee != 0 { return entry }
    let isTable = Self.isTable(address)
    guard let frame = dramManager.call({ $0.allocate(colour: PageFrame.colour(of: address)) }) else { return nil }
    process.count(frames: 1)
    if isTable {
      TranslationTable.fill(frame.address, at: pageBase(address), missRecord: missRecord)
    } else {
      if !frame.isZero { zero_page(frame.address.pointer) }
      if pageBase(address) == UInt(TORNADO_OWN) { Self.describe(frame.address.pointer, process.processors) }
    }
    entry.pointee = PageTableEntry(cached: frame.address, writable: true).raw
    return entry
  }

  /// The first line of the own data.
  private static func describe(_ page: UnsafeMutableRawPointer, _ processors: UInt) {
    page.word(UInt(TORNADO_OWN_NUMBER) / 8).pointee = local.pointee.number
    page.word(UInt(TORNADO_OWN_STATION) / 8).pointee = local.pointee.station
    page.word(UInt(TORNADO_OWN_PROCESSORS) / 8).pointee = processors
    page.word(UInt(TORNADO_OWN_STATION_SIZE) / 8).pointee = local.pointee.processorsPerStation
    page.word(UInt(TORNADO_OWN_BLOCK) / 8).pointee = UInt(TORNADO_BLOCKS) &+ local.pointee.number << pageShift
    var shift: UInt = 16
    while processors << shift > 1 << 16 { shift &-= 1 }
    page.word(UInt(TORNADO_OWN_PART_SHIFT) / 8).pointee = shift
  }

  /// Gives back the pages of the table: it is a cache, and the calls that follow miss (paper, Section 3.3).
  /// The caller forgets their translations. Returns how many frames there were.
  func discardTable() -> UInt {
    guard let first = entry(UInt(TORNADO_TABLE)) else { return 0 }
    return free(first, Int(bitPattern: Self.tableBytes >> pageShift))
  }

  /// Gives back all pages, the leaf and the root. Returns how many frames there were.
  func destroy() -> UInt {
    var freed: UInt = 0
    if let first = entry(UInt(TORNADO_PRIVATE)) {
      freed = free(first, Int(bitPattern: UInt(PRIVATE_USED) >> pageShift)) &+ 1
      dramManager.call { $0.free(PhysicalAddress(of: first)) }
    }
    KernelHeap.free(root)
    return freed
  }

  private func free(_ first: UnsafeMutablePointer<UInt>, _ count: Int) -> UInt {
    var freed: UInt = 0
    var i = 0
    while i < count {
      if first[i] != 0 {
        let frame = PageTableEntry(raw: first[i]).frame
        dramManager.call { $0.free(frame) }
        first[i] = 0
        freed &+= 1
      }
      i &+= 1
    }
    return freed
  }
}
