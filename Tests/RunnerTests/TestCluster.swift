import Foundation
import GuestImages
import NUMAchine
import Profiles
import Runner
import ringbus

/// A machine whose stations are spread over runners of their own in this process, joined by libuv links; or
/// by nothing, as one runner.
final class TestCluster: @unchecked Sendable {
  struct Outcome: Equatable {
    var output = ""
    var errors = ""
    var status = -1
    var cycles: UInt64 = 0
    /// What the machine counted over the program.
    var counters: MachineCounters?
    var digest = ""
    /// What processors lost by sharing over the program.
    var sharing: [SharingEntry] = []
    var failure: String?
  }

  private let lock = NSLock()
  private var outcome = Outcome()
  /// Those of programs that have ended.
  private var ended: [Outcome] = []
  private var runners: [MachineRunner] = []
  private let finished = DispatchSemaphore(value: 0)
  private var waiting: [Submission] = []
  private var killAfterOutput = false
  /// A program that waits for ever is ended.
  private var endsDeadlocked = false
  /// A checkpoint is asked for at the event of this number; the run ends when it has come.
  private var checkpointAt: Int?
  private var events = 0
  private var parts: CheckpointParts?

  /// What the tests keep of the host's side in a checkpoint.
  struct HostPart: Codable {
    var isSubmitted: Bool
    var output: String
    var status: Int
  }

  /// A program that ships, with its arguments.
  struct Program {
    var name: String
    var arguments: [String] = []
    var processors = 0
    func submission(_ job: Int) -> Submission {
      Submission(
        job: job, processors: processors, arguments: ([name] + arguments).map { Array($0.utf8) },
        image: GuestImages.program(name) ?? [])
    }
  }

  /// Boots, runs one program, asks for the digest and stops.
  ///
  /// - Parameters:
  ///   - daemons: runners, which share the stations evenly; 1 for one runner without links.
  ///   - delay: longest delay put into the links, in microseconds.
  ///   - threads: of each runner.
  ///   - links: what joins the daemons instead of libuv's links.
  static func run(
    _ program: String, _ arguments: [String] = [], stations: Int = 4, profile: String = "numachine",
    processors: Int = 0, daemons: Int = 1,
    delay: Int = 0,
    seed: UInt64 = 1, threads: Int = 1, image: [UInt8]? = nil, killed: Bool = false,
    endsDeadlocked: Bool = false, links: FakeLinks? = nil
  ) throws -> Outcome {
    let cluster = TestCluster()
    cluster.endsDeadlocked = endsDeadlocked
    cluster.killAfterOutput = killed
    var submission = Program(name: program, arguments: arguments, processors: processors).submission(1)
    if let image { submission.image = image }
    cluster.waiting = [submission]
    let configuration = RunnerConfiguration(
      profile: try Profiles.named(profile)!, stations: stations, image: GuestImages.kernel)
    try cluster.start(configuration, daemons: daemons, delay: delay, seed: seed, threads: threads, links: links)
    cluster.wait(seconds: 240)
    return cluster.lock.withLock { cluster.outcome }
  }

  /// Boots, runs programs one after the other, each on a machine at rest, and asks for the digest after each.
  ///
  /// - Returns: an outcome for each program that has ended, and one with the failure, if there was one.
  static func run(
    _ programs: [Program], profile: String = "numachine", daemons: Int = 1, delay: Int = 0, threads: Int = 1,
    seconds: Double = 600
  ) throws -> [Outcome] {
    let cluster = TestCluster()
    cluster.waiting = programs.enumerated().map { $0.element.submission($0.offset + 1) }
    let configuration = RunnerConfiguration(
      profile: try Profiles.named(profile)!, stations: 4, image: GuestImages.kernel)
    try cluster.start(configuration, daemons: daemons, delay: delay, threads: threads)
    cluster.wait(seconds: seconds)
    return cluster.lock.withLock { cluster.outcome.failure == nil ? cluster.ended : cluster.ended + [cluster.outcome] }
  }

  private func wait(seconds: Double) {
    if finished.wait(timeout: .now() + seconds) != .success {
      lock.withLock { outcome.failure = "not finished after \(seconds) seconds" }
    }
  }

  /// Runs until the event of number `event`, counted from the machine's start, and takes a checkpoint there.
  ///
  /// - Returns: nil where the machine has come to its end before.
  static func checkpoint(_ program: String, _ arguments: [String] = [], atEvent event: Int, daemons: Int = 1) throws
    -> CheckpointFile?
  {
    let cluster = TestCluster()
    cluster.checkpointAt = event
    cluster.waiting = [Program(name: program, arguments: arguments).submission(1)]
    try cluster.start(
      RunnerConfiguration(profile: try Profiles.named("numachine")!, stations: 4, image: GuestImages.kernel),
      daemons: daemons)
    guard cluster.finished.wait(timeout: .now() + 240) == .success else { return nil }
    return try cluster.lock.withLock { cluster.parts }.map { try CheckpointFile(Data($0.file)) }
  }

  /// Goes on with a checkpoint to the end.
  static func resume(
    _ checkpoint: CheckpointFile, _ program: String, _ arguments: [String] = [], daemons: Int = 1
  ) throws -> Outcome {
    let cluster = TestCluster()
    let host = try JSONDecoder().decode(HostPart.self, from: Data(try checkpoint.host()))
    cluster.outcome.output = host.output
    cluster.outcome.status = host.status
    if !host.isSubmitted {
      cluster.waiting = [Program(name: program, arguments: arguments).submission(1)]
    }
    var configuration = RunnerConfiguration(
      profile: try MachineProfile(text: checkpoint.profile), stations: 4, image: try checkpoint.image())
    configuration.checkpoint = checkpoint
    try cluster.start(configuration, daemons: daemons)
    guard cluster.finished.wait(timeout: .now() + 240) == .success else {
      throw RunnerError("not finished after 240 seconds")
    }
    return cluster.lock.withLock { cluster.outcome }
  }

  private var hostPart: [UInt8] {
    lock.withLock {
      Array(
        try! JSONEncoder().encode(
          HostPart(isSubmitted: waiting.isEmpty, output: outcome.output, status: outcome.status)))
    }
  }

  private func start(
    _ configuration: RunnerConfiguration, daemons: Int, delay: Int = 0, seed: UInt64 = 1, threads: Int = 1,
    links: FakeLinks? = nil
  ) throws {
    guard daemons > 1 else {
      let runner = try MachineRunner(
        configuration: configuration, ring: SoloRing(stations: configuration.stations), threads: threads
      ) {
        self.take($0)
      }
      runner.hostPart = { note in
        note()
        return self.hostPart
      }
      runner.endsDeadlocked = { _ in self.endsDeadlocked }
      runners = [runner]
      return runner.start()
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ring-\(UUID().uuidString.prefix(8))")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let share = configuration.stations / daemons
    for daemon in (0..<daemons).reversed() {
      var ringConfiguration = RingConfiguration(
        cluster: "test", profileHash: [1], imageHash: [2], stations: configuration.stations,
        local: (daemon * share)..<((daemon + 1) * share),
        listen: .unix(path: "\(folder)/\(daemon)"), successor: .unix(path: "\(folder)/\((daemon + 1) % daemons)"))
      if delay > 0 { ringConfiguration.delay = RingDelay(seed: seed + UInt64(daemon), longest: delay) }
      let fixed = ringConfiguration
      Thread { [self] in
        do {
          let ring = try links?.ring(daemon) ?? Self.joined(fixed)
          let runner = try MachineRunner(configuration: configuration, ring: ring, threads: threads) { event in
            if daemon == 0 { self.take(event) } else if case .failed(let reason, _) = event { self.fail(reason) }
          }
          runner.hostPart = { note in
            note()
            return self.hostPart
          }
          runner.endsDeadlocked = { _ in self.endsDeadlocked }
          lock.withLock { if daemon == 0 { runners.insert(runner, at: 0) } else { runners.append(runner) } }
          runner.start()
        } catch { fail("\(error)") }
      }.start()
    }
  }

  private static func joined(_ configuration: RingConfiguration) throws -> any Ring {
    let ring = try UVRing(configuration)
    try ring.join()
    return ring
  }

  /// The next program, or the end.
  private func next(_ machine: MachineRunner?) {
    let submission: Submission? = lock.withLock {
      guard !waiting.isEmpty else { return nil }
      outcome = Outcome()
      return waiting.removeFirst()
    }
    if let submission { machine?.submit(submission) } else if lock.withLock({ outcome.status >= 0 }) { machine?.stop() }
  }

  private func fail(_ reason: String) {
    lock.withLock { if outcome.failure == nil { outcome.failure = reason } }
    finished.signal()
  }

  private func take(_ event: RunnerEvent) {
    let machine = lock.withLock { runners.first }
    events += 1
    if events == checkpointAt {
      machine?.query(.checkpoint) { reply in
        if case .checkpoint(let parts) = reply { self.lock.withLock { self.parts = parts } }
        machine?.stop()
      }
    }
    switch event {
    case .output(let job, let stream, let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      lock.withLock {
        if job == 0 {
          outcome.failure = "console: \(text)"
        } else if stream == 1 {
          outcome.output += text
        } else {
          outcome.errors += text
        }
      }
    case .started(let job, _): if killAfterOutput { machine?.kill(job: job) }
    case .exited(_, let status, _, let cycles, _, let counters):
      lock.withLock {
        outcome.status = status
        outcome.cycles = cycles
        outcome.counters = counters
      }
    case .idle:
      guard lock.withLock({ outcome.status >= 0 }) else { return next(machine) }
      machine?.query(.jobSharing) { reply in
        if case .sharing(let entries, _) = reply { self.lock.withLock { self.outcome.sharing = entries } }
      }
      machine?.query(.digest) { reply in
        self.lock.withLock {
          if case .digest(let digest, _) = reply { self.outcome.digest = digest }
          self.ended.append(self.outcome)
        }
        self.next(machine)
      }
    case .failed(let reason, _): fail(reason)
    case .stopped: finished.signal()
    default: break
    }
  }
}
