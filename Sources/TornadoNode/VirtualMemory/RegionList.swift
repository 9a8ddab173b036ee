// Which addresses of a process lead to which region (paper, Figure 3: "the Process object maintains the list
// of mapped memory regions in the process's address space"). The process keeps them in a list sorted by
// address, under its lock; each representative remembers those that its processor has used lately (paper,
// Section 3.2: the region list is "updated on demand as each rep references the Region for the first time").
//
// Parts of a region can be unmapped, so several mappings can lead to one.

import CMachine

struct Mapping {
  /// Multiples of the page size; `end` is not in it.
  fileprivate(set) var start: Address
  fileprivate(set) var end: Address
  /// 0 while it is being made. Then the addresses are taken and there is nothing to be touched.
  var region: Reference<Region>
  /// Being unmapped: not to be touched, and its addresses not yet to be used for another. Only who unmaps it
  /// changes it any more.
  fileprivate(set) var isDying = false
  /// None of the region is left but this, which has been taken out of the list.
  fileprivate(set) var isLast = false
  fileprivate var next: MappingPointer?
  /// The next one of those that one call unmaps.
  fileprivate(set) var nextDying: MappingPointer?
  /// The next one that leads to the same region; round.
  fileprivate var nextOfRegion: MappingPointer?
}

typealias MappingPointer = UnsafeMutablePointer<Mapping>

/// A sorted list. All its functions are called with the process's lock held, and call nothing that takes
/// another lock but the heap's.
struct RegionList {
  /// Searching goes from mapping to mapping: a bound on their number is a bound on how long the lock is held.
  static let atMost: UInt = 4096

  private var first: MappingPointer?
  private var count: UInt = 0
  /// Where room was found or made last: the next one is likely to be found behind it.
  private var hint: MappingPointer?

  /// The mapping of an address that can be touched.
  func find(_ address: Address) -> MappingPointer? {
    var mapping = first
    while let m = mapping {
      if address < m.pointee.start { return nil }
      if address < m.pointee.end { return m.pointee.isDying || m.pointee.region.raw == 0 ? nil : m }
      mapping = m.pointee.next
    }
    return nil
  }

  /// The first mapping at an address or behind it that can be touched.
  func first(from address: Address) -> MappingPointer? {
    var mapping = first
    while let m = mapping, m.pointee.start < address || m.pointee.isDying || m.pointee.region.raw == 0 {
      mapping = m.pointee.next
    }
    return mapping
  }

  /// Adds a mapping whose place is known to be free. Nil when there is no memory, or there are too many.
  mutating func add(_ start: Address, _ end: Address, _ region: Reference<Region> = Reference(raw: 0))
    -> MappingPointer?
  {
    var before: MappingPointer?
    var after = first
    if let hint, hint.pointee.start < start {
      before = hint
      after = hint.pointee.next
    }
    while let m = after, m.pointee.start < start {
      before = m
      after = m.pointee.next
    }
    guard let new = make(start, end, region, before: after) else { return nil }
    if let before { before.pointee.next = new } else { first = new }
    new.pointee.nextOfRegion = new
    hint = new
    return new
  }

  private mutating func make(
    _ start: Address, _ end: Address, _ region: Reference<Region>, before next: MappingPointer?
  ) -> MappingPointer? {
    guard count < RegionList.atMost, let block = KernelHeap.allocate(UInt(MemoryLayout<Mapping>.size)) else {
      return nil
    }
    let new = block.assumingMemoryBound(to: Mapping.self)
    new.initialize(to: Mapping(start: start, end: end, region: region, next: next))
    count &+= 1
    return new
  }

  /// Takes out what `add` has added, and frees it.
  mutating func cancel(_ mapping: MappingPointer) {
    mapping.pointee.nextDying = nil
    remove(mapping)
    KernelHeap.free(mapping)
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
    var mapping = first
    while let m = mapping {
      if m.pointee.end > address {
        if m.pointee.start >= address, m.pointee.start &- address >= bytes { break }
        address = m.pointee.end
      }
      mapping = m.pointee.next
    }
    return address <= to && to &- address >= bytes ? address : nil
  }

  /// Whether nothing in [start, end) is in use.
  func isFree(_ start: Address, _ end: Address) -> Bool {
    var mapping = first
    while let m = mapping {
      if m.pointee.start < end && m.pointee.end > start { return false }
      mapping = m.pointee.next
    }
    return true
  }

  /// Marks what lies in [start, end) as dying, in mappings of its own, and gives the ones that were not dying
  /// before as a list, sorted. False when a mapping could not be split for want of memory, or of room in the
  /// list; what was marked until then is in the list.
  mutating func mark(_ start: Address, _ end: Address, _ marked: inout MappingPointer?) -> Bool {
    var last: MappingPointer?
    var mapping = first
    while let m = mapping, m.pointee.start < end {
      if m.pointee.end > start && !m.pointee.isDying && m.pointee.region.raw != 0 {
        if m.pointee.start < start {
          // Its upper part is the next one to be looked at.
          if !split(m, at: start) { return false }
        } else {
          if m.pointee.end > end && !split(m, at: end) { return false }
          m.pointee.isDying = true
          m.pointee.nextDying = nil
          if let last { last.pointee.nextDying = m } else { marked = m }
          last = m
        }
      }
      mapping = m.pointee.next
    }
    return true
  }

  /// Cuts a mapping in two; the upper part is the next in the list.
  private mutating func split(_ mapping: MappingPointer, at address: Address) -> Bool {
    guard let upper = make(address, mapping.pointee.end, mapping.pointee.region, before: mapping.pointee.next) else {
      return false
    }
    mapping.pointee.end = address
    mapping.pointee.next = upper
    upper.pointee.nextOfRegion = mapping.pointee.nextOfRegion
    mapping.pointee.nextOfRegion = upper
    return true
  }

  /// Takes out mappings that `mark` has given. They are the caller's then.
  mutating func remove(_ marked: MappingPointer?) {
    var marked = marked
    var before: MappingPointer?
    var mapping = first
    while let dying = marked, let m = mapping {
      mapping = m.pointee.next
      if m == dying {
        marked = dying.pointee.nextDying
        hint = before
        if let before { before.pointee.next = mapping } else { first = mapping }
        count &-= 1
        leaveRegion(dying)
      } else {
        before = m
      }
    }
  }

  private func leaveRegion(_ mapping: MappingPointer) {
    var before = mapping
    while let next = before.pointee.nextOfRegion, next != mapping { before = next }
    mapping.pointee.isLast = before == mapping
    before.pointee.nextOfRegion = mapping.pointee.nextOfRegion
  }

  /// Takes out everything, as `remove` does.
  mutating func removeAll() -> MappingPointer? {
    var all: MappingPointer?
    while let m = first {
      first = m.pointee.next
      leaveRegion(m)
      m.pointee.nextDying = all
      all = m
    }
    count = 0
    hint = nil
    return all
  }
}

extension MappingPointer {
  /// Calls `body` for each of those that one call unmaps.
  @inline(__always) static func forEach(_ first: MappingPointer?, _ body: (MappingPointer) -> Void) {
    var mapping = first
    while let m = mapping {
      mapping = m.pointee.nextDying
      body(m)
    }
  }

  /// Frees mappings that have been taken out. Regions that are nowhere mapped any more are destroyed.
  static func dispose(_ removed: MappingPointer?) {
    forEach(removed) { mapping in
      if mapping.pointee.isLast { mapping.pointee.region.callOnce { $0.destroy() } }
      KernelHeap.free(mapping)
    }
  }
}

/// What a representative knows of the process's regions. No other processor touches it: who unmaps a region
/// asks all representatives to forget.
struct RegionCache {
  private static let entries: UInt = 6
  struct Entry {
    /// Empty where start = end.
    var start: Address = 0
    var end: Address = 0
    var region = Reference<Region>(raw: 0)
  }
  private var known: (Entry, Entry, Entry, Entry, Entry, Entry) = (Entry(), Entry(), Entry(), Entry(), Entry(), Entry())
  private var oldest: UInt = 0

  /// The tuple as memory: the cache lies in a representative, which does not move.
  @inline(__always) private static func entries(_ cache: UnsafeMutablePointer<RegionCache>) -> UnsafeMutablePointer<
    Entry
  > {
    UnsafeMutableRawPointer(cache).assumingMemoryBound(to: Entry.self)
  }

  static func find(_ cache: UnsafeMutablePointer<RegionCache>, _ address: Address) -> Reference<Region>? {
    var entry = entries(cache)
    let end = entry + Int(bitPattern: entries)
    while entry != end {
      if address >= entry.pointee.start && address < entry.pointee.end { return entry.pointee.region }
      entry += 1
    }
    return nil
  }

  static func add(_ cache: UnsafeMutablePointer<RegionCache>, _ mapping: MappingPointer) -> Reference<Region> {
    let entry = entries(cache) + Int(bitPattern: cache.pointee.oldest)
    cache.pointee.oldest = cache.pointee.oldest &+ 1 == entries ? 0 : cache.pointee.oldest &+ 1
    entry.pointee = Entry(start: mapping.pointee.start, end: mapping.pointee.end, region: mapping.pointee.region)
    return mapping.pointee.region
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
