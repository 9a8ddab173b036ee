/// The address spaces and modes that the hit tables can tell apart at present.
///
/// There are few (what the free bits of a `HitEntry` tag can name); a further one takes the place of the
/// least recently used.
struct AddressingContexts {
  private let count: Int
  private var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var lastUse: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var uses: UInt64 = 0
  /// The bits that the present context puts into tags.
  private(set) var current: UInt64 = 0
  static let unused = UInt64.max

  /// - Parameter count: 2 or 4.
  init(count: Int) {
    self.count = min(count, 4)
    clear()
  }

  mutating func clear() {
    key = (Self.unused, Self.unused, Self.unused, Self.unused)
    lastUse = (0, 0, 0, 0)
    uses = 0
    current = 0
  }

  /// Makes the context with this key the present one.
  ///
  /// - Returns: the tag bits whose entries must be dropped from the tables because they meant another
  ///   context, or nil.
  mutating func select(_ wanted: UInt64) -> UInt64? {
    uses &+= 1
    let found = find(wanted)
    if found >= 0 {
      use(found)
      return nil
    }
    var oldest = 0
    for place in 1..<count where at(lastUse, place) < at(lastUse, oldest) { oldest = place }
    switch oldest {
    case 0: key.0 = wanted
    case 1: key.1 = wanted
    case 2: key.2 = wanted
    default: key.3 = wanted
    }
    use(oldest)
    return current
  }

  private func find(_ wanted: UInt64) -> Int {
    if key.0 == wanted { return 0 }
    if key.1 == wanted { return 1 }
    if key.2 == wanted { return 2 }
    if key.3 == wanted { return 3 }
    return -1
  }

  private func at(_ values: (UInt64, UInt64, UInt64, UInt64), _ place: Int) -> UInt64 {
    switch place {
    case 0: values.0
    case 1: values.1
    case 2: values.2
    default: values.3
    }
  }

  private mutating func use(_ place: Int) {
    current = UInt64(place) << 3
    switch place {
    case 0: lastUse.0 = uses
    case 1: lastUse.1 = uses
    case 2: lastUse.2 = uses
    default: lastUse.3 = uses
    }
  }
}
