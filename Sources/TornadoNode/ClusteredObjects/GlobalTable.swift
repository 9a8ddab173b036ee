// The global miss-handling object table: for each clustered object its miss handler (paper, Section 3.3). Partitioned over the processors, each
// part in memory of its processor's station; an object's entry is in the part of the processor that made it.

import CMachine

/// The entries of the own part: which are free.
struct ObjectSlots {
  /// Parts begin with the objects that every processor knows.
  static let wellKnown: UInt = 8
  fileprivate var next: UInt = ObjectSlots.wellKnown
  /// First returned entry + 1 within the part, 0 for none; a free entry's handler word is the next one.
  fileprivate var returned: UInt = 0
}

enum GlobalTable {
  /// Entries of a processor's part. 64 parts fill the table.
  static let partEntries: UInt = 1024

  /// An entry: the miss handler, and a word for the object's state (destruction comes with it).
  struct Entry {
    var handler: UInt
    var state: UInt
  }

  private static func entry(_ slot: UInt) -> UnsafeMutablePointer<Entry> {
    let owner = slot / partEntries
    let station = owner / local.pointee.processorsPerStation
    let index = owner &- station &* local.pointee.processorsPerStation
    let page = PhysicalAddress(station: station, offset: UInt(GLOBAL_TABLE_OFFSET) &+ index << pageShift).pointer
    return page.assumingMemoryBound(to: Entry.self) + Int(bitPattern: slot % partEntries)
  }

  /// Gives an object its reference: an entry of the own part. Nil when the part is full.
  static func add<Interface: AnyObject>(_ handler: MissHandler, as type: Interface.Type) -> Reference<Interface>? {
    let first = local.pointee.number &* partEntries
    let slot: UInt
    if processor.pointee.objects.returned != 0 {
      slot = first &+ processor.pointee.objects.returned &- 1
      processor.pointee.objects.returned = entry(slot).pointee.handler
    } else if processor.pointee.objects.next < partEntries {
      slot = first &+ processor.pointee.objects.next
      processor.pointee.objects.next &+= 1
    } else {
      return nil
    }
    set(slot, handler)
    return Reference(slot: slot)
  }

  static func set(_ slot: UInt, _ handler: MissHandler) {
    let target = entry(slot)
    target.pointee.state = 0
    atomic_store(target, UInt(bitPattern: Unmanaged.passUnretained(handler).toOpaque()))
  }

  /// Takes an object's entry back, on the processor that made it. No processor holds a reference any more.
  static func remove(_ slot: UInt) {
    entry(slot).pointee.handler = processor.pointee.objects.returned
    processor.pointee.objects.returned = slot % partEntries &+ 1
  }

  /// The processor that made the object.
  static func owner(of slot: UInt) -> UInt { slot / partEntries }

  fileprivate static func handler(_ slot: UInt) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(bitPattern: entry(slot).pointee.handler)
  }
}

/// The global miss handler's Swift part: finds the object's own miss handler, and installs what it gives. (From `miss.S`.)
@_silgen_name("translation_miss_handle")
public func translationMissHandle(_ entry: UInt) -> UnsafeMutableRawPointer {
  let slot = (entry &- UInt(TABLE_BASE)) >> 4
  guard let handler = GlobalTable.handler(slot) else { panic("a call through a reference to no object", entry) }
  let representative = Unmanaged<MissHandler>.fromOpaque(handler)._withUnsafeGuaranteedRef { $0.handleMiss(slot) }
  TranslationTable.install(slot, representative)
  SoftwareCounter.translationMisses.add()
  return representative
}

@_silgen_name("translation_miss_without_self")
public func translationMissWithoutSelf() -> Never { panic("a translation miss without an object") }
