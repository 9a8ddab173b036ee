/// Virtual lines that are known to hit: an access whose key equals an entry's tag needs neither TLB nor cache
/// tags.
///
/// The processor keeps three: for fetches, loads, and stores (whose lines are dirty exclusive and writable).
/// They are derived state: to empty one changes nothing but the emulator's speed.
///
/// The key is the virtual address without the offset in the primary line, but with its alignment bits, so
/// that a misaligned access never matches; the free offset bits between tell **contexts** (address space,
/// mode, address width) apart.
struct HitEntry: BitwiseCopyable {
  var tag: UInt64
  /// Fetch: address of the decoded line. Load and store: what added to the virtual address gives the host
  /// address of the data.
  var base: UInt64
}

struct HitTable {
  static let entries: UInt64 = 512
  let entry: UnsafeMutablePointer<HitEntry>
  private let shift: UInt64
  private let offsetMask: UInt64

  init(_ state: StateSpace, lineBytes: Int) {
    entry = state.derived(count: Int(Self.entries)).base
    shift = UInt64(lineBytes.trailingZeroBitCount)
    offsetMask = UInt64(lineBytes - 1)
    clear()
  }

  /// A tag that no access looks for in this entry: its index bits name another.
  private func unmatched(_ index: Int) -> HitEntry { HitEntry(tag: UInt64(index ^ 1) << shift, base: 0) }

  func clear() {
    for index in 0..<Int(Self.entries) { entry[index] = unmatched(index) }
  }

  @inline(__always) func index(_ address: UInt64) -> Int { Int((address >> shift) & (Self.entries - 1)) }

  @inline(__always) func set(_ address: UInt64, context: UInt64, base: UInt64) {
    entry[index(address)] = HitEntry(tag: (address & ~offsetMask) ^ context, base: base)
  }

  /// Drops the entries whose data are at this host address, under whatever virtual addresses.
  ///
  /// Only the bits below 4096 of a physical address are sure to be those of the virtual one, so a few entries
  /// are candidates.
  func drop(data: UInt64, physical: UInt64) {
    let perPage = 4096 >> shift
    var candidate = Int((physical & 4095) >> shift)
    while candidate < Int(Self.entries) {
      let found = entry[candidate]
      if found.base &+ (found.tag & ~offsetMask) == data { entry[candidate] = unmatched(candidate) }
      candidate += Int(perPage)
    }
  }

  /// Drops the entries of a decoded line, under whatever virtual addresses.
  func drop(decoded: UInt64, physical: UInt64) {
    let perPage = 4096 >> shift
    var candidate = Int((physical & 4095) >> shift)
    while candidate < Int(Self.entries) {
      if entry[candidate].base == decoded { entry[candidate] = unmatched(candidate) }
      candidate += Int(perPage)
    }
  }

  /// Drops eight neighbouring entries.
  func drop(group: Int) {
    for index in (group * 8)..<(group * 8 + 8) { entry[index] = unmatched(index) }
  }

  func drop(context: UInt64) {
    for index in 0..<Int(Self.entries) where entry[index].tag & offsetMask == context {
      entry[index] = unmatched(index)
    }
  }
}
