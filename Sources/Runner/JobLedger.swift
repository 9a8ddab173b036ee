import NUMAchine

/// The jobs that run, with the local stations' counters at their start: what they counted is the difference
/// at their end, at the same window boundary in all stations.
struct JobLedger {
  private struct Running {
    var start: UInt64
    var counters: [StationCounters]
    var sharing: [[SharingEntry]]
    /// The kernel has been asked whether the job waits for ever, and nothing has come from outside since.
    var isAsked = false
  }
  private struct Ended {
    var status: Int
    var start: UInt64
    var end: UInt64
    var counters: [StationCounters?]
  }
  private var running: [Int: Running] = [:]
  private var ended: [Int: Ended] = [:]
  /// What each local station's processors lost by sharing over the job that ended last.
  private(set) var lastSharing: [[SharingEntry]] = []

  /// The jobs that run, as they concern one local station, in order of their numbers.
  func running(station index: Int) -> [StationSection.RunningJob] {
    running.sorted { $0.key < $1.key }.map {
      StationSection.RunningJob(
        job: $0.key, start: $0.value.start, counters: $0.value.counters[index], sharing: $0.value.sharing[index],
        isAsked: $0.value.isAsked)
    }
  }

  /// A job of which the kernel has not been asked whether it waits for ever, though the machine stands still.
  var unasked: Int? { running.filter { !$0.value.isAsked }.keys.min() }

  /// Something comes from outside.
  mutating func entered(_ record: [UInt8]) {
    if let job = JobRecord.asked(record) {
      running[job]?.isAsked = true
    } else {
      for job in running.keys { running[job]?.isAsked = false }
    }
  }

  /// Goes on with what the local stations' sections say of jobs.
  mutating func resume(_ sections: [StationSection]) {
    for (place, job) in (sections.first?.running ?? []).enumerated() {
      running[job.job] = Running(
        start: job.start, counters: sections.map { $0.running[place].counters },
        sharing: sections.map { $0.running[place].sharing }, isAsked: job.isAsked)
    }
    lastSharing = sections.map(\.lastSharing)
  }

  mutating func start(_ job: Int, cycle: UInt64, _ counters: [StationCounters], sharing: [[SharingEntry]]) {
    running[job] = Running(start: cycle, counters: counters, sharing: sharing)
  }

  /// - Returns: what each local station counted over the job; nothing for a job that was never started.
  mutating func end(_ job: Int, status: Int, cycle: UInt64, _ counters: [StationCounters], sharing: [[SharingEntry]])
    -> [StationCounters]
  {
    let start = running.removeValue(forKey: job) ?? Running(start: cycle, counters: counters, sharing: sharing)
    lastSharing = zip(sharing, start.sharing).map(SharingRecord.difference)
    ended[job] = Ended(status: status, start: start.start, end: cycle, counters: [])
    return zip(counters, start.counters).map { $0 - $1 }
  }

  /// Takes a station's counters over a job; with the last of them, the job's end can be told.
  ///
  /// Counters of a job that has not ended are dropped.
  mutating func take(_ counters: StationCounters, job: Int, station: Int, stations: Int) -> RunnerEvent? {
    guard var end = ended[job] else { return nil }
    if end.counters.isEmpty { end.counters = Array(repeating: nil, count: stations) }
    end.counters[station] = counters
    ended[job] = end
    guard end.counters.allSatisfy({ $0 != nil }) else { return nil }
    ended[job] = nil
    let counters = MachineCounters(stations: end.counters.compactMap { $0 })
    let instructions = counters.stations.flatMap(\.processors).reduce(0) {
      $0 + $1[ProcessorCounter.instructions.rawValue]
    }
    return .exited(
      job: job, status: end.status, cycle: end.end, cycles: end.end - end.start, instructions: instructions,
      counters: counters)
  }
}
