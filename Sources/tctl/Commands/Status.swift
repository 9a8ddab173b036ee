import ArgumentParser
import ControlAPI
import Foundation

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
    var readyProcessors: Int
    var cycle: UInt64
    var activeJobs: Int
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
    var report = Report(
      cluster: cluster.name, state: status?.state ?? .failed, profile: status?.profile ?? cluster.record?.profile ?? "",
      stations: status?.stations ?? cluster.record?.stations ?? 0, processorsPerStation: perStation,
      readyProcessors: status?.readyProcessors ?? 0,
      cycle: status?.cycle ?? 0, activeJobs: status?.activeJobs ?? 0, failure: status?.failure ?? problem?.line,
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

  private func show(_ report: Report, _ cluster: Cluster) {
    print(
      "cluster '\(report.cluster)' is \(report.state.rawValue): profile \(report.profile), \(report.stations) stations of \(report.processorsPerStation)"
        + " processors, cycle \(report.cycle), \(report.activeJobs) program\(report.activeJobs == 1 ? "" : "s")")
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
}
