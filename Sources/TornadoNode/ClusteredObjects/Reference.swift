// References to clustered objects (paper, Section 3.3): a pointer into the translation table, which lies at
// the same virtual address on every processor, so that the same reference finds another representative on
// each. The kernel's and, the same file, the program library's.

import CMachine

/// An entry of a processor's translation table.
public struct TableEntry {
  /// The local representative; in an unfilled entry, this entry's own second word.
  public var representative: UInt
  /// The fake class record through which a call of an unfilled entry ends in the global miss handler.
  public var missRecord: UInt

  @inline(__always) init(representative: UInt, missRecord: UInt) {
    self.representative = representative
    self.missRecord = missRecord
  }
}

/// A reference to a clustered object whose representatives are of class `Interface`.
public struct Reference<Interface: AnyObject>: Equatable {
  /// Its address: what passes through registers and messages.
  public let raw: UInt

  @inline(__always) public init(raw: UInt) { self.raw = raw }
  /// The reference with this position in the table.
  @inline(__always) public init(slot: UInt) { raw = Objects.table &+ slot << 4 }

  /// Position in the table, and in the global one.
  @inline(__always) public var slot: UInt { (raw &- Objects.table) >> 4 }

  /// Calls a method of the local representative: `reference.call { $0.method() }`. A representative is never
  /// kept: the entry may change.
  @inline(__always) public func call<Result>(_ body: (Interface) -> Result) -> Result {
    UnsafePointer<Unmanaged<Interface>>(bitPattern: raw).unsafelyUnwrapped.pointee._withUnsafeGuaranteedRef(body)
  }

  /// The same by way of the miss handler, with no entry in the own table: for who calls another processor's
  /// object once, at its end. To make the page of the table in which its entry would be is more work than all
  /// the rest.
  public func callOnce<Result>(_ body: (Interface) -> Result) -> Result {
    let handler = UnsafeMutableRawPointer(bitPattern: atomic_load(Objects.entry(slot))).unsafelyUnwrapped
    let representative = Unmanaged<MissHandler>.fromOpaque(handler)._withUnsafeGuaranteedRef { $0.handleMiss(slot) }
    return Unmanaged<Interface>.fromOpaque(representative)._withUnsafeGuaranteedRef(body)
  }

  @inline(__always) public static func == (a: Self, b: Self) -> Bool { a.raw == b.raw }
}

/// The own processor's translation table. Only the own processor's threads ever touch it.
enum TranslationTable {
  static let bytes: UInt = 1 << 20

  @inline(__always) private static func entry(_ slot: UInt) -> UnsafeMutablePointer<TableEntry> {
    UnsafeMutablePointer(bitPattern: Objects.table &+ slot << 4).unsafelyUnwrapped
  }

  @inline(__always) static func install(_ slot: UInt, _ representative: UnsafeMutableRawPointer) {
    entry(slot).pointee.representative = UInt(bitPattern: representative)
  }

  /// Takes the representative out: the next call misses again.
  @inline(__always) static func clear(_ slot: UInt) {
    entry(slot).pointee.representative = Objects.table &+ slot << 4 &+ 8
  }
}
