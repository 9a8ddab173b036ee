import ControlAPI
import Foundation
import HostSystem

/// A cluster to talk to: one of this host's, by its name, or one elsewhere, by `TORNADO_CLUSTER` and
/// `TORNADO_TOKEN`.
struct Cluster {
  var name: String
  /// Nil for a cluster elsewhere.
  var folder: ClusterFolder?
  var record: ClusterRecord?
  var client: ControlClient

  /// - Parameter name: nil where the command line names none.
  init(named name: String?) throws(Problem) {
    if name == nil, let address = HostText.variable("TORNADO_CLUSTER") {
      guard let token = HostText.variable("TORNADO_TOKEN") else {
        throw .usage(
          "TORNADO_CLUSTER is set and TORNADO_TOKEN is not; the token is in the file 'token' of the cluster's folder")
      }
      self.name = address
      client = try ControlClient(address: address, token: token)
      return
    }
    let home = Home()
    let name = name ?? "default"
    let folder = try home.folder(name)
    guard HostFile.exists(folder.path) else { throw Self.absent(name) }
    let record: ClusterRecord?
    do { record = try home.record(folder) } catch {
      throw .cluster("\(folder.state) is damaged; run 'tctl down \(name)'")
    }
    guard let record, let address = Self.firstLine(folder.control), let token = Self.firstLine(folder.token) else {
      throw .cluster(
        "cluster '\(name)' is being started, or its start was cut off; then 'tctl down \(name)' removes it")
    }
    self.name = name
    self.folder = folder
    self.record = record
    client = try ControlClient(address: address, token: token)
  }

  static func absent(_ name: String) -> Problem {
    .cluster("no cluster is called '\(name)'; start one with 'tctl up\(name == "default" ? "" : " " + name)'")
  }

  private static func firstLine(_ path: String) -> String? {
    guard let bytes = try? HostFile.read(path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }

  /// Does `body` with the client; a service that cannot be reached becomes the line that says why.
  func ask<T>(_ body: (ControlClient) throws -> T) throws -> T {
    do {
      return try body(client)
    } catch let unreachable as ControlClient.Unreachable {
      throw Problem.cluster(explain(unreachable))
    }
  }

  /// Why the cluster is lost. Daemons may still be about to write it down, so this waits a little.
  private func explain(_ unreachable: ControlClient.Unreachable) -> String {
    guard let folder, let record else { return "no cluster answers at \(name): \(unreachable.reason)" }
    for _ in 0..<50 {
      if !HostFile.exists(folder.path) { return "cluster '\(name)' was stopped" }
      if let failure = Failure.find(folder, record) { return failure.line(name) }
      usleep(100_000)
    }
    return
      "cluster '\(name)' does not answer: \(unreachable.reason); its logs are in \(folder.path), and 'tctl down \(name)' ends it"
  }
}

/// Why a cluster of this host has failed.
struct Failure {
  var station: Int?
  var reason: String

  func line(_ name: String) -> String { "cluster '\(name)' has failed: \(reason); clean up with 'tctl down \(name)'" }

  /// Nil while all daemons live and none has complained.
  static func find(_ folder: ClusterFolder, _ record: ClusterRecord) -> Failure? {
    let reports = reports(folder, record)
    let reporters = Set(reports.map(\.reporter))
    // A daemon that is gone without a word is the origin; what its neighbours say of it is the consequence.
    let silent = record.daemons.first { !$0.isAlive && !reporters.contains($0.stations[0]) }
    if let silent {
      let said = reports.first { $0.station.map(silent.stations.contains) ?? false }
      let what = silent.stations.count == 1 ? "station" : "stations"
      let log = folder.log(station: silent.stations[0])
      return Failure(
        station: silent.stations[0],
        reason: said?.reason
          ?? "the daemon of \(what) \(silent.range()) (process \(silent.pid)) has died; its log is \(log)")
    }
    // Otherwise the cause is told by whoever speaks of himself or of no station, or else by whom nobody
    // blames.
    let blamed = Set(reports.compactMap(\.station))
    let report =
      reports.first { $0.station == nil || $0.station == $0.reporter } ?? reports.first {
        !blamed.contains($0.reporter)
      } ?? reports.first
    guard let report else { return nil }
    return Failure(station: report.station, reason: report.reason)
  }

  static func reports(_ folder: ClusterFolder, _ record: ClusterRecord) -> [FailureRecord] {
    record.daemons.compactMap { daemon in
      (try? HostFile.read(folder.failure(station: daemon.stations[0]))).flatMap {
        try? Wire.decode(FailureRecord.self, from: Data($0))
      }
    }
  }
}
