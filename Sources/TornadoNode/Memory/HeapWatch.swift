// A setting for tests, which only their kernel has: freed blocks of the heap are filled with a pattern and
// kept for a while before they are used again. Who still uses one reads addresses that fault; who writes to
// one is found when its time is over.
//
// While it is on, no page's blocks belong to any pool, so every block comes by the uncommon way, and the
// common one stays what it is.

import CMachine

/// The latest freed blocks of a processor, in turn.
struct WatchedBlocks {
  fileprivate static let count: UInt = 64
  fileprivate var blocks = InlineArray<64, UInt>(repeating: 0)
  fileprivate var next: UInt = 0
  fileprivate var isOn = false
}

enum HeapWatch {
  /// As an address: one that no load or store may use, in kernel mode neither.
  static let pattern: UInt = 0x5EAD_DEAD_DEAD_DEAD

  #if TEST_KERNEL
    @inline(__always) static var isOn: Bool { KernelHeap.own.pointee.watched.isOn }
  #else
    @inline(__always) static var isOn: Bool { false }
  #endif

  /// Switches it on or off for the own processor.
  static func set(_ isOn: Bool) {
    if isOn == self.isOn { return }
    KernelHeap.own.pointee.watched.isOn = isOn
    KernelHeap.forEachPool { $0.pointee.room ^= 1 << 63 }
    if isOn { return }
    var turn: UInt = 0
    while turn < WatchedBlocks.count {
      if let block = replace(0) { KernelHeap.free(block) }
      turn &+= 1
    }
  }

  /// Takes a freed block; gives one whose time is over.
  static func exchange(_ block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    forEachWord(of: block) { $0.pointee = pattern }
    return replace(UInt(bitPattern: block))
  }

  private static func replace(_ block: UInt) -> UnsafeMutableRawPointer? {
    let place = KernelHeap.own.pointee.watched.next
    KernelHeap.own.pointee.watched.next = (place &+ 1) % WatchedBlocks.count
    let old = KernelHeap.own.pointee.watched.blocks[Int(bitPattern: place)]
    KernelHeap.own.pointee.watched.blocks[Int(bitPattern: place)] = block
    guard let old = UnsafeMutableRawPointer(bitPattern: old) else { return nil }
    forEachWord(of: old) {
      if $0.pointee != pattern { panic("a block was written after it had been freed", UInt(bitPattern: $0)) }
    }
    return old
  }

  @inline(__always) private static func forEachWord(
    of block: UnsafeMutableRawPointer, _ body: (UnsafeMutablePointer<UInt>) -> Void
  ) {
    let words = fixed(BlockPageHeader.of(block).pointee.pool, as: BlockPool.self).pointee.bytes / 8
    var word: UInt = 0
    while word < words {
      body(block.word(word))
      word &+= 1
    }
  }
}
