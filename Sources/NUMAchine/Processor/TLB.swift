/// The translation look-aside buffer: 48 entries of an even and an odd page each (R4400 User's Manual, ch.
/// 4).
struct TLB {
  static let size = 48
  /// An entry as TLBWI takes it from the registers and TLBR returns it.
  struct Entry: BitwiseCopyable {
    /// Bits 24:13.
    var pageMask: UInt64 = 0
    /// R, VPN2, and ASID; G in bit 12. Bit 11: some address matches this entry and matched another when
    /// either was written.
    var high: UInt64 = 0
    var low0: UInt64 = 0
    var low1: UInt64 = 0
  }
  static let global: UInt64 = 1 << 12
  private static let overlap: UInt64 = 1 << 11
  static let pageMaskBits: UInt64 = 0x01FF_E000
  static let pageNumberBits: UInt64 = 0xC000_00FF_FFFF_E000
  static let lowBits: UInt64 = 0x3FFF_FFFF

  let entry: UnsafeMutablePointer<Entry>
  /// For each entry, the groups of eight `HitTable` entries that were filled through it.
  let touched: UnsafeMutablePointer<UInt64>
  /// For some page numbers, the entry that matched last: where to look first.
  private let hint: UnsafeMutablePointer<UInt8>

  init(_ state: StateSpace) {
    entry = state.buffer("entries", count: Self.size).base
    touched = state.derived(count: Self.size).base
    // It tells which of two entries is found, but where two match, none is used.
    hint = state.derived(count: 64).base
  }

  /// Each entry gets a page of its own in xkphys, which is not mapped, so that none matches.
  func clear() {
    for index in 0..<Self.size {
      entry[index] = Entry(high: 0x8000_0000_0000_0000 | UInt64(index) << 13)
      touched[index] = 0
    }
    hint.update(repeating: 0, count: 64)
  }

  /// The hit tables are empty.
  func forgetTouched() { touched.update(repeating: 0, count: Self.size) }

  @inline(__always)
  private func matches(_ index: Int, _ address: UInt64, _ asid: UInt64) -> Bool {
    let candidate = entry[index]
    guard (candidate.high ^ address) & Self.pageNumberBits & ~candidate.pageMask == 0 else { return false }
    return candidate.high & Self.global != 0 || candidate.high & 0xFF == asid
  }

  /// As `find`, and leaves no trace.
  func peek(_ address: UInt64, asid: UInt64) -> Int {
    let hinted = Int(hint[Int(truncatingIfNeeded: address >> 13) & 63])
    if matches(hinted, address, asid) { return hinted }
    return (0..<Self.size).first { matches($0, address, asid) } ?? -1
  }

  /// Writes an entry.
  ///
  /// - Returns: whether some address matches it and another.
  func write(_ index: Int, _ new: Entry) -> Bool {
    entry[index] = new
    guard overlaps(new, besides: index) else { return false }
    for other in 0..<Self.size where overlap(entry[other], new) { entry[other].high |= Self.overlap }
    return true
  }

  /// Whether some address matches this entry and one of the others that are there.
  func overlaps(_ new: Entry, besides index: Int) -> Bool {
    (0..<Self.size).contains { $0 != index && overlap(entry[$0], new) }
  }

  @inline(__always)
  private func overlap(_ a: Entry, _ b: Entry) -> Bool {
    (a.high ^ b.high) & Self.pageNumberBits & ~(a.pageMask | b.pageMask) == 0
      && ((a.high | b.high) & Self.global != 0 || (a.high ^ b.high) & 0xFF == 0)
  }

  /// Whether another entry matches an address too that this one matches.
  @inline(__always)
  func isAmbiguous(_ index: Int, _ address: UInt64, asid: UInt64) -> Bool {
    guard entry[index].high & Self.overlap != 0 else { return false }
    return (0..<Self.size).contains { $0 != index && matches($0, address, asid) }
  }

  /// The entry for a virtual address, or -1; where there are several, one of them.
  func find(_ address: UInt64, asid: UInt64) -> Int {
    let place = Int(truncatingIfNeeded: address >> 13) & 63
    if matches(Int(hint[place]), address, asid) { return Int(hint[place]) }
    for index in 0..<Self.size where matches(index, address, asid) {
      hint[place] = UInt8(index)
      return index
    }
    return -1
  }
}
