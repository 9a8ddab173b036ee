/// Stations of one process, window by window: after each window every station accepts what any has sent.
///
/// All that a machine needs to run. Who spreads it over processes or threads runs the same windows, and takes
/// what stations of other processes sent beside this (`Runner`).
public final class LockStep {
  public let stations: [Station]
  /// Length of a window in ticks.
  public let window: UInt64
  /// End of the last window: the machine's present, in ticks.
  public var now: UInt64 = 0

  /// - Parameter stations: of one machine.
  public init(_ stations: [Station]) {
    self.stations = stations
    window = UInt64(stations[0].budget.window)
  }

  /// The earliest tick at which anything is due in these stations, `UInt64.max` where nothing is.
  public var nextTime: UInt64 { stations.reduce(stations[0].nextPacketTime) { min($0, $1.nextTime) } }

  /// First tick of the window in which something is due that is due at this tick.
  @inline(__always) public func start(for due: UInt64) -> UInt64 { max(now, due / window * window) }

  /// Runs the window in which something is due next.
  ///
  /// - Parameter look: called with each station after the window, when what it has sent and put out is still
  ///   there.
  /// - Returns: whether anything was due.
  /// - Throws: `ModelFault`, after which it must not go on, and what `look` throws.
  public func step(_ look: (Station) throws -> Void = { _ in }) throws -> Bool {
    let due = nextTime
    guard due != .max else { return false }
    let start = start(for: due)
    for station in stations { station.run(from: start, to: start + window) }
    now = start + window
    for station in stations { try look(station) }
    for sender in stations where sender.hasSent {
      sender.sent.withUnsafeBytes { for station in stations { station.accept(packets: $0) } }
    }
    for station in stations { station.clearSent() }
    for station in stations { if let fault = station.fault { throw fault } }
    return true
  }
}
