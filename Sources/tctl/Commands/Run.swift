import ArgumentParser
import ControlAPI
import Foundation
import GuestCompiler
import HostSystem
import NUMAchine
import Runner
import ringbus

/// The whole machine inside this process: boot, run one program, report, end.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program on a machine inside this process, without a cluster.",
    usage: """
      tctl run [--stations <n>] [--profile <profile>] [--kernel <file>] [--processors <n>] [--deadlock report|exit] [--json] [--counters] [--sharing] PROGRAM [ARG...]
      tctl run --from <file> [--processors <n>] [--deadlock report|exit] [--json] [--counters] [--sharing] [PROGRAM [ARG...]]
      """,
    discussion: "From a checkpoint, the program that runs there goes on; or, if none does, PROGRAM runs on its machine."
  )

  @OptionGroup var machine: MachineOptions
  @Flag(help: "Print one JSON object at the end instead of the output.")
  var json = false
  @Flag(help: "Show afterwards what the machine's monitor has counted over the program; JSON has it always.")
  var counters = false
  @Flag(help: "Show afterwards which lines cost most sharing misses.")
  var sharing = false
  @OptionGroup var count: SharingCount
  @OptionGroup var waiting: DeadlockOption
  @OptionGroup var program: ProgramArguments

  func run() throws {
    program.tellOptions(of: Self.self)
    let start = try MachineStart(machine, program, from: try machine.checkpoint())
    let session = RunSession(keepsOutput: json, program: start.file)
    start.resume(session)
    let runner: MachineRunner
    do {
      runner = try MachineRunner(
        configuration: start.configuration(isChecked: machine.check), ring: SoloRing(stations: start.profile.stations)
      ) {
        session.take($0)
      }
    } catch {
      throw Problem.cluster("the machine does not start: \(error)")
    }
    let policy = waiting.deadlock ?? (isatty(2) == 1 ? .report : .exit)
    runner.endsDeadlocked = { _ in policy == .exit }
    if start.checkpoint == nil {
      Progress.shared.begin { "tctl: Tornado starts on \(start.profile.processors) processors" }
    }
    runner.start()
    try start.enter(runner, session)
    Progress.shared.begin { "tctl: \(start.name) runs" }
    try session.wait { $0.end != nil }
    let lines = sharing ? try sharingReport(runner, session, start) : nil
    if json {
      try session.wait { $0.isIdle }
      try report(runner, session, lines)
    } else {
      Progress.shared.clear()
      if counters, let end = session.state.end {
        let title = "\n\(start.name), profile \(start.profile.name), cycle \(end.counters.cycle), over the program\n\n"
        writeAll(1, HostText.bytes(title))
        for line in CountersView(report: end.counters).lines(width: Terminal.width) { print(line) }
      }
      if let lines {
        print()
        for line in SharingView(report: lines).lines() { print(line) }
      }
    }
    Progress.shared.clear()
    throw ExitCode(Int32(session.state.end?.status ?? 70))
  }

  private func sharingReport(_ runner: MachineRunner, _ session: RunSession, _ start: MachineStart) throws
    -> SharingReport?
  {
    runner.query(.jobSharing) { reply in
      session.change { if case .sharing(let entries, let cycle) = reply { $0.sharing = (entries, cycle) } }
    }
    try session.wait { $0.sharing != nil }
    let names = SharingNames(
      kernel: SymbolTable(start.kernel), program: SymbolTable(start.file), profile: start.profile)
    return session.state.sharing.map { entries, cycle in
      SharingReport(
        cycle: cycle, program: start.name, entries: entries, names: names, profile: start.profile, top: count.lines)
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
      exitStatus: end.status, output: state.output, cycles: end.cycles,
      instructions: end.instructions,
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
  /// The program's file, which has names for its addresses.
  private let program: [UInt8]
  private lazy var symbols = SymbolTable(program)
  private var names = AddressNames()

  init(keepsOutput: Bool, program: [UInt8]) {
    self.keepsOutput = keepsOutput
    self.program = program
  }

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
    case .output(_, HostStream.named, let bytes):
      Progress.shared.pass(2, names.take(bytes, symbols))
    case .output(_, let stream, let bytes):
      if keepsOutput && stream == 1 {
        change { $0.output += bytes }
      } else {
        Progress.shared.pass(stream == 2 ? 2 : 1, bytes)
      }
    case .exited(_, let status, let cycle, let cycles, let instructions, let counters):
      let report = CountersReport(cycle: cycle, stations: counters.stations.map { ($0.processors, $0.station) })
      change {
        $0.hostSeconds = (ContinuousClock.now - $0.startedAt) / .seconds(1)
        $0.end = (status, cycles, instructions, report)
      }
    case .panic(let code):
      change {
        let last = String(decoding: $0.console, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" } ?? ""
        $0.failure = "Tornado has panicked on processor \(code)\(last)"
      }
    case .failed(let reason, _): change { $0.failure = "the machine has failed: \(reason)" }
    case .stopped: change { $0.failure = $0.failure ?? "the machine was stopped" }
    }
  }
}
