import ArgumentParser
import ControlAPI
import Foundation
import NUMAchine

/// Shows what the machine's monitor has counted.
struct Counters: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show the counters of a cluster's stations.")

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?
  @Option(help: ArgumentHelp("Show this station alone.", valueName: "k"))
  var station: Int?
  @Flag(help: "Since the machine was started (the default).")
  var sinceBoot = false
  @Flag(help: "Over the program that ended last.")
  var lastJob = false
  @Flag(help: "Print JSON, schema \(CountersReport.schemaName).")
  var json = false
  @Flag(help: "Show every second what that second brought, until Ctrl-C; with --json the totals.")
  var watch = false

  mutating func validate() throws {
    if sinceBoot && lastJob { throw ValidationError("--since-boot and --last-job exclude each other") }
    if watch && lastJob { throw ValidationError("--watch and --last-job exclude each other: that program has ended") }
  }

  func run() throws {
    let cluster = try Cluster(named: name)
    if watch { return try watch(cluster) }
    let (status, report) = try read(cluster)
    guard !json else { return print(report, pretty: true) }
    let span = lastJob ? "over the last program" : "since boot"
    Swift.print("cluster '\(cluster.name)', profile \(status.profile), cycle \(report.cycle), \(span)\n")
    for line in CountersView(report: report).lines(width: Terminal.width) { Swift.print(line) }
  }

  private func read(_ cluster: Cluster) throws -> (StatusMessage, CountersReport) {
    let (status, all) = try cluster.ask { client in
      (
        try client.get(StatusMessage.self, "status"),
        try client.get(CountersReport.self, "counters?since=\(lastJob ? "job" : "boot")")
      )
    }
    var report = all
    if let station {
      guard let chosen = report.stations.first(where: { $0.station == station }) else {
        throw Problem.usage("this machine has stations 0 to \(report.stations.count - 1), not \(station)")
      }
      report.stations = [chosen]
    }
    return (status, report)
  }

  private func print(_ report: CountersReport, pretty: Bool) {
    writeAll(1, Array(Wire.encode(report, pretty: pretty)) + [0x0A])
  }

  private func watch(_ cluster: Cluster) throws {
    var before: (report: CountersReport, at: ContinuousClock.Instant)?
    while true {
      let (status, report) = try read(cluster)
      let now = ContinuousClock.now
      if json {
        print(report, pretty: false)
      } else if let before {
        let rates = report.since(before.report, per: (now - before.at) / .seconds(1))
        let programs = "\(status.activeJobs) program\(status.activeJobs == 1 ? "" : "s")"
        let title = "cluster '\(cluster.name)', profile \(status.profile), \(programs), cycle \(report.cycle)"
        CountersScreen(title: title, rates: rates).show()
      }
      before = (report, now)
      sleep(1)
    }
  }
}
