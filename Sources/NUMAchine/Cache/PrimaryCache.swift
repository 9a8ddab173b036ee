/// Tags of a primary cache: direct-mapped, indexed and tagged by physical address.
///
/// The data of the data cache live in the secondary cache's lines, which include it; the instruction cache keeps words of its own, because it does
/// not see the stores of its processor.
struct PrimaryCache {
  static let invalid: UInt64 = .max
  let lines: Int
  let lineBytes: Int
  /// Physical line address for each index.
  let tag: UnsafeMutablePointer<UInt64>
  private let shift: UInt64

  init(_ state: StateSpace, bytes: Int, lineBytes: Int) {
    self.lineBytes = lineBytes
    lines = bytes / lineBytes
    shift = UInt64(lineBytes.trailingZeroBitCount)
    tag = state.buffer("tags", count: lines).base
    clear()
  }

  func clear() { tag.update(repeating: Self.invalid, count: lines) }

  @inline(__always) func line(_ physical: UInt64) -> UInt64 { physical & ~UInt64(lineBytes - 1) }

  @inline(__always) func index(_ physical: UInt64) -> Int { Int(truncatingIfNeeded: physical >> shift) & (lines - 1) }

  @inline(__always) func holds(_ physical: UInt64) -> Bool { tag[index(physical)] == line(physical) }
}
