// What a processor keeps for its clustered objects, and others may touch: lines of their own for what the
// processor itself writes at each operation, for what others hand it, and for the free entries of its part of
// the global table. Shared by kernel and program library.

struct ObjectBlock {
  let base: UnsafeMutableRawPointer
  static let bytes = 384

  /// The count of active operations; see `OperationWord`.
  @inline(__always) var operations: UnsafeMutableRawPointer { base }
  /// Held while tokens move on, or batches change.
  @inline(__always) var tokenLock: UnsafeMutableRawPointer { base + 8 }
  /// The batch of objects that waits for the operations of the generation before.
  @inline(__always) var waiting: UnsafeMutableRawPointer { base + 16 }
  // (base + 24: see `block_or`.)
  /// Objects that have come since, from this processor or another.
  @inline(__always) var arrived: UnsafeMutableRawPointer { base + 128 }
  /// Objects for which this processor has to clear its table or its part of the global one.
  @inline(__always) var cleanup: UnsafeMutableRawPointer { base + 136 }
  /// Free entries of the own part, by address.
  @inline(__always) var returned: UnsafeMutableRawPointer { base + 256 }
  /// How many entries of the own part have ever been used.
  @inline(__always) var used: UnsafeMutableRawPointer { base + 264 }
}
