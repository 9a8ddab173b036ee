import ControlAPI
import Dispatch
import FlyingFox
import Foundation
import GuestCompiler
import HostSystem
import Logging
import NUMAchine
import Runner
import ringbus

/// What a daemon is told when it is started.
struct DaemonConfiguration {
  var name: String
  var folder: ClusterFolder
  var profile: MachineProfile
  var stations: Int
  var local: Range<Int>
  var image: [UInt8]
  /// A machine to go on with.
  var checkpoint: CheckpointFile?
  /// The folder of the Unix sockets.
  var sockets: String
  var token: [UInt8]
  /// Threads for its stations; nil for as many as the host has cores.
  var threads: Int?
  var isChecked: Bool
}

/// A reason not to start, as one line.
struct DaemonError: Error, CustomStringConvertible {
  var station: Int?
  var description: String
}

/// One daemon: the runner of its stations and, beside station 0, the control service. Ends the process when
/// the machine ends.
final class Daemon: @unchecked Sendable {
  private let configuration: DaemonConfiguration
  private let doorkeeper: Doorkeeper?
  private let logger: Logger
  private let jobs: JobTable
  private var runner: MachineRunner!
  private var signals: [any DispatchSourceSignal] = []
  private let ending = NSLock()
  private var console: [UInt8] = []
  private var isStopping = false
  private var watch: (any DispatchSourceTimer)?
  private var service: ControlService?
  private let keeping = NSLock()
  private var kept: StatusMessage?
  /// The last that is known.
  private var cycle: UInt64 = 0

  /// - Parameter doorkeeper: listens for the control service; nil where station 0 is elsewhere.
  init(_ configuration: DaemonConfiguration, ring: Ring, doorkeeper: Doorkeeper?, logger: Logger) throws {
    self.configuration = configuration
    self.doorkeeper = doorkeeper
    self.logger = logger
    jobs = JobTable(processors: configuration.stations * configuration.profile.processorsPerStation)
    var machine = RunnerConfiguration(
      profile: configuration.profile, stations: configuration.stations, image: configuration.image)
    machine.isChecked = configuration.isChecked
    machine.checkpoint = configuration.checkpoint
    runner = try MachineRunner(
      configuration: machine, ring: ring, threads: configuration.threads, onEvent: { [unowned self] in handle($0) })
    runner.hostPart = { [unowned self] in hostPart($0) }
    if let checkpoint = configuration.checkpoint, configuration.local.contains(0) { try restore(checkpoint) }
    jobs.enter = { [unowned self] in runner.submit($0) }
    runner.endsDeadlocked = { [unowned self] in jobs.endsDeadlocked($0) }
    jobs.interrupt = { [unowned self] in runner.kill(job: $0) }
  }

  /// On the runner's thread.
  private func hostPart(_ noteInputs: () -> Void) -> [UInt8] {
    var saved = jobs.saved(noteInputs)
    saved.console = Data(console)
    return Array(Wire.encode(saved))
  }

  private func restore(_ checkpoint: CheckpointFile) throws {
    let processors = configuration.profile.processorsPerStation * configuration.stations
    guard let saved = CheckpointHost.read(Data(try checkpoint.host()), processors: processors) else {
      throw DaemonError(
        station: 0, description: "the checkpoint's host part is another version's: use the version that wrote it")
    }
    console = Array(saved.console)
    jobs.restore(saved)
  }

  /// Starts the machine; returns when the control service listens.
  func start() async throws {
    handleSignals()
    if let doorkeeper { try await listen(doorkeeper) }
    runner.start()
    if configuration.local.contains(0) { startWatch() }
    logger.info("stations \(configuration.local) run")
  }

  private func handleSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [unowned self] in
        logger.info("told to end by signal \(number)")
        stop()
      }
      source.resume()
      signals.append(source)
    }
  }

  /// Looks after the cluster's folder every second.
  private func startWatch() {
    guard let identity = Self.identity(configuration.folder.path) else { return }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { [unowned self] in
      guard Self.identity(configuration.folder.path) == identity else { return endWithoutFolder() }
      // A machine at rest has told its cycle.
      guard service?.snapshot().state == .running else { return keepStatus() }
      runner.query(.cycle) { [unowned self] reply in
        if case .cycle(let cycle, _) = reply { keepStatus(cycle: cycle) }
      }
    }
    timer.resume()
    watch = timer
  }

  /// Without its folder nobody has the token or knows the processes: such a cluster could not be stopped.
  private func endWithoutFolder() {
    watch?.cancel()
    logger.error(
      "the cluster's folder \(configuration.folder.path) was removed: without it nobody can stop the cluster, so it ends"
    )
    removeSockets()
    stop()
  }

  /// Removes the sockets and their folder, where that is not the cluster's: the cluster's may be another's by now.
  private func removeSockets() {
    let sockets = configuration.sockets
    guard sockets != configuration.folder.path else { return }
    for name in HostFile.names(in: sockets) ?? [] where name == "control" || name.hasPrefix("ring-") {
      HostFile.remove(sockets + "/" + name)
    }
    _ = HostText.withCString(sockets) { rmdir($0) }
  }

  /// Leaves in the folder how the cluster is, for when it can no longer be asked.
  ///
  /// - Parameter cycle: where the machine has come to; nil where it stands as at the last event.
  private func keepStatus(cycle: UInt64? = nil) {
    guard var status = service?.snapshot() else { return }
    keeping.withLock {
      self.cycle = max(self.cycle, cycle ?? 0)
      status.cycle = self.cycle
      guard status != kept else { return }
      kept = status
      let folder = configuration.folder
      try? folder.write(
        Wire.encode(LastStatus(status, time: Date().timeIntervalSince1970)), to: folder.lastStatus)
    }
  }

  /// Another folder by the same name is another cluster's.
  private static func identity(_ folder: String) -> [UInt64]? {
    var status = stat()
    guard HostText.withCString(folder, { stat($0, &status) }) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  private func stop() {
    ending.withLock { isStopping = true }
    jobs.fail("cluster '\(configuration.name)' was stopped")
    runner.stop()
  }

  private func listen(_ doorkeeper: Doorkeeper) async throws {
    let socket = doorkeeper.server
    let service = ControlService(
      cluster: configuration.name, profile: configuration.profile, stations: configuration.stations,
      processorsPerStation: configuration.profile.processorsPerStation, jobs: jobs, runner: runner,
      kernel: SymbolTable(configuration.image), stop: { [unowned self] in stop() })
    self.service = service
    let server = HTTPServer(
      config: .init(
        address: .unix(path: socket), timeout: 600, sharedRequestBufferSize: 64 << 10,
        sharedRequestReplaySize: 64 << 10,
        logger: ServerLogging(logger: logger)), handler: service)
    let running = Task { try await server.run() }
    do {
      try await server.waitUntilListening(timeout: 10)
    } catch {
      running.cancel()
      throw DaemonError(station: 0, description: "the control service cannot listen on \(socket); its log says why")
    }
    doorkeeper.start()
    try configuration.folder.write(Data("\(doorkeeper.address)\n".utf8), to: configuration.folder.control)
    logger.info("control service on \(doorkeeper.address)")
  }

  // MARK: Events, on the runner's thread

  private func handle(_ event: RunnerEvent) {
    switch event {
    case .processorReady(let processor):
      jobs.processorReady(processor)
      logger.debug("processor \(processor) runs Tornado")
    case .idle(let cycle):
      note(cycle)
      jobs.idle()
    case .started(let job, let cycle):
      note(cycle)
      logger.info("program \(job) started", metadata: ["cycle": "\(cycle)"])
      jobs.started(job, cycle: cycle)
    case .output(0, _, let bytes): writeConsole(bytes)
    case .output(let job, let stream, let bytes): jobs.output(job, stream: stream, bytes)
    case .exited(let job, let status, let cycle, let cycles, let instructions, let counters):
      logger.info("program \(job) ended", metadata: ["status": "\(status)", "cycle": "\(cycle)"])
      note(cycle)
      var event = JobEvent(.exited)
      event.exitStatus = status
      event.cycle = cycle
      event.cycles = cycles
      event.instructions = instructions
      event.counters = CountersReport(cycle: cycle, counters)
      jobs.exited(job, event)
    case .panic(let code):
      fail(
        "Tornado has panicked on processor \(code); its console is in \(configuration.folder.log(station: 0))",
        station: nil
      )
    case .failed(let reason, let station): fail(reason, station: station)
    case .stopped:
      logger.info("stopped in order")
      exit(0)
    }
  }

  private func note(_ cycle: UInt64) { keeping.withLock { self.cycle = max(self.cycle, cycle) } }

  /// The kernel's console goes to the log, a line at a time.
  private func writeConsole(_ bytes: [UInt8]) {
    console += bytes
    while let end = console.firstIndex(of: 0x0A) {
      logger.notice("console: \(String(decoding: console[..<end], as: UTF8.self))")
      console.removeSubrange(...end)
    }
  }

  private func fail(_ reason: String, station: Int?) {
    if ending.withLock({ isStopping }) {
      logger.info("while stopping: \(reason)")
      exit(0)
    }
    logger.error("\(reason)")
    configuration.folder.record(
      FailureRecord(reporter: configuration.local.lowerBound, station: station, reason: reason))
    keepStatus()
    jobs.fail(reason)
    // Readers of running programs get their last line before the process goes.
    if configuration.local.contains(0) { usleep(300_000) }
    exit(70)
  }
}

extension ClusterFolder {
  /// Leaves the reason for a daemon's end where `tctl` looks for it; a folder that is gone means nobody will.
  func record(_ failure: FailureRecord) {
    try? write(Wire.encode(failure), to: self.failure(station: failure.reporter))
  }
}
