import NUMAchine

/// A station's part of a checkpoint: where the machine stands, which is the same in all stations; what the
/// runner knows of jobs that run; records that wait to enter (station 0); the state of the station.
struct StationSection {
  /// End of the last window.
  var now: UInt64 = 0
  /// When something is due next in the machine, `UInt64.max` where nothing is.
  var next: UInt64 = .max
  var running: [RunningJob] = []
  /// What the station's processors lost by sharing over the job that ended last.
  var lastSharing: [SharingEntry] = []
  var inputs: [[UInt8]] = []
  var state: [UInt8] = []

  /// A job with what the station had counted at its start.
  struct RunningJob {
    var job: Int
    var start: UInt64
    var counters: StationCounters
    var sharing: [SharingEntry]
    /// The kernel has been asked whether it waits for ever.
    var isAsked = false
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func append(_ part: [UInt8]) {
      bytes.append(number: UInt64(part.count))
      bytes += part
    }
    func append(_ entries: [SharingEntry]) { append(entries.withUnsafeBytes { Array($0) }) }
    bytes.append(number: now)
    bytes.append(number: next)
    bytes.append(number: UInt64(running.count))
    for job in running {
      bytes.append(number: UInt64(job.job))
      bytes.append(number: job.start)
      bytes.append(number: UInt64(job.isAsked ? 1 : 0))
      append(job.counters.bytes)
      append(job.sharing)
    }
    append(lastSharing)
    bytes.append(number: UInt64(inputs.count))
    for input in inputs { append(input) }
    return bytes + state
  }

  init() {}

  /// - Parameters:
  ///   - profile: of the machine.
  ///   - stations: that it has.
  /// - Throws: `RunnerError` for what no station of this machine writes; it says what.
  init(_ bytes: [UInt8], profile: MachineProfile, stations: Int) throws(RunnerError) {
    do throws(WireProblem) {
      self = try bytes.read { (reader) throws(WireProblem) in try Self(&reader, profile: profile, stations: stations) }
    } catch { throw RunnerError("is a checkpoint that this version does not understand: it has \(error.what)") }
  }

  private init(_ reader: inout WireReader, profile: MachineProfile, stations: Int) throws(WireProblem) {
    let processors = stations * profile.processorsPerStation
    func part(_ what: String) throws(WireProblem) -> UnsafeRawBufferPointer {
      try reader.take(try reader.count(of: what), of: what)
    }
    now = try reader.tick(of: "a time")
    guard now < PacketCheck.lastTick, now % UInt64(LatencyBudget(profile).window) == 0 else {
      throw WireProblem("a time of tick \(now), at which no window ends")
    }
    next = try reader.tick(of: "something due")
    for _ in 0..<(try reader.count(of: "running jobs")) {
      let job = try reader.number(UInt64.self, of: "a job")
      guard job <= ControlRecord.largestJob, Int(job) > running.last?.job ?? -1 else {
        throw WireProblem("a job \(job)")
      }
      let start = try reader.number(UInt64.self, of: "a job's start")
      guard start <= now / UInt64(profile.processorCycle) else { throw WireProblem("a job that starts at \(start)") }
      let isAsked = try reader.number(UInt64.self, of: "a question about a job") != 0
      let counters = try StationCounters(try part("counters"), processors: profile.processorsPerStation)
      let sharing = try SharingRecord.entries(try part("sharing"), processors: processors)
      running.append(RunningJob(job: Int(job), start: start, counters: counters, sharing: sharing, isAsked: isAsked))
    }
    lastSharing = try SharingRecord.entries(try part("sharing"), processors: processors)
    for _ in 0..<(try reader.count(of: "inputs")) { inputs.append(Array(try part("an input"))) }
    state = Array(reader.rest)
  }

  /// Whether the station stands where this one does, with the same jobs.
  func agrees(with other: StationSection) -> Bool {
    now == other.now && next == other.next && running.map(\.job) == other.running.map(\.job)
      && running.map(\.start) == other.running.map(\.start)
  }
}
