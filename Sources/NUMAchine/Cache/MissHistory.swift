/// Why a line is not in the secondary cache, for each line of the machine's memory: two bits, to tell kinds of misses apart.
struct MissHistory {
  enum Fate: UInt8 {
    case neverHeld = 0
    case replaced = 1
    case takenAway = 2
  }

  private let bits: FlatBuffer<UInt8>
  private let stationBytes: UInt64
  private let stations: UInt64
  private let linesPerStation: UInt64
  private let shift: UInt64

  init(_ state: StateSpace, profile: MachineProfile) {
    stationBytes = UInt64(profile.memoryBytes)
    stations = UInt64(profile.stations)
    shift = UInt64(profile.secondaryLineBytes.trailingZeroBitCount)
    linesPerStation = stationBytes >> shift
    bits = state.buffer("miss history", count: Int(linesPerStation * stations / 4) + 1)
  }

  func clear() { bits.base.update(repeating: 0, count: bits.count) }

  private func number(_ line: UInt64) -> UInt64? {
    let offset = line & 0xFFFF_FFFF
    let station = line >> 32
    return station < stations && offset < stationBytes ? station &* linesPerStation &+ (offset >> shift) : nil
  }

  subscript(line: UInt64) -> Fate {
    get {
      guard let number = number(line) else { return .neverHeld }
      return Fate(rawValue: bits[Int(number >> 2)] >> UInt8((number & 3) * 2) & 3) ?? .neverHeld
    }
    nonmutating set {
      guard let number = number(line) else { return }
      let place = UInt8((number & 3) * 2)
      bits[Int(number >> 2)] = bits[Int(number >> 2)] & ~(3 << place) | newValue.rawValue << place
    }
  }
}
