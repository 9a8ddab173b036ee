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
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: Int) { Self.append(UInt64(value), to: &bytes) }
    func appendSharing(_ entries: [SharingEntry]) {
      let content = entries.withUnsafeBytes { Array($0) }
      append(content.count)
      bytes += content
    }
    Self.append(now, to: &bytes)
    Self.append(next, to: &bytes)
    append(running.count)
    for job in running {
      append(job.job)
      Self.append(job.start, to: &bytes)
      let counters = job.counters.bytes
      append(counters.count)
      bytes += counters
      appendSharing(job.sharing)
    }
    appendSharing(lastSharing)
    append(inputs.count)
    for input in inputs {
      append(input.count)
      bytes += input
    }
    return bytes + state
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  init() {}

  /// - Throws: `RunnerError` where the lengths do not add up.
  init(_ bytes: [UInt8]) throws(RunnerError) {
    var position = 0
    func take(_ count: Int) throws(RunnerError) -> ArraySlice<UInt8> {
      guard count >= 0, count <= bytes.count - position else {
        throw RunnerError("is a checkpoint that this version does not understand")
      }
      defer { position += count }
      return bytes[position..<position + count]
    }
    func number() throws(RunnerError) -> UInt64 { try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    func count() throws(RunnerError) -> Int { Int(truncatingIfNeeded: try number()) }
    now = try number()
    next = try number()
    for _ in 0..<min(1 << 20, max(0, try count())) {
      let job = try count()
      let start = try number()
      let counters = StationCounters(bytes: Array(try take(try count())))
      running.append(
        RunningJob(
          job: job, start: start, counters: counters, sharing: SharingRecord.entries(Array(try take(try count())))))
    }
    lastSharing = SharingRecord.entries(Array(try take(try count())))
    for _ in 0..<min(1 << 20, max(0, try count())) { inputs.append(Array(try take(try count()))) }
    state = Array(bytes[position...])
  }
}
