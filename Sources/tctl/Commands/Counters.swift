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
  @Flag(help: "Show them every second, until Ctrl-C.")
  var watch = false

  mutating func validate() throws {
    if sinceBoot && lastJob { throw ValidationError("--since-boot and --last-job exclude each other") }
  }

  func run() throws {
    let cluster = try Cluster(named: name)
    while true {
      let (status, report) = try cluster.ask { client in
        (
          try client.get(StatusMessage.self, "status"),
          try client.get(CountersReport.self, "counters?since=\(lastJob ? "job" : "boot")")
        )
      }
      var shown = report
      if let station {
        guard let chosen = report.stations.first(where: { $0.station == station }) else {
          throw Problem.usage("this machine has stations 0 to \(report.stations.count - 1), not \(station)")
        }
        shown.stations = [chosen]
      }
      if json {
        print(String(decoding: Wire.encode(shown, pretty: !watch), as: UTF8.self))
      } else {
        if watch && isatty(1) == 1 { print("\u{1B}[H\u{1B}[2J", terminator: "") }
        let span = lastJob ? "over the last program" : "since boot"
        print("cluster '\(cluster.name)', profile \(status.profile), cycle \(report.cycle), \(span)\n")
        for line in CountersView(report: shown).lines() { print(line) }
      }
      fflush(stdout)
      guard watch else { return }
      sleep(1)
    }
  }
}

/// The counters as a person wants them: where the misses go, what they cost, what each module of the stations
/// did.
struct CountersView {
  var report: CountersReport

  func lines() -> [String] {
    let misses: (CountersReport.Processor) -> UInt64 = {
      $0[.secondaryInstructionMisses] + $0[.secondaryReadMisses] + $0[.secondaryWriteMisses] + $0[.upgrades]
    }
    var lines = [
      "Where the time goes, and the misses of the secondary caches (upgrades included): by what served them, and why they happened"
    ]
    lines += processors([
      ("cycles", { "\($0[.cycles])" }, .cycles),
      ("instructions", { "\($0[.instructions])" }, .instructions),
      ("idle", { Self.percent($0[.idleCycles], of: $0[.cycles]) }, nil),
      (
        "stalled",
        {
          Self.percent($0[.stallSecondaryCycles] + $0[.stallMemoryCycles] + $0[.stallUncachedCycles], of: $0[.cycles])
        }, nil
      ),
      ("misses", { "\(misses($0))" }, nil),
      ("cache", { "\($0[.servedByCache])" }, .servedByCache),
      ("network", { "\($0[.servedByNetworkCache])" }, .servedByNetworkCache),
      ("local", { "\($0[.servedByLocalMemory])" }, .servedByLocalMemory),
      ("remote", { "\($0[.servedByRemoteMemory])" }, .servedByRemoteMemory),
      ("cold", { "\($0[.missesCold])" }, .missesCold),
      ("replacement", { "\($0[.missesReplacement])" }, .missesReplacement),
      ("true sharing", { "\($0[.missesTrueSharing])" }, .missesTrueSharing),
      ("false sharing", { "\($0[.missesFalseSharing])" }, .missesFalseSharing),
      ("upgrades", { "\($0[.upgrades])" }, .upgrades),
      ("sc failed", { "\($0[.conditionalFailures])" }, .conditionalFailures),
    ])
    // What the ring is doing comes before what each station does.
    lines += group("ring") + packets()
    for group in CountersReport.groups where group != "ring" { lines += self.group(group) }
    return lines
  }

  private typealias Column = (title: String, cell: (CountersReport.Processor) -> String, counter: ProcessorCounter?)

  /// A row a processor, and a sum for each station and for the machine.
  private func processors(_ columns: [Column]) -> [String] {
    var table = Table(right: Set(1...columns.count))
    table.add(["processor"] + columns.map(\.title))
    for station in report.stations {
      for processor in station.processors {
        table.add(["  \(processor.processor)"] + columns.map { $0.cell(processor) })
      }
      table.add(["station \(station.station)"] + columns.map { $0.cell(Self.sum(station.processors)) })
    }
    if report.stations.count > 1 {
      table.add(["all"] + columns.map { $0.cell(Self.sum(report.stations.flatMap(\.processors))) })
    }
    return table.lines()
  }

  /// The ring's packets of all stations that are shown, a row a kind.
  private func packets() -> [String] {
    let rows = PacketGroup.allCases.map { group in
      let flows = StationCounter.PacketFlow.allCases.map { StationCounter.packets($0, group) }
      return (
        group,
        flows.map { counter in report.stations.reduce(0) { $0 + ($1.groups[counter.group]?[counter.name] ?? 0) } }
      )
    }.filter { $0.1.contains { $0 > 0 } }
    guard !rows.isEmpty else { return [] }
    var table = Table(right: Set(1...StationCounter.PacketFlow.allCases.count))
    table.add(["ring packets by kind"] + StationCounter.PacketFlow.allCases.map { "\($0)" })
    for (group, values) in rows {
      table.add(["  " + group.name.replacingOccurrences(of: "_", with: " ")] + values.map { "\($0)" })
    }
    return [""] + table.lines()
  }

  /// A row a counter, a column a station; what is zero everywhere is left out.
  private func group(_ name: String) -> [String] {
    let counters = StationCounter.allCases.filter { $0.group == name && $0.packets == nil }
    let rows = counters.map { counter in (counter, report.stations.map { $0.groups[name]?[counter.name] ?? 0 }) }.filter
    { $0.1.contains { $0 > 0 } }
    guard !rows.isEmpty else { return [] }
    var table = Table(right: Set(1...report.stations.count + 1))
    let sumTitle = report.stations.count > 1 ? ["all"] : []
    table.add(
      [name.replacingOccurrences(of: "_", with: " ")] + report.stations.map { "station \($0.station)" } + sumTitle)
    for (counter, values) in rows {
      let sum = report.stations.count > 1 ? ["\(values.reduce(0, +))"] : []
      table.add(["  " + counter.name.replacingOccurrences(of: "_", with: " ")] + values.map { "\($0)" } + sum)
    }
    return [""] + table.lines()
  }

  private static func sum(_ processors: [CountersReport.Processor]) -> CountersReport.Processor {
    var sum = processors[0]
    for processor in processors.dropFirst() { sum.values.merge(processor.values, uniquingKeysWith: +) }
    return sum
  }

  private static func percent(_ part: UInt64, of whole: UInt64) -> String {
    whole == 0 ? "-" : String(format: "%.1f%%", Double(part) / Double(whole) * 100)
  }
}
