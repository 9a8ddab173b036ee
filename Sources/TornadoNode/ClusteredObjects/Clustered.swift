// The miss handler that most clustered objects build on (paper, Section 3.1: "one rep for the entire system,
// one rep per processor, or one rep for a cluster of neighboring processors"; footnote 5: "Default miss
// handlers are provided for the common cases"). Shared by kernel and program library.

import CMachine

/// Which processors share a representative.
public enum Placement {
  /// One for all.
  case shared
  /// One for each processor that calls the object.
  case perProcessor
  /// One for each station.
  case perStation
  /// As `Clustered.place` says.
  case chosen
}

/// A clustered object with a representative for each place, made when a processor of the place first calls,
/// or ahead (`fill`).
///
/// To be overridden: `makeRepresentative`; `place` with `Placement.chosen`; `destroyed`, which ends with
/// `super.destroyed()`.
open class Clustered: MissHandler {
  public final let placement: Placement
  /// Representatives by place: a block of words, or with one place this very word.
  private final var directory: UInt = 0
  private final let places: UInt

  /// Makes the handler. `places`: with `Placement.chosen`, one more than the largest `place`, at most 512.
  public init(_ placement: Placement, places: UInt = 64) {
    Objects.start()
    self.placement = placement
    self.places = placement == .shared ? 1 : placement == .chosen ? places : Objects.processors
    super.init()
    if self.places > 1 {
      guard let memory = Objects.allocate(self.places &* 8) else {
        panic("no memory for the representatives of an object", self.places)
      }
      directory = UInt(bitPattern: memory)
    }
  }

  /// Makes the representative of a place; called on a processor of the place, and once for each place but
  /// when two make it at the same time: then one of the two is released unused. What it returns belongs to
  /// the object (`Unmanaged.passRetained(…).toOpaque()`).
  open func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    panic("an object that makes no representatives", place)
  }

  /// The place of a processor.
  open func place(of processor: UInt) -> UInt { 0 }

  @inline(__always) private final func placeOf(_ processor: UInt) -> UInt {
    switch placement {
    case .shared: 0
    case .perProcessor: processor
    case .perStation: Objects.station(of: processor)
    case .chosen: place(of: processor)
    }
  }

  @inline(__always) private final func word(_ place: UInt) -> UnsafeMutableRawPointer {
    places == 1
      ? UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &directory) { $0 })
      : UnsafeMutableRawPointer(bitPattern: directory &+ place &* 8).unsafelyUnwrapped
  }

  open override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer { representative(placeOf(Objects.processor)) }

  /// The representative of a place, made if there is none.
  public final func representative(_ place: UInt) -> UnsafeMutableRawPointer {
    let word = word(place)
    if let known = UnsafeMutableRawPointer(bitPattern: atomic_load(word)) { return known }
    let made = makeRepresentative(place)
    let before = atomic_compare_exchange(word, 0, UInt(bitPattern: made))
    guard let first = UnsafeMutableRawPointer(bitPattern: before) else { return made }
    Objects.dispose(made)
    return first
  }

  /// The representative of a place if it has been made: for the object's own coordination of its
  /// representatives, which happens in shared memory.
  public final func existing(_ place: UInt) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(bitPattern: atomic_load(word(place)))
  }

  /// Calls `body` for each representative that has been made.
  public final func forEach<Interface: AnyObject>(_ type: Interface.Type, _ body: (Interface) -> Void) {
    var place: UInt = 0
    while place < places {
      if let representative = existing(place) {
        Unmanaged<Interface>.fromOpaque(representative)._withUnsafeGuaranteedRef(body)
      }
      place &+= 1
    }
  }

  /// Makes the own processor's representative and table entry ahead (paper, footnote 7).
  public final func fill() {
    TranslationTable.install(slot, handleMiss(slot))
    noteUse()
  }

  /// The processor's own representative goes where it was made.
  open override func leave() {
    if placement == .perProcessor { releaseRepresentative(Objects.processor) }
  }

  private final func releaseRepresentative(_ place: UInt) {
    let word = word(place)
    guard let representative = UnsafeMutableRawPointer(bitPattern: atomic_load(word)) else { return }
    atomic_store(word, 0)
    Objects.dispose(representative)
  }

  open override func destroyed() {
    if places == 1 {
      if let representative = UnsafeMutableRawPointer(bitPattern: directory) { Objects.dispose(representative) }
      return directory = 0
    }
    destroyedPlaces()
  }

  @inline(never) private final func destroyedPlaces() {
    var place: UInt = 0
    while place < places {
      releaseRepresentative(place)
      place &+= 1
    }
    freeDirectory()
  }

  private final func freeDirectory() {
    if places > 1, let memory = UnsafeMutableRawPointer(bitPattern: directory) { Objects.free(memory) }
    directory = 0
  }

  /// Of a handler that never became an object's.
  deinit { freeDirectory() }
}
