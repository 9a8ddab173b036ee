// The page table that a HAT keeps: a root of 64 pointers to leaves of 2048 EntryLo values each. The refill
// handler in `Exceptions/vectors.S` reads it. All processors that run the address space share it. It is a
// cache of what regions and file cache managers know: the frames behind its entries are theirs.

import CMachine

struct PageTable {
  static let leaves: UInt = 64
  static let leafShift: UInt = 25
  static let leafEntries: UInt = 2048
  /// Programs' addresses end here.
  static let end: Address = 1 << 31

  /// Physical memory through xkphys, as the refill handler wants it.
  let root: UnsafeMutablePointer<UInt>
  /// The leaf of zeros that stands for "nothing here".
  let empty: UInt

  /// Nil when there is no memory.
  init?() {
    guard let block = KernelHeap.allocate(PageTable.leaves &* 8) else { return nil }
    root = block.assumingMemoryBound(to: UInt.self)
    empty = UInt(bitPattern: PhysicalAddress(station: local.pointee.station, offset: UInt(EMPTY_LEAF_OFFSET)).pointer)
    var i = 0
    while i < Int(bitPattern: PageTable.leaves) {
      root[i] = empty
      i &+= 1
    }
  }

  /// The entry of a page, or nil if its leaf was never made. `address` is below `end`.
  @inline(__always) func entry(_ address: Address) -> UnsafeMutablePointer<UInt>? {
    let leaf = root[Int(bitPattern: address >> PageTable.leafShift)]
    if leaf == empty { return nil }
    return fixed(leaf, as: UInt.self) + Int(bitPattern: address >> pageShift & (PageTable.leafEntries &- 1))
  }

  /// The entry of a page, its leaf made for the process if necessary; nil when there is no memory.
  func makeEntry(_ address: Address, for process: ProcessMissHandler) -> UnsafeMutablePointer<UInt>? {
    if let entry = entry(address) { return entry }
    guard let frame = dramManager.call({ $0.allocateZeroed() }) else { return nil }
    let slot = root + Int(bitPattern: address >> PageTable.leafShift)
    if atomic_compare_exchange(slot, empty, UInt(bitPattern: frame.pointer)) == empty {
      process.count(frames: 1)
    } else {
      dramManager.call { $0.free(frame) }
    }
    return entry(address)
  }

  /// Gives back leaves and root. No processor uses the table any more. Returns how many frames there were.
  func destroy() -> UInt {
    var freed: UInt = 0
    var i = 0
    while i < Int(bitPattern: PageTable.leaves) {
      if root[i] != empty {
        let leaf = PhysicalAddress(of: fixed(root[i], as: UInt.self))
        dramManager.call { $0.free(leaf) }
        freed &+= 1
      }
      i &+= 1
    }
    KernelHeap.free(root)
    return freed
  }
}
