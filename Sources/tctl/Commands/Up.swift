import ArgumentParser
import ControlAPI
import Foundation
import HostSystem
import NUMAchine

/// Starts one daemon a station and waits until Tornado answers on every processor.
struct Up: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start a cluster: one stationd process per station on this host.")

  @Argument(help: "The cluster's name.")
  var name = "default"
  @OptionGroup var machine: MachineOptions
  @Option(help: ArgumentHelp("Processes to spread the stations over (default: one a station).", valueName: "n"))
  var daemons: Int?
  @Option(help: ArgumentHelp("Where the control service listens.", valueName: "host:port"))
  var control = "127.0.0.1:0"
  @Option(help: ArgumentHelp("Seconds to wait for Tornado.", valueName: "seconds"))
  var timeout = 120
  @Option(help: ArgumentHelp("What the daemons log: trace, debug, info, notice, warning or error.", valueName: "level"))
  var logLevel = "info"
  @Option(help: .hidden)
  var ringDelay: String?

  func run() throws {
    let checkpoint = try machine.checkpoint()
    let (text, profile) = try checkpoint.map { ($0.profile.text, $0.profile) } ?? machine.read()
    let image = checkpoint != nil ? checkpoint?.image : machine.kernel == nil ? nil : try machine.image(for: profile)
    let count = daemons ?? profile.stations
    guard (1...profile.stations).contains(count) else {
      throw Problem.usage("\(profile.stations) stations need 1 to \(profile.stations) daemons, not \(count)")
    }
    let stationd = try Launcher.stationd()
    let home = Home()
    let folder = try home.make(name)
    var record = ClusterRecord(
      name: name, profile: profile.name, processorsPerStation: profile.processorsPerStation, daemons: [],
      socketFolder: nil)
    // Ctrl-C while starting leaves nothing behind.
    let interrupts = Interrupts()
    do {
      try folder.write(Data(Self.token().utf8), to: folder.token)
      try folder.write(Data(text.utf8), to: folder.profile)
      if let image { try folder.write(Data(image), to: folder.kernel) }
      let sockets = try Self.socketFolder(folder, &record)
      try start(stationd, folder, sockets, stations: profile.stations, count, checkpoint, &record)
      try waitUntilReady(folder, record, processors: profile.processors, interrupts)
    } catch {
      Progress.shared.clear()
      Launcher.end(record.daemons, patience: 0)
      home.remove(folder, record)
      throw error
    }
    Progress.shared.clear()
    print("cluster '\(name)' is up: Tornado runs on \(profile.processors) processors, profile \(profile.name)")
    Self.table(record).print()
    if let line = Self.crowding(daemons: count, cores: ProcessInfo.processInfo.activeProcessorCount) { say(line) }
  }

  /// What more daemons than cores cost; nil where there are not.
  static func crowding(daemons: Int, cores: Int) -> String? {
    guard daemons > max(cores, 1) else { return nil }
    let one = cores == 1 ? "1 core" : "\(cores) cores"
    return
      "tctl: \(daemons) daemons share \(one) and wait for each other in every window (4 on 2 cores: about 10 times slower);"
      + " 'tctl up --daemons \(cores)' or fewer is the same machine, faster"
  }

  static func table(_ record: ClusterRecord) -> Table {
    var table = Table(right: [1])
    table.add(["station", "pid", "address", "processors"])
    for daemon in record.daemons {
      table.add([daemon.range(), "\(daemon.pid)", daemon.address, daemon.range(times: record.processorsPerStation)])
    }
    return table
  }

  /// 256 random bits.
  private static func token() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
      let text = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined() + "\n"
  }

  /// The cluster's folder, or one with a shorter path where its sockets' names would be too long for the
  /// system, or no text.
  private static func socketFolder(_ folder: ClusterFolder, _ record: inout ClusterRecord) throws -> String {
    guard folder.path.utf8.count > 90 || !HostText.isText(folder.path) else { return folder.path }
    var template = Array("/tmp/tornado-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError("cannot make", "/tmp/tornado-…") }
    let path = HostText.string(made)
    record.socketFolder = path
    return path
  }

  private func start(
    _ stationd: String, _ folder: ClusterFolder, _ sockets: String, stations: Int, _ count: Int,
    _ checkpoint: CheckpointSource?, _ record: inout ClusterRecord
  ) throws {
    let ranges = (0..<count).map { $0 * stations / count..<($0 + 1) * stations / count }
    let addresses = ranges.map { "unix:\(sockets)/ring-\($0.lowerBound)" }
    for (index, range) in ranges.enumerated() {
      var arguments = [
        "--folder", folder.path, "--name", name, "--stations", "\(stations)", "--local",
        "\(range.lowerBound)-\(range.upperBound - 1)",
        "--profile", folder.profile, "--sockets", sockets, "--control", control, "--log-level", logLevel,
      ]
      // Daemons poll: more threads than cores would wait for each other.
      arguments += ["--threads", "\(max(1, ProcessInfo.processInfo.activeProcessorCount / count))"]
      if count > 1 { arguments += ["--listen", addresses[index], "--successor", addresses[(index + 1) % count]] }
      if let checkpoint { arguments += ["--from", checkpoint.path] }
      if machine.kernel != nil || checkpoint != nil { arguments += ["--kernel", folder.kernel] }
      if machine.check { arguments.append("--check") }
      if let ringDelay { arguments += ["--ring-delay", ringDelay] }
      let pid = try Launcher.start(stationd, arguments, log: folder.log(station: range.lowerBound))
      let address = count > 1 ? addresses[index] : "-"
      record.daemons.append(
        .init(stations: Array(range), pid: pid, started: ProcessTable.start(of: pid) ?? 0, address: address))
      // After each, so that 'tctl down' finds them whatever happens to this process.
      try folder.write(Wire.encode(record, pretty: true), to: folder.state)
    }
  }

  /// Returns when every processor has reported and the machine is at rest.
  private func waitUntilReady(
    _ folder: ClusterFolder, _ record: ClusterRecord, processors: Int, _ interrupts: Interrupts
  ) throws {
    let deadline = ContinuousClock.now + .seconds(timeout)
    nonisolated(unsafe) var ready = 0
    Progress.shared.begin { "tctl: starting cluster '\(name)': Tornado runs on \(ready) of \(processors) processors" }
    while ContinuousClock.now < deadline {
      if interrupts.count > 0 { throw ExitCode(130) }
      for daemon in record.daemons { waitpid(daemon.pid, nil, WNOHANG) }
      if let failure = Failure.find(folder, record) {
        throw Problem.cluster("cluster '\(name)' did not start: \(settled(failure, folder, record))")
      }
      if let cluster = try? Cluster(named: name) {
        do {
          let status = try cluster.client.get(StatusMessage.self, "status", timeout: 10)
          ready = status.readyProcessors
          if status.state == .idle || (machine.from != nil && status.state == .running) { return }
        } catch is ControlClient.Unreachable {
          // The loop looks for the reason.
        }
      }
      usleep(ready == 0 ? 10_000 : 2_000)
    }
    throw Problem.cluster(
      "cluster '\(name)' did not start: Tornado ran on \(ready) of \(processors) processors after \(timeout) s")
  }

  /// The others notice within a moment and may know more.
  private func settled(_ failure: Failure, _ folder: ClusterFolder, _ record: ClusterRecord) -> String {
    usleep(200_000)
    let failure = Failure.find(folder, record) ?? failure
    // The log goes with the folder, so its last words belong into the line.
    guard failure.reason.contains("has died"), let station = failure.station,
      let data = try? HostFile.read(folder.log(station: station))
    else {
      return failure.reason
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    guard let words = lines.first(where: { $0.contains("Fatal error") || $0.contains("crashed") }) ?? lines.last else {
      return failure.reason
    }
    return "the daemon of station \(station) has died: \(words)"
  }
}

/// Counts Ctrl-C instead of dying of it.
final class Interrupts: @unchecked Sendable {
  private let lock = NSLock()
  private var seen = 0
  private var sources: [any DispatchSourceSignal] = []

  /// - Parameter handler: called for each, with how many there were.
  init(_ handler: @escaping (Int) -> Void = { _ in }) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [unowned self] in
        handler(
          lock.withLock {
            seen += 1
            return seen
          })
      }
      source.resume()
      sources.append(source)
    }
  }

  var count: Int { lock.withLock { seen } }
}
