/// Which bytes a load or store accesses, counted from its effective address: they need not begin there.
///
/// The one place that says so. Watchpoints and the monitor of sharing ask here; the interpreter's own
/// accesses are tested against it.
struct Extent {
  enum Part {
    /// All of the datum that the address is in. (Most instructions want the address of its first byte.)
    case whole
    /// The datum's first bytes up to the address, which are the left ones of a register: of LWL, SWL and
    /// their like.
    case left
    /// From the address to the datum's last byte: of LWR, SWR and their like.
    case right
  }

  /// The size of the datum, a power of two.
  var datum: UInt64
  var part: Part = .whole

  /// The accessed bytes.
  ///
  /// - Parameter address: the effective address.
  /// - Returns: the address of the first, and how many there are: they lie in one datum, and so in one
  ///   doubleword.
  func bytes(at address: UInt64) -> (first: UInt64, count: UInt64) {
    let offset = address & (datum &- 1)
    return switch part {
    case .whole: (address &- offset, datum)
    case .left: (address &- offset, offset &+ 1)
    case .right: (address, datum &- offset)
    }
  }
}

extension Operation {
  /// Of loads and stores; nil for what accesses no data. (CACHE works on lines, and PREF is a hint.)
  var extent: Extent? {
    switch self {
    case .lb, .lbu, .sb: Extent(datum: 1)
    case .lh, .lhu, .sh: Extent(datum: 2)
    case .lw, .lwu, .ll, .sw, .sc, .lwc1, .swc1, .lwxc1, .swxc1: Extent(datum: 4)
    case .ld, .lld, .sd, .scd, .ldc1, .sdc1, .ldxc1, .sdxc1, .luxc1, .suxc1: Extent(datum: 8)
    case .lwl, .swl: Extent(datum: 4, part: .left)
    case .lwr, .swr: Extent(datum: 4, part: .right)
    case .ldl, .sdl: Extent(datum: 8, part: .left)
    case .ldr, .sdr: Extent(datum: 8, part: .right)
    default: nil
    }
  }
}
