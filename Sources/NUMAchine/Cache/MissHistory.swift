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
  /// A byte for each block of fates that anything has been written to.
  private let touched: FlatBuffer<UInt8>
  private static var blockShift: UInt64 { 10 }
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
    touched = state.buffer("miss history touched", count: Int((linesPerStation * stations) >> Self.blockShift) + 1)
  }

  func clear() {
    forEachBlock { _, fates in
      UnsafeMutableRawBufferPointer(mutating: fates).initializeMemory(as: UInt8.self, repeating: 0)
    }
    for block in 0..<touched.count { touched[block] = 0 }
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
      touched[Int(number >> Self.blockShift)] = 1
      switch newValue {
      case .neverHeld: fates[Int(number)] = 0
      case .replaced: fates[Int(number)] = 1
      case .takenAway(let epoch): fates[Int(number)] = epoch &+ 2
      }
    }
  }

  /// Hands over the blocks of fates that may differ from reset.
  func forEachBlock(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
    let bytes = MemoryLayout<UInt32>.size << Int(Self.blockShift)
    for block in 0..<touched.count where touched[block] != 0 {
      body(
        block,
        UnsafeRawBufferPointer(rebasing: fates.bytes[(block * bytes)..<min((block + 1) * bytes, fates.bytes.count)]))
    }
  }
}
