extension Station {
  /// The whole architectural state in a defined order, for a digest. Two machines with the same state go on
  /// alike.
  public func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    let moment = moment.pointee
    withUnsafeBytes(of: (moment.time, UInt64(number), moment.lastOutput, moment.lastInput)) { body($0) }
    withUnsafeBytes(of: coherence.inputState) { body($0) }
    updateCycles()
    for processor in processors { processor.state(body) }
    body(cards.bytes)
    memory.state(body)
    networkCache?.state(body)
    network.state(body)
    host.state(body)
    body(processorCounters.bytes)
    body(stationCounters.bytes)
  }

  /// Counters of each processor, in the order of `ProcessorCounter`, and of the station, in the order of
  /// `StationCounter`.
  public var counters: (processors: [[UInt64]], station: [UInt64]) {
    updateCycles()
    let count = ProcessorCounter.allCases.count
    let each = (0..<processors.count).map { local in (0..<count).map { processorCounters[local * count + $0] } }
    return (each, (0..<stationCounters.count).map { stationCounters[$0] })
  }

  /// What each processor has lost by sharing since reset, by word.
  public var sharing: [SharingEntry] { processors.flatMap(\.sharing.all) }

  private func updateCycles() {
    for processor in processors { processor.updateCounters() }
    for local in 0..<processors.count {
      processorCounters[local * ProcessorCounter.allCases.count + ProcessorCounter.cycles.rawValue] =
        time / UInt64(profile.processorCycle)
    }
  }
}
