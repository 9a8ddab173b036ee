// The DRAM manager's representative: the frames that a processor keeps at hand, and the way to a frame of any
// station.

import CMachine

final class FramePool: DRAMManager {
  /// What the pool holds at most, and how many frames go to and from the station at a time.
  private static let capacity: UInt = 16
  static let batch: UInt = 8
  /// What a pool takes in the heap, at most.
  static let bytes: UInt = 256

  private var frames = InlineArray<16, UInt>(repeating: 0)
  private var count: UInt

  /// With `count` frames to begin with.
  init(_ first: UnsafeMutablePointer<UInt>, _ count: UInt) {
    self.count = count
    super.init()
    list.update(from: first, count: Int(bitPattern: count))
  }

  static func station(_ number: UInt) -> UnsafeMutablePointer<FrameAllocator> {
    withUnsafeMutablePointer(to: &StationData.of(station: number).pointee.frames) { $0 }
  }
  @inline(__always) private var list: UnsafeMutablePointer<UInt> {
    withUnsafeMutablePointer(to: &frames) { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt.self) }
  }

  override func allocate(for use: FrameUse) -> PageFrame? {
    let frame = take(use)
    return frame == 0 ? nil : PageFrame(raw: frame)
  }

  override func allocate(colour: UInt) -> PageFrame? {
    if FailingMemory.isOn { return allocate(for: .program) }
    if count == 0
      || (FrameAllocator.colour(of: list[Int(bitPattern: count &- 1)]) ^ colour) & (FrameAllocator.colours &- 1) != 0
    {
      choose(colour)
    }
    return allocate(for: .program)
  }

  /// Brings a frame of a colour to where the next one is taken: one that is at hand, or with the colours that
  /// follow, which are likely to be asked for next, one of the station's.
  @inline(never) private func choose(_ colour: UInt) {
    var i = Int(bitPattern: count)
    while i > 0 {
      i &-= 1
      if (FrameAllocator.colour(of: list[i]) ^ colour) & (FrameAllocator.colours &- 1) == 0 {
        let last = Int(bitPattern: count &- 1)
        let frame = list[i]
        list[i] = list[last]
        list[last] = frame
        return
      }
    }
    if count > FramePool.capacity &- FramePool.batch { giveOldest() }
    let new = list + Int(bitPattern: count)
    let taken = FrameAllocator.take(
      FramePool.station(local.pointee.station), FramePool.batch, for: .program, colour: colour, into: new)
    count &+= taken
    // The last is taken first.
    var first = 0
    var last = Int(bitPattern: taken) &- 1
    while first < last {
      let frame = new[first]
      new[first] = new[last]
      new[last] = frame
      first &+= 1
      last &-= 1
    }
  }

  private func giveOldest() {
    FrameAllocator.give(FramePool.station(local.pointee.station), list, FramePool.batch)
    count &-= FramePool.batch
    list.update(from: list + Int(bitPattern: FramePool.batch), count: Int(bitPattern: count))
  }

  override func allocate(station: UInt, colour: UInt?) -> PageFrame? {
    if station != local.pointee.station {
      var frame: UInt = 0
      if FrameAllocator.take(FramePool.station(station), 1, for: .program, colour: colour, into: &frame) == 1 {
        return PageFrame(raw: frame)
      }
    }
    return colour.map { allocate(colour: $0) } ?? allocate(for: .program)
  }

  override func allocateZeroed() -> PhysicalAddress? {
    let frame = PageFrame(raw: take(.program))
    if frame.raw == 0 { return nil }
    if !frame.isZero { zero_page(frame.address.pointer) }
    return frame.address
  }

  /// A frame as `FrameAllocator.take` gives it; 0 when the machine has none.
  @inline(__always) private func take(_ use: FrameUse) -> UInt {
    if count == 0 {
      if FailingMemory.isOn { return takeWhileFailing(use) }
      count = FrameAllocator.take(FramePool.station(local.pointee.station), FramePool.batch, for: use, into: list)
      if count == 0 { return takeElsewhere(use) }
    }
    count &-= 1
    return list[Int(bitPattern: count)]
  }

  @inline(never) private func takeElsewhere(_ use: FrameUse) -> UInt {
    var distance: UInt = 1
    while distance < local.pointee.stations {
      let station = (local.pointee.station &+ distance) % local.pointee.stations
      var frame: UInt = 0
      if FrameAllocator.take(FramePool.station(station), 1, for: use, into: &frame) == 1 { return frame }
      distance &+= 1
    }
    // Threads that wait to be begun anew go for who asks next: others may still have a reference.
    dispatcher.call { $0.freeEnded() }
    // The own translation table's pages are only a cache. By way of the station: what comes out of the
    // kernel's reserve goes back there, and not to programs.
    if !TranslationTable.discardPages() { return 0 }
    giveAll()
    return take(use)
  }

  @inline(never) private func takeWhileFailing(_ use: FrameUse) -> UInt {
    if FailingMemory.refuses(use) { return 0 }
    var frame: UInt = 0
    return FrameAllocator.take(FramePool.station(local.pointee.station), 1, for: use, into: &frame) == 1
      ? frame : takeElsewhere(use)
  }

  override func secure() -> Bool {
    if FailingMemory.isOn { return !FailingMemory.refuses(.program) }
    if count >= FramePool.secured { return true }
    let free = list + Int(bitPattern: count)
    count &+= FrameAllocator.take(FramePool.station(local.pointee.station), FramePool.batch, for: .program, into: free)
    return count >= FramePool.secured
  }
  /// The representatives of a port, of its process and of its HAT, root and leaf of its page table, a page of
  /// the translation table.
  private static let secured: UInt = 6

  override func giveAll() {
    FrameAllocator.give(FramePool.station(local.pointee.station), list, count)
    count = 0
  }

  override func free(_ frame: PhysicalAddress) {
    guard frame.station == local.pointee.station else {
      var raw = frame.raw
      FrameAllocator.give(FramePool.station(frame.station), &raw, 1)
      return
    }
    if count == FramePool.capacity { giveOldest() }
    list[Int(bitPattern: count)] = frame.raw
    count &+= 1
  }
}
