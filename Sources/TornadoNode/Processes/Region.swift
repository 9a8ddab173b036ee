// Regions: the parts of an address space that are in use, and what may be done there (paper, Figure 3). The process keeps them in a list sorted by
// address, under its lock; each representative remembers those that its processor has used lately (paper, Section 3.2: the region list is
// "updated on demand as each rep references the Region for the first time").

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
  /// Being unmapped: not to be touched, and its addresses not yet to be used for another. Only who unmaps it changes it any more.
  var isDying = false
  /// What is behind it: pages of zeros made when touched, or the monitor's registers.
  var isMonitor = false
  fileprivate var next: UnsafeMutablePointer<Region>?
  /// The next one of those that one call unmaps.
  fileprivate(set) var nextDying: UnsafeMutablePointer<Region>?

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
  /// Searching goes from region to region: a bound on their number is a bound on how long the lock is held.
  static let atMost: UInt = 4096

  private var first: RegionPointer?
  private var count: UInt = 0
  /// Where room was found or made last: the next one is likely to be found behind it.
  private var hint: RegionPointer?

  func find(_ address: Address) -> RegionPointer? {
    var region = first
    while let r = region {
      if address < r.pointee.start { return nil }
      if address < r.pointee.end { return r }
      region = r.pointee.next
    }
    return nil
  }

  /// Adds a region whose place is known to be free. False when there is no memory, or there are too many.
  mutating func add(_ region: Region) -> Bool {
    var before: RegionPointer?
    var after = first
    if let hint, hint.pointee.start < region.start {
      before = hint
      after = hint.pointee.next
    }
    while let r = after, r.pointee.start < region.start {
      before = r
      after = r.pointee.next
    }
    guard count < RegionList.atMost, let block = KernelHeap.allocate(UInt(MemoryLayout<Region>.size)) else { return false }
    let new = block.assumingMemoryBound(to: Region.self)
    new.initialize(to: region)
    new.pointee.next = after
    if let before { before.pointee.next = new } else { first = new }
    count &+= 1
    hint = new
    return true
  }

  /// A free place of `bytes` in [from, to), or nil: behind the hint if there is room, else the lowest.
  func place(_ bytes: UInt, from: Address, to: Address) -> Address? {
    if let hint, hint.pointee.start >= from {
      let address = hint.pointee.end
      let next = hint.pointee.next?.pointee.start ?? to
      let end = next < to ? next : to
      if end >= address && end &- address >= bytes { return address }
    }
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

  /// Marks what lies in [start, end) as dying, in regions of its own, and gives the ones that were not dying before as a list, sorted. False
  /// when there was no memory to split a region; what was marked until then is in the list.
  mutating func mark(_ start: Address, _ end: Address, _ marked: inout RegionPointer?) -> Bool {
    var last: RegionPointer?
    var region = first
    while let r = region, r.pointee.start < end {
      if r.pointee.end > start && !r.pointee.isDying {
        if r.pointee.start < start {
          // Its upper part is the next one to be looked at.
          if !split(r, at: start) { return false }
        } else {
          if r.pointee.end > end && !split(r, at: end) { return false }
          r.pointee.isDying = true
          r.pointee.nextDying = nil
          if let last { last.pointee.nextDying = r } else { marked = r }
          last = r
        }
      }
      region = r.pointee.next
    }
    return true
  }

  /// Cuts a region in two; the upper part is the next in the list.
  private mutating func split(_ region: RegionPointer, at address: Address) -> Bool {
    guard let block = KernelHeap.allocate(UInt(MemoryLayout<Region>.size)) else { return false }
    let upper = block.assumingMemoryBound(to: Region.self)
    upper.initialize(to: region.pointee)
    upper.pointee.start = address
    region.pointee.end = address
    region.pointee.next = upper
    count &+= 1
    return true
  }

  /// Removes regions that `mark` has given.
  mutating func remove(_ marked: RegionPointer?) {
    var marked = marked
    var before: RegionPointer?
    var region = first
    while let dying = marked, let r = region {
      region = r.pointee.next
      if r == dying {
        marked = dying.pointee.nextDying
        hint = before
        if let before { before.pointee.next = region } else { first = region }
        count &-= 1
        KernelHeap.free(dying)
      } else {
        before = r
      }
    }
  }

  mutating func removeAll() {
    while let r = first {
      first = r.pointee.next
      KernelHeap.free(r)
    }
  }
}

/// What a representative knows of the process's regions. No other processor touches it: who unmaps a region asks all representatives to forget.
struct RegionCache {
  private static let entries: UInt = 6
  struct Entry {
    /// Empty where start = end.
    var start: Address = 0
    var end: Address = 0
    var protection = Protection.none
    var isMonitor = false
  }
  private var known: (Entry, Entry, Entry, Entry, Entry, Entry) = (Entry(), Entry(), Entry(), Entry(), Entry(), Entry())
  private var oldest: UInt = 0

  /// The tuple as memory: the cache lies in a representative, which does not move.
  @inline(__always) private static func entries(_ cache: UnsafeMutablePointer<RegionCache>) -> UnsafeMutablePointer<Entry> {
    UnsafeMutableRawPointer(cache).assumingMemoryBound(to: Entry.self)
  }

  static func find(_ cache: UnsafeMutablePointer<RegionCache>, _ address: Address) -> UnsafeMutablePointer<Entry>? {
    var entry = entries(cache)
    let end = entry + Int(bitPattern: entries)
    while entry != end {
      if address >= entry.pointee.start && address < entry.pointee.end { return entry }
      entry += 1
    }
    return nil
  }

  static func add(_ cache: UnsafeMutablePointer<RegionCache>, _ region: RegionPointer) -> UnsafeMutablePointer<Entry> {
    let entry = entries(cache) + Int(bitPattern: cache.pointee.oldest)
    cache.pointee.oldest = cache.pointee.oldest &+ 1 == entries ? 0 : cache.pointee.oldest &+ 1
    entry.pointee = Entry(
      start: region.pointee.start, end: region.pointee.end, protection: region.pointee.protection, isMonitor: region.pointee.isMonitor)
    return entry
  }

  static func forget(_ cache: UnsafeMutablePointer<RegionCache>, _ start: Address, _ end: Address) {
    var entry = entries(cache)
    let last = entry + Int(bitPattern: entries)
    while entry != last {
      if entry.pointee.start < end && entry.pointee.end > start { entry.pointee = Entry() }
      entry += 1
    }
  }
}
