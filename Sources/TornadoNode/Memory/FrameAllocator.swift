// Page frames. Each station's memory has an allocator of its own, in its own memory; each processor keeps a
// few frames at hand, so that the common case touches nothing that another processor writes (paper, Section
// 4: pools per processor, clusters by station).
//
// The secondary caches are direct-mapped, so two pages whose frames have the same colour (the part of their
// address that finds a place in the cache) throw each other's lines out. Programs' pages get the colour that
// goes with their address (`PageFrame.colour`): what lies together in an address space has different ones,
// however the frames came and went. The kernel's get one colour after the other. Its text and a processor's
// own pages are in use all the time: frames of their colours it takes when there are no others.
//
// By colour, a station hands out frames that were never used in the order of their addresses and keeps
// returned ones in lists through their first words: nothing of its memory is touched before it is needed.
// After reset memory is zero (docs/machine.md), so the former need no zeroing.

import CMachine

/// What a station's processors share; at a fixed place in its memory. The first line belongs to
/// `Boot/start.S`.
struct StationData {
  var copied: UInt = 0
  private var padding0: Padding = Padding()
  /// 1 when the rest is initialised.
  var isReady: UInt = 0
  private var padding1: Padding = Padding()
  var frames: FrameAllocator
  /// Held while a processor of the station writes a piece of output, so that pieces do not interleave.
  var console = PaddedLock()
  var heap: StationHeap
  /// Threads that wait for locks in this station's memory.
  var waiters: InlineArray<16, Waiters>

  /// Fills up a line whose first word is in use.
  struct Padding {
    private var words: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    )
  }

  static func of(station: UInt) -> UnsafeMutablePointer<StationData> {
    PhysicalAddress(station: station, offset: UInt(STATION_DATA_OFFSET)).pointer.assumingMemoryBound(
      to: StationData.self)
  }
}

/// What a frame is for. Programs leave a few frames of each station to the kernel, so that it can end them
/// when they have taken all others.
public enum FrameUse {
  case program
  case kernel
}

struct FrameAllocator {
  /// Frames of a station that only the kernel may take.
  static let kernelReserve: UInt = 64

  private var lock = SpinLock()
  /// Where frames end.
  private var end: UInt
  /// The next colour to be given where none is asked for.
  private var colour: UInt
  static let colours: UInt = 64
  /// The first colours are those of the kernel's text and read-only data, the last ones those of the
  /// processors' own pages (layout.h).
  private let firstOther: UInt
  private static let afterOthers: UInt = colours &- UInt(LOCAL_PAGES)
  /// Frames that can be had.
  private(set) var free: UInt
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  )
  private var byColour = InlineArray<64, Frames>(repeating: Frames())

  /// The frames of a colour.
  private struct Frames {
    /// The first frame of the list of returned ones; its first word is the next one's address.
    var returned: UInt = 0
    /// The next one that was never used.
    var fresh: UInt = 0
  }

  init(station: UInt, bytes: UInt, reserved: UInt) {
    let first = PhysicalAddress(station: station, offset: UInt(FRAMES_OFFSET)).raw
    // The last processors' own pages lie among the frames.
    let ownPages = PhysicalAddress(
      station: station, offset: local.pointee.processorsPerStation << UInt(LOCAL_PAGES_SHIFT)
    ).raw
    end = PhysicalAddress(station: station, offset: pageBase(bytes &- reserved)).raw
    firstOther = pageRoundedUp(kernel_text_bytes()) >> pageShift
    colour = firstOther
    free = 0
    var number: UInt = 0
    while number < FrameAllocator.colours {
      var fresh = first &+ number << pageShift
      let colour = FrameAllocator.colour(of: fresh)
      while colour >= FrameAllocator.afterOthers && fresh < ownPages { fresh &+= FrameAllocator.colours << pageShift }
      byColour[Int(bitPattern: colour)].fresh = fresh
      if fresh < end { free &+= (end &- fresh &- 1) / (FrameAllocator.colours << pageShift) &+ 1 }
      number &+= 1
    }
  }

  @inline(__always) static func colour(of frame: UInt) -> UInt { frame >> pageShift & (colours &- 1) }

  /// In the address of a frame that has been taken: it holds nothing but zeros.
  static let isZero: UInt = 1

  /// Takes up to `count` frames into `into`; returns how many. They have the colour that is asked for and the
  /// ones that follow, as far as there are such. Bit 0 of a frame's address says `isZero`.
  static func take(
    _ allocator: UnsafeMutablePointer<FrameAllocator>, _ count: UInt, for use: FrameUse, colour: UInt? = nil,
    into: UnsafeMutablePointer<UInt>
  ) -> UInt {
    let reserve = use == .kernel ? 0 : kernelReserve
    SpinLock.acquire(&allocator.pointee.lock)
    let available = allocator.pointee.free > reserve ? allocator.pointee.free &- reserve : 0
    let count = available < count ? available : count
    var taken: UInt = 0
    var failed: UInt = 0
    var next = colour ?? allocator.pointee.colour
    while taken < count {
      if colour == nil && failed < colours { next = allocator.pointee.other(next & (colours &- 1)) }
      let frame = allocator.pointee.take(next & (colours &- 1))
      if frame != 0 {
        into[Int(bitPattern: taken)] = frame
        taken &+= 1
      } else {
        failed &+= 1
      }
      next &+= 1
    }
    if colour == nil { allocator.pointee.colour = next }
    allocator.pointee.free &-= taken
    SpinLock.release(&allocator.pointee.lock)
    return taken
  }

  /// A colour, or the next one that is not of what the kernel has in use all the time.
  private func other(_ colour: UInt) -> UInt {
    colour < firstOther || colour >= FrameAllocator.afterOthers ? firstOther : colour
  }

  /// One of a colour; 0 if there is none.
  private mutating func take(_ colour: UInt) -> UInt {
    let index = Int(bitPattern: colour)
    let frame = byColour[index].returned
    if frame != 0 {
      let link = PageFrame(raw: frame).address.pointer.word(0)
      byColour[index].returned = link.pointee
      link.pointee = 0
      return frame
    }
    let new = byColour[index].fresh
    if new >= end { return 0 }
    byColour[index].fresh = new &+ FrameAllocator.colours << pageShift
    return new | FrameAllocator.isZero
  }

  /// Takes frames back. Those that were not used are still zeros when they are taken again, but for the link,
  /// which is cleared.
  static func give(
    _ allocator: UnsafeMutablePointer<FrameAllocator>, _ frames: UnsafeMutablePointer<UInt>, _ count: UInt
  ) {
    SpinLock.acquire(&allocator.pointee.lock)
    var i: UInt = 0
    while i < count {
      let frame = frames[Int(bitPattern: i)]
      let colour = Int(bitPattern: colour(of: frame))
      PageFrame(raw: frame).address.pointer.word(0).pointee = allocator.pointee.byColour[colour].returned
      allocator.pointee.byColour[colour].returned = frame
      i &+= 1
    }
    allocator.pointee.free &+= count
    SpinLock.release(&allocator.pointee.lock)
  }
}
