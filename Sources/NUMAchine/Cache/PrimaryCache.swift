/// Tags of a primary cache, indexed and tagged by physical address; direct-mapped, or set-associative, where
/// the line goes that came first.
///
/// The data of the data cache live in the secondary cache's lines, which include it; the instruction cache
/// keeps words of its own, because it does not see the stores of its processor.
struct PrimaryCache {
  static let invalid: UInt64 = .max
  let lines: Int
  let lineBytes: Int
  let ways: Int
  /// Physical line address for each slot.
  let tag: UnsafeMutablePointer<UInt64>
  /// Hits leave no trace, so what is known is the order of arrival.
  let order: WayOrder
  private let shift: UInt64

  init(_ state: StateSpace, bytes: Int, lineBytes: Int, ways: Int) {
    self.lineBytes = lineBytes
    self.ways = ways
    lines = bytes / lineBytes
    shift = UInt64(lineBytes.trailingZeroBitCount)
    tag = state.buffer("tags", count: lines).base
    order = WayOrder(state, slots: lines, ways: ways)
    clear()
  }

  func clear() {
    tag.update(repeating: Self.invalid, count: lines)
    order.clear()
  }

  @inline(__always) func line(_ physical: UInt64) -> UInt64 { physical & ~UInt64(lineBytes - 1) }

  /// The slot that an index operation of the CACHE instruction names: bits above those of the set number the
  /// way.
  @inline(__always) func indexed(_ address: UInt64) -> Int { Int(truncatingIfNeeded: address >> shift) & (lines - 1) }

  /// The slot that holds the line of this address, or the one that it will take.
  @inline(__always) func index(_ physical: UInt64) -> Int {
    if ways == 1 { return indexed(physical) }
    let line = line(physical)
    let set = order.set(of: indexed(physical))
    return order.first(set) { tag[$0] == line } ?? order.first(set) { tag[$0] == Self.invalid } ?? order.oldest(set)
  }

  @inline(__always) func holds(_ physical: UInt64) -> Bool { tag[index(physical)] == line(physical) }

  /// Puts the line of this address in a slot.
  func put(_ physical: UInt64, slot: Int) {
    tag[slot] = line(physical)
    if ways > 1 { order.touch(slot) }
  }
}

extension PrimaryCache {
  /// Whether what was restored are lines, each in its slot.
  ///
  /// - Parameter isMemory: whether an address is of the machine's memory.
  func isSound(_ isMemory: (UInt64) -> Bool) -> Bool {
    (0..<lines).allSatisfy {
      let line = tag[$0]
      return line == Self.invalid
        || isMemory(line) && line == self.line(line) && order.set(of: indexed(line)) == order.set(of: $0)
    } && order.isSound
  }
}
