// Regions: the parts of an address space that are in use, and what may be done there (paper, Figure 3). The process keeps them in a list sorted by
// address, under its lock.

import CMachine

public struct Protection: Equatable {
  let bits: UInt
  static let read = Protection(bits: 1)
  static let write = Protection(bits: 2)
  static let execute = Protection(bits: 4)
  static let none = Protection(bits: 0)

  @inline(__always) func allows(_ access: Access) -> Bool { bits & access.rawValue != 0 }
  @inline(__always) var isWritable: Bool { bits & 2 != 0 }
}

/// What an instruction did at an address.
public enum Access: UInt {
  case load = 1
  case store = 2
  case fetch = 4
}

struct Region {
  /// Multiples of the page size; `end` is not in it.
  var start: Address
  var end: Address
  var protection: Protection
  /// Being unmapped: not to be touched, and not yet to be used for another.
  var isDying = false
  /// What is behind it: pages of zeros made when touched, or the monitor's registers.
  var isMonitor = false
  fileprivate var next: UnsafeMutablePointer<Region>?

  init(start: Address, end: Address, protection: Protection, isMonitor: Bool = false) {
    self.start = start
    self.end = end
    self.protection = protection
    self.isMonitor = isMonitor
  }
}

typealias RegionPointer = UnsafeMutablePointer<Region>

/// A sorted list. All its functions are called with the process's lock held, and call nothing that takes another lock but the heap's.
struct RegionList {
  private var first: RegionPointer?
  /// Grows with every change: who has looked without the lock in between can tell whether to look again.
  private(set) var version: UInt = 0

  func find(_ address: Address) -> RegionPointer? {
    var region = first
    while let r = region {
      if address < r.pointee.start { return nil }
      if address < r.pointee.end { return r }
      region = r.pointee.next
    }
    return nil
  }

  /// Adds a region whose place is known to be free. False when there is no memory.
  mutating func add(_ region: Region) -> Bool {
    guard let block = KernelHeap.allocate(UInt(MemoryLayout<Region>.size)) else { return false }
    let new = block.assumingMemoryBound(to: Region.self)
    new.initialize(to: region)
    var before: RegionPointer?
    var after = first
    while let r = after, r.pointee.start < region.start {
      before = r
      after = r.pointee.next
    }
    new.pointee.next = after
    if let before { before.pointee.next = new } else { first = new }
    version &+= 1
    return true
  }

  /// The lowest free place of `bytes` in [from, to), or nil.
  func place(_ bytes: UInt, from: Address, to: Address) -> Address? {
    var address = from
    var region = first
    while let r = region {
      if r.pointee.end > address {
        if r.pointee.start >= address, r.pointee.start &- address >= bytes { break }
        address = r.pointee.end
      }
      region = r.pointee.next
    }
    return address <= to && to &- address >= bytes ? address : nil
  }

  /// Whether nothing in [start, end) is in use.
  func isFree(_ start: Address, _ end: Address) -> Bool {
    var region = first
    while let r = region {
      if r.pointee.start < end && r.pointee.end > start { return false }
      region = r.pointee.next
    }
    return true
  }

  /// Marks what lies in [start, end) as dying, in regions of its own. False when there was no memory to split one; then nothing was marked.
  mutating func mark(_ start: Address, _ end: Address) -> Bool {
    guard split(start), split(end) else { return false }
    var region = first
    while let r = region {
      if r.pointee.start >= start && r.pointee.end <= end { r.pointee.isDying = true }
      region = r.pointee.next
    }
    version &+= 1
    return true
  }

  /// Cuts the region that `address` lies inside of in two.
  private mutating func split(_ address: Address) -> Bool {
    guard let region = find(address), region.pointee.start != address else { return true }
    guard let block = KernelHeap.allocate(UInt(MemoryLayout<Region>.size)) else { return false }
    let upper = block.assumingMemoryBound(to: Region.self)
    upper.initialize(to: region.pointee)
    upper.pointee.start = address
    region.pointee.end = address
    region.pointee.next = upper
    return true
  }

  /// Removes the dying regions in [start, end).
  mutating func removeDying(_ start: Address, _ end: Address) {
    var before: RegionPointer?
    var region = first
    while let r = region {
      let next = r.pointee.next
      if r.pointee.isDying && r.pointee.start >= start && r.pointee.end <= end {
        if let before { before.pointee.next = next } else { first = next }
        KernelHeap.free(r)
      } else {
        before = r
      }
      region = next
    }
    version &+= 1
  }

  mutating func removeAll() {
    while let r = first {
      first = r.pointee.next
      KernelHeap.free(r)
    }
  }
}
