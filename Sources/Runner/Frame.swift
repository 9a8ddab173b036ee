import NUMAchine

/// What one station says in one round: a header, the packets it sent in the last window, what it has for the
/// host, and control records.
///
/// | bytes | are |
/// |---|---|
/// | 8 | the earliest tick at which something is due in the station, all ones where nothing is |
/// | 4, 4, 4, 4 | length of the packets, of the output, of the control records; zero |
/// | | packets: `Packet`s, each followed by its line |
/// | | output: `HostRecord`s, each followed by its bytes |
/// | | control: `ControlRecord`s |
struct Frame {
  var nextTime: UInt64
  var output: [Publication]
  var control: [ControlRecord]

  static let headerBytes = 24

  /// Appends a frame to `bytes`.
  static func write(
    nextTime: UInt64, packets: [UInt8], output: [UInt8], control: [UInt8], into bytes: inout [UInt8]
  ) {
    bytes.append(number: nextTime)
    for part in [packets.count, output.count, control.count, 0] { bytes.append(number: UInt32(part)) }
    bytes += packets
    bytes += output
    bytes += control
  }
}

/// Something a station has for the host, on its way to the runner's listener.
struct Publication {
  var record: HostRecord
  var station: Int
  var bytes: [UInt8]
}

/// Reads what stations say of themselves, and refuses what no station of this machine says.
struct FrameDecoder {
  let profile: MachineProfile
  let stations: Int
  private let window: UInt64
  private let packets: PacketCheck

  init(profile: MachineProfile, stations: Int) {
    self.profile = profile
    self.stations = stations
    window = UInt64(LatencyBudget(profile).window)
    packets = PacketCheck(profile: profile, stations: stations)
  }

  /// The parts of a frame that came from another daemon.
  ///
  /// - Parameters:
  ///   - now: end of the window that the frame is of.
  ///   - accept: takes the packets, which are of the right form (`PacketCheck`), if all of the frame is.
  /// - Throws: `RunnerError` that names the station and what is wrong.
  func frame(
    _ bytes: [UInt8], from station: Int, now: UInt64, accept: (_ packets: UnsafeRawBufferPointer) -> Void
  ) throws(RunnerError) -> Frame {
    try reading(bytes, from: station) { (reader) throws(WireProblem) in
      let nextTime = try reader.tick(of: "a frame due")
      var lengths: [Int] = []
      for _ in 0..<4 { lengths.append(Int(try reader.number(UInt32.self, of: "a length"))) }
      guard lengths[3] == 0 else { throw WireProblem("a frame of another form") }
      let parts = try (
        reader.take(lengths[0], of: "packets"), reader.take(lengths[1], of: "output"),
        reader.take(lengths[2], of: "control records")
      )
      try reader.end(of: "its frame")
      if let problem = packets.problem(parts.0, from: station, inWindowBefore: now) { throw WireProblem(problem) }
      let frame = Frame(
        nextTime: nextTime, output: try publications(parts.1, from: station, now: now),
        control: try records(parts.2, from: station))
      accept(parts.0)
      return frame
    }
  }

  /// What one of the local stations has for the host.
  func output(_ bytes: [UInt8], from station: Int, now: UInt64) throws(RunnerError) -> [Publication] {
    try reading(bytes, from: station) { (reader) throws(WireProblem) in
      try publications(reader.rest, from: station, now: now)
    }
  }

  /// The control records of one of the local stations.
  func control(_ bytes: [UInt8], from station: Int) throws(RunnerError) -> [ControlRecord] {
    try reading(bytes, from: station) { (reader) throws(WireProblem) in try records(reader.rest, from: station) }
  }

  private func reading<Result>(
    _ bytes: [UInt8], from station: Int, _ body: (inout WireReader) throws(WireProblem) -> Result
  ) throws(RunnerError) -> Result {
    do throws(WireProblem) {
      return try bytes.read(body)
    } catch {
      throw RunnerError(
        "station \(station) sent \(error.what); start the cluster again, with one version of the daemon everywhere",
        station: station)
    }
  }

  private func records(_ bytes: UnsafeRawBufferPointer, from station: Int) throws(WireProblem) -> [ControlRecord] {
    var reader = WireReader(bytes)
    var records: [ControlRecord] = []
    while !reader.isAtEnd {
      let record = try ControlRecord(&reader, processors: profile.processorsPerStation)
      if record.isStation0s, station != 0 { throw WireProblem("what only station 0 may enter") }
      records.append(record)
    }
    return records
  }

  private func publications(
    _ bytes: UnsafeRawBufferPointer, from station: Int, now: UInt64
  ) throws(WireProblem) -> [Publication] {
    var rest = bytes
    var publications: [Publication] = []
    while !rest.isEmpty {
      guard let (record, text) = HostRecord.first(of: &rest) else {
        throw WireProblem("output of another form, \(rest.count) bytes before its end")
      }
      guard record.time <= now, now - record.time <= window else {
        throw WireProblem("output of tick \(record.time) in the window before \(now)")
      }
      guard Int(record.processor) / profile.processorsPerStation == station else {
        throw WireProblem("output of processor \(record.processor)")
      }
      publications.append(Publication(record: record, station: station, bytes: Array(text)))
    }
    return publications
  }
}
