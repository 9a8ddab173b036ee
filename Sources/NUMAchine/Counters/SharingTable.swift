/// What one processor lost at one word that others write, or whose neighbours they write: a row of the answer
/// to "why is it slow".
public struct SharingEntry: BitwiseCopyable, Equatable, Sendable {
  /// Physical address of the first word of the accesses; `SharingEntry.rest` in the entry that sums up what
  /// found no room.
  public var word: UInt64 = 0
  /// The virtual address by which they went.
  public var virtual: UInt64 = 0
  /// The address of the instruction that missed last.
  public var instruction: UInt64 = 0
  /// Ticks for which the processor waited.
  public var ticks: UInt64 = 0
  public var trueSharing: UInt32 = 0
  public var falseSharing: UInt32 = 0
  /// Stores to the line while others held copies of it; of lines alone that had gone from one processor to
  /// another before.
  public var upgrades: UInt32 = 0
  /// The address space, where the virtual address is a program's; else 0.
  public var asid: UInt16 = 0
  /// Global number of the processor.
  public var processor: UInt16 = 0

  public static let rest = UInt64.max

  public init() {}
}

/// The monitor's record of one processor's sharing misses by word, since reset. It is always on: a miss costs
/// its emulator hundreds of instructions anyway, and nobody has to know beforehand what he will want to ask.
///
/// A hash table of fixed size; when it is three quarters full, further words are summed up in one entry. A
/// part of the machine's state.
struct SharingTable {
  static var capacity: Int { 8192 }
  private static var room: Int { capacity * 3 / 4 }

  private let entries: FlatBuffer<SharingEntry>
  private let used: StateValue<Int>
  private let rest: StateValue<SharingEntry>
  private let processor: UInt16

  init(_ state: StateSpace, processor: Int) {
    entries = state.buffer("sharing", count: Self.capacity)
    used = state.value("sharing words", 0)
    rest = state.value("sharing rest", SharingEntry())
    self.processor = UInt16(processor)
  }

  func clear() {
    for index in 0..<entries.count where entries[index].ticks != 0 { entries[index] = SharingEntry() }
    used.value = 0
    rest.value = SharingEntry()
  }

  enum Event { case trueSharing, falseSharing, upgrade }

  /// - Parameter ticks: for which the processor waited; more than none.
  func record(_ event: Event, word: UInt64, virtual: UInt64, asid: UInt16, instruction: UInt64, ticks: UInt64) {
    let entry = place(word: word, virtual: virtual, asid: asid)
    entry.pointee.instruction = instruction
    entry.pointee.ticks &+= ticks
    switch event {
    case .trueSharing: entry.pointee.trueSharing &+= 1
    case .falseSharing: entry.pointee.falseSharing &+= 1
    case .upgrade: entry.pointee.upgrades &+= 1
    }
  }

  private func place(word: UInt64, virtual: UInt64, asid: UInt16) -> UnsafeMutablePointer<SharingEntry> {
    let hash = (word ^ virtual &<< 13 ^ UInt64(asid) &<< 40) &* 0x9E37_79B9_7F4A_7C15
    var index = Int(truncatingIfNeeded: hash >> 40) & (Self.capacity - 1)
    while entries[index].ticks != 0 {
      let entry = entries.base + index
      if entry.pointee.word == word && entry.pointee.virtual == virtual && entry.pointee.asid == asid { return entry }
      index = (index &+ 1) & (Self.capacity - 1)
    }
    guard used.value < Self.room else {
      rest.value.word = SharingEntry.rest
      rest.value.processor = processor
      return rest.pointer
    }
    used.value &+= 1
    entries[index].word = word
    entries[index].virtual = virtual
    entries[index].asid = asid
    entries[index].processor = processor
    return entries.base + index
  }

  /// All entries, that of the rest last if it has anything.
  var all: [SharingEntry] {
    guard used.value > 0 else { return [] }
    return entries.bytes.bindMemory(to: SharingEntry.self).filter { $0.ticks != 0 }
      + (rest.value.ticks != 0 ? [rest.value] : [])
  }
}

extension SharingTable {
  /// Whether what was restored are entries of this processor, not more than there is room for.
  var isSound: Bool {
    var count = 0
    let areOwn = entries.touchedElements { _, entry in
      if entry.ticks != 0 { count += 1 }
      return entry.ticks == 0 || entry.processor == processor
    }
    return areOwn && count <= used.value && used.value <= Self.room
      && (rest.value.ticks == 0 || rest.value.processor == processor)
  }
}
