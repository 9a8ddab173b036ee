import Crypto
import NUMAchine

/// Open questions to the machine: each station answers for itself, and station 0's runner puts the answers
/// together.
struct QueryDesk {
  private struct Open {
    var query: Query
    var answers: [[UInt8]?]
    /// Sections as far as they have come.
    var parts: [[UInt8]] = []
    var reply: @Sendable (QueryReply) -> Void
  }
  private var open: [UInt64: Open] = [:]
  private var opened: UInt64 = 0

  mutating func open(_ query: Query, stations: Int, _ reply: @escaping @Sendable (QueryReply) -> Void) -> UInt64 {
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
    part: UnsafeRawBufferPointer, isLast: Bool, query id: UInt64, station: Int, complete: ([[UInt8]]) -> CheckpointParts
  ) {
    guard let stations = open[id]?.answers.count else { return }
    if open[id]!.parts.isEmpty { open[id]!.parts = Array(repeating: [], count: stations) }
    open[id]!.parts[station].append(contentsOf: part)
    guard isLast else { return }
    open[id]!.answers[station] = []
    guard let question = open[id], question.answers.allSatisfy({ $0 != nil }) else { return }
    open[id] = nil
    question.reply(.checkpoint(complete(question.parts)))
  }

  mutating func take(_ answer: [UInt8], query id: UInt64, station: Int, cycle: UInt64, isIdle: Bool) {
    open[id]?.answers[station] = answer
    guard let question = open[id], question.answers.allSatisfy({ $0 != nil }) else { return }
    open[id] = nil
    let answers = question.answers.compactMap { $0 }
    switch question.query {
    case .counters:
      question.reply(.counters(cycle: cycle, MachineCounters(stations: answers.map(StationCounters.init(bytes:)))))
    case .digest:
      var hash = SHA256()
      for answer in answers { hash.update(data: answer) }
      question.reply(
        .digest(hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(), cycle: cycle)
      )
    case .cycle: question.reply(.cycle(cycle, idle: isIdle))
    case .sharing, .jobSharing: question.reply(.sharing(answers.flatMap(SharingRecord.entries), cycle: cycle))
    case .checkpoint: break
    }
  }

  mutating func refuseAll(_ reason: String) {
    for question in open.values { question.reply(.refused(reason)) }
    open = [:]
  }
}

extension StationCounters {
  /// As little-endian 64-bit words: the number of processors, their counters, the station's.
  var bytes: [UInt8] {
    var words = [UInt64(processors.count)]
    for processor in processors { words += processor }
    words += station
    return words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
  }

  init(bytes: [UInt8]) {
    let words = bytes.withUnsafeBytes { raw in
      (0..<(raw.count / 8)).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
    }
    let count = ProcessorCounter.allCases.count
    let number = Int(words.first ?? 0)
    self.init(
      processors: (0..<number).map { Array(words[(1 + $0 * count)..<(1 + ($0 + 1) * count)]) },
      station: Array(words.dropFirst(1 + number * count)))
  }
}
