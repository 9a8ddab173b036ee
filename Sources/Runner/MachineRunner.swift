import Foundation
import NUMAchine
import ringbus

/// Runs the local stations of a machine on a thread of its own: a window, an exchange of frames, the next
/// window.
///
/// All runners of a machine see the same frames and so plan the same windows. Nothing enters a machine but
/// control records in station 0's frames, which take effect between two windows.
public final class MachineRunner: @unchecked Sendable {
  let profile: MachineProfile
  let window: UInt64
  let ring: Ring
  /// The local stations. To be touched only while the machine waits.
  public let stations: [Station]
  private let onEvent: @Sendable (RunnerEvent) -> Void
  var frames: [[UInt8]]
  /// A writer for each local station's next frame, and what it has put into this one.
  var control: [[UInt8]]
  var outgoing: [[UInt8]]
  /// End of the last window: the machine's present.
  var now: UInt64 = 0
  var isIdle = false
  var isStopping = false
  /// Some station has yet to answer something that all have seen.
  var answersDue = false
  /// A job's counters are on their way to station 0: the ledger is not complete.
  var jobCountersDue = false
  var desk: QueryDesk
  private let decoder: FrameDecoder
  var jobs = JobLedger()
  /// Checkpoints that all have been asked for and that are not taken yet.
  var checkpointsDue: [UInt64] = []
  /// Other questions that all have been asked and that are not answered yet.
  private var queriesDue: [(Query, UInt64)] = []
  var courier: CheckpointCourier
  var hostParts: [UInt64: [UInt8]] = [:]
  let image: [UInt8]
  /// When something is due first.
  private var firstDue: UInt64 = 0
  /// What a checkpoint is to keep of the host's side; called on the runner's thread, where station 0 is
  /// local.
  ///
  /// It must call its argument, which notes the programs that were submitted and have not entered the
  /// machine, at a moment when none can be submitted.
  public var hostPart: ((_ noteInputs: () -> Void) -> [UInt8])?
  /// Whether a job is to be ended that waits for ever; called on the runner's thread, where station 0 is local.
  public var endsDeadlocked: (_ job: Int) -> Bool = { _ in false }
  private let checker: CoherenceChecker?
  private let inbox = Inbox()
  /// Records that have not entered the machine.
  var waitingInputs: [[UInt8]] { inbox.inputs }
  private let bank: StationBank
  private let windowStart: UnsafeMutablePointer<UInt64>
  /// A window in which no station sends anything can be followed by the next at once: there is nothing to
  /// plan.
  private let canGoOn: UnsafeMutablePointer<Bool>
  /// The threads that run the local stations' windows.
  private var crew = Crew(members: 1) { _, _ in false }

  /// All stations are here: there is nobody to exchange frames with.
  private var isWhole: Bool { stations.count == frames.count }
  var holdsStation0: Bool { ring.local.lowerBound == 0 }

  /// - Parameters:
  ///   - ring: decides which stations are local.
  ///   - threads: that run the local stations; by default as many as the host has cores. Results do not
  ///     depend on it.
  ///   - onEvent: called on the runner's thread; must return fast.
  /// - Throws: `RunnerError` for an unusable boot image or a number of stations that the profile does not
  ///   have.
  public init(
    configuration: RunnerConfiguration, ring: Ring, threads: Int? = nil,
    onEvent: @escaping @Sendable (RunnerEvent) -> Void
  ) throws(RunnerError) {
    profile = configuration.profile
    guard (1...profile.stations).contains(configuration.stations), configuration.stations == ring.stations else {
      throw RunnerError(
        "profile '\(profile.name)' has 1 to \(profile.stations) stations, not \(configuration.stations)")
    }
    window = UInt64(LatencyBudget(profile).window)
    self.ring = ring
    self.onEvent = onEvent
    let image = try BootImage(configuration.image, memoryBytes: profile.memoryBytes)
    self.image = configuration.image
    stations = ring.local.map { Station(profile: configuration.profile, number: $0, stations: configuration.stations) }
    courier = CheckpointCourier(stations: stations.count, isWhole: stations.count == ring.stations)
    for station in stations where configuration.checkpoint == nil {
      if station.number == 0 {
        for segment in image.segments {
          image.file.withUnsafeBytes {
            station.load(UnsafeRawBufferPointer(rebasing: $0[segment.bytes]), at: segment.address)
          }
        }
      }
      station.reset(entry: image.entry)
    }
    checker = configuration.isChecked ? CoherenceChecker(stations) : nil
    frames = Array(repeating: [], count: ring.stations)
    control = Array(repeating: [], count: stations.count)
    desk = QueryDesk(profile: profile, stations: ring.stations)
    decoder = FrameDecoder(profile: profile, stations: ring.stations)
    outgoing = Array(repeating: [], count: stations.count)
    bank = StationBank(stations)
    windowStart = .allocate(capacity: 1)
    windowStart.initialize(to: 0)
    canGoOn = .allocate(capacity: 1)
    canGoOn.initialize(to: false)
    let members = max(1, min(stations.count, threads ?? ProcessInfo.processInfo.activeProcessorCount))
    let (bank, window, count, inbox) = (bank, window, stations.count, inbox)
    nonisolated(unsafe) let (windowStart, canGoOn) = (windowStart, canGoOn)
    crew = Crew(members: members) { member, round in
      let start = windowStart.pointee + UInt64(round) * window
      let end = start + window
      var isQuiet = canGoOn.pointee
      var isBusy = false
      for index in stride(from: member, to: count, by: members) {
        bank.with(index) {
          $0.run(from: start, to: end)
          if $0.hasSent { isQuiet = false }
          if $0.nextTime < end + window { isBusy = true }
        }
      }
      return isQuiet && isBusy && (member > 0 || inbox.isEmpty)
    }
    if let checkpoint = configuration.checkpoint {
      do throws(RunnerError) {
        try resume(checkpoint)
      } catch {
        crew.disband()
        throw error
      }
    }
  }

  /// Becomes what the checkpoint says.
  private func resume(_ checkpoint: CheckpointFile) throws(RunnerError) {
    var sections: [StationSection] = []
    for number in 0..<ring.stations {
      let section = try StationSection(
        try checkpoint.section(number), profile: profile, stations: ring.stations)
      guard sections.first?.agrees(with: section) ?? true else {
        throw RunnerError("is a checkpoint that this version does not understand: its stations' times or jobs differ")
      }
      sections.append(section)
    }
    let inputs = sections[0].inputs
    sections = Array(sections[ring.local])
    for (station, section) in zip(stations, sections) {
      do throws(CheckpointProblem) {
        try station.restore(section.state)
      } catch {
        let part = error.region.isEmpty ? "" : ", which has another '\(error.region)'"
        throw RunnerError("is a checkpoint of another version of the machine\(part)")
      }
    }
    jobs.resume(sections)
    now = sections[0].now
    firstDue = sections[0].next
    guard holdsStation0 else { return }
    for input in inputs { _ = inbox.post(.input(input)) }
  }

  deinit {
    bank.deallocate()
    windowStart.deallocate()
    canGoOn.deallocate()
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
    var end = "the cluster has been stopped"
    do {
      var next = firstDue
      while !isStopping {
        if next != .max {
          isIdle = false
          runWindows(from: next)
        } else if !answersDue {
          try standStill()
        }
        collectWishes()
        courier.fill(&control)
        for index in control.indices where !control[index].isEmpty || !outgoing[index].isEmpty {
          swap(&outgoing[index], &control[index])
          control[index].removeAll(keepingCapacity: true)
        }
        if !isWhole {
          fillFrames()
          try ring.exchange(&frames, patience: isIdle && !answersDue ? .idle : .busy)
        }
        next = try readFrames()
        if let problem = checker?.check() { throw RunnerError("a rule of coherence is broken: \(problem)") }
        if !checkpointsDue.isEmpty && !jobCountersDue { takeCheckpoints(next: next) }
      }
      onEvent(.stopped)
    } catch let error as RingError {
      end = error.description
      onEvent(.failed(error.description, station: error.station))
    } catch let error as RunnerError {
      end = error.description
      onEvent(.failed(error.description, station: error.station))
    } catch {
      end = "\(error)"
      onEvent(.failed("\(error)", station: nil))
    }
    ring.close()
    crew.disband()
    for wish in inbox.close(because: end) {
      if case .query(_, let reply) = wish { reply(.refused(end)) }
    }
    desk.refuseAll(end)
  }

  /// Runs the window in which something is due, and those after it in which it is known beforehand that
  /// nothing comes from anywhere.
  private func runWindows(from due: UInt64) {
    let start = max(now, due / window * window)
    canGoOn.pointee =
      isWhole && checker == nil && checkpointsDue.isEmpty && courier.isEmpty && control.allSatisfy(\.isEmpty)
    if busyStations(before: start + window) > 1 {
      windowStart.pointee = start
      now = start + UInt64(crew.run()) * window
    } else {
      now = runAlone(from: start)
    }
  }

  /// One station at most has something to do: runs windows until others have, or it sends something.
  ///
  /// - Returns: the end of the last.
  private func runAlone(from first: UInt64) -> UInt64 {
    var start = first
    for index in stations.indices { bank.with(index) { $0.run(from: start, to: start + window) } }
    guard canGoOn.pointee, !stations.indices.contains(where: { bank.with($0) { $0.hasSent } }) else {
      return start + window
    }
    var busiest = 0
    for index in stations.indices where bank.with(index, { $0.nextTime }) < bank.with(busiest, { $0.nextTime }) {
      busiest = index
    }
    var others = bank.with(0) { $0.nextPacketTime }
    for index in stations.indices where index != busiest { others = min(others, bank.with(index) { $0.nextTime }) }
    while inbox.isEmpty, bank.with(busiest, { $0.nextTime }) < start + 2 * window, others >= start + 2 * window {
      start += window
      bank.with(busiest) { $0.run(from: start, to: start + window) }
      if bank.with(busiest, { $0.hasSent }) { break }
    }
    if start != first {
      for index in stations.indices where index != busiest {
        bank.with(index) { $0.run(from: start, to: start + window) }
      }
    }
    return start + window
  }

  /// How many local stations have something to do in the window: where it is one, threads would cost more
  /// than they bring.
  private func busyStations(before end: UInt64) -> Int {
    if bank.with(0, { $0.nextPacketTime }) < end { return stations.count }
    var busy = 0
    for index in stations.indices where bank.with(index, { $0.nextTime }) < end { busy += 1 }
    return busy
  }

  /// Nothing is due: asks the kernel about jobs that have not ended, then waits for a wish here, or for station
  /// 0's word.
  private func standStill() throws {
    if holdsStation0, let job = jobs.unasked {
      return ControlRecord.input(JobRecord.deadlock(job: job, ends: endsDeadlocked(job))).write(into: &control[0])
    }
    if !isIdle {
      isIdle = true
      if holdsStation0 { onEvent(.idle(cycle: now / UInt64(profile.processorCycle))) }
    }
    if inbox.isEmpty { try ring.waitForWake() }
  }

  private func collectWishes() {
    guard !inbox.isEmpty else { return }
    for wish in inbox.take() {
      switch wish {
      case .input(let record): ControlRecord.input(record).write(into: &control[0])
      case .query(let query, let reply):
        ControlRecord.query(query, id: desk.open(query, reply)).write(into: &control[0])
      case .pause(let body): body()
      case .stop: ControlRecord.stop.write(into: &control[0])
      }
    }
  }

  private func fillFrames() {
    for (index, station) in stations.enumerated() {
      frames[station.number].removeAll(keepingCapacity: true)
      Frame.write(
        nextTime: station.nextTime, packets: station.sent, output: station.output, control: outgoing[index],
        into: &frames[station.number])
    }
  }

  /// Takes what all stations said: the local ones at first hand, the others by their frames.
  ///
  /// - Returns: the earliest tick at which anything is due in the machine.
  private func readFrames() throws(RunnerError) -> UInt64 {
    var next = UInt64.max
    var hasInput = false
    answersDue = false
    jobCountersDue = false
    var records: [Publication] = []
    for number in 0..<ring.stations {
      if ring.local.contains(number) {
        let index = number - ring.local.lowerBound
        next = min(next, bank.with(index) { $0.nextTime })
        if bank.with(index, { $0.hasSent }) {
          stations[index].sent.withUnsafeBytes { accept($0) }
          records += try decoder.output(stations[index].output, from: number, now: now)
          stations[index].clearSent()
        }
        if !outgoing[index].isEmpty {
          for record in try decoder.control(outgoing[index], from: number) {
            if try take(record, from: number) { hasInput = true }
          }
        }
      } else {
        let frame = try decoder.frame(frames[number], from: number, now: now) { accept($0) }
        next = min(next, frame.nextTime)
        records += frame.output
        for record in frame.control { if try take(record, from: number) { hasInput = true } }
      }
    }
    if !records.isEmpty { publish(records) }
    answerQueries()
    next = min(next, bank.with(0) { $0.nextPacketTime })
    return hasInput ? min(next, now) : next
  }

  /// Answers as the machine stands when everything that was sent has been accepted everywhere.
  private func answerQueries() {
    for (query, id) in queriesDue {
      for (index, station) in stations.enumerated() {
        ControlRecord.reply(desk.answer(query, station, lastJob: jobs.lastSharing, index), id: id)
          .write(into: &control[index])
      }
    }
    queriesDue = []
  }

  private func accept(_ packets: UnsafeRawBufferPointer) {
    guard packets.count > 0 else { return }
    for index in stations.indices { bank.with(index) { $0.accept(packets: packets) } }
  }

  /// - Returns: whether the machine has got something to do.
  private func take(_ record: ControlRecord, from number: Int) throws(RunnerError) -> Bool {
    switch record {
    case .input(let input):
      jobs.entered(input)
      if holdsStation0 { stations[0].enter(input) }
      return true
    case .query(.checkpoint, let id):
      answersDue = true
      checkpointsDue.append(id)
    case .query(let query, let id):
      answersDue = true
      queriesDue.append((query, id))
    case .reply(let answer, let id):
      guard holdsStation0 else { break }
      do throws(WireProblem) {
        try desk.take(
          answer, query: id, station: number, cycle: now / UInt64(profile.processorCycle), isIdle: isIdle)
      } catch { throw RunnerError("station \(number) answered \(error.what)", station: number) }
    case .jobCounters(let counters, let job):
      guard holdsStation0 else { break }
      if let event = jobs.take(counters, job: job, station: number, stations: ring.stations) { onEvent(event) }
    case .part(let bytes, let id, let place):
      if place != .lastOfAll { answersDue = true }
      if holdsStation0 { takePart(bytes, of: id, place, from: number) }
    case .stop: isStopping = true
    }
    return false
  }

  /// Hands output and events on, in emulated order: by time, then station, then the station's own order.
  private func publish(_ records: [Publication]) {
    let inOrder = records.enumerated().sorted {
      ($0.element.record.time, $0.element.station, $0.offset) < ($1.element.record.time, $1.element.station, $1.offset)
    }
    for (_, publication) in inOrder {
      let (record, bytes) = (publication.record, publication.bytes)
      let job = Int(record.job)
      let cycle = record.time / UInt64(profile.processorCycle)
      switch record.kind {
      case .output: if holdsStation0 { onEvent(.output(job: job, stream: Int(record.stream), bytes: bytes)) }
      case .processorReady: if holdsStation0 { onEvent(.processorReady(Int(record.value))) }
      case .panic: if holdsStation0 { onEvent(.panic(code: Int(record.value))) }
      case .started:
        jobs.start(job, cycle: cycle, stations.map(\.counters), sharing: stations.map(\.sharing))
        if holdsStation0 { onEvent(.started(job: job, cycle: cycle)) }
      case .exited:
        answersDue = true
        jobCountersDue = true
        let differences = jobs.end(
          job, status: Int(record.value), cycle: cycle, stations.map(\.counters),
          sharing: stations.map(\.sharing))
        for (index, difference) in differences.enumerated() {
          ControlRecord.jobCounters(difference, job: job).write(into: &control[index])
        }
      }
    }
  }
}
