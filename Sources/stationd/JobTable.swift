import ControlAPI
import Foundation
import GuestCompiler
import Runner

/// The programs of the cluster: takes submissions, hands them to the machine, and keeps what comes back.
///
/// A program enters at once where another one runs, and otherwise waits until the machine is at rest after
/// its predecessor: so what it does never depends on how fast the user was (docs/control.md).
final class JobTable: @unchecked Sendable {
  /// Programs that may wait or run at a time: as many as the kernel has room for.
  static let activeLimit = 64
  /// Ended programs that are remembered.
  static let historyLimit = 256
  /// Bytes of output kept of ended programs, all together; the oldest go first.
  static let historyBytes = 64 << 20

  private struct Job {
    var message: JobMessage
    var log = JobLog()
    /// Kept until the program enters the machine.
    var image: [UInt8]?
    /// The machine has it, or had.
    var hasEntered = false
    var startedAt: ContinuousClock.Instant?
    /// Of the program, from when it enters the machine until another one has ended after it.
    var symbols: SymbolTable?
    /// The file that they are from, for checkpoints.
    var symbolFile: [UInt8]?
    var names = AddressNames()
  }

  private let lock = NSLock()
  private let processors: Int
  private var jobs: [Job] = []
  private var nextJob = 1
  private var ready: Set<Int> = []
  private var isIdle = false
  private var failure: String?
  private var lastDifference: CountersReport?
  private var lastEnded: Int?

  /// Gives a program to the machine; called with the lock held, must only enqueue.
  var enter: (Submission) -> Void = { _ in }
  var interrupt: (Int) -> Void = { _ in }

  /// - Parameter processors: of the machine.
  init(processors: Int) { self.processors = processors }

  /// Why a request cannot be met.
  enum Refusal: Error {
    /// The request asks for what is not there.
    case wrong(String)
    case busy(String)
    case failed(String)
  }

  // MARK: Checkpoints

  /// Everything to keep.
  ///
  /// - Parameter noteInputs: called while no program can be given to the machine.
  func saved(_ noteInputs: () -> Void) -> CheckpointHost {
    lock.withLock {
      noteInputs()
      var saved = CheckpointHost()
      saved.jobs = jobs.map { job in
        .init(
          message: job.message, log: job.log.saved, image: job.image.map { Data($0) },
          symbols: job.symbolFile.map { Data($0) }, line: Data(job.names.line),
          hostSeconds: job.startedAt.map { (ContinuousClock.now - $0) / .seconds(1) })
      }
      saved.nextJob = nextJob
      saved.ready = ready.sorted()
      saved.lastDifference = lastDifference
      saved.lastEnded = lastEnded
      return saved
    }
  }

  /// Goes on with what a checkpoint kept.
  func restore(_ saved: CheckpointHost) {
    lock.withLock {
      jobs = saved.jobs.map { job in
        let symbolFile = job.symbols.map { Array($0) }
        return Job(
          message: job.message, log: JobLog(job.log), image: job.image.map { Array($0) },
          hasEntered: job.message.state == .running, startedAt: job.hostSeconds.map { .now - .seconds($0) },
          symbols: symbolFile.map { SymbolTable($0) }, symbolFile: symbolFile,
          names: AddressNames(line: Array(job.line ?? Data())))
      }
      nextJob = saved.nextJob
      ready = Set(saved.ready)
      lastDifference = saved.lastDifference
      lastEnded = saved.lastEnded
    }
  }

  // MARK: Requests

  /// - Parameters:
  ///   - words: the program's name and arguments.
  ///   - processors: nil for all.
  func submit(_ words: [[UInt8]], processors wanted: Int?, deadlock: DeadlockPolicy? = nil, image: [UInt8])
    throws(Refusal)
    -> JobMessage
  {
    lock.lock()
    defer { lock.unlock() }
    if let failure { throw .failed(failure) }
    let wanted = wanted ?? 0
    guard (0...processors).contains(wanted) else {
      throw .wrong("this machine has \(processors) processors, not \(wanted)")
    }
    guard jobs.count(where: { $0.message.state != .exited }) < Self.activeLimit else {
      throw .busy("\(Self.activeLimit) programs wait or run already; wait for one, or end one with 'tctl kill'")
    }
    let message = JobMessage(job: nextJob, words: words, processors: wanted, deadlock: deadlock)
    nextJob += 1
    jobs.append(Job(message: message, image: image))
    dispatch()
    return message
  }

  func kill(_ number: Int) throws(Refusal) {
    lock.lock()
    defer { lock.unlock() }
    guard let index = index(number) else { throw .wrong("no program has the number \(number)") }
    switch jobs[index].message.state {
    case .exited: throw .wrong("program \(number) has ended already")
    case .running: interrupt(number)
    case .waiting:
      var event = JobEvent(.exited)
      event.exitStatus = 128 + 9
      end(index, event)
    }
  }

  func list() -> [JobMessage] { lock.withLock { jobs.map(\.message) } }

  func log(_ number: Int) -> JobLog? { lock.withLock { index(number).map { jobs[$0].log } } }

  /// Whether the program is to be ended if it waits for ever.
  func endsDeadlocked(_ number: Int) -> Bool {
    lock.withLock { index(number).map { jobs[$0].message.deadlock == .exit } ?? false }
  }

  /// The counters' difference over the program that ended last.
  func lastProgram() -> CountersReport? { lock.withLock { lastDifference } }

  /// The program that ended last, with its symbols.
  func lastSymbols() -> (program: String, symbols: SymbolTable)? {
    lock.withLock {
      lastEnded.flatMap(index).flatMap { index in jobs[index].symbols.map { (jobs[index].message.program, $0) } }
    }
  }

  /// Symbols of the one program that has ever entered the machine; nil where there are none or several.
  func onlySymbols() -> SymbolTable? { lock.withLock { nextJob == 2 ? index(1).flatMap { jobs[$0].symbols } : nil } }

  /// The programs that can run from a moment on, apart from those that come later.
  struct Moment {
    fileprivate var active: Set<Int>
    fileprivate var nextJob: Int
  }

  var now: Moment {
    lock.withLock {
      Moment(active: Set(jobs.filter { $0.message.state != .exited }.map(\.message.job)), nextJob: nextJob)
    }
  }

  /// Symbols of the one program that has run since; nil where none has, or several.
  func symbols(since moment: Moment) -> SymbolTable? {
    lock.withLock {
      // One that has left the table has run; one that waits has not.
      let numbers = moment.active.union(moment.nextJob..<nextJob).filter { number in
        index(number).map { jobs[$0].hasEntered } ?? true
      }
      return numbers.count == 1 ? index(numbers.first!).flatMap { jobs[$0].symbols } : nil
    }
  }

  func fill(_ status: inout StatusMessage) {
    lock.withLock {
      status.readyProcessors = ready.count
      status.activeJobs = jobs.count { $0.message.state != .exited }
      status.failure = failure
      let hasBooted = ready.count == processors && (isIdle || nextJob > 1)
      status.state = failure != nil ? .failed : !hasBooted ? .booting : isIdle ? .idle : .running
    }
  }

  // MARK: Events of the machine

  func processorReady(_ processor: Int) { lock.withLock { _ = ready.insert(processor) } }

  func idle() {
    lock.withLock {
      isIdle = true
      dispatch()
    }
  }

  func started(_ number: Int, cycle: UInt64) {
    withJob(number) { index in
      jobs[index].startedAt = .now
      var event = JobEvent(.started)
      event.cycle = cycle
      jobs[index].log.started(event)
    }
  }

  func output(_ number: Int, stream: Int, _ bytes: [UInt8]) {
    withJob(number) { index in
      guard stream == HostStream.named else { return jobs[index].log.append(stream: stream, bytes) }
      jobs[index].log.append(stream: HostStream.errors, jobs[index].names.take(bytes, jobs[index].symbols))
    }
  }

  /// - Parameter event: of kind `exited`, all but the host's time filled in.
  func exited(_ number: Int, _ event: JobEvent) {
    withJob(number) { index in
      var event = event
      if let startedAt = jobs[index].startedAt {
        event.hostSeconds = (ContinuousClock.now - startedAt) / .seconds(1)
      }
      lastDifference = event.counters
      if let before = lastEnded.flatMap(self.index) { (jobs[before].symbols, jobs[before].symbolFile) = (nil, nil) }
      lastEnded = number
      end(index, event)
      dispatch()
    }
  }

  /// The cluster is lost: every reader of every program learns why.
  func fail(_ reason: String) {
    lock.withLock {
      guard failure == nil else { return }
      failure = reason
      var event = JobEvent(.failed)
      event.reason = reason
      for job in jobs where job.message.state != .exited { job.log.ended(event) }
    }
  }

  // MARK: With the lock held

  private func index(_ number: Int) -> Int? { jobs.lastIndex { $0.message.job == number } }

  private func withJob(_ number: Int, _ body: (Int) -> Void) {
    lock.withLock { if let index = index(number) { body(index) } }
  }

  private func dispatch() {
    for index in jobs.indices where jobs[index].message.state == .waiting {
      guard isIdle || jobs.contains(where: { $0.message.state == .running }), let image = jobs[index].image else {
        return
      }
      isIdle = false
      jobs[index].image = nil
      jobs[index].hasEntered = true
      (jobs[index].symbols, jobs[index].symbolFile) = (SymbolTable(image), image)
      jobs[index].message.state = .running
      let message = jobs[index].message
      enter(
        Submission(job: message.job, processors: message.processors, arguments: message.words, image: image))
    }
  }

  private func end(_ index: Int, _ event: JobEvent) {
    jobs[index].image = nil
    jobs[index].message.state = .exited
    jobs[index].message.exitStatus = event.exitStatus
    jobs[index].message.cycles = event.cycles
    jobs[index].message.instructions = event.instructions
    jobs[index].log.ended(event)
    forget()
  }

  private func forget() {
    let ended = jobs.indices.filter { jobs[$0].message.state == .exited }
    var bytes = 0
    for index in ended.reversed() {
      bytes += jobs[index].log.size
      if bytes > Self.historyBytes { jobs[index].log.dropOutput() }
    }
    if ended.count > Self.historyLimit { jobs.remove(at: ended[0]) }
  }
}
