// The page table that a HAT keeps: a root of 64 pointers to leaves of 2048 EntryLo values each, for the 2 GB in
// which programs and all that the kernel places are. The word behind these pointers leads to a directory of
// further such roots, for addresses above, which is made when there first is something. The refill handler in
// `Exceptions/vectors.S` reads all that. All processors that run the address space share it. It is a cache of
// what regions and file cache managers know: the frames behind its entries are theirs.

import CMachine

struct PageTable {
  static let leaves: UInt = 64
  static let leafShift: UInt = 25
  static let leafEntries: UInt = 2048
  /// Of a root: the pointers to leaves, and to the directory (0: none).
  static let rootWords: UInt = leaves &+ 1
  static let rootShift: UInt = 31
  private static let directoryBytes: UInt = (end >> rootShift) &* 8
  /// Programs' addresses end here.
  static let end = Address(TORNADO_END)

  /// Physical memory through xkphys, as the refill handler wants it.
  let root: UnsafeMutablePointer<UInt>
  /// The leaf of zeros that stands for "nothing here".
  let empty: UInt

  /// Nil when there is no memory.
  init?() {
    let empty = UInt(
      bitPattern: PhysicalAddress(station: local.pointee.station, offset: UInt(EMPTY_LEAF_OFFSET)).pointer)
    guard let root = PageTable.makeRoot(empty) else { return nil }
    self.root = root
    self.empty = empty
  }

  /// A root with nothing in it.
  private static func makeRoot(_ empty: UInt) -> UnsafeMutablePointer<UInt>? {
    guard let block = KernelHeap.allocate(rootWords &* 8) else { return nil }
    let root = block.assumingMemoryBound(to: UInt.self)
    var i = 0
    while i < Int(bitPattern: leaves) {
      root[i] = empty
      i &+= 1
    }
    root[i] = 0
    return root
  }

  private static func directory(_ root: UnsafeMutablePointer<UInt>) -> UnsafeMutablePointer<UInt>? {
    UnsafeMutablePointer(bitPattern: atomic_load(root + Int(bitPattern: leaves)))
  }

  /// Where a root's directory leads to the pointer to the leaf of an address from 2 GB on; nil if nowhere.
  private static func upperSlot(_ root: UnsafeMutablePointer<UInt>, _ address: Address)
    -> UnsafeMutablePointer<UInt>?
  {
    guard let directory = directory(root),
      let upper = UnsafeMutablePointer<UInt>(bitPattern: atomic_load(directory + Int(bitPattern: address >> rootShift)))
    else { return nil }
    return upper + Int(bitPattern: address >> leafShift & (leaves &- 1))
  }

  /// What a root has for the leaf of an address below `end`; `empty` if nothing.
  @inline(__always) static func leaf(_ root: UnsafeMutablePointer<UInt>, _ address: Address, empty: UInt) -> UInt {
    address >> rootShift == 0 ? root[Int(bitPattern: address >> leafShift)] : upperLeaf(root, address, empty)
  }

  @inline(never) private static func upperLeaf(
    _ root: UnsafeMutablePointer<UInt>, _ address: Address, _ empty: UInt
  ) -> UInt { upperSlot(root, address)?.pointee ?? empty }

  /// The entry of a page, or nil if its leaf was never made. `address` is below `end`.
  @inline(__always) func entry(_ address: Address) -> UnsafeMutablePointer<UInt>? {
    let leaf = PageTable.leaf(root, address, empty: empty)
    if leaf == empty { return nil }
    return fixed(leaf, as: UInt.self) + Int(bitPattern: address >> pageShift & (PageTable.leafEntries &- 1))
  }

  /// The entry of a page, its leaf made for the process if necessary; nil when there is no memory.
  @inline(__always) func makeEntry(
    _ address: Address, for process: ProcessMissHandler
  ) -> UnsafeMutablePointer<UInt>? { entry(address) ?? makeLeaf(address, for: process) }

  @inline(never) private func makeLeaf(
    _ address: Address, for process: ProcessMissHandler
  ) -> UnsafeMutablePointer<UInt>? {
    guard let slot = makeSlot(address), let frame = dramManager.call({ $0.allocateZeroed() })
    else { return nil }
    if atomic_compare_exchange(slot, empty, UInt(bitPattern: frame.pointer)) == empty {
      process.count(frames: 1)
    } else {
      dramManager.call { $0.free(frame) }
    }
    return entry(address)
  }

  /// Where the pointer to the leaf of an address is; what is to be above it is made if necessary.
  private func makeSlot(_ address: Address) -> UnsafeMutablePointer<UInt>? {
    if address >> PageTable.rootShift == 0 { return root + Int(bitPattern: address >> PageTable.leafShift) }
    if let slot = PageTable.upperSlot(root, address) { return slot }
    if PageTable.directory(root) == nil {
      guard let block = KernelHeap.allocate(PageTable.directoryBytes) else { return nil }
      block.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: PageTable.directoryBytes))
      // Another processor may have been faster, here and below.
      if atomic_compare_exchange(root + Int(bitPattern: PageTable.leaves), 0, UInt(bitPattern: block)) != 0 {
        KernelHeap.free(block)
      }
    }
    guard let directory = PageTable.directory(root), let upper = PageTable.makeRoot(empty) else { return nil }
    let place = directory + Int(bitPattern: address >> PageTable.rootShift)
    if atomic_compare_exchange(place, 0, UInt(bitPattern: upper)) != 0 { KernelHeap.free(upper) }
    return PageTable.upperSlot(root, address)
  }

  /// Gives back leaves and roots. No processor uses the table any more. Returns how many frames there were.
  func destroy() -> UInt {
    var freed: UInt = 0
    if let directory = PageTable.directory(root) {
      var i = 0
      while i < Int(bitPattern: PageTable.directoryBytes / 8) {
        if let upper = UnsafeMutablePointer<UInt>(bitPattern: directory[i]) { freed &+= destroy(upper) }
        i &+= 1
      }
      KernelHeap.free(directory)
    }
    return freed &+ destroy(root)
  }

  private func destroy(_ root: UnsafeMutablePointer<UInt>) -> UInt {
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
