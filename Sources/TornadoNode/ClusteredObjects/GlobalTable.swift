// The global miss-handling object table: for each clustered object its miss handler (paper, Section 3.3).
// Partitioned over the processors, each part in memory of its processor's station; an object's entry is in
// the part of the processor that made it. Shared by kernel and program library.

import CMachine

/// An entry: the miss handler (in a free entry, the next free one), and bits that describe the object.
public struct GlobalEntry {
  public var handler: UInt
  /// `ObjectState`.
  public var state: UInt
}

public enum ObjectState {
  public static let exists: UInt = 1
  /// May be called by PPC from other address spaces (paper, Section 6).
  public static let external: UInt = 2
  /// Its destruction has begun.
  public static let dying: UInt = 4
  /// Its miss handler is being replaced.
  public static let changing: UInt = 8

  static func word(_ slot: UInt) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(Objects.entry(slot)) + 8 }
}

public enum GlobalTable {
  /// Parts begin with the objects that every processor knows without being told.
  static let wellKnown = TablePart.wellKnown

  /// Gives an object its reference: an entry of the own part. Nil when the part is full.
  public static func add<Interface: AnyObject>(_ handler: MissHandler, as type: Interface.Type, external: Bool = false)
    -> Reference<Interface>?
  {
    let slot = addHandler(handler, external ? ObjectState.exists | ObjectState.external : ObjectState.exists)
    return slot == 0 ? nil : Reference(slot: slot)
  }

  /// The slot, or 0.
  static func addHandler(_ handler: MissHandler, _ state: UInt) -> UInt {
    let own = Objects.block
    var entry = atomic_pop(own.returned)
    if entry == 0 {
      if atomic_load(own.used) >= Objects.partEntries &- wellKnown { return 0 }
      guard let index = TablePart.index(atomic_add(own.used, 1) &- 1, of: Objects.partEntries) else { return 0 }
      entry = UInt(bitPattern: Objects.ownPart) &+ index << 4
    }
    let slot = Objects.ownFirstSlot &+ (entry &- UInt(bitPattern: Objects.ownPart)) >> 4
    set(slot, handler, state)
    return slot
  }

  /// Makes a handler the one of a well-known object.
  static func set(_ slot: UInt, _ handler: MissHandler, _ state: UInt = ObjectState.exists) {
    handler.slot = slot
    let entry = Objects.entry(slot)
    entry.pointee.state = state
    // The object holds its handler until `Objects.dispose`.
    atomic_store(entry, UInt(bitPattern: Unmanaged.passRetained(handler).toOpaque()))
  }

  /// Takes an object's entry back, on the processor that made it. Nobody has a reference any more.
  static func remove(_ slot: UInt) {
    let entry = Objects.entry(slot)
    entry.pointee.state = 0
    atomic_push(Objects.block.returned, entry, entry)
  }

  /// Whether a word from outside is a reference to an object that takes calls from outside (paper, Section 6:
  /// "within the translation table … properly aligned … security bits").
  public static func acceptsExternalCalls(_ raw: UInt) -> Bool {
    let offset = raw &- Objects.table
    if offset >= TranslationTable.bytes || offset & 15 != 0 { return false }
    return Objects.entry(offset >> 4).pointee.state & 7 == ObjectState.exists | ObjectState.external
  }
}
