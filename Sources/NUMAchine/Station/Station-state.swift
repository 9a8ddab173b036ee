extension Station {
  /// The whole architectural state in a defined order, for a digest. Two machines with the same state go on
  /// alike.
  public func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    let moment = moment.pointee
    withUnsafeBytes(of: (moment.time, UInt64(number), moment.lastOutput, moment.lastInput)) { body($0) }
    withUnsafeBytes(of: coherence.inputState) { body($0) }
    for processor in processors { processor.state(body) }
    body(cards.bytes)
    memory.state(body)
    networkCache?.state(body)
    network.state(body)
    host.state(body)
    body(processorCounters.bytes)
    body(stationCounters.bytes)
  }

  /// What its monitor has counted up to its present.
  public var counters: StationCounters {
    StationCounters(
      processors: processors.map { $0.counted(by: time) },
      station: Array(stationCounters.bytes.bindMemory(to: UInt64.self)))
  }

  /// What each processor has lost by sharing since reset, by word.
  public var sharing: [SharingEntry] { processors.flatMap(\.sharing.all) }
}
