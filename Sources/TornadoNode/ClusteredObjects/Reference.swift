// References to clustered objects (paper, Section 3.3): a pointer into the translation table, which lies at the same virtual address on every
// processor, so that the same reference finds another representative on each.

import CMachine

/// An entry of a processor's translation table.
struct TableEntry {
  /// The local representative; in an unfilled entry, this entry's own second word.
  var representative: UInt
  /// The fake class record through which a call of an unfilled entry ends in the global miss handler.
  var missRecord: UInt
}

/// A reference to a clustered object whose representatives are of class `Interface`.
struct Reference<Interface: AnyObject>: Equatable {
  let raw: UInt

  @inline(__always) init(raw: UInt) { self.raw = raw }
  @inline(__always) init(slot: UInt) { raw = UInt(TABLE_BASE) &+ slot << 4 }

  /// Position in the table, and in the global one.
  @inline(__always) var slot: UInt { (raw &- UInt(TABLE_BASE)) >> 4 }

  /// Calls a method of the local representative: `reference.call { $0.method() }`. A representative is never kept: the entry may change.
  @inline(__always) func call<Result>(_ body: (Interface) -> Result) -> Result {
    fixed(raw, as: Unmanaged<Interface>.self).pointee._withUnsafeGuaranteedRef(body)
  }

  @inline(__always) static func == (a: Self, b: Self) -> Bool { a.raw == b.raw }
}

/// The object that stands behind a clustered object: it knows where its representatives are, and makes them.
open class MissHandler {
  /// Called on a processor that has no representative in its table. Returns the one to use there.
  open func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer { panic("a clustered object without a miss handler") }
  init() {}
}
