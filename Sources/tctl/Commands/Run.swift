import ArgumentParser
import ControlAPI
import Foundation
import GuestCompiler
import GuestImages
import NUMAchine
import Runner
import ringbus

/// The whole machine inside this process: boot, run one program, report, end.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program on a machine inside this process, without a cluster.",
    usage: "tctl run [--stations <n>] [--profile <profile>] [--kernel <file>] [--processors <n>] [--json] [--sharing] PROGRAM [ARG...]")

  @OptionGroup var machine: MachineOptions
  @Flag(help: "Print one JSON object at the end instead of the output.")
  var json = false
  @Flag(help: "Show afterwards which lines cost most sharing misses.")
  var sharing = false
  @OptionGroup var count: SharingCount
  @OptionGroup var program: ProgramArguments

  func run() throws {
    guard machine.from == nil else { throw Problem.usage("tctl run boots a machine; --from is of 'tctl up'") }
    let (_, profile) = try machine.read()
    try program.checkProcessors(machine: profile.processors)
    let kernel = try machine.image(for: profile)
    let image = try program.read()
    let submission = Submission(job: 1, processors: program.processors ?? 0, arguments: program.words, image: image)
    if let problem = submission.problem(on: profile) { throw Problem.usage("\(program.words[0]): \(problem)") }
    let session = RunSession(keepsOutput: json)
    let configuration = RunnerConfiguration(profile: profile, stations: profile.stations, image: kernel, isChecked: machine.check)
    let runner: MachineRunner
    do {
      runner = try MachineRunner(configuration: configuration, ring: SoloRing(stations: profile.stations)) { session.take($0) }
    } catch {
      throw Problem.cluster("the machine does not start: \(error)")
    }
    Progress.shared.begin { "tctl: Tornado starts on \(profile.processors) processors" }
    runner.start()
    try session.wait { $0.ready.count == profile.processors && $0.isIdle }
    session.change { $0.isIdle = false }
    Progress.shared.begin { "tctl: \(program.words[0]) runs" }
    runner.submit(submission)
    try session.wait { $0.end != nil }
    let lines = sharing ? try sharing(runner, session, kernel: kernel, program: image, profile) : nil
    if json {
      try session.wait { $0.isIdle }
      try report(runner, session, lines)
    } else if let lines {
      Progress.shared.clear()
      print()
      for line in SharingView(report: lines).lines() { print(line) }
    }
    Progress.shared.clear()
    throw ExitCode(Int32(session.state.end?.status ?? 70))
  }

  private func sharing(
    _ runner: MachineRunner, _ session: RunSession, kernel: [UInt8], program image: [UInt8], _ profile: MachineProfile
  ) throws -> SharingReport? {
    runner.query(.jobSharing) { reply in
      session.change { if case .sharing(let entries, let cycle) = reply { $0.sharing = (entries, cycle) } }
    }
    try session.wait { $0.sharing != nil }
    let names = SharingNames(kernel: SymbolTable(kernel), program: SymbolTable(image))
    return session.state.sharing.map { entries, cycle in
      SharingReport(cycle: cycle, program: program.words[0], entries: entries, names: names, profile: profile, top: count.lines)
    }
  }

  private func report(_ runner: MachineRunner, _ session: RunSession, _ sharing: SharingReport?) throws {
    runner.query(.digest) { reply in
      session.change {
        if case .digest(let digest, _) = reply { $0.digest = digest }
        $0.hasReply = true
      }
    }
    try session.wait { $0.hasReply }
    let state = session.state
    guard let end = state.end else { return }
    let report = RunReport(
      exitStatus: end.status, output: String(decoding: state.output, as: UTF8.self), cycles: end.cycles, instructions: end.instructions,
      hostSeconds: state.hostSeconds, digest: state.digest, counters: end.counters, sharing: sharing)
    print(String(decoding: Wire.encode(report), as: UTF8.self))
  }
}

/// What the machine has said so far, for the thread that waits for it.
final class RunSession: @unchecked Sendable {
  struct State {
    var ready: Set<Int> = []
    var isIdle = false
    var output: [UInt8] = []
    var startedAt = ContinuousClock.now
    var hostSeconds = 0.0
    var end: (status: Int, cycles: UInt64, instructions: UInt64, counters: CountersReport)?
    var failure: String?
    var digest: String?
    var hasReply = false
    var sharing: (entries: [SharingEntry], cycle: UInt64)?
    var console: [UInt8] = []
  }

  private let condition = NSCondition()
  private var current = State()
  private let keepsOutput: Bool

  init(keepsOutput: Bool) { self.keepsOutput = keepsOutput }

  var state: State { condition.withLock { current } }

  func change(_ body: (inout State) -> Void) {
    condition.withLock {
      body(&current)
      condition.broadcast()
    }
  }

  /// Waits until the machine has come so far.
  func wait(_ isReached: (State) -> Bool) throws {
    condition.lock()
    defer { condition.unlock() }
    while !isReached(current) {
      if let failure = current.failure { throw Problem.cluster(failure) }
      condition.wait()
    }
  }

  /// On the runner's thread. A reader who is slow slows the machine in this process down, and nobody else.
  func take(_ event: RunnerEvent) {
    switch event {
    case .processorReady(let processor): change { $0.ready.insert(processor) }
    case .idle: change { $0.isIdle = true }
    case .started: change { $0.startedAt = .now }
    case .output(0, _, let bytes): change { $0.console = ($0.console + bytes).suffix(4096) }
    case .output(_, let stream, let bytes):
      if keepsOutput && stream == 1 { change { $0.output += bytes } } else { Progress.shared.pass(stream == 2 ? 2 : 1, bytes) }
    case .exited(_, let status, let cycle, let cycles, let instructions, let counters):
      let report = CountersReport(cycle: cycle, stations: counters.stations.map { ($0.processors, $0.station) })
      change {
        $0.hostSeconds = (ContinuousClock.now - $0.startedAt) / .seconds(1)
        $0.end = (status, cycles, instructions, report)
      }
    case .panic(let code):
      change {
        let last = String(decoding: $0.console, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" } ?? ""
        $0.failure = "Tornado has stopped with code \(code)\(last)"
      }
    case .failed(let reason, _): change { $0.failure = "the machine has failed: \(reason)" }
    case .stopped: change { $0.failure = $0.failure ?? "the machine was stopped" }
    }
  }
}
