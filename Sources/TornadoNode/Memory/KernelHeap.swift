// The kernel's small memory (paper, Section 4): pools per processor by size, grouped by station.
//
// Blocks that any processor may use are whole lines. Blocks that only one processor uses are small, and lie
// in pages of that processor's: no line of theirs is ever another's. A block knows its home by its page; one
// that is freed elsewhere is returned to its home's station in a batch with others (`StationHeap`). The
// kernel runs with interrupts off, so a processor's own pools need no lock.

import CMachine

struct KernelHeap {
  /// By lines, less one. Their addresses are in the headers of pages, and follow from a size: the first
  /// field.
  private var linePools = InlineArray<32, LinePool>(repeating: LinePool())
  /// By units of 16 bytes, less one.
  private var localPools = InlineArray<7, BlockPool>(repeating: BlockPool())
  /// The block with which every list ends.
  private var last: UInt = 0
  /// Blocks for other stations, by station: the first, and how many.
  var leaving = InlineArray<16, LeavingBlocks>(repeating: LeavingBlocks())
  /// Freed blocks that are watched before they are used again (`HeapWatch`).
  var watched = WatchedBlocks()

  @inline(__always) static var own: UnsafeMutablePointer<KernelHeap> {
    withUnsafeMutablePointer(to: &processor.pointee.heap) { $0 }
  }
  @inline(__always) private static var linePool: Address { UInt(bitPattern: UnsafeMutableRawPointer(own)) }
  @inline(__always) private static var localPool: Address { linePool &+ BlockSize.lines &* lineBytes }
  @inline(__always) private static var lastBlock: UInt {
    UInt(bitPattern: UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &processor.pointee.heap.last) { $0 }))
  }

  static func forEachPool(_ body: (BlockPoolPointer) -> Void) {
    var lines: UInt = 1
    while lines <= BlockSize.lines {
      body(fixed(linePool &+ (lines &- 1) &* lineBytes, as: BlockPool.self))
      lines &+= 1
    }
    var units: UInt = 1
    while units <= BlockSize.localSizes {
      body(fixed(localPool, as: BlockPool.self) + Int(bitPattern: units &- 1))
      units &+= 1
    }
  }

  /// Empty pools for the own processor.
  static func initialise() {
    var bytes = lineBytes
    forEachPool { pool in
      if bytes > BlockSize.largest { bytes = BlockSize.localUnit }
      pool.pointee.bytes = bytes
      pool.pointee.head = lastBlock
      pool.pointee.room = ownHome(pool) | roomAtMost(pool)
      bytes &+= bytes < lineBytes ? BlockSize.localUnit : lineBytes
    }
  }

  /// A first page, for blocks of at most `bytes`: before there is anyone to ask for frames.
  static func begin(with frame: PhysicalAddress, _ bytes: UInt) {
    begin(fixed(linePool &+ ((bytes &- 1) & ~(lineBytes &- 1)), as: BlockPool.self), with: frame)
  }

  private static func ownHome(_ pool: BlockPoolPointer) -> UInt {
    pool.pointee.isLocal
      ? BlockPageHeader.home(processor: local.pointee.number) : BlockPageHeader.home(station: local.pointee.station)
  }
  /// Local blocks all come back here, and stay: there is no end to their room.
  private static func roomAtMost(_ pool: BlockPoolPointer) -> UInt {
    pool.pointee.isLocal ? localRoom : 2 &* pool.pointee.batch
  }
  private static let localRoom: UInt = 0x4000
  /// Larger than any room.
  private static let noRoom: UInt = 0x7FFF

  // ---- What the kernel calls

  /// `bytes` of memory at a multiple of 128, of the own station; nil when there is none, or for more than
  /// `BlockSize.largest`. Objects of the kernel cannot do without: they are `.kernel`.
  @inline(__always) static func allocate(_ bytes: UInt, for use: FrameUse = .program) -> UnsafeMutableRawPointer? {
    // A multiple of lines, less one; the largest number there is for no bytes.
    let size = (bytes &- 1) | (lineBytes &- 1)
    if size < BlockSize.largest {
      let pool = fixed(linePool &- (lineBytes &- 1) &+ size, as: BlockPool.self)
      let (block, next) = first(pool)
      if next != 0 { return take(pool, block, next) }
    }
    return allocateSlowly(bytes, use)
  }

  /// `bytes` at a multiple of 16 that no other processor will ever use or free.
  @inline(__always) static func allocateLocal(_ bytes: UInt, for use: FrameUse = .program) -> UnsafeMutableRawPointer? {
    if bytes &- 1 >= BlockSize.largestLocal { return allocate(bytes, for: use) }
    let pool = fixed(localPool, as: BlockPool.self) + Int(bitPattern: (bytes &- 1) / BlockSize.localUnit)
    let (block, next) = first(pool)
    return next != 0 ? take(pool, block, next) : allocateSlowly(pool, use)
  }

  /// Takes a block of either kind back, on any processor.
  @inline(__always) static func free(_ block: UnsafeMutableRawPointer) { free(block, checkingHome: true) }

  /// The home check is a parameter so that it can be left out, to measure what it adds.
  @inline(__always) static func free(_ block: UnsafeMutableRawPointer, checkingHome: Bool) {
    let header = BlockPageHeader.of(block)
    let pool = fixed(header.pointee.pool, as: BlockPool.self)
    let room = pool.pointee.room &- 1
    let isCommon = checkingHome ? room &- header.pointee.home < noRoom : Int(bitPattern: room) >= 0
    if isCommon { put(block, pool, room) } else { freeSlowly(block) }
  }

  /// Makes sure that `allocate` of so many bytes succeeds the next `blocks` times on this processor, as the
  /// making of an object does not tell when it has no memory. False when there is none.
  static func prepare(_ bytes: UInt, blocks: UInt = 1, for use: FrameUse = .program) -> Bool {
    isAtHand(bytes, blocks) || getReady(bytes, blocks, use)
  }

  @inline(__always) private static func isAtHand(_ bytes: UInt, _ blocks: UInt) -> Bool {
    let size = (bytes &- 1) | (lineBytes &- 1)
    if size >= BlockSize.largest { return false }
    var block = fixed(linePool &- (lineBytes &- 1) &+ size, as: BlockPool.self).pointee.head
    var left = blocks
    while block != lastBlock {
      left &-= 1
      if left == 0 { return true }
      block = fixed(block, as: UInt.self).pointee
    }
    return false
  }

  @inline(never) private static func getReady(_ bytes: UInt, _ blocks: UInt, _ use: FrameUse) -> Bool {
    guard let block = allocate(bytes, for: use) else { return false }
    let isReady = blocks == 1 || getReady(bytes, blocks &- 1, use)
    free(block)
    return isReady
  }

  // ---- The common case

  /// A pool's first block, and the next one: 0 if the first is the one that stays.
  @inline(__always) private static func first(_ pool: BlockPoolPointer) -> (block: UInt, next: UInt) {
    (pool.pointee.head, fixed(pool.pointee.head, as: UInt.self).pointee)
  }

  @inline(__always) private static func take(_ pool: BlockPoolPointer, _ block: UInt, _ next: UInt)
    -> UnsafeMutableRawPointer?
  {
    pool.pointee.head = next
    pool.pointee.room &+= 1
    return UnsafeMutableRawPointer(bitPattern: block)
  }

  @inline(__always) private static func put(_ block: UnsafeMutableRawPointer, _ pool: BlockPoolPointer, _ room: UInt) {
    block.word(0).pointee = pool.pointee.head
    pool.pointee.room = room
    pool.pointee.head = UInt(bitPattern: block)
  }

  // ---- The uncommon ones

  @inline(never) private static func allocateSlowly(_ bytes: UInt, _ use: FrameUse) -> UnsafeMutableRawPointer? {
    if bytes > BlockSize.largest { return nil }
    // No bytes at all get the smallest block.
    return allocateSlowly(
      fixed(linePool &+ (bytes == 0 ? 0 : (bytes &- 1) & ~(lineBytes &- 1)), as: BlockPool.self), use)
  }

  @inline(never) private static func allocateSlowly(_ pool: BlockPoolPointer, _ use: FrameUse)
    -> UnsafeMutableRawPointer?
  {
    if FailingMemory.isOn { return allocateWhileFailing(pool, use) }
    if isEmpty(pool) && !fill(pool, use) { return nil }
    let (block, next) = first(pool)
    return take(pool, block, next)
  }

  // ---- For `FailingMemory`

  /// Pools look empty.
  static func setAside() {
    forEachPool {
      $0.pointee.aside = $0.pointee.head
      $0.pointee.head = lastBlock
    }
  }

  static func takeBackAside() {
    forEachPool { pool in
      var end = fixed(UInt(bitPattern: pool), as: UInt.self)
      while end.pointee != lastBlock { end = fixed(end.pointee, as: UInt.self) }
      end.pointee = pool.pointee.aside
    }
  }

  private static func allocateWhileFailing(_ pool: BlockPoolPointer, _ use: FrameUse) -> UnsafeMutableRawPointer? {
    if FailingMemory.refuses(use) { return nil }
    if pool.pointee.aside == lastBlock {
      if !fill(pool, use) { return nil }
      pool.pointee.aside = pool.pointee.head
    }
    let block = pool.pointee.aside
    pool.pointee.aside = fixed(block, as: UInt.self).pointee
    pool.pointee.head = lastBlock
    pool.pointee.room &+= 1
    return UnsafeMutableRawPointer(bitPattern: block)
  }

  /// Blocks of the own processor's pages that are in use, on whatever processor.
  static var liveBlocks: UInt {
    takeReturned()
    var live: UInt = 0
    forEachPool { pool in
      let size = pool.pointee.bytes
      live &+= pool.pointee.pages &* ((pageBytes &- lineBytes) / size)
      var block = pool.pointee.head
      while block != lastBlock {
        live &-= 1
        block = fixed(block, as: UInt.self).pointee
      }
      if pool.pointee.fresh != 0 { live &-= (pageBase(pool.pointee.fresh) &+ pageBytes &- pool.pointee.fresh) / size }
      if !pool.pointee.isLocal { live &-= StationHeap.batches(size) &* pool.pointee.batch }
    }
    return live
  }

  @inline(__always) private static func isEmpty(_ pool: BlockPoolPointer) -> Bool { pool.pointee.head == lastBlock }

  /// Gets blocks into an empty pool: from the station, from the page that is being cut, from what others have
  /// returned, or from a new page.
  private static func fill(_ pool: BlockPoolPointer, _ use: FrameUse) -> Bool {
    if takeBatch(pool) || cut(pool) { return true }
    takeReturned()
    if !isEmpty(pool) { return true }
    guard let frame = dramManager.call({ $0.allocate(for: use)?.address }) else {
      // What waits here for company goes home at once: it helps the next one who asks there.
      StationHeap.sendAll()
      return false
    }
    begin(pool, with: frame)
    return cut(pool)
  }

  /// A page to cut blocks from.
  private static func begin(_ pool: BlockPoolPointer, with frame: PhysicalAddress) {
    // The frame may be another station's, if the own one has none.
    let home = pool.pointee.isLocal ? ownHome(pool) : BlockPageHeader.home(station: frame.station)
    frame.pointer.assumingMemoryBound(to: BlockPageHeader.self).initialize(
      to: BlockPageHeader(pool: UInt(bitPattern: pool), home: home))
    pool.pointee.fresh = UInt(bitPattern: frame.pointer) &+ lineBytes
    pool.pointee.pages &+= 1
  }

  /// Cuts a few blocks from the pool's page.
  private static func cut(_ pool: BlockPoolPointer) -> Bool {
    var block = pool.pointee.fresh
    if block == 0 { return false }
    let size = pool.pointee.bytes
    let end = pageBase(block) &+ pageBytes
    var left = pool.pointee.batch
    while left > 0 && block != 0 {
      let next = block &+ size
      fixed(block, as: UInt.self).pointee = pool.pointee.head
      pool.pointee.head = block
      if !pool.pointee.isFull { pool.pointee.room &-= 1 }
      block = next &+ size <= end ? next : 0
      left &-= 1
    }
    pool.pointee.fresh = block
    return true
  }

  /// A batch that the station keeps ends as a pool does.
  private static func takeBatch(_ pool: BlockPoolPointer) -> Bool {
    if pool.pointee.isLocal { return false }
    guard let batch = StationHeap.takeBatch(pool.pointee.bytes) else { return false }
    pool.pointee.head = batch
    pool.pointee.setRoom(pool.pointee.batch)
    return true
  }

  /// Takes in what other processors have returned to the station, and to this processor.
  private static func takeReturned() {
    var block = StationHeap.takeReturned()
    while let b = UnsafeMutableRawPointer(bitPattern: block) {
      block = b.word(0).pointee
      putBack(b)
    }
  }

  /// A block whose home is here.
  private static func putBack(_ block: UnsafeMutableRawPointer) {
    let pool = fixed(BlockPageHeader.of(block).pointee.pool, as: BlockPool.self)
    if pool.pointee.isFull { makeRoom(pool) }
    put(block, pool, pool.pointee.room &- 1)
  }

  /// A pool that has enough gives a batch to the station.
  private static func makeRoom(_ pool: BlockPoolPointer) {
    if pool.pointee.isLocal { return pool.pointee.setRoom(localRoom) }
    let batch = pool.pointee.head
    var end = fixed(batch, as: UInt.self)
    var count = pool.pointee.batch
    while count > 1 {
      end = fixed(end.pointee, as: UInt.self)
      count &-= 1
    }
    pool.pointee.head = end.pointee
    end.pointee = lastBlock
    pool.pointee.setRoom(pool.pointee.batch)
    StationHeap.giveBatch(pool.pointee.bytes, batch)
  }

  /// A block for a full pool, a block of another home, or any while freed memory is watched.
  @inline(never) private static func freeSlowly(_ block: UnsafeMutableRawPointer) {
    guard let block = HeapWatch.isOn ? HeapWatch.exchange(block) : block else { return }
    let header = BlockPageHeader.of(block)
    if header.pointee.home == ownHome(fixed(header.pointee.pool, as: BlockPool.self)) {
      putBack(block)
    } else {
      StationHeap.send(block)
    }
  }
}

/// Gives back an object's memory. Objects in the kernel's memory are not counted, so their end is always
/// said.
func destroy(_ object: AnyObject) {
  KernelHeap.free(Unmanaged.passUnretained(object).toOpaque())
}

// What the Embedded Swift runtime asks for, under the names that `runtime.S` gives it.

@_silgen_name("kernel_allocate_aligned")
public func posixMemoryAlign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ bytes: UInt)
  -> Int32
{
  guard let block = KernelHeap.allocate(bytes, for: .kernel) else { panic("the kernel has no memory for an object") }
  result.pointee = block
  return 0
}

@_silgen_name("kernel_free")
public func runtimeFree(_ block: UnsafeMutableRawPointer?) {
  if let block { KernelHeap.free(block) }
}
