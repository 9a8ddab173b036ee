/// What a processor's monitor says of its time: instructions, idling, stalls and what the pipeline loses are
/// all of it.
///
/// Stalls and idling are counted in whole cycles; the remainder of one that ends within a cycle is the
/// pipeline's.
extension Processor {
  /// Its counters as they stand at a cut, by `ProcessorCounter`. A wait that is under way has been counted as
  /// far as it has come. To ask changes nothing.
  ///
  /// - Parameter now: the cut, in ticks. A processor may be ahead of it by the rest of an instruction: its
  ///   own time counts then.
  func counted(by now: UInt64) -> [UInt64] {
    var counted = Array(UnsafeBufferPointer(start: counters, count: ProcessorCounter.allCases.count))
    var reached = core.pointee.time
    if core.pointee.status == .waiting {
      reached = max(reached, now)
      counted[kindOfWait.rawValue] &+= waited(until: reached)
    }
    counted[ProcessorCounter.instructions.rawValue] = core.pointee.instructions
    counted[ProcessorCounter.cycles.rawValue] = reached / cycle
    StationCounters.completeTime(&counted)
    return counted
  }

  /// The wait for the present request ends.
  func countWait(until time: UInt64) { counters[kindOfWait.rawValue] &+= waited(until: time) }

  /// What the time is counted as for which the processor waits for its present request.
  private var kindOfWait: ProcessorCounter {
    let request = core.pointee.request
    switch request.kind {
    case .uncachedRead where request.address == LocalWindow.base &+ LocalWindow.idle: return .idleCycles
    case .uncachedRead, .uncachedWrite: return .stallUncachedCycles
    default: return .stallMemoryCycles
    }
  }

  /// In cycles. On arriving by a jump the processor's own time is a little before that of its request.
  private func waited(until time: UInt64) -> UInt64 {
    let start = max(core.pointee.time, core.pointee.request.time)
    return time > start ? (time &- start) / cycle : 0
  }
}
