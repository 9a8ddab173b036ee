import NUMAchine

/// The local stations without reference counts, for what is done in every window.
struct StationBank: @unchecked Sendable {
  private let stations: UnsafeMutablePointer<Unmanaged<Station>>

  /// - Parameter stations: must outlive the bank.
  init(_ stations: [Station]) {
    self.stations = .allocate(capacity: stations.count)
    for (index, station) in stations.enumerated() { self.stations[index] = .passUnretained(station) }
  }

  @inline(__always) func with<Result>(_ index: Int, _ body: (Station) -> Result) -> Result {
    stations[index]._withUnsafeGuaranteedRef(body)
  }

  func deallocate() { stations.deallocate() }
}
