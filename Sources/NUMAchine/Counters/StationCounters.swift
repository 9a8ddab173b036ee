/// The counters of a station at one moment, or their difference over a time.
public struct StationCounters: Equatable, Sendable {
  /// For each processor of the station, by `ProcessorCounter`.
  public var processors: [[UInt64]]
  /// By `StationCounter`.
  public var station: [UInt64]

  public init(processors: [[UInt64]], station: [UInt64]) {
    self.processors = processors
    self.station = station
  }

  public static func - (after: StationCounters, before: StationCounters) -> StationCounters {
    StationCounters(
      processors: zip(after.processors, before.processors).map {
        var difference = zip($0, $1).map { $0 &- $1 }
        completeTime(&difference)
        return difference
      },
      station: zip(after.station, before.station).map { $0 &- $1 })
  }

  /// Gives the pipeline what the other parts leave of a processor's time.
  ///
  /// After a jump the processor's own time is a little short for as long as an instruction takes whose stall
  /// is taken back (`Processor.execute`): between two cuts there can be a cycle more in the parts, which then
  /// belongs to the whole.
  static func completeTime(_ counted: inout [UInt64]) {
    let parts: [ProcessorCounter] = [
      .instructions, .idleCycles, .stallSecondaryCycles, .stallMemoryCycles, .stallUncachedCycles,
    ]
    let used = parts.reduce(0) { $0 &+ counted[$1.rawValue] }
    let cycles = max(counted[ProcessorCounter.cycles.rawValue], used)
    counted[ProcessorCounter.cycles.rawValue] = cycles
    counted[ProcessorCounter.stallPipelineCycles.rawValue] = cycles &- used
  }
}
