// Page frames. Each station's memory has an allocator of its own, in its own memory; each processor keeps a few frames at hand, so that
// the common case touches nothing that another processor writes (paper, Section 4: pools per processor, clusters by station).
//
// A station hands out frames that were never used in the order of their addresses and keeps returned ones in lists through their first words:
// nothing of its memory is touched before it is needed. After reset memory is zero (docs/machine.md), so the former need no zeroing.
//
// The secondary caches are direct-mapped, so two pages whose frames have the same colour (the part of their address that finds a place in the cache)
// throw each other's lines out. Frames that are taken one after the other have one colour after the other, also when they have been used before.
// The kernel's text and a processor's own pages are in use all the time: frames of their colours are taken when there are no others.

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
  /// The frames of the colours that the kernel has in use itself, which come last, and all others.
  private var underKernel: Share
  private var others: Share
  /// Frames that can be had.
  private(set) var free: UInt
  private var padding: (UInt, UInt) = (0, 0)

  /// The frames of some colours that lie side by side (after the last the first comes again).
  private struct Share {
    let firstColour: UInt
    let colours: UInt
    /// The next frame that was never used, and where those end.
    var next: UInt
    var end: UInt
    /// How many returned ones there are, and the colour (less the first one's) of the next one.
    var returnedCount: UInt = 0
    var colour: UInt = 0

    init(_ firstColour: UInt, colours: UInt, first: UInt, end: UInt) {
      self.firstColour = firstColour
      self.colours = colours
      self.end = end
      next = first
    }

    /// How many have never been used.
    var count: UInt {
      if end <= next { return 0 }
      let megabytes = (end &- next) >> 20
      var count = megabytes &* colours
      var frame = next &+ megabytes << 20
      while frame < end {
        if has(frame) { count &+= 1 }
        frame &+= pageBytes
      }
      return count
    }

    func has(_ frame: UInt) -> Bool { (FrameAllocator.colour(frame) &- firstColour) & (FrameAllocator.colours &- 1) < colours }
  }

  init(station: UInt, bytes: UInt, reserved: UInt) {
    // The first colour is that of the text and of the first frame; the processors' pages have the last ones (layout.h).
    let text = pageRoundedUp(kernel_text_bytes()) >> pageShift
    let own = UInt(LOCAL_PAGES)
    let first = PhysicalAddress(station: station, offset: UInt(FRAMES_OFFSET)).raw
    let end = PhysicalAddress(station: station, offset: pageBase(bytes &- reserved)).raw
    others = Share(text, colours: FrameAllocator.colours &- text &- own, first: first &+ text << pageShift, end: end)
    // Below the last processor's pages no others of these colours are taken.
    let processors = PhysicalAddress(station: station, offset: local.pointee.processorsPerStation << UInt(LOCAL_PAGES_SHIFT)).raw
    underKernel = Share(FrameAllocator.colours &- own, colours: text &+ own, first: processors > first ? processors : first, end: end)
    free = others.count &+ underKernel.count
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
      if frame == 0 { frame = takeOne(allocator, &allocator.pointee.underKernel) }
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
    if frame >= share.pointee.end { return 0 }
    share.pointee.next &+= pageBytes
    if !share.pointee.has(share.pointee.next) { share.pointee.next &+= (colours &- share.pointee.colours) << pageShift }
    return frame | isZero
  }

  /// The next colour's, or the next one's that has any. There is one.
  private static func takeReturned(_ allocator: UnsafeMutablePointer<FrameAllocator>, _ share: UnsafeMutablePointer<Share>) -> UInt {
    while true {
      let colour = Int(bitPattern: (share.pointee.firstColour &+ share.pointee.colour) & (colours &- 1))
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
        allocator.pointee.underKernel.returnedCount &+= 1
      }
      i &+= 1
    }
    allocator.pointee.free &+= count
    SpinLock.release(&allocator.pointee.lock)
  }
}
