import NUMAchine

/// A part of a frame that concerns the runners, not the machine: station 0's wishes, and the answers to them.
///
/// | bytes | are |
/// |---|---|
/// | 1 | the kind |
/// | 1 | a query's kind (`Query`); of a part of a section what follows it (`CheckpointCourier`) |
/// | 2 | zero |
/// | 4 | length of what follows the header |
/// | 8 | the query's number, or the job's |
enum ControlRecord: Equatable {
  /// A record for the machine's host port.
  case input([UInt8])
  case query(Query, id: UInt64)
  /// A station's answer to a query.
  case reply([UInt8], id: UInt64)
  /// A station's counters over a job.
  case jobCounters(StationCounters, job: Int)
  /// The machine ends in order after this round.
  case stop
  /// A part of a station's section for a checkpoint.
  case part([UInt8], id: UInt64, CheckpointCourier.Place)

  /// Nothing else than what station 0 says enters the machine.
  var isStation0s: Bool {
    switch self {
    case .input, .query: true
    default: false
    }
  }

  /// Numbers of jobs fit 24 bits (`HOST_EVENT`).
  static let largestJob: UInt64 = 0xFF_FFFF
  private static let inputKind: UInt8 = 1
  private static let queryKind: UInt8 = 2
  private static let replyKind: UInt8 = 3
  private static let jobCountersKind: UInt8 = 4
  private static let stopKind: UInt8 = 5
  private static let partKind: UInt8 = 6

  func write(into bytes: inout [UInt8]) {
    func write(_ kind: UInt8, detail: UInt8 = 0, id: UInt64 = 0, _ payload: [UInt8] = []) {
      bytes += [kind, detail, 0, 0]
      bytes.append(number: UInt32(payload.count))
      bytes.append(number: id)
      bytes += payload
    }
    switch self {
    case .input(let record): write(Self.inputKind, record)
    case .query(let query, let id): write(Self.queryKind, detail: query.rawValue, id: id)
    case .reply(let answer, let id): write(Self.replyKind, id: id, answer)
    case .jobCounters(let counters, let job): write(Self.jobCountersKind, id: UInt64(job), counters.bytes)
    case .stop: write(Self.stopKind)
    case .part(let content, let id, let place): write(Self.partKind, detail: place.rawValue, id: id, content)
    }
  }

  /// - Parameter processors: of a station.
  init(_ reader: inout WireReader, processors: Int) throws(WireProblem) {
    let kind = try reader.number(UInt8.self, of: "a control record")
    let detail = try reader.number(UInt8.self, of: "a control record")
    let reserved = try reader.number(UInt16.self, of: "a control record")
    let length = Int(try reader.number(UInt32.self, of: "a control record"))
    let id = try reader.number(UInt64.self, of: "a control record")
    let payload = try reader.take(length, of: "a control record")
    guard reserved == 0, detail == 0 || kind == Self.queryKind || kind == Self.partKind else {
      throw WireProblem("a control record of another form")
    }
    guard length == 0 || kind != Self.queryKind && kind != Self.stopKind else {
      throw WireProblem("\(length) bytes with a control record that has none")
    }
    switch kind {
    case Self.inputKind: self = .input(Array(payload))
    case Self.queryKind:
      guard let query = Query(rawValue: detail) else { throw WireProblem("a query of an unknown kind \(detail)") }
      self = .query(query, id: id)
    case Self.replyKind: self = .reply(Array(payload), id: id)
    case Self.jobCountersKind:
      guard id <= Self.largestJob else { throw WireProblem("counters of a job \(id)") }
      self = .jobCounters(try StationCounters(payload, processors: processors), job: Int(id))
    case Self.stopKind: self = .stop
    case Self.partKind:
      guard let place = CheckpointCourier.Place(rawValue: detail) else {
        throw WireProblem("a part of a checkpoint at an unknown place \(detail)")
      }
      self = .part(Array(payload), id: id, place)
    default: throw WireProblem("a control record of an unknown kind \(kind)")
    }
  }
}

extension StationCounters {
  init(_ station: Station) {
    let counters = station.counters
    self.init(processors: counters.processors, station: counters.station)
  }

  /// The number of processors, their counters, the station's; 8 bytes each.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt64(processors.count))
    for processor in processors { for counter in processor { bytes.append(number: counter) } }
    for counter in station { bytes.append(number: counter) }
    return bytes
  }

  /// - Parameter processors: that the station has.
  init(_ bytes: UnsafeRawBufferPointer, processors count: Int) throws(WireProblem) {
    var reader = WireReader(bytes)
    func counters(_ count: Int) throws(WireProblem) -> [UInt64] {
      var counters: [UInt64] = []
      counters.reserveCapacity(count)
      for _ in 0..<count { counters.append(try reader.number(UInt64.self, of: "a counter")) }
      return counters
    }
    let number = try reader.number(UInt64.self, of: "counters")
    guard number == count else { throw WireProblem("counters of \(number) processors where a station has \(count)") }
    var processors: [[UInt64]] = []
    for _ in 0..<count { processors.append(try counters(ProcessorCounter.allCases.count)) }
    self.init(processors: processors, station: try counters(StationCounter.allCases.count))
    try reader.end(of: "its counters")
  }
}
