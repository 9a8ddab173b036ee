extension Station {
  /// The architectural state, for a digest: two stations with the same go on alike.
  public func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    settle()
    state.write([.architectural], to: body)
  }

  /// What is over leaves no trace.
  func settle() { for processor in processors { processor.settle() } }

  /// What its monitor has counted up to its present.
  public var counters: StationCounters {
    StationCounters(
      processors: processors.map { $0.counted(by: time) },
      station: Array(stationCounters.bytes.bindMemory(to: UInt64.self)))
  }

  /// What each processor has lost by sharing since reset, by word.
  public var sharing: [SharingEntry] { processors.flatMap(\.sharing.all) }
}
