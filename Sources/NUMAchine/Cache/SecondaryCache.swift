/// The secondary cache: unified, with the data; direct-mapped, or set-associative, where the line goes whose
/// last access that the primary caches did not serve is the longest ago.
struct SecondaryCache {
  let bytes: Int
  let lineBytes: Int
  let slots: Int
  let ways: Int
  private let order: WayOrder
  let data: UnsafeMutableRawPointer
  /// A byte for each word of `data`: written since the line became this processor's to write (`settle`).
  let marks: UnsafeMutablePointer<UInt8>
  /// The mark of the word at a host address in `data` is at a quarter of that address plus this.
  let markBias: UInt64
  /// Physical line address and, in the low bits, the `LineState`; 0 for an empty slot. Where there are
  /// several ways, a slot whose line has been given up keeps its address, so that the line can still be found
  /// there.
  private let tags: UnsafeMutablePointer<UInt64>
  private let provenances: UnsafeMutableRawPointer
  private let shift: UInt64

  init(_ state: StateSpace, bytes: Int, lineBytes: Int, ways: Int) {
    self.bytes = bytes
    self.lineBytes = lineBytes
    self.ways = ways
    slots = bytes / lineBytes
    shift = UInt64(lineBytes.trailingZeroBitCount)
    data = UnsafeMutableRawPointer(state.buffer("data", count: bytes, of: UInt8.self).base)
    tags = state.buffer("tags", count: slots).base
    order = WayOrder(state, slots: slots, ways: ways)
    marks = state.buffer("marks", count: bytes / LineRecord.wordBytes).base
    markBias = UInt64(UInt(bitPattern: marks)) &- UInt64(UInt(bitPattern: data)) >> 2
    let provenanceBytes = LineRecord.provenanceBytes(lineBytes: lineBytes)
    provenances = UnsafeMutableRawPointer(
      state.buffer("provenances", count: slots * provenanceBytes, of: UInt8.self).base)
  }

  func clear() {
    tags.update(repeating: 0, count: slots)
    order.clear()
    marks.update(repeating: 0, count: bytes / LineRecord.wordBytes)
  }

  @inline(__always) func line(_ physical: UInt64) -> UInt64 { physical & ~UInt64(lineBytes - 1) }

  /// The slot that an index operation of the CACHE instruction names: bits above those of the set number the
  /// way.
  @inline(__always) func indexed(_ address: UInt64) -> Int { Int(truncatingIfNeeded: address >> shift) & (slots - 1) }

  /// The slot that holds the line of this address, or has held it last, or else the one that it will take.
  @inline(__always) func slot(_ physical: UInt64) -> Int {
    if ways == 1 { return indexed(physical) }
    let line = line(physical)
    let set = order.set(of: indexed(physical))
    return order.first(set) { tags[$0] & ~3 == line } ?? order.first(set) { tags[$0] & 3 == 0 } ?? order.oldest(set)
  }

  /// An access that the primary caches did not serve has come to this address's line, which is held.
  @inline(__always) func touch(_ physical: UInt64) {
    if ways > 1 { order.touch(slot(physical)) }
  }

  /// State in which the line of this address is held.
  @inline(__always) func state(_ physical: UInt64) -> LineState {
    let tag = tags[slot(physical)]
    return tag & ~3 == line(physical) ? Self.state(tag) : .invalid
  }

  /// What a slot holds, if the state is not invalid.
  @inline(__always) func held(slot: Int) -> (line: UInt64, state: LineState) {
    (tags[slot] & ~3, Self.state(tags[slot]))
  }

  @inline(__always) func set(_ physical: UInt64, _ state: LineState) {
    tags[slot(physical)] = state == .invalid && ways == 1 ? 0 : line(physical) | UInt64(state.rawValue)
  }

  /// Where the byte of this address is if its line is held.
  @inline(__always) func pointer(_ physical: UInt64) -> UnsafeMutableRawPointer {
    if ways == 1 { return data + Int(truncatingIfNeeded: physical) & (bytes - 1) }
    return data + slot(physical) &* lineBytes + Int(truncatingIfNeeded: physical) & (lineBytes - 1)
  }

  /// When the words of this address's line, if it is held, were written; not yet of those that bear a mark.
  func provenance(_ physical: UInt64) -> Provenance {
    Provenance(provenances + slot(physical) &* LineRecord.provenanceBytes(lineBytes: lineBytes))
  }

  /// Marks words as written.
  ///
  /// - Parameter host: host address in `data`, a multiple of eight for a doubleword.
  @inline(__always) func mark(host: UInt64, doubleword: Bool) {
    let mark = UnsafeMutableRawPointer(bitPattern: UInt(markBias &+ host >> 2)).unsafelyUnwrapped
    if doubleword { mark.storeBytes(of: 0x0101, as: UInt16.self) } else { mark.storeBytes(of: 1, as: UInt8.self) }
  }

  /// A dirty line is about to be seen by others: the words that bear a mark were written in its epoch.
  func settle(_ physical: UInt64) {
    let written = marks + slot(physical) &* lineBytes / LineRecord.wordBytes
    let provenance = provenance(physical)
    let epoch = provenance.epoch
    for word in 0..<lineBytes / LineRecord.wordBytes where written[word] != 0 {
      written[word] = 0
      provenance[word] = epoch
    }
  }

  /// Puts a line's data into the slot that it takes.
  ///
  /// - Parameter provenance: where the line's `Provenance` is; nil for that of a line which no processor has
  ///   taken from another.
  func store(_ physical: UInt64, data source: UnsafeRawPointer, provenance: UnsafeRawPointer?) {
    let slot = slot(physical)
    (data + slot &* lineBytes).copyMemory(from: source, byteCount: lineBytes)
    let bytes = LineRecord.provenanceBytes(lineBytes: lineBytes)
    let place = provenances + slot &* bytes
    if let provenance {
      place.copyMemory(from: provenance, byteCount: bytes)
    } else {
      place.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }
  }

  /// Copies what is in the slot of this address to a `LineRecord`.
  func copy(_ physical: UInt64, to record: UnsafeMutableRawPointer) {
    record.copyMemory(from: pointer(line(physical)), byteCount: lineBytes)
    let bytes = LineRecord.provenanceBytes(lineBytes: lineBytes)
    (record + lineBytes).copyMemory(from: provenances + slot(physical) &* bytes, byteCount: bytes)
  }

  @inline(__always) private static func state(_ tag: UInt64) -> LineState {
    switch tag & 3 {
    case 1: .shared
    case 2: .cleanExclusive
    case 3: .dirtyExclusive
    default: .invalid
    }
  }
}

extension SecondaryCache {
  /// Whether what was restored are lines, each in its slot.
  ///
  /// - Parameter isMemory: whether an address is of the machine's memory.
  func isSound(_ isMemory: (UInt64) -> Bool) -> Bool {
    (0..<slots).allSatisfy {
      let line = tags[$0] & ~3
      return tags[$0] == 0
        || isMemory(line) && line == self.line(line) && order.set(of: indexed(line)) == order.set(of: $0)
    } && order.isSound
  }
}
