import ArgumentParser
import ControlAPI
import Foundation
import HostSystem

/// Says how a cluster is.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show a cluster's state, its stations and their processes.")

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?
  @Flag(help: "Print JSON.")
  var json = false

  private struct Report: Codable {
    struct Daemon: Codable {
      var stations: [Int]
      var pid: Int32
      var address: String
      var processors: [Int]
      var alive: Bool
    }
    var cluster: String
    var state: StatusMessage.State
    var profile: String
    var stations: Int
    var processorsPerStation: Int
    /// These are absent where the cluster has failed and nobody knows.
    var readyProcessors: Int?
    var cycle: UInt64?
    var activeJobs: Int?
    /// They are of then, in seconds since 1970: the cluster has failed since.
    var lastKnown: Double?
    var failure: String?
    var control: String
    var daemons: [Daemon]?
  }

  func run() throws {
    let cluster = try Cluster(named: name)
    var status: StatusMessage?
    var problem: Problem?
    do {
      status = try cluster.ask { try $0.get(StatusMessage.self, "status", timeout: 10) }
    } catch let error as Problem {
      guard cluster.record != nil else { throw error }
      problem = error
    }
    let perStation = status?.processorsPerStation ?? cluster.record?.processorsPerStation ?? 0
    let last = status == nil ? cluster.folder.flatMap(Self.last) : nil
    let known = status ?? last?.status
    var report = Report(
      cluster: cluster.name, state: status?.state ?? .failed, profile: status?.profile ?? cluster.record?.profile ?? "",
      stations: status?.stations ?? cluster.record?.stations ?? 0, processorsPerStation: perStation,
      readyProcessors: known?.readyProcessors, cycle: known?.cycle, activeJobs: known?.activeJobs,
      lastKnown: last?.time, failure: status?.failure ?? problem?.line,
      control: "\(cluster.client.host):\(cluster.client.port)", daemons: nil)
    report.daemons = cluster.record?.daemons.map { daemon in
      .init(
        stations: daemon.stations, pid: daemon.pid, address: daemon.address,
        processors: daemon.stations.flatMap { Array($0 * perStation..<($0 + 1) * perStation) }, alive: daemon.isAlive)
    }
    if json {
      print(String(decoding: Wire.encode(report, pretty: true), as: UTF8.self))
    } else {
      show(report, cluster)
    }
    if let problem { throw problem }
    if let failure = status?.failure { throw Problem.cluster("cluster '\(cluster.name)' has failed: \(failure)") }
  }

  /// What station 0's daemon has left.
  private static func last(_ folder: ClusterFolder) -> LastStatus? {
    guard let bytes = try? HostFile.read(folder.lastStatus) else { return nil }
    return try? Wire.decode(LastStatus.self, from: Data(bytes))
  }

  private func show(_ report: Report, _ cluster: Cluster) {
    let machine = "profile \(report.profile), \(report.stations) stations of \(report.processorsPerStation) processors"
    let programs = report.activeJobs.map { "\($0) program\($0 == 1 ? "" : "s")" } ?? ""
    let cycle = report.cycle.map { "cycle \($0)" } ?? ""
    if let time = report.lastKnown {
      let ready = "Tornado on \(report.readyProcessors ?? 0) processors"
      print("cluster '\(report.cluster)' has failed: \(machine)")
      print("last known, \(Self.local(time)): \(ready), \(cycle), \(programs)")
    } else if report.cycle == nil {
      print("cluster '\(report.cluster)' has failed: \(machine); what its machine did is not known")
    } else {
      print("cluster '\(report.cluster)' is \(report.state.rawValue): \(machine), \(cycle), \(programs)")
    }
    print("control service on \(report.control)")
    guard let record = cluster.record else { return }
    var table = Table(right: [1])
    table.add(["station", "pid", "address", "processors", "process"])
    for daemon in record.daemons {
      let process = daemon.isAlive ? "runs" : "has died"
      table.add([
        daemon.range(), "\(daemon.pid)", daemon.address, daemon.range(times: record.processorsPerStation), process,
      ])
    }
    table.print()
  }
  /// The host's local time, to the second.
  private static func local(_ time: Double) -> String {
    var seconds = time_t(time)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min, parts.tm_sec)
  }
}
