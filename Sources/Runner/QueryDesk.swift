import Crypto
import NUMAchine

/// Open questions to the machine: each station answers for itself, and station 0's runner puts the answers
/// together.
struct QueryDesk {
  /// What a station says of itself, read.
  private enum Answer {
    case counters(StationCounters)
    case digest([UInt8])
    case sharing([SharingEntry])
    case nothing
  }
  private struct Open {
    var query: Query
    var answers: [Answer?]
    /// Sections as far as they have come.
    var parts: [[UInt8]] = []
    var reply: @Sendable (QueryReply) -> Void
  }
  private let profile: MachineProfile
  private let stations: Int
  private var open: [UInt64: Open] = [:]
  private var opened: UInt64 = 0

  init(profile: MachineProfile, stations: Int) {
    self.profile = profile
    self.stations = stations
  }

  mutating func open(_ query: Query, _ reply: @escaping @Sendable (QueryReply) -> Void) -> UInt64 {
    opened += 1
    open[opened] = Open(query: query, answers: Array(repeating: nil, count: stations), reply: reply)
    return opened
  }

  /// A station's own answer.
  ///
  /// - Parameters:
  ///   - lastJob: what the local stations' processors lost by sharing over the last job.
  ///   - index: of the station among them.
  func answer(_ query: Query, _ station: Station, lastJob: [[SharingEntry]], _ index: Int) -> [UInt8] {
    switch query {
    case .counters: return station.counters.bytes
    case .digest:
      var hash = SHA256()
      station.state { hash.update(bufferPointer: $0) }
      return Array(hash.finalize())
    case .cycle, .checkpoint: return []
    case .sharing: return SharingRecord.bytes(station.sharing)
    case .jobSharing: return index < lastJob.count ? SharingRecord.bytes(lastJob[index]) : []
    }
  }

  /// A part of a station's section; the checkpoint is complete with the last part of the last.
  mutating func take(
    part: [UInt8], isLast: Bool, query id: UInt64, station: Int, complete: ([[UInt8]]) -> CheckpointParts
  ) {
    guard open[id]?.query == .checkpoint else { return }
    if open[id]!.parts.isEmpty { open[id]!.parts = Array(repeating: [], count: stations) }
    open[id]!.parts[station] += part
    guard isLast else { return }
    open[id]!.answers[station] = .nothing
    guard let question = open[id], question.answers.allSatisfy({ $0 != nil }) else { return }
    open[id] = nil
    question.reply(.checkpoint(complete(question.parts)))
  }

  /// A station's answer; the question is answered with the last of them. An answer to no open question is
  /// dropped.
  ///
  /// - Throws: `WireProblem` for what is no answer to the question.
  mutating func take(
    _ answer: [UInt8], query id: UInt64, station: Int, cycle: UInt64, isIdle: Bool
  ) throws(WireProblem) {
    guard let query = open[id]?.query, query != .checkpoint else { return }
    let read = try read(answer, to: query)
    open[id]?.answers[station] = read
    guard let question = open[id], question.answers.allSatisfy({ $0 != nil }) else { return }
    open[id] = nil
    var counters: [StationCounters] = []
    var entries: [SharingEntry] = []
    var hash = SHA256()
    for case let answer? in question.answers {
      switch answer {
      case .counters(let station): counters.append(station)
      case .digest(let digest): hash.update(data: digest)
      case .sharing(let station): entries += station
      case .nothing: break
      }
    }
    switch query {
    case .counters: question.reply(.counters(cycle: cycle, MachineCounters(stations: counters)))
    case .digest: question.reply(.digest(CheckpointFile.hexadecimal(hash.finalize()), cycle: cycle))
    case .cycle: question.reply(.cycle(cycle, idle: isIdle))
    case .sharing, .jobSharing: question.reply(.sharing(entries, cycle: cycle))
    case .checkpoint: break
    }
  }

  private func read(_ answer: [UInt8], to query: Query) throws(WireProblem) -> Answer {
    try answer.read { (reader) throws(WireProblem) in
      switch query {
      case .counters: return .counters(try StationCounters(reader.rest, processors: profile.processorsPerStation))
      case .digest:
        guard answer.count == SHA256.byteCount else { throw WireProblem("a digest of \(answer.count) bytes") }
        return .digest(answer)
      case .cycle, .checkpoint:
        try reader.end(of: "an empty answer")
        return .nothing
      case .sharing, .jobSharing:
        let processors = stations * profile.processorsPerStation
        return .sharing(try SharingRecord.entries(reader.rest, processors: processors))
      }
    }
  }

  mutating func refuseAll(_ reason: String) {
    for question in open.values { question.reply(.refused(reason)) }
    open = [:]
  }
}
