import NUMAchine

/// The local stations of a machine and their windows. It knows nothing of frames, of who asks for what, and
/// of where output goes.
///
/// All processes of a machine run the same windows: which comes next follows from what all stations say.
final class Machine {
  let profile: MachineProfile
  /// Of the whole machine.
  let stationCount: Int
  let stations: [Station]
  let image: [UInt8]
  private let steps: LockStep
  private let checker: CoherenceChecker?
  private let bank: StationBank
  /// Wishes have come from outside: no further window follows without looking at them.
  private let isWanted: @Sendable () -> Bool
  private let windowStart: UnsafeMutablePointer<UInt64>
  /// A window in which no station sends anything can be followed by the next at once: there is nothing to
  /// plan.
  private let canGoOn: UnsafeMutablePointer<Bool>
  /// The threads that run the local stations' windows.
  private let crew: Crew

  /// - Parameters:
  ///   - local: the stations that are here.
  ///   - threads: that run them, at most. Results do not depend on it.
  ///   - isWanted: asked between any two windows, on any of the threads: must cost nothing.
  /// - Throws: `RunnerError` for an unusable boot image or a number of stations that the profile does not
  ///   have.
  init(
    _ configuration: RunnerConfiguration, local: Range<Int>, threads: Int, isWanted: @escaping @Sendable () -> Bool
  ) throws(RunnerError) {
    let profile = configuration.profile
    self.profile = profile
    stationCount = configuration.stations
    guard (1...profile.stations).contains(configuration.stations) else {
      throw RunnerError(
        "profile '\(profile.name)' has 1 to \(profile.stations) stations, not \(configuration.stations)")
    }
    let image = try BootImage(configuration.image, memoryBytes: profile.memoryBytes)
    self.image = configuration.image
    stations = local.map { Station(profile: profile, number: $0, stations: configuration.stations) }
    if configuration.checkpoint == nil { image.boot(stations) }
    steps = LockStep(stations)
    checker = configuration.isChecked ? CoherenceChecker(stations) : nil
    bank = StationBank(stations)
    self.isWanted = isWanted
    windowStart = .allocate(capacity: 1)
    windowStart.initialize(to: 0)
    canGoOn = .allocate(capacity: 1)
    canGoOn.initialize(to: false)
    let members = max(1, min(stations.count, threads))
    let (bank, window, count) = (bank, steps.window, stations.count)
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
      return isQuiet && isBusy && (member > 0 || !isWanted())
    }
  }

  deinit {
    bank.deallocate()
    windowStart.deallocate()
    canGoOn.deallocate()
  }

  /// Ends the threads.
  func disband() { crew.disband() }

  /// All stations are here.
  var isWhole: Bool { stations.count == stationCount }
  var holdsStation0: Bool { stations[0].number == 0 }
  /// End of the last window, in ticks: the machine's present.
  var now: UInt64 { steps.now }
  var cycle: UInt64 { now / UInt64(profile.processorCycle) }
  var counters: [StationCounters] { stations.map(\.counters) }
  var sharing: [[SharingEntry]] { stations.map(\.sharing) }

  /// Becomes what the local stations' sections say.
  func restore(_ sections: [StationSection]) throws(RunnerError) {
    for (station, section) in zip(stations, sections) {
      do throws(CheckpointProblem) {
        try station.restore(section.state)
      } catch {
        throw RunnerError("is a checkpoint of another version of the machine, or of none: \(error)")
      }
    }
    steps.now = sections[0].now
  }

  // MARK: Windows

  /// Runs the window in which something is due, and those after it in which it is known beforehand that
  /// nothing comes from anywhere.
  ///
  /// - Parameter isAlone: nobody has anything to say to the machine or about it but the local stations.
  func run(from due: UInt64, isAlone: Bool) {
    let start = steps.start(for: due)
    canGoOn.pointee = isAlone && isWhole && checker == nil
    if busyStations(before: start + steps.window) > 1 {
      windowStart.pointee = start
      steps.now = start + UInt64(crew.run()) * steps.window
    } else {
      steps.now = runAlone(from: start)
    }
  }

  /// One station at most has something to do: runs windows until others have, or it sends something.
  ///
  /// - Returns: the end of the last.
  private func runAlone(from first: UInt64) -> UInt64 {
    let window = steps.window
    let count = stations.count
    var start = first
    for index in 0..<count { bank.with(index) { $0.run(from: start, to: start + window) } }
    guard canGoOn.pointee, !(0..<count).contains(where: { bank.with($0) { $0.hasSent } }) else {
      return start + window
    }
    var busiest = 0
    for index in 0..<count where bank.with(index, { $0.nextTime }) < bank.with(busiest, { $0.nextTime }) {
      busiest = index
    }
    var others = nextPacketTime
    for index in 0..<count where index != busiest { others = min(others, nextTime(of: index)) }
    while !isWanted(), nextTime(of: busiest) < start + 2 * window, others >= start + 2 * window {
      start += window
      bank.with(busiest) { $0.run(from: start, to: start + window) }
      if bank.with(busiest, { $0.hasSent }) { break }
    }
    if start != first {
      for index in 0..<count where index != busiest {
        bank.with(index) { $0.run(from: start, to: start + window) }
      }
    }
    return start + window
  }

  /// How many local stations have something to do in the window: where it is one, threads would cost more
  /// than they bring.
  private func busyStations(before end: UInt64) -> Int {
    if nextPacketTime < end { return stations.count }
    var busy = 0
    for index in stations.indices where nextTime(of: index) < end { busy += 1 }
    return busy
  }

  /// Earliest tick at which a packet that is under way can arrive anywhere.
  var nextPacketTime: UInt64 { bank.with(0) { $0.nextPacketTime } }
  /// Earliest tick at which something is due in a local station.
  func nextTime(of index: Int) -> UInt64 { bank.with(index) { $0.nextTime } }
  /// Whether a local station has packets, output or events that nobody has taken.
  func hasSent(_ index: Int) -> Bool { bank.with(index) { $0.hasSent } }

  // MARK: Between windows

  /// Takes what a station sent in the last window: of the right form (`PacketCheck`).
  func accept(_ packets: UnsafeRawBufferPointer) {
    guard packets.count > 0 else { return }
    for index in stations.indices { bank.with(index) { $0.accept(packets: packets) } }
  }

  /// A record from outside enters, where station 0 is local.
  func enter(_ record: [UInt8]) { if holdsStation0 { stations[0].enter(record) } }

  /// - Throws: `RunnerError` with the rule of the model that is broken; where lines are checked, of coherence
  ///   too.
  func check() throws(RunnerError) {
    for index in stations.indices where hasSent(index) {
      if let fault = stations[index].fault { throw RunnerError("\(fault)", station: fault.station) }
    }
    if let problem = checker?.check() { throw RunnerError("a rule of coherence is broken: \(problem)") }
  }

  /// What stations have for the host in emulated order: by time, then station, then the station's own order.
  static func inOrder(_ publications: [Publication]) -> [Publication] {
    publications.enumerated().sorted {
      ($0.element.record.time, $0.element.station, $0.offset) < ($1.element.record.time, $1.element.station, $1.offset)
    }.map(\.element)
  }
}
