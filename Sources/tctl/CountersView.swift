import ControlAPI
import Foundation
import NUMAchine

/// The counters as a person wants them: where the misses go, what they cost, what each module of the stations
/// did.
struct CountersView {
  var report: CountersReport
  /// Numbers of at most five characters instead of exact ones.
  var isShort = false

  enum Value {
    case count(UInt64)
    case share(UInt64, of: UInt64)
  }

  struct Column {
    var title: String
    /// Where there is little room.
    var short: String
    /// What matters most is 0: the order where not all columns have room.
    var rank: Int
    var value: (CountersReport.Processor) -> Value
  }

  static let columns: [Column] = [
    Column(title: "cycles", short: "cycles", rank: 0) { .count($0[.cycles]) },
    Column(title: "instructions", short: "instr", rank: 1) { .count($0[.instructions]) },
    Column(title: "idle", short: "idle", rank: 2) { .share($0[.idleCycles], of: $0[.cycles]) },
    Column(title: "stalled", short: "stalled", rank: 3) {
      .share($0[.stallSecondaryCycles] + $0[.stallMemoryCycles] + $0[.stallUncachedCycles], of: $0[.cycles])
    },
    Column(title: "misses", short: "misses", rank: 4) {
      .count($0[.secondaryInstructionMisses] + $0[.secondaryReadMisses] + $0[.secondaryWriteMisses] + $0[.upgrades])
    },
    Column(title: "cache", short: "cache", rank: 10) { .count($0[.servedByCache]) },
    Column(title: "network", short: "network", rank: 9) { .count($0[.servedByNetworkCache]) },
    Column(title: "local", short: "local", rank: 8) { .count($0[.servedByLocalMemory]) },
    Column(title: "remote", short: "remote", rank: 7) { .count($0[.servedByRemoteMemory]) },
    Column(title: "cold", short: "cold", rank: 13) { .count($0[.missesCold]) },
    Column(title: "replacement", short: "replaced", rank: 12) { .count($0[.missesReplacement]) },
    Column(title: "true sharing", short: "true", rank: 5) { .count($0[.missesTrueSharing]) },
    Column(title: "false sharing", short: "false", rank: 6) { .count($0[.missesFalseSharing]) },
    Column(title: "upgrades", short: "upgrades", rank: 11) { .count($0[.upgrades]) },
    Column(title: "sc failed", short: "sc failed", rank: 14) { .count($0[.conditionalFailures]) },
  ]

  /// All there is.
  ///
  /// - Parameter width: characters of a line; the processors' table goes on below where it has more.
  func lines(width: Int = .max) -> [String] {
    var lines = [
      "Where the time goes, and the misses of the secondary caches (upgrades included):",
      "by what served them, and why they happened",
    ]
    var rest = Self.columns[...]
    while !rest.isEmpty {
      let count = (1...rest.count).last { Self.width(of: processors(rest.prefix($0))) <= width } ?? 1
      if rest.count < Self.columns.count { lines.append("") }
      lines += processors(rest.prefix(count)).lines()
      rest = rest.dropFirst(count)
    }
    // What the ring is doing comes before what each station does.
    lines += group("ring", width: width) + packets()
    for group in CountersReport.groups where group != "ring" { lines += self.group(group, width: width) }
    return lines
  }

  static func width(of table: Table) -> Int { table.lines().map(\.count).max() ?? 0 }

  /// A row a processor, and a sum for each station and for the machine.
  private func processors(_ columns: some Collection<Column>) -> Table {
    var table = Table(right: Set(1...columns.count))
    table.add(["processor"] + columns.map(\.title))
    for station in report.stations {
      for processor in station.processors { table.add(row("  \(processor.processor)", processor, columns)) }
      table.add(row("station \(station.station)", Self.sum(station.processors), columns))
    }
    if let all { table.add(row("all", all, columns)) }
    return table
  }

  /// The machine's sum; nil where a single station is shown.
  var all: CountersReport.Processor? {
    report.stations.count > 1 ? Self.sum(report.stations.flatMap(\.processors)) : nil
  }

  func row(_ name: String, _ processor: CountersReport.Processor, _ columns: some Collection<Column>) -> [String] {
    [name] + columns.map { text($0.value(processor)) }
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
      table.add(["  " + group.name.replacingOccurrences(of: "_", with: " ")] + values.map { text(.count($0)) })
    }
    return [""] + table.lines()
  }

  /// A row a counter, a column a station, or the sum alone where they have no room; what is zero everywhere is
  /// left out.
  func group(_ name: String, width: Int) -> [String] {
    let counters = StationCounter.allCases.filter { $0.group == name && $0.packets == nil }
    let rows = counters.map { counter in (counter, report.stations.map { $0.groups[name]?[counter.name] ?? 0 }) }.filter
    { $0.1.contains { $0 > 0 } }
    guard !rows.isEmpty else { return [] }
    let hasSum = report.stations.count > 1
    func table(stations: Bool) -> Table {
      var table = Table(right: Set(1...report.stations.count + 1))
      let titles = stations ? report.stations.map { "station \($0.station)" } : []
      table.add([name.replacingOccurrences(of: "_", with: " ")] + titles + (hasSum ? ["all"] : []))
      for (counter, values) in rows {
        let shown = (stations ? values : []) + (hasSum ? [values.reduce(0, +)] : [])
        table.add(
          ["  " + counter.name.replacingOccurrences(of: "_", with: " ")] + shown.map { text(.count($0)) })
      }
      return table
    }
    let whole = table(stations: true)
    return [""] + (Self.width(of: whole) <= width || !hasSum ? whole : table(stations: false)).lines()
  }

  static func sum(_ processors: [CountersReport.Processor]) -> CountersReport.Processor {
    var sum = processors[0]
    for processor in processors.dropFirst() { sum.values.merge(processor.values, uniquingKeysWith: +) }
    return sum
  }

  private func text(_ value: Value) -> String {
    switch value {
    case .count(let count): isShort ? Self.short(count) : "\(count)"
    case .share(_, of: 0): "-"
    case .share(let part, let whole): String(format: "%.1f%%", Double(part) / Double(whole) * 100)
    }
  }

  /// `987`, `98.7k`, `987M`.
  static func short(_ count: UInt64) -> String {
    var value = Double(count)
    for unit in ["", "k", "M", "G", "T"] {
      if value < 99.95 && unit != "" { return String(format: "%.1f", value) + unit }
      if value < 999.5 { return String(format: "%.0f", value) + unit }
      value /= 1000
    }
    return String(format: "%.0fP", value)
  }
}
