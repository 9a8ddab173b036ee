import NUMAchine

/// What runners say to each other about the machine: a handler for each kind of control record, and what they
/// remember between rounds.
final class ControlDesk {
  private let machine: Machine
  private let rounds: Rounds
  private let onEvent: (RunnerEvent) -> Void
  private var questions: QueryDesk
  private var jobs = JobLedger()
  /// Checkpoints that all have been asked for and that are not taken yet.
  private var checkpointsDue: [UInt64] = []
  private var courier: CheckpointCourier
  private var hostParts: [UInt64: [UInt8]] = [:]
  /// The machine ends after this round.
  private(set) var isStopping = false
  /// Some station has yet to answer something that all have seen.
  private(set) var answersDue = false
  /// A job's counters are on their way to station 0: the ledger is not complete.
  private var jobCountersDue = false
  /// Nothing is due in the machine.
  var isIdle = false

  /// - Parameter onEvent: is told what happens, where station 0 is local.
  init(_ machine: Machine, _ rounds: Rounds, onEvent: @escaping (RunnerEvent) -> Void) {
    self.machine = machine
    self.rounds = rounds
    self.onEvent = onEvent
    questions = QueryDesk(profile: machine.profile, stations: machine.stationCount)
    courier = CheckpointCourier(stations: machine.stations.count, isWhole: machine.isWhole)
  }

  /// Goes on with what the local stations' sections say of jobs.
  func resume(_ sections: [StationSection]) { jobs.resume(sections) }

  /// Nothing is to be said or taken: windows may follow each other.
  var isQuiet: Bool { checkpointsDue.isEmpty && courier.isEmpty }

  /// A job of which the kernel has not been asked whether it waits for ever, though the machine stands still.
  var unasked: Int? { jobs.unasked }

  /// Puts a question to all stations.
  func ask(_ query: Query, _ reply: @escaping @Sendable (QueryReply) -> Void) {
    rounds.say(.query(query, id: questions.open(query, reply)), 0)
  }

  func refuseAll(_ reason: String) { questions.refuseAll(reason) }

  // MARK: Rounds

  /// Sends the next parts of sections that are on their way.
  func fill() { courier.fill { rounds.say($0, $1) } }

  /// Takes what all stations have said.
  ///
  /// - Returns: the earliest tick at which anything is due in the machine.
  /// - Throws: `RunnerError` for answers that are none.
  func take(_ heard: Rounds.Heard) throws(RunnerError) -> UInt64 {
    answersDue = false
    jobCountersDue = false
    var next = heard.next
    for (record, station) in heard.control {
      switch record {
      case .input(let input):
        jobs.entered(input)
        machine.enter(input)
        next = min(next, machine.now)
      case .query(.checkpoint, let id): checkpointAsked(id)
      case .query(let query, let id): asked(query, id)
      case .reply(let answer, let id): try answered(answer, id, by: station)
      case .jobCounters(let counters, let job): counted(counters, job, by: station)
      case .part(let bytes, let id, let place): partCame(bytes, id, place, from: station)
      case .stop: isStopping = true
      }
    }
    if !heard.publications.isEmpty { publish(heard.publications) }
    return next
  }

  private func asked(_ query: Query, _ id: UInt64) {
    answersDue = true
    for (index, station) in machine.stations.enumerated() {
      rounds.say(.reply(questions.answer(query, station, lastJob: jobs.lastSharing, index), id: id), index)
    }
  }

  private func checkpointAsked(_ id: UInt64) {
    answersDue = true
    checkpointsDue.append(id)
  }

  private func answered(_ answer: [UInt8], _ id: UInt64, by station: Int) throws(RunnerError) {
    guard machine.holdsStation0 else { return }
    do throws(WireProblem) {
      try questions.take(answer, query: id, station: station, cycle: machine.cycle, isIdle: isIdle)
    } catch { throw RunnerError("station \(station) answered \(error.what)", station: station) }
  }

  private func counted(_ counters: StationCounters, _ job: Int, by station: Int) {
    guard machine.holdsStation0 else { return }
    if let event = jobs.take(counters, job: job, station: station, stations: machine.stationCount) { onEvent(event) }
  }

  private func partCame(_ bytes: [UInt8], _ id: UInt64, _ place: CheckpointCourier.Place, from station: Int) {
    if place != .lastOfAll { answersDue = true }
    guard machine.holdsStation0 else { return }
    questions.take(part: bytes, isLast: place != .moreFollows, query: id, station: station) { sections in
      CheckpointParts(
        profile: machine.profile, image: machine.image, host: hostParts.removeValue(forKey: id) ?? [],
        sections: sections)
    }
  }

  /// Hands output and events on, in emulated order; jobs' counters are of this moment.
  private func publish(_ publications: [Publication]) {
    for publication in Machine.inOrder(publications) {
      let record = publication.record
      let job = Int(record.job)
      let cycle = record.time / UInt64(machine.profile.processorCycle)
      switch record.kind {
      case .output: tell(.output(job: job, stream: Int(record.stream), bytes: publication.bytes))
      case .processorReady: tell(.processorReady(Int(record.value)))
      case .panic: tell(.panic(code: Int(record.value)))
      case .started:
        jobs.start(job, cycle: cycle, machine.counters, sharing: machine.sharing)
        tell(.started(job: job, cycle: cycle))
      case .exited:
        answersDue = true
        jobCountersDue = true
        let differences = jobs.end(
          job, status: Int(record.value), cycle: cycle, machine.counters, sharing: machine.sharing)
        for (index, difference) in differences.enumerated() { rounds.say(.jobCounters(difference, job: job), index) }
      }
    }
  }

  private func tell(_ event: RunnerEvent) { if machine.holdsStation0 { onEvent(event) } }

  // MARK: Checkpoints

  /// Takes the checkpoints that all runners have been asked for; they do it after the same window.
  ///
  /// - Parameters:
  ///   - next: when something is due next in the machine.
  ///   - hostPart: what the host keeps of its side, and the records that wait to enter; asked for where
  ///     station 0 is local.
  func takeCheckpoints(next: UInt64, hostPart: () -> (part: [UInt8], inputs: [[UInt8]])) {
    guard !checkpointsDue.isEmpty, !jobCountersDue else { return }
    answersDue = true
    for id in checkpointsDue {
      var inputs: [[UInt8]] = []
      if machine.holdsStation0 { (hostParts[id], inputs) = hostPart() }
      for (index, station) in machine.stations.enumerated() {
        var section = StationSection()
        section.now = machine.now
        section.next = next
        section.running = jobs.running(station: index)
        if index < jobs.lastSharing.count { section.lastSharing = jobs.lastSharing[index] }
        if station.number == 0 { section.inputs = inputs }
        section.state = station.checkpoint
        courier.add(section.bytes, query: id, station: index)
      }
    }
    checkpointsDue = []
  }
}
