// Page frames. Each station's memory has an allocator of its own, in its own memory; each processor keeps a few frames at hand, so that
// the common case touches nothing that another processor writes (paper, Section 4: pools per processor, clusters by station).
//
// A station hands out frames that were never used in the order of their addresses and keeps returned ones in lists through their first words:
// nothing of its memory is touched before it is needed. After reset memory is zero (docs/machine.md), so the former need no zeroing.
//
// The secondary caches are direct-mapped, so two pages whose frames have the same colour (the part of their address that finds a place in the cache)
// throw each other's lines out. Frames that are taken one after the other have one colour after the other, also when they have been used before.
// The kernel's text, which every processor runs all the time, is such a page of some colours itself: frames of these are taken when there are no others.

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
enum FrameUse {
  case program
  case kernel
}

struct FrameAllocator {
  /// Frames of a station that only the kernel may take.
  static let kernelReserve: UInt = 64

  private var lock = SpinLock()
  /// By colour: the first frame of the list of returned ones; its first word is the next one's address.
  private var returned = InlineArray<64, UInt>(repeating: 0)
  private static let colours: UInt = 64
  @inline(__always) private static func colour(_ frame: UInt) -> UInt { frame >> pageShift & (colours &- 1) }
  /// The frames of the text's colours, which come last, and all others.
  private var underText: Share
  private var others: Share
  /// Where frames end.
  private var end: UInt
  /// Frames that can be had.
  private(set) var free: UInt
  private var padding: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)

  /// The frames of some colours that lie side by side.
  private struct Share {
    let firstColour: UInt
    let colours: UInt
    /// The next frame that was never used.
    var next: UInt
    /// How many returned ones there are, and the colour (less the first one's) of the next one.
    var returnedCount: UInt = 0
    var colour: UInt = 0
    private var padding: (UInt, UInt, UInt) = (0, 0, 0)

    init(_ firstColour: UInt, colours: UInt, of station: UInt) {
      self.firstColour = firstColour
      self.colours = colours
      next = PhysicalAddress(station: station, offset: UInt(FRAMES_OFFSET) &+ firstColour << pageShift).raw
    }

    func has(_ frame: UInt) -> Bool { FrameAllocator.colour(frame) &- firstColour < colours }
  }

  init(station: UInt, bytes: UInt, reserved: UInt) {
    // The text begins at the first colour, and so do the frames.
    let text = pageRoundedUp(kernel_text_bytes()) >> pageShift
    underText = Share(0, colours: text, of: station)
    others = Share(text, colours: FrameAllocator.colours &- text, of: station)
    end = PhysicalAddress(station: station, offset: pageBase(bytes &- reserved)).raw
    free = (end &- PhysicalAddress(station: station, offset: UInt(FRAMES_OFFSET)).raw) >> pageShift
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
      var frame = takeOne(allocator, &allocator.pointee.others)
      if frame == 0 { frame = takeOne(allocator, &allocator.pointee.underText) }
      if frame == 0 { break }
      into[Int(bitPattern: taken)] = frame
      taken &+= 1
    }
    allocator.pointee.free &-= taken
    SpinLock.release(&allocator.pointee.lock)
    return taken
  }

  /// The next frame of a share: a returned one if there is any. 0 when it has none.
  private static func takeOne(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ share: UnsafeMutablePointer<Share>) -> UInt {
    if share.pointee.returnedCount != 0 { return takeReturned(allocator, share) }
    let frame = share.pointee.next
    if frame >= allocator.pointee.end || share.pointee.colours == 0 { return 0 }
    share.pointee.next &+= pageBytes
    if !share.pointee.has(share.pointee.next) { share.pointee.next &+= (colours &- share.pointee.colours) << pageShift }
    return frame | isZero
  }

  /// The next colour's, or the next one's that has any. There is one.
  private static func takeReturned(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ share: UnsafeMutablePointer<Share>) -> UInt {
    while true {
      let colour = Int(bitPattern: share.pointee.firstColour &+ share.pointee.colour)
      share.pointee.colour = share.pointee.colour &+ 1 == share.pointee.colours ? 0 : share.pointee.colour &+ 1
      let frame = allocator.pointee.returned[colour]
      if frame == 0 { continue }
      allocator.pointee.returned[colour] = PhysicalAddress(raw: frame).pointer.word(0).pointee
      share.pointee.returnedCount &-= 1
      return frame
    }
  }

  /// Takes frames back.
  static func give(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ frames: UnsafeMutablePointer<UInt>, _ count: UInt) {
    SpinLock.acquire(&allocator.pointee.lock)
    var i: UInt = 0
    while i < count {
      let frame = frames[Int(bitPattern: i)] & ~isZero
      let colour = Int(bitPattern: FrameAllocator.colour(frame))
      PhysicalAddress(raw: frame).pointer.word(0).pointee = allocator.pointee.returned[colour]
      allocator.pointee.returned[colour] = frame
      if allocator.pointee.others.has(frame) {
        allocator.pointee.others.returnedCount &+= 1
      } else {
        allocator.pointee.underText.returnedCount &+= 1
      }
      i &+= 1
    }
    allocator.pointee.free &+= count
    SpinLock.release(&allocator.pointee.lock)
  }
}
