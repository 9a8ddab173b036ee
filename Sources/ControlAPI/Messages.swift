import Foundation

/// What `--version` says. Client, daemons and checkpoints of one version fit each other.
public let productVersion = "Tornado on NUMAchine 1.0, control API \(controlVersion)"

/// The control API's version, first part of every path.
public let controlVersion = "v1"

/// How the control service is spelled: JSON with `snake_case` names, keys in a fixed order.
public enum Wire {
  public static func encode(_ value: some Encodable, pretty: Bool = false) -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    // Only floating-point infinities can fail to encode, and no message holds one.
    return try! encoder.encode(value)
  }

  public static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data)
  }
}

/// Bytes in JSON: text, and base64 beside it where they are no UTF-8, for then the text does not say all.
enum BytesInJSON {
  static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Nil where the text says all.
  static func base64(_ bytes: some Collection<UInt8>) -> String? {
    String(validating: bytes, as: UTF8.self) == nil ? Data(bytes).base64EncodedString() : nil
  }

  /// All elements in base64, or none.
  static func list(_ list: some Collection<[UInt8]>) -> (text: [String], base64: [String]?) {
    let isText = list.allSatisfy { base64($0) == nil }
    return (list.map { text($0) }, isText ? nil : list.map { Data($0).base64EncodedString() })
  }

  /// A program's name and arguments; nil where what should be base64 is none.
  static func words(_ name: String, _ nameBase64: String?, _ list: [String], _ listBase64: [String]?) -> [[UInt8]]? {
    let name = nameBase64.map { Data(base64Encoded: $0) } ?? Data(name.utf8)
    let list = listBase64?.map { Data(base64Encoded: $0) } ?? list.map { Data($0.utf8) }
    let words = ([name] + list).compactMap { $0.map(Array.init) }
    return words.count == list.count + 1 ? words : nil
  }
}

/// `GET /v1/status`
public struct StatusMessage: Codable, Equatable {
  public enum State: String, Codable { case booting, running, idle, failed }
  public var cluster: String
  public var state: State
  public var profile: String
  public var stations: Int
  public var processorsPerStation: Int
  /// Processors on which Tornado has answered.
  public var readyProcessors: Int
  /// Processor cycles since reset, at the last window boundary that was looked at.
  public var cycle: UInt64
  /// Programs that have been submitted and have not ended.
  public var activeJobs: Int
  /// Why the cluster has failed, in one line.
  public var failure: String?

  public init(
    cluster: String, state: State, profile: String, stations: Int, processorsPerStation: Int, readyProcessors: Int,
    cycle: UInt64, activeJobs: Int,
    failure: String?
  ) {
    self.cluster = cluster
    self.state = state
    self.profile = profile
    self.stations = stations
    self.processorsPerStation = processorsPerStation
    self.readyProcessors = readyProcessors
    self.cycle = cycle
    self.activeJobs = activeJobs
    self.failure = failure
  }
}

/// What is done about a program that waits for ever, beside saying so on its error stream.
public enum DeadlockPolicy: String, Codable, CaseIterable, Sendable {
  /// Nothing else.
  case report
  /// It is ended, with status 124.
  case exit
}

/// One program that was submitted. `GET /v1/jobs` lists them, `POST /v1/jobs` answers with one.
public struct JobMessage: Codable, Equatable {
  public enum State: String, Codable { case waiting, running, exited }
  public var job: Int
  public var program: String
  public var programBase64: String?
  public var arguments: [String]
  public var argumentsBase64: [String]?
  /// Processors that the program may use; 0 means all.
  public var processors: Int
  /// Absent: `report`.
  public var deadlock: DeadlockPolicy?
  public var state: State
  public var exitStatus: Int?
  /// Emulated processor cycles from start to end.
  public var cycles: UInt64?
  public var instructions: UInt64?

  /// - Parameter words: the program's name and arguments.
  public init(job: Int, words: [[UInt8]], processors: Int, deadlock: DeadlockPolicy? = nil) {
    self.job = job
    self.deadlock = deadlock
    (program, programBase64) = (BytesInJSON.text(words[0]), BytesInJSON.base64(words[0]))
    (arguments, argumentsBase64) = BytesInJSON.list(words.dropFirst())
    self.processors = processors
    state = .waiting
  }

  /// The program's name and arguments.
  public var words: [[UInt8]] {
    BytesInJSON.words(program, programBase64, arguments, argumentsBase64) ?? [Array(program.utf8)]
  }
}

public struct JobsMessage: Codable, Equatable {
  public var jobs: [JobMessage]
  public init(jobs: [JobMessage]) { self.jobs = jobs }
}

/// The first line of the body of `POST /v1/jobs`; the program's ELF file follows it.
public struct SubmissionParameters: Codable, Equatable {
  public var program: String
  public var programBase64: String?
  /// After the program's name.
  public var arguments: [String]?
  public var argumentsBase64: [String]?
  /// Without it, all of the machine.
  public var processors: Int?
  /// Without it, `report`.
  public var deadlock: DeadlockPolicy?

  /// The longest such line, in bytes.
  public static let lineLimit = 256 << 10

  /// - Parameter words: the program's name and arguments.
  public init(words: [[UInt8]], processors: Int? = nil, deadlock: DeadlockPolicy? = nil) {
    self.deadlock = deadlock
    (program, programBase64) = (BytesInJSON.text(words[0]), BytesInJSON.base64(words[0]))
    (arguments, argumentsBase64) = BytesInJSON.list(words.dropFirst())
    self.processors = processors
  }

  /// The program's name and arguments; nil where what should be base64 is none.
  public var words: [[UInt8]]? { BytesInJSON.words(program, programBase64, arguments ?? [], argumentsBase64) }

  /// The body of the request.
  public func body(with image: [UInt8]) -> [UInt8] { Array(Wire.encode(self)) + [0x0A] + image }
}

/// A line of `GET /v1/jobs/N/events`.
public struct JobEvent: Codable, Equatable {
  public enum Kind: String, Codable {
    case started
    /// Bytes that the program wrote: `text` where they are UTF-8, else `base64`.
    case output
    /// `bytes` of output were dropped, because nobody read them in time.
    case dropped
    case exited
    /// The cluster has failed; `reason` says why.
    case failed
  }
  public var event: Kind
  /// 1: standard output, 2: standard error.
  public var stream: Int?
  public var text: String?
  public var base64: String?
  public var bytes: Int?
  public var cycle: UInt64?
  public var exitStatus: Int?
  public var cycles: UInt64?
  public var instructions: UInt64?
  public var hostSeconds: Double?
  /// The difference over the program.
  public var counters: CountersReport?
  public var reason: String?

  public init(_ event: Kind) { self.event = event }

  public static func output(stream: Int, _ bytes: ArraySlice<UInt8>) -> JobEvent {
    var event = JobEvent(.output)
    event.stream = stream
    event.base64 = BytesInJSON.base64(bytes)
    if event.base64 == nil { event.text = BytesInJSON.text(bytes) }
    return event
  }

  /// What the program wrote, for `output`.
  public var outputBytes: [UInt8] {
    if let text { return Array(text.utf8) }
    return base64.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
  }
}

/// `GET /v1/digest`
public struct DigestMessage: Codable, Equatable {
  public var digest: String
  public var cycle: UInt64
  public init(digest: String, cycle: UInt64) {
    self.digest = digest
    self.cycle = cycle
  }
}

/// The body of every answer that is not 2xx.
public struct ProblemMessage: Codable, Equatable {
  public var error: String
  public init(error: String) { self.error = error }
}

/// What `tctl run --json` and `tctl submit --json` print.
public struct RunReport: Codable, Equatable {
  public var exitStatus: Int
  public var output: String
  /// All that was written, where it is no UTF-8.
  public var outputBase64: String?
  public var cycles: UInt64
  public var instructions: UInt64
  public var hostSeconds: Double
  /// Nil where the machine did not come to rest, because another program runs.
  public var digest: String?
  public var counters: CountersReport
  /// With `tctl run --sharing`.
  public var sharing: SharingReport?

  public init(
    exitStatus: Int, output: [UInt8], cycles: UInt64, instructions: UInt64, hostSeconds: Double, digest: String?,
    counters: CountersReport,
    sharing: SharingReport? = nil
  ) {
    self.exitStatus = exitStatus
    self.output = BytesInJSON.text(output)
    outputBase64 = BytesInJSON.base64(output)
    self.cycles = cycles
    self.instructions = instructions
    self.hostSeconds = hostSeconds
    self.digest = digest
    self.counters = counters
    self.sharing = sharing
  }
}
