import ArgumentParser
import ControlAPI
import Foundation
import GuestImages
import Logging
import NUMAchine
import Profiles
import ringbus

/// The daemon of one station, or of several that follow each other on the ring.
struct StationdCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stationd", abstract: "Runs stations of a NUMAchine; usually started by 'tctl up'.")

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
  @Option(help: ArgumentHelp("Where the control service listens (station 0).", valueName: "host:port"))
  var control = "127.0.0.1:0"
  @Option(help: "File with the token that clients of the control service must show.")
  var tokenFile: String?
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
      let daemon = try Daemon(configuration, ring: SoloRing(stations: stations), logger: logger)
      try await daemon.start()
      withExtendedLifetime(daemon) { dispatchMain() }
    } catch {
      let station = (error as? DaemonError)?.station
      logger.error("\(error)")
      cluster.record(FailureRecord(reporter: range.lowerBound, station: station, reason: "\(error)"))
      throw ExitCode(70)
    }
  }

  private func localStations() throws -> Range<Int> {
    let bounds = local.split(separator: "-").map { Int($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2, first <= last, (0..<stations).contains(last) else {
      throw ValidationError("'\(local)' names no stations of a machine with \(stations)")
    }
    return first..<last + 1
  }

  private func configuration(_ cluster: ClusterFolder, local: Range<Int>) throws -> DaemonConfiguration {
    guard let text = try? String(contentsOfFile: profile, encoding: .utf8) else { throw DaemonError(description: "cannot read the profile \(profile)") }
    let machine: MachineProfile
    do {
      machine = try MachineProfile(text: text)
    } catch {
      throw DaemonError(description: "\(profile): \(error)")
    }
    let tokenFile = tokenFile ?? cluster.token
    var token: [UInt8] = []
    if local.contains(0) {
      guard let data = FileManager.default.contents(atPath: tokenFile) else { throw DaemonError(description: "cannot read the token file \(tokenFile)") }
      token = Array(data.prefix { $0 > 0x20 })
      guard token.count >= 16 else { throw DaemonError(description: "the token in \(tokenFile) has less than 16 characters") }
    }
    let address = control.split(separator: ":")
    guard address.count == 2, let port = UInt16(address[1]) else { throw DaemonError(description: "'\(control)' is no host:port") }
    return DaemonConfiguration(
      name: name, folder: cluster, profile: machine, stations: stations, local: local, image: GuestImages.kernel, controlHost: String(address[0]),
      controlPort: port, token: token)
  }
}

extension StationdCommand {
  /// Runs the command line; exit statuses are in `docs/control.md`.
  static func begin() async -> Never {
    do {
      let command = try parse()
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
