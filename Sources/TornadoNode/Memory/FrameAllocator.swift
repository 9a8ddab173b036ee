// Page frames. Each station's memory has an allocator of its own, in its own memory; each processor keeps a few frames at hand, so that
// the common case touches nothing that another processor writes (paper, Section 4: pools per processor, clusters by station).
//
// A station hands out frames that were never used in the order of their addresses and keeps returned ones in lists through their first words:
// nothing of its memory is touched before it is needed. After reset memory is zero (docs/machine.md), so the former need no zeroing.
//
// The secondary caches are direct-mapped, so two pages whose frames have the same colour (the part of their address that finds a place in the cache)
// throw each other's lines out. Frames that are taken one after the other have one colour after the other, also when they have been used before.

import CMachine

/// What a station's processors share; at a fixed place in its memory. The first line belongs to `Boot/start.S`.
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
    PhysicalAddress(station: station, offset: UInt(STATION_DATA_OFFSET)).pointer.assumingMemoryBound(to: StationData.self)
  }
}

/// What a frame is for. Programs leave a few frames of each station to the kernel, so that it can end them when they have taken all others.
public enum FrameUse {
  case program
  case kernel
}

struct FrameAllocator {
  /// Frames of a station that only the kernel may take.
  static let kernelReserve: UInt = 64

  private var lock = SpinLock()
  /// By colour: the first frame of the list of returned ones; its first word is the next one's address.
  private var returned = InlineArray<64, UInt>(repeating: 0)
  /// How many there are, and the colour of the next one.
  private var returnedCount: UInt = 0
  private var colour: UInt = 0
  private static let colours: UInt = 64
  /// The next frame that was never used, and where they end.
  private var next: UInt
  private var end: UInt
  /// Frames that can be had.
  private(set) var free: UInt
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

  init(station: UInt, bytes: UInt, reserved: UInt) {
    next = PhysicalAddress(station: station, offset: UInt(FRAMES_OFFSET)).raw
    end = PhysicalAddress(station: station, offset: pageBase(bytes &- reserved)).raw
    free = (end &- next) >> pageShift
  }

  /// In the address of a frame that has been taken: it holds nothing but zeros.
  static let isZero: UInt = 1

  /// Takes up to `count` frames into `into`; returns how many. Bit 0 of a frame's address says `isZero`.
  static func take(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ count: UInt, for use: FrameUse, into: UnsafeMutablePointer<UInt>) -> UInt {
    let reserve = use == .kernel ? 0 : kernelReserve
    SpinLock.acquire(&allocator.pointee.lock)
    let available = allocator.pointee.free > reserve ? allocator.pointee.free &- reserve : 0
    let count = available < count ? available : count
    var taken: UInt = 0
    while taken < count {
      let frame: UInt
      if allocator.pointee.returnedCount != 0 {
        frame = allocator.pointee.takeReturned()
      } else if allocator.pointee.next < allocator.pointee.end {
        frame = allocator.pointee.next | isZero
        allocator.pointee.next &+= pageBytes
      } else {
        break
      }
      into[Int(bitPattern: taken)] = frame
      taken &+= 1
    }
    allocator.pointee.free &-= taken
    SpinLock.release(&allocator.pointee.lock)
    return taken
  }

  /// The next colour's, or the next one's that has any. There is one.
  private mutating func takeReturned() -> UInt {
    while returned[Int(bitPattern: colour)] == 0 { colour = (colour &+ 1) & (FrameAllocator.colours &- 1) }
    let frame = returned[Int(bitPattern: colour)]
    returned[Int(bitPattern: colour)] = PhysicalAddress(raw: frame).pointer.word(0).pointee
    returnedCount &-= 1
    colour = (colour &+ 1) & (FrameAllocator.colours &- 1)
    return frame
  }

  /// Takes frames back.
  static func give(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ frames: UnsafeMutablePointer<UInt>, _ count: UInt) {
    SpinLock.acquire(&allocator.pointee.lock)
    var i: UInt = 0
    while i < count {
      let frame = frames[Int(bitPattern: i)] & ~isZero
      let colour = Int(bitPattern: frame >> pageShift & (colours &- 1))
      PhysicalAddress(raw: frame).pointer.word(0).pointee = allocator.pointee.returned[colour]
      allocator.pointee.returned[colour] = frame
      allocator.pointee.returnedCount &+= 1
      i &+= 1
    }
    allocator.pointee.free &+= count
    SpinLock.release(&allocator.pointee.lock)
  }
}
