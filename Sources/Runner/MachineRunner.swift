import Foundation
import NUMAchine
import ringbus

/// Runs the local stations of a machine on a thread of its own: a window, a round of what all stations say,
/// the next window.
///
/// All runners of a machine hear the same and so plan the same windows. Nothing enters a machine but control
/// records in station 0's frames, which take effect between two windows.
public final class MachineRunner: @unchecked Sendable {
  private let ring: Ring
  private let machine: Machine
  private let rounds: Rounds
  private let desk: ControlDesk
  private let inbox: Inbox
  private let onEvent: @Sendable (RunnerEvent) -> Void
  /// When something is due first.
  private var firstDue: UInt64 = 0
  /// What a checkpoint is to keep of the host's side; called on the runner's thread, where station 0 is
  /// local.
  ///
  /// It must call its argument, which notes the programs that were submitted and have not entered the
  /// machine, at a moment when none can be submitted.
  public var hostPart: ((_ noteInputs: () -> Void) -> [UInt8])?
  /// Whether a job is to be ended that waits for ever; called on the runner's thread, where station 0 is
  /// local.
  public var endsDeadlocked: (_ job: Int) -> Bool = { _ in false }

  /// The local stations. To be touched only while the machine waits.
  public var stations: [Station] { machine.stations }

  /// - Parameters:
  ///   - ring: decides which stations are local.
  ///   - threads: that run the local stations; by default as many as the host has cores. Results do not
  ///     depend on it.
  ///   - onEvent: called on the runner's thread; must return fast.
  /// - Throws: `RunnerError` for an unusable boot image, a number of stations that the profile does not have,
  ///   or a checkpoint of another machine.
  public init(
    configuration: RunnerConfiguration, ring: Ring, threads: Int? = nil,
    onEvent: @escaping @Sendable (RunnerEvent) -> Void
  ) throws(RunnerError) {
    guard configuration.stations == ring.stations else {
      throw RunnerError("the ring has \(ring.stations) stations, and the machine \(configuration.stations)")
    }
    let inbox = Inbox()
    self.ring = ring
    self.inbox = inbox
    self.onEvent = onEvent
    machine = try Machine(
      configuration, local: ring.local, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
    ) { !inbox.isEmpty }
    rounds = Rounds(machine, ring)
    desk = ControlDesk(machine, rounds, onEvent: onEvent)
    guard let checkpoint = configuration.checkpoint else { return }
    do throws(RunnerError) {
      try resume(checkpoint)
    } catch {
      machine.disband()
      throw error
    }
  }

  /// Becomes what the checkpoint says.
  private func resume(_ checkpoint: CheckpointFile) throws(RunnerError) {
    var sections: [StationSection] = []
    for number in 0..<ring.stations {
      let section = try StationSection(
        try checkpoint.section(number), profile: machine.profile, stations: ring.stations)
      guard sections.first?.agrees(with: section) ?? true else {
        throw RunnerError("is a checkpoint that this version does not understand: its stations' times or jobs differ")
      }
      sections.append(section)
    }
    let local = Array(sections[ring.local])
    try machine.restore(local)
    desk.resume(local)
    firstDue = sections[0].next
    guard machine.holdsStation0 else { return }
    for input in sections[0].inputs { _ = inbox.post(.input(input)) }
  }

  /// Starts the runner's thread.
  public func start() {
    let thread = Thread { [self] in run() }
    thread.name = "runner"
    thread.stackSize = 8 << 20
    thread.start()
  }

  // MARK: What other threads may call

  /// Enters a program. Only where station 0 is local.
  public func submit(_ submission: Submission) { post(.input(JobRecord.run(submission))) }

  /// Ends a program, as `SIGKILL` does. A job that has ended already is left alone.
  public func kill(job: Int) { post(.input(JobRecord.kill(job: job))) }

  /// Asks about the machine as it stands between two windows. Only where station 0 is local.
  ///
  /// - Parameter reply: called once, on the runner's thread.
  public func query(_ query: Query, _ reply: @escaping @Sendable (QueryReply) -> Void) { post(.query(query, reply)) }

  /// Calls `body` on the runner's thread between two windows: the machine waits for it.
  public func pause(_ body: @escaping @Sendable () -> Void) { post(.pause(body)) }

  /// Ends the machine in order: all its daemons where station 0 is local, else this one, which the others
  /// will report.
  public func stop() { post(.stop) }

  private func post(_ wish: Inbox.Wish) {
    if let reason = inbox.post(wish) {
      if case .query(_, let reply) = wish { reply(.refused(reason)) }
    } else {
      ring.wake()
    }
  }

  // MARK: The thread

  private func run() {
    let end: String
    do {
      var next = firstDue
      while !desk.isStopping { next = try round(next) }
      end = "the cluster has been stopped"
      onEvent(.stopped)
    } catch {
      end = "\(error)"
      onEvent(.failed(end, station: (error as? RingError)?.station ?? (error as? RunnerError)?.station))
    }
    ring.close()
    machine.disband()
    for wish in inbox.close(because: end) {
      if case .query(_, let reply) = wish { reply(.refused(end)) }
    }
    desk.refuseAll(end)
  }

  /// Windows, or a wait where nothing is due, and what all stations have to say after it.
  ///
  /// - Parameter due: when something is due in the machine.
  /// - Returns: the same, afterwards.
  private func round(_ due: UInt64) throws -> UInt64 {
    if due != .max {
      desk.isIdle = false
      machine.run(from: due, isAlone: desk.isQuiet && rounds.isSilent)
    } else if !desk.answersDue {
      try standStill()
    }
    collectWishes()
    desk.fill()
    let next = try desk.take(rounds.exchange(desk.isIdle && !desk.answersDue ? .idle : .busy))
    try machine.check()
    desk.takeCheckpoints(next: next) { [self] in
      var inputs: [[UInt8]] = []
      let note = { inputs = self.inbox.inputs }
      guard let hostPart else {
        note()
        return ([], inputs)
      }
      let part = hostPart(note)
      return (part, inputs)
    }
    return next
  }

  /// Nothing is due: asks the kernel about jobs that have not ended, then waits for a wish here, or for
  /// station 0's word.
  private func standStill() throws {
    if machine.holdsStation0, let job = desk.unasked {
      return rounds.say(.input(JobRecord.deadlock(job: job, ends: endsDeadlocked(job))), 0)
    }
    if !desk.isIdle {
      desk.isIdle = true
      if machine.holdsStation0 { onEvent(.idle(cycle: machine.cycle)) }
    }
    if inbox.isEmpty { try ring.waitForWake() }
  }

  private func collectWishes() {
    guard !inbox.isEmpty else { return }
    for wish in inbox.take() {
      switch wish {
      case .input(let record): rounds.say(.input(record), 0)
      case .query(let query, let reply): desk.ask(query, reply)
      case .pause(let body): body()
      case .stop: rounds.say(.stop, 0)
      }
    }
  }
}
