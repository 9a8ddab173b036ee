// A process's lists of threads that wait for words of its memory.

import CMachine

/// Each piece of 64 KB has a list of its own, made by who waits there first: of such pieces the heap gives each
/// processor its own, so that what is waited for in a processor's memory is in no list that another one
/// touches, and in its own station. Pieces 32 MB apart share.
struct FutexTable {
  private static let entries: UInt = 512
  private static let pieceShift: UInt = 16
  /// Words: lists that have been made, or 0. They are written once.
  private let words: UnsafeMutableRawPointer

  /// Nil when there is no memory.
  static func make() -> FutexTable? {
    guard let words = KernelHeap.allocate(entries &* 8) else { return nil }
    words.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: entries &* 8))
    return FutexTable(words: words)
  }

  @inline(__always) private func place(_ address: Address) -> UnsafeMutableRawPointer {
    words + Int(bitPattern: (address >> FutexTable.pieceShift & (FutexTable.entries &- 1)) &* 8)
  }

  /// Nil if nobody has ever waited there.
  @inline(__always) func bucket(_ address: Address) -> UnsafeMutablePointer<FutexBucket>? {
    UnsafeMutablePointer(bitPattern: atomic_load(place(address)))
  }

  /// Nil when there is no memory.
  @inline(__always) func makeBucket(_ address: Address) -> UnsafeMutablePointer<FutexBucket>? {
    bucket(address) ?? addBucket(place(address))
  }

  @inline(never) private func addBucket(_ place: UnsafeMutableRawPointer) -> UnsafeMutablePointer<FutexBucket>? {
    guard let block = KernelHeap.allocate(lineBytes) else { return nil }
    block.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: lineBytes))
    // Another processor may have been faster.
    let other = atomic_compare_exchange(place, 0, UInt(bitPattern: block))
    if other == 0 { return block.assumingMemoryBound(to: FutexBucket.self) }
    KernelHeap.free(block)
    return UnsafeMutablePointer(bitPattern: other)
  }

  func forEach(_ body: (UnsafeMutablePointer<FutexBucket>) -> Void) {
    var number: UInt = 0
    while number < FutexTable.entries {
      if let bucket = bucket(number << FutexTable.pieceShift) { body(bucket) }
      number &+= 1
    }
  }

  func free() {
    forEach { KernelHeap.free($0) }
    KernelHeap.free(words)
  }
}
