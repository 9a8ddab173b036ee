// The object that stands behind a clustered object (paper, Section 3.3): it "keeps track of the existence and
// location of the reps", so that the translation tables need to be no more than caches. And the global miss
// handler, which asks it. Shared by kernel and program library.

import CMachine

/// Base of all miss handlers; `Clustered` has what most of them want.
open class MissHandler {
  // The fields of this class are the system's. `link` is the first field, and a handler's place in a list is
  // its address.
  final var link: UInt = 0
  /// The object's position in the tables.
  public final var slot: UInt = 0
  /// Bit set of the processors whose tables have held a representative.
  final var installed: UInt = 0
  /// Processors that a token still has to visit.
  final var remaining: UInt = 0
  final var stage: Stage = .alive

  public init() { Objects.start() }

  /// Called on a processor that has no representative in its table. Returns the one to use there: the same
  /// one each time, for pages of the tables may be discarded.
  open func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer {
    panic("a clustered object without a miss handler", slot)
  }

  /// The object is being destroyed and nobody can call it any more. Called once on each processor that has
  /// used it, with its table entry empty.
  open func leave() {}

  /// Called last, on the processor that made the object: gives back the representatives that are left, and,
  /// unless another handler `isReplaced` by has it now, what they shared. The handler's own memory goes
  /// afterwards.
  open func destroyed() {}

  /// The processors that have called the object so far by way of this handler: those that can have references
  /// to what it refers to.
  public final var users: UInt { atomic_load(&installed) }

  /// Another handler has taken its place (`Existence.replace`): this one goes, and the object stays. What is
  /// the object's is the other's now; what counts objects has nothing to take off.
  public final var isReplaced: Bool { stage.rawValue >= Stage.replacedDraining.rawValue }

  /// Takes the own processor's representative out of its table: the next call asks the handler again.
  public final func forget() { TranslationTable.clear(slot) }

  /// The own processor's table may hold a representative from now on.
  @inline(__always) final func noteUse() {
    let bit: UInt = 1 &<< Objects.processor
    if atomic_load(&installed) & bit == 0 { _ = atomic_or(&installed, bit) }
  }

  @inline(__always) final var node: UnsafeMutableRawPointer {
    Unmanaged.passUnretained(self).toOpaque() + MissHandler.linkOffset
  }
  private static let linkOffset = 16
  @inline(__always) static func of(node: UInt) -> Unmanaged<MissHandler> {
    Unmanaged.fromOpaque(UnsafeMutableRawPointer(bitPattern: node).unsafelyUnwrapped - linkOffset)
  }
}

/// The global miss handler's Swift part: finds the object's own miss handler, and installs what it gives.
/// (From `miss.S`.)
@_silgen_name("translation_miss_handle")
public func translationMissHandle(_ entry: UInt) -> UnsafeMutableRawPointer {
  let slot = (entry &- Objects.table) >> 4
  let global = Objects.entry(slot)
  if global.pointee.state & ObjectState.exists == 0 { panic("a call through a reference to no object", entry) }
  let handler = Unmanaged<MissHandler>.fromOpaque(
    UnsafeMutableRawPointer(bitPattern: atomic_load(global)).unsafelyUnwrapped)
  return handler._withUnsafeGuaranteedRef {
    $0.noteUse()
    let representative = $0.handleMiss(slot)
    TranslationTable.install(slot, representative)
    Objects.countMiss()
    return representative
  }
}

@_silgen_name("translation_miss_without_self")
public func translationMissWithoutSelf() -> Never { panic("a translation miss without an object", 0) }
