import ArgumentParser
import ControlAPI
import Crypto
import Foundation
import GuestImages
import HostSystem
import Logging
import NUMAchine
import Profiles
import Runner
import ringbus

/// The daemon of one station, or of several that follow each other on the ring.
struct StationdCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stationd", abstract: "Runs stations of a NUMAchine; usually started by 'tctl up'.",
    version: productVersion)

  @Option(help: "The cluster's folder: token, control address and failures are kept there.")
  var folder: String
  @Option(help: "The cluster's name.")
  var name = "default"
  @Option(help: "Stations of the machine.")
  var stations: Int
  @Option(help: ArgumentHelp("Stations of this daemon: one number, or first-last.", valueName: "range"))
  var local: String
  @Option(help: "File with the machine's profile.")
  var profile: String
  @Option(help: ArgumentHelp("File with the Tornado image (default: the one that ships).", valueName: "file"))
  var kernel: String?
  @Option(
    help: ArgumentHelp(
      "A checkpoint to go on with; profile, stations and image must be those of it.", valueName: "file"))
  var from: String?
  @Option(
    help: ArgumentHelp(
      "Where the predecessor on the ring reaches this daemon: unix:/path or tcp:host:port.", valueName: "address"))
  var listen: String?
  @Option(help: ArgumentHelp("Where the successor on the ring listens.", valueName: "address"))
  var successor: String?
  @Option(
    help: ArgumentHelp(
      "Hold each frame for up to so many microseconds, drawn from the seed.", valueName: "seed:microseconds",
      visibility: .hidden))
  var ringDelay: String?
  @Option(help: "Folder for Unix sockets (default: the cluster's folder).")
  var sockets: String?
  @Option(help: ArgumentHelp("Where the control service listens (station 0).", valueName: "host:port"))
  var control = "127.0.0.1:0"
  @Option(help: "File with the token that clients of the control service must show.")
  var tokenFile: String?
  @Option(help: ArgumentHelp("Threads that run the stations (default: as many as the host has cores).", valueName: "n"))
  var threads: Int?
  @Flag(help: "Check the lines' coherence between windows; end at the first broken rule.")
  var check = false
  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: String = "info"

  func run() async throws {
    guard let level = Logger.Level(rawValue: logLevel) else { throw ValidationError("'\(logLevel)' is no log level") }
    let range = try localStations()
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "station-\(range.lowerBound)")
    logger.logLevel = level
    let cluster = ClusterFolder(path: folder)
    do {
      let configuration = try configuration(cluster, local: range)
      // A busy port is found before the others are made to wait.
      let doorkeeper = try range.contains(0) ? doorkeeper(configuration, logger) : nil
      let daemon = try Daemon(
        configuration, ring: try ring(configuration, logger), doorkeeper: doorkeeper, logger: logger)
      try await daemon.start()
      // The daemon ends the process when the machine ends.
      await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      withExtendedLifetime(daemon) {}
    } catch {
      let station = (error as? DaemonError)?.station ?? (error as? RingError)?.station
      logger.error("\(error)")
      cluster.record(FailureRecord(reporter: range.lowerBound, station: station, reason: "\(error)"))
      throw ExitCode(70)
    }
  }

  private func localStations() throws -> Range<Int> {
    let bounds = local.split(separator: "-").map { Int($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2, first <= last,
      (0..<stations).contains(last)
    else {
      throw ValidationError("'\(local)' names no stations of a machine with \(stations)")
    }
    return first..<last + 1
  }

  private func configuration(_ cluster: ClusterFolder, local: Range<Int>) throws -> DaemonConfiguration {
    let text = String(decoding: try HostFile.read(profile), as: UTF8.self)
    var machine: MachineProfile
    do {
      machine = try MachineProfile(text: text)
      machine.stations = stations
    } catch {
      throw DaemonError(description: "\(profile): \(error)")
    }
    let tokenFile = tokenFile ?? cluster.token
    let token = Array(try HostFile.read(tokenFile).prefix { $0 > 0x20 })
    guard token.count >= 16 else {
      throw DaemonError(description: "the token in \(tokenFile) has less than 16 characters")
    }
    let image = try kernel.map { try HostFile.read($0) } ?? GuestImages.kernel
    return DaemonConfiguration(
      name: name, folder: cluster, profile: machine, stations: stations, local: local, image: image,
      checkpoint: try checkpoint(of: machine, image: image),
      sockets: sockets ?? folder, token: token, threads: threads.map { max(1, $0) }, isChecked: check)
  }

  private func checkpoint(of machine: MachineProfile, image: [UInt8]) throws -> CheckpointFile? {
    guard let from else { return nil }
    let checkpoint = try CheckpointFile(path: from)
    guard checkpoint.profile == machine.text, checkpoint.stations == stations, try checkpoint.image() == image else {
      throw DaemonError(
        description:
          "\(from) is a checkpoint of another machine: its profile, number of stations or Tornado image differs")
    }
    return checkpoint
  }
}

extension StationdCommand {
  private func doorkeeper(_ configuration: DaemonConfiguration, _ logger: Logger) throws -> Doorkeeper {
    let address = control.split(separator: ":")
    guard address.count == 2, let port = UInt16(address[1]) else {
      throw DaemonError(description: "'\(control)' is no host:port")
    }
    return try Doorkeeper(
      host: String(address[0]), port: port, server: configuration.sockets + "/control", token: configuration.token,
      logger: logger)
  }

  /// Joins the other daemons; returns when all of them are there.
  private func ring(_ configuration: DaemonConfiguration, _ logger: Logger) throws -> Ring {
    guard configuration.local.count < stations else { return SoloRing(stations: stations) }
    guard let listen, let successor else {
      throw DaemonError(description: "a daemon that holds not all stations needs --listen and --successor")
    }
    // The secret of the ring follows from the control token without telling it: the ring's travels in the
    // clear.
    let secret = SHA256.hash(data: Array("ring ".utf8) + configuration.token).map { String($0, radix: 16) }.joined()
    let profile = SHA256.hash(data: Array("\(configuration.profile)".utf8))
    // Daemons that go on with different checkpoints are no machine.
    let image = SHA256.hash(data: configuration.image + (configuration.checkpoint?.identity ?? []))
    var ringConfiguration = RingConfiguration(
      cluster: secret, profileHash: Array(profile), imageHash: Array(image), stations: stations,
      local: configuration.local, listen: try RingAddress(listen), successor: try RingAddress(successor))
    ringConfiguration.report = { logger.warning("ring: \($0)") }
    if let ringDelay {
      let numbers = ringDelay.split(separator: ":").compactMap { Int($0) }
      guard numbers.count == 2 else { throw DaemonError(description: "'\(ringDelay)' is no seed:microseconds") }
      ringConfiguration.delay = RingDelay(
        seed: UInt64(numbers[0] + configuration.local.lowerBound), longest: numbers[1])
    }
    let ring = try UVRing(ringConfiguration)
    try ring.join()
    logger.info("joined the ring at \(ring.address)")
    return ring
  }

  /// Runs the command line; exit statuses are in `docs/control.md`.
  static func begin() async -> Never {
    do {
      let command = try parse(Array(HostText.arguments.dropFirst()))
      try await command.run()
      Foundation.exit(0)
    } catch let status as ExitCode {
      Foundation.exit(status.rawValue)
    } catch {
      let isUsage = exitCode(for: error) == .validationFailure
      FileHandle(fileDescriptor: isUsage ? 2 : 1).write(Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(isUsage ? 2 : exitCode(for: error).rawValue)
    }
  }
}
