// The free memory of a station (paper, Section 4: "the Tornado allocator partitions the pools of free memory
// into clusters"): batches of blocks of one size that a processor had too many of, for any processor of the
// station; and blocks that other stations' processors freed.
//
// All in the station's own memory. Touched once for a batch, so that the common case stays with the
// processor.

import CMachine

/// Blocks on their way to another station.
struct LeavingBlocks {
  var first: UInt = 0
  var last: UInt = 0
  var count: UInt = 0
  /// So many go together.
  static let batch: UInt = 16
}

/// Of one size. A line.
struct StationPool {
  fileprivate var lock: SpinLock
  /// The first batch: its first block's second word is the next batch.
  fileprivate var batches: UInt
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt)
}

/// Part of `StationData`; zero to begin with.
struct StationHeap {
  /// By lines, less one.
  fileprivate var pools: InlineArray<32, StationPool>
  /// The latest block that another station's processor returned: a list through first words that ends with 0.
  /// Also a line.
  fileprivate var returned: PaddedWord

  private static func of(_ station: UInt) -> UnsafeMutablePointer<StationHeap> {
    withUnsafeMutablePointer(to: &StationData.of(station: station).pointee.heap) { $0 }
  }
  private static func pool(_ bytes: UInt) -> UnsafeMutablePointer<StationPool> {
    UnsafeMutableRawPointer(of(local.pointee.station)).assumingMemoryBound(to: StationPool.self)
      + Int(bitPattern: bytes / lineBytes &- 1)
  }
  private static func returned(_ station: UInt) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &of(station).pointee.returned) { $0 })
  }

  // ---- Batches

  /// A batch of blocks of `bytes`, if the station has one.
  static func takeBatch(_ bytes: UInt) -> UInt? {
    let pool = pool(bytes)
    if atomic_load(&pool.pointee.batches) == 0 { return nil }
    SpinLock.acquire(&pool.pointee.lock)
    let batch = pool.pointee.batches
    if batch != 0 { pool.pointee.batches = fixed(batch, as: UInt.self)[1] }
    SpinLock.release(&pool.pointee.lock)
    return batch == 0 ? nil : batch
  }

  /// How many batches of blocks of `bytes` the station has.
  static func batches(_ bytes: UInt) -> UInt {
    var batch = pool(bytes).pointee.batches
    var count: UInt = 0
    while batch != 0 {
      count &+= 1
      batch = fixed(batch, as: UInt.self)[1]
    }
    return count
  }

  static func giveBatch(_ bytes: UInt, _ batch: UInt) {
    let pool = pool(bytes)
    SpinLock.acquire(&pool.pointee.lock)
    fixed(batch, as: UInt.self)[1] = pool.pointee.batches
    pool.pointee.batches = batch
    SpinLock.release(&pool.pointee.lock)
  }

  // ---- Blocks that come home

  /// Takes all that has been returned to the own station, and to the own processor: a list through first
  /// words that ends with 0.
  static func takeReturned() -> UInt {
    let own = takeAll(PublicPage.own.returned)
    let stations = takeAll(returned(local.pointee.station))
    if own == 0 { return stations }
    var end = fixed(own, as: UInt.self)
    while end.pointee != 0 { end = fixed(end.pointee, as: UInt.self) }
    end.pointee = stations
    return own
  }

  private static func takeAll(_ list: UnsafeMutableRawPointer) -> UInt {
    var head = atomic_load(list)
    while head != 0 {
      let seen = atomic_compare_exchange(list, head, 0)
      if seen == head { break }
      head = seen
    }
    return head
  }

  /// Returns a block to its home: a local one to its processor, others to their station in batches.
  static func send(_ block: UnsafeMutableRawPointer) {
    let header = BlockPageHeader.of(block)
    guard let home = header.pointee.station else {
      return push(
        PublicPage(of: header.pointee.processor).returned, first: UInt(bitPattern: block), last: UInt(bitPattern: block)
      )
    }
    let leaving = leaving(home)
    block.word(0).pointee = leaving.pointee.first
    if leaving.pointee.first == 0 { leaving.pointee.last = UInt(bitPattern: block) }
    leaving.pointee.first = UInt(bitPattern: block)
    leaving.pointee.count &+= 1
    if leaving.pointee.count >= LeavingBlocks.batch { flush(home) }
  }

  /// Sends what there is for all stations.
  static func sendAll() {
    var station: UInt = 0
    while station < local.pointee.stations {
      flush(station)
      station &+= 1
    }
  }

  private static func leaving(_ station: UInt) -> UnsafeMutablePointer<LeavingBlocks> {
    let all = withUnsafeMutablePointer(to: &KernelHeap.own.pointee.leaving) { UnsafeMutableRawPointer($0) }
    return all.assumingMemoryBound(to: LeavingBlocks.self) + Int(bitPattern: station)
  }

  private static func flush(_ station: UInt) {
    let leaving = leaving(station)
    if leaving.pointee.first == 0 { return }
    push(returned(station), first: leaving.pointee.first, last: leaving.pointee.last)
    leaving.pointee = LeavingBlocks()
  }

  /// Puts a list in front of another. Those who take take all, so it does not matter what the list was
  /// meanwhile.
  private static func push(_ list: UnsafeMutableRawPointer, first: UInt, last: UInt) {
    var head = atomic_load(list)
    while true {
      fixed(last, as: UInt.self).pointee = head
      let seen = atomic_compare_exchange(list, head, first)
      if seen == head { return }
      head = seen
    }
  }
}
