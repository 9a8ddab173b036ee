// The frames that a processor keeps at hand, and the way to a frame of any station.

import CMachine

struct FramePool {
  /// What the pool holds at most, and how many frames go to and from the station at a time.
  static let capacity: UInt = 16
  static let batch: UInt = 8

  private var frames: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  )
  private var count: UInt = 0

  /// A frame of the own station, or of the next one that has any; nil when the machine has none. Its contents are undefined.
  static func allocate(for use: FrameUse = .program) -> PhysicalAddress? { frame(take(use)) }

  /// A frame of this station if it has any.
  static func allocate(station: UInt) -> PhysicalAddress? { frame(take(station: station)) }

  /// A frame of zeros.
  static func allocateZeroed() -> PhysicalAddress? { zeroed(take(.program)) }

  static func allocateZeroed(station: UInt) -> PhysicalAddress? { zeroed(take(station: station)) }

  @inline(__always) private static func frame(_ taken: UInt) -> PhysicalAddress? {
    taken == 0 ? nil : PhysicalAddress(raw: taken & ~FrameAllocator.isZero)
  }

  @inline(__always) private static func zeroed(_ taken: UInt) -> PhysicalAddress? {
    guard let frame = frame(taken) else { return nil }
    if taken & FrameAllocator.isZero == 0 { zero_page(frame.pointer) }
    return frame
  }

  /// A frame as `FrameAllocator.take` gives it; 0 when the machine has none.
  private static func take(_ use: FrameUse) -> UInt {
    let pool = withUnsafeMutablePointer(to: &processor.pointee.frames) { $0 }
    let list = pool.frameList
    if pool.pointee.count == 0 {
      if FailingMemory.isOn { return takeWhileFailing(use) }
      pool.pointee.count = FrameAllocator.take(&StationData.of(station: local.pointee.station).pointee.frames, batch, for: use, into: list)
      if pool.pointee.count == 0 { return takeElsewhere(use) }
    }
    pool.pointee.count &-= 1
    return list[Int(bitPattern: pool.pointee.count)]
  }

  /// Makes sure that some objects of the kernel can be made on this processor, each in a new page if need be: objects are not refused memory when they are made, so
  /// what a program can have made without end asks before. False when there is none.
  static func secure() -> Bool {
    let pool = withUnsafeMutablePointer(to: &processor.pointee.frames) { $0 }
    if FailingMemory.isOn { return !FailingMemory.refuses(.program) }
    if pool.pointee.count >= secured { return true }
    let station = StationData.of(station: local.pointee.station)
    let list = pool.frameList + Int(bitPattern: pool.pointee.count)
    pool.pointee.count &+= FrameAllocator.take(&station.pointee.frames, batch, for: .program, into: list)
    return pool.pointee.count >= secured
  }
  /// The representatives of a port and of its process, root and leaf of its page table, a page of the translation table.
  private static let secured: UInt = 5

  @inline(never) private static func takeWhileFailing(_ use: FrameUse) -> UInt {
    if FailingMemory.refuses(use) { return 0 }
    var frame: UInt = 0
    return FrameAllocator.take(&StationData.of(station: local.pointee.station).pointee.frames, 1, for: use, into: &frame) == 1 ? frame : takeElsewhere(use)
  }

  /// Gives back what is at hand.
  static func giveAll() {
    let pool = withUnsafeMutablePointer(to: &processor.pointee.frames) { $0 }
    FrameAllocator.give(&StationData.of(station: local.pointee.station).pointee.frames, pool.frameList, pool.pointee.count)
    pool.pointee.count = 0
  }

  private static func take(station: UInt) -> UInt {
    if station == local.pointee.station { return take(.program) }
    var frame: UInt = 0
    let taken = FrameAllocator.take(&StationData.of(station: station).pointee.frames, 1, for: .program, into: &frame)
    return taken == 1 ? frame : take(.program)
  }

  @inline(never) private static func takeElsewhere(_ use: FrameUse) -> UInt {
    var distance: UInt = 1
    while distance < local.pointee.stations {
      let station = (local.pointee.station &+ distance) % local.pointee.stations
      var frame: UInt = 0
      if FrameAllocator.take(&StationData.of(station: station).pointee.frames, 1, for: use, into: &frame) == 1 { return frame }
      distance &+= 1
    }
    // The own translation table's pages are only a cache.
    return TranslationTable.discardPages() ? take(use) : 0
  }

  static func free(_ frame: PhysicalAddress) {
    guard frame.station == local.pointee.station else {
      var raw = frame.raw
      FrameAllocator.give(&StationData.of(station: frame.station).pointee.frames, &raw, 1)
      return
    }
    let pool = withUnsafeMutablePointer(to: &processor.pointee.frames) { $0 }
    let list = pool.frameList
    if pool.pointee.count == capacity {
      pool.pointee.count = capacity &- batch
      FrameAllocator.give(&StationData.of(station: frame.station).pointee.frames, list + Int(bitPattern: pool.pointee.count), batch)
    }
    list[Int(bitPattern: pool.pointee.count)] = frame.raw
    pool.pointee.count &+= 1
  }
}

extension UnsafeMutablePointer<FramePool> {
  @inline(__always) fileprivate var frameList: UnsafeMutablePointer<UInt> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt.self)
  }
}
