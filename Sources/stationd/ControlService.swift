import ControlAPI
import FlyingFox
import FlyingSocks
import Foundation
import GuestCompiler
import Logging
import NUMAchine
import Runner

/// The control API over HTTP, behind the `Doorkeeper`: a request is answered from the job table or by a
/// question to the runner, and never touches the machine's state. `docs/control.md` describes it for users.
struct ControlService: HTTPHandler, @unchecked Sendable {
  let cluster: String
  let profile: MachineProfile
  let stations: Int
  let processorsPerStation: Int
  let jobs: JobTable
  let runner: MachineRunner
  /// Symbols of the image that was booted.
  let kernel: SymbolTable
  /// Ends the cluster in order.
  let stop: @Sendable () -> Void

  /// Bytes of all arguments of a program together, their final zeros included.
  static let argumentBytes = 16 << 10

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.first == controlVersion else {
      return problem(.notFound, "no such path; this service speaks /\(controlVersion)")
    }
    do {
      return try await answer(request, parts: Array(parts.dropFirst()))
    } catch let refusal as JobTable.Refusal {
      switch refusal {
      case .wrong(let reason): return problem(.badRequest, reason)
      case .busy(let reason): return problem(.tooManyRequests, reason)
      case .failed(let reason): return problem(.serviceUnavailable, reason)
      }
    }
  }

  private func answer(_ request: HTTPRequest, parts: [String]) async throws -> HTTPResponse {
    switch (request.method, parts.first, parts.count) {
    case (.GET, "status", 1): return json(try await status())
    case (.GET, "jobs", 1): return json(JobsMessage(jobs: jobs.list()))
    case (.POST, "jobs", 1): return try await submit(request)
    case (.DELETE, "jobs", 2):
      try jobs.kill(try number(parts[1]))
      return HTTPResponse(statusCode: .accepted)
    case (.GET, "jobs", 3) where parts[2] == "events":
      let job = try number(parts[1])
      guard let log = jobs.log(job) else { throw JobTable.Refusal.wrong("no program has the number \(job)") }
      return HTTPResponse(
        statusCode: .ok, headers: [.contentType: "application/x-ndjson"],
        body: HTTPBodySequence(from: EventLines(log: log)))
    case (.GET, "counters", 1): return try await counters(since: request.query["since"] ?? "boot")
    case (.GET, "sharing", 1):
      let since = request.query["since"] ?? (request.query["seconds"] == nil ? "job" : nil)
      return try await sharing(since: since, seconds: request.query["seconds"], top: request.query["top"] ?? "10")
    case (.GET, "digest", 1): return try await digest()
    case (.GET, "checkpoint", 1): return try await checkpoint()
    case (.POST, "stop", 1):
      stop()
      return HTTPResponse(statusCode: .accepted)
    case (_, "status", 1), (_, "jobs", 1...3), (_, "counters", 1), (_, "sharing", 1), (_, "digest", 1),
      (_, "checkpoint", 1),
      (_, "stop", 1):
      return problem(.methodNotAllowed, "\(request.path) does not understand \(request.method.rawValue)")
    default: return problem(.notFound, "no such path: \(request.path)")
    }
  }

  private func number(_ text: String) throws -> Int {
    guard let number = Int(text), number > 0 else { throw JobTable.Refusal.wrong("'\(text)' is no program's number") }
    return number
  }

  // MARK: Answers

  private func status() async throws -> StatusMessage {
    let cycle: UInt64? = if case .cycle(let cycle, _)? = await ask(.cycle) { cycle } else { nil }
    var status = snapshot()
    status.cycle = cycle ?? 0
    return status
  }

  /// The status as far as the job table knows it.
  func snapshot() -> StatusMessage {
    var status = StatusMessage(
      cluster: cluster, state: .booting, profile: profile.name, stations: stations,
      processorsPerStation: processorsPerStation, readyProcessors: 0,
      cycle: 0,
      activeJobs: 0, failure: nil)
    jobs.fill(&status)
    return status
  }

  private func submit(_ request: HTTPRequest) async throws -> HTTPResponse {
    // The doorkeeper has seen to it that the length is told and bounded.
    var body: [UInt8] = []
    body.reserveCapacity(request.bodySequence.count ?? 0)
    for try await chunk in request.bodySequence { body += chunk }
    guard let end = body.prefix(SubmissionParameters.lineLimit).firstIndex(of: 0x0A),
      let parameters = try? Wire.decode(SubmissionParameters.self, from: Data(body[..<end]))
    else { throw JobTable.Refusal.wrong("the body must begin with a line of JSON: program, arguments, processors") }
    let image = Array(body[(end + 1)...])
    let words = try checkedWords(parameters)
    do throws(ELFCheck.Problem) {
      try ELFCheck.check(image, for: profile.processor)
    } catch {
      throw JobTable.Refusal.wrong("\(parameters.program): \(error)")
    }
    let submission = Submission(job: 1, processors: 0, arguments: words, image: image)
    if let problem = submission.problem(on: profile) {
      throw JobTable.Refusal.wrong("\(parameters.program): \(problem)")
    }
    return json(
      try jobs.submit(words, processors: parameters.processors, deadlock: parameters.deadlock, image: image),
      status: .created)
  }

  /// The program's name and arguments.
  private func checkedWords(_ parameters: SubmissionParameters) throws -> [[UInt8]] {
    if let processors = parameters.processors, processors < 1 {
      throw JobTable.Refusal.wrong("a program needs at least 1 processor, not \(processors)")
    }
    guard let words = parameters.words else { throw JobTable.Refusal.wrong("what should be base64 is none") }
    guard !words[0].isEmpty else { throw JobTable.Refusal.wrong("the program has no name") }
    guard !words.contains(where: { $0.contains(0) }) else {
      throw JobTable.Refusal.wrong("an argument holds a zero byte")
    }
    guard words.reduce(0, { $0 + $1.count + 1 }) <= Self.argumentBytes else {
      throw JobTable.Refusal.wrong("the arguments have more than \(Self.argumentBytes) bytes together")
    }
    return words
  }

  private func counters(since: String) async throws -> HTTPResponse {
    switch since {
    case "boot":
      guard case .counters(let cycle, let counters)? = await ask(.counters) else {
        return noAnswer
      }
      return json(CountersReport(cycle: cycle, counters))
    case "job":
      guard let difference = jobs.lastProgram() else { throw JobTable.Refusal.wrong("no program has ended yet") }
      return json(difference)
    default: throw JobTable.Refusal.wrong("'since' must be 'boot' or 'job', not '\(since)'")
    }
  }

  /// - Parameters:
  ///   - since: `boot` or `job`; nil where `seconds` says for how long from now.
  private func sharing(since: String?, seconds: String?, top: String) async throws -> HTTPResponse {
    guard let top = Int(top), SharingReport.topRange.contains(top) else {
      throw JobTable.Refusal.wrong(
        "'top' must be \(SharingReport.topRange.lowerBound) to \(SharingReport.topRange.upperBound), not '\(top)'")
    }
    var query = Query.sharing
    var (program, symbols): (String?, SymbolTable?) = (nil, jobs.onlySymbols())
    switch (since, seconds) {
    case ("boot", nil): break
    case ("job", nil):
      guard let last = jobs.lastSymbols() else { throw JobTable.Refusal.wrong("no program has ended yet") }
      (query, program, symbols) = (.jobSharing, last.program, last.symbols)
    case (nil, let seconds?):
      guard let time = Int(seconds), SharingReport.secondsRange.contains(time) else {
        let range = SharingReport.secondsRange
        throw JobTable.Refusal.wrong("'seconds' must be \(range.lowerBound) to \(range.upperBound), not '\(seconds)'")
      }
      let begin = jobs.now
      guard case .sharing(let entries, _)? = await ask(.sharing) else { return noAnswer }
      try await Task.sleep(for: .seconds(time))
      guard case .sharing(let later, let cycle)? = await ask(.sharing) else { return noAnswer }
      return report(
        SharingRecord.difference(later, entries), cycle, program: nil, jobs.symbols(since: begin), top: top)
    case (_, _?): throw JobTable.Refusal.wrong("'since' and 'seconds' exclude each other")
    case (let since, nil): throw JobTable.Refusal.wrong("'since' must be 'boot' or 'job', not '\(since ?? "")'")
    }
    guard case .sharing(let entries, let cycle)? = await ask(query) else { return noAnswer }
    return report(entries, cycle, program: program, symbols, top: top)
  }

  private func report(
    _ entries: [SharingEntry], _ cycle: UInt64, program: String?, _ symbols: SymbolTable?, top: Int
  ) -> HTTPResponse {
    let names = SharingNames(kernel: kernel, program: symbols, profile: profile)
    return json(
      SharingReport(cycle: cycle, program: program, entries: entries, names: names, profile: profile, top: top))
  }

  private var noAnswer: HTTPResponse { problem(.serviceUnavailable, "the machine does not answer; see 'tctl status'") }

  private func digest() async throws -> HTTPResponse {
    guard try await status().state == .idle else {
      return problem(.conflict, "the cluster is busy: a digest is of an idle machine")
    }
    switch await ask(.digest) {
    case .digest(let digest, let cycle)?: return json(DigestMessage(digest: digest, cycle: cycle))
    case .refused(let reason)?: return problem(.conflict, reason)
    default: return noAnswer
    }
  }

  private func checkpoint() async throws -> HTTPResponse {
    switch await ask(.checkpoint) {
    case .checkpoint(let parts)?:
      return HTTPResponse(statusCode: .ok, headers: [.contentType: "application/octet-stream"], body: Data(parts.file))
    case .refused(let reason)?: return problem(.conflict, reason)
    default: return noAnswer
    }
  }

  /// Nil after the machine has failed.
  private func ask(_ query: Query) async -> QueryReply? {
    guard snapshot().failure == nil else { return nil }
    return await withCheckedContinuation { continuation in
      runner.query(query) { continuation.resume(returning: $0) }
    }
  }

  private func json(_ value: some Encodable, status: HTTPStatusCode = .ok) -> HTTPResponse {
    HTTPResponse(statusCode: status, headers: [.contentType: "application/json"], body: Wire.encode(value))
  }

  private func problem(_ status: HTTPStatusCode, _ reason: String) -> HTTPResponse {
    json(ProblemMessage(error: reason), status: status)
  }
}

extension CountersReport {
  init(cycle: UInt64, _ counters: MachineCounters) {
    self.init(cycle: cycle, stations: counters.stations.map { ($0.processors, $0.station) })
  }
}

/// A job's events as lines of JSON, as long as the program runs.
struct EventLines: AsyncBufferedSequence {
  typealias Element = UInt8
  let log: JobLog

  func makeAsyncIterator() -> Iterator { Iterator(log: log) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    let log: JobLog
    var position = JobLog.Position()

    /// The service reads whole buffers alone.
    mutating func next() async throws -> UInt8? { nil }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      guard let events = await log.next(&position) else { return nil }
      return events.flatMap { Array(Wire.encode($0)) + [0x0A] }
    }
  }
}

/// The server's own words, in the daemon's log.
struct ServerLogging: Logging {
  let logger: Logger
  func logDebug(_ text: @autoclosure () -> String) { logger.trace("\(text())") }
  func logInfo(_ text: @autoclosure () -> String) { logger.debug("\(text())") }
  func logWarning(_ text: @autoclosure () -> String) { logger.warning("control: \(text())") }
  func logError(_ text: @autoclosure () -> String) { logger.info("control: \(text())") }
  func logCritical(_ text: @autoclosure () -> String) { logger.error("control: \(text())") }
}
