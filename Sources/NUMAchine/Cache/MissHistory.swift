/// Why a line is not in the secondary cache, for each line of the machine's memory: tells kinds of misses
/// apart.
struct MissHistory {
  enum Fate: Equatable {
    case neverHeld
    case replaced
    /// By another's write. The line was known up to this epoch (`Provenance`).
    case takenAway(epoch: UInt32)
  }

  /// 0, 1, and 2 + the epoch.
  private let fates: FlatBuffer<UInt32>
  private let stationBytes: UInt64
  private let stations: UInt64
  private let linesPerStation: UInt64
  private let shift: UInt64

  init(_ state: StateSpace, profile: MachineProfile) {
    stationBytes = UInt64(profile.memoryBytes)
    stations = UInt64(profile.stations)
    shift = UInt64(profile.secondaryLineBytes.trailingZeroBitCount)
    linesPerStation = stationBytes >> shift
    fates = state.buffer("miss history", count: Int(linesPerStation * stations))
  }

  func clear() {
    StateImage.clear(UnsafeMutableRawBufferPointer(mutating: fates.bytes))
  }

  private func number(_ line: UInt64) -> UInt64? {
    let offset = line & 0xFFFF_FFFF
    let station = line >> 32
    return station < stations && offset < stationBytes ? station &* linesPerStation &+ (offset >> shift) : nil
  }

  subscript(line: UInt64) -> Fate {
    get {
      guard let number = number(line) else { return .neverHeld }
      switch fates[Int(number)] {
      case 0: return .neverHeld
      case 1: return .replaced
      case let value: return .takenAway(epoch: value &- 2)
      }
    }
    nonmutating set {
      guard let number = number(line) else { return }
      switch newValue {
      case .neverHeld: fates[Int(number)] = 0
      case .replaced: fates[Int(number)] = 1
      case .takenAway(let epoch): fates[Int(number)] = epoch &+ 2
      }
    }
  }
}
