/// In which order the ways of a set-associative cache's sets are to be replaced. Way w of set s is slot w ×
/// sets + s.
struct WayOrder {
  private let ways: Int
  private let sets: Int
  /// For each slot, how many of its set were touched after it.
  private let ages: FlatBuffer<UInt8>

  /// - Parameter ways: with 1, nothing is kept.
  init(_ state: StateSpace, slots: Int, ways: Int) {
    self.ways = ways
    sets = slots / ways
    ages = state.buffer("ages", count: ways > 1 ? slots : 0)
    clear()
  }

  func clear() { for slot in 0..<ages.count { ages[slot] = UInt8(slot / sets) } }

  func set(of slot: Int) -> Int { slot & (sets - 1) }

  /// The first slot of a set that fits.
  @inline(__always) func first(_ set: Int, where fits: (Int) -> Bool) -> Int? {
    var slot = set
    while slot < sets * ways {
      if fits(slot) { return slot }
      slot += sets
    }
    return nil
  }

  func oldest(_ set: Int) -> Int { first(set) { Int(ages[$0]) == ways - 1 }! }

  func touch(_ slot: Int) {
    let age = ages[slot]
    _ = first(set(of: slot)) {
      if ages[$0] < age { ages[$0] += 1 }
      return false
    }
    ages[slot] = 0
  }
}

extension WayOrder {
  /// Whether what was restored is an order of each set's ways.
  var isSound: Bool {
    guard ages.count > 0 else { return true }
    return (0..<sets).allSatisfy { set in
      var seen: UInt64 = 0
      _ = first(set) {
        seen |= ages[$0] < 64 ? 1 << UInt64(ages[$0]) : 0
        return false
      }
      return seen == (1 << UInt64(ways)) - 1
    }
  }
}
