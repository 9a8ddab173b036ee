import ArgumentParser
import ControlAPI
import Foundation

/// Shows which lines processors took from each other, by the names of what is in them.
struct Sharing: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the lines that cost most sharing misses, by name: over the last program, a time, or since boot.",
    discussion:
      "A miss is 'true' where another processor has written the word since this one last held the line, 'false' where it has written others."
  )

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?
  @Flag(help: "Over the program that ended last (the default).")
  var lastJob = false
  @Flag(help: "Since the machine was started.")
  var sinceBoot = false
  @Option(help: ArgumentHelp("Over so many seconds from now.", valueName: "n"))
  var seconds: Int?
  @OptionGroup var count: SharingCount
  @Flag(help: "Print JSON, schema \(SharingReport.schemaName).")
  var json = false

  mutating func validate() throws {
    if [sinceBoot, lastJob, seconds != nil].count(where: { $0 }) > 1 {
      throw ValidationError("--since-boot, --last-job and --seconds exclude each other")
    }
    if let seconds, !SharingReport.secondsRange.contains(seconds) {
      throw ValidationError(
        "--seconds takes \(SharingReport.secondsRange.lowerBound) to \(SharingReport.secondsRange.upperBound), not \(seconds)"
      )
    }
  }

  func run() throws {
    let cluster = try Cluster(named: name)
    let wanted = seconds.map { "seconds=\($0)" } ?? (sinceBoot ? "since=boot" : "since=job")
    if let seconds { Progress.shared.begin { "tctl: looking at cluster '\(cluster.name)' for \(seconds) s" } }
    let (status, report) = try cluster.ask { client in
      (
        try client.get(StatusMessage.self, "status"),
        try client.get(SharingReport.self, "sharing?\(wanted)&top=\(count.lines)", timeout: 60 + (seconds ?? 0))
      )
    }
    Progress.shared.clear()
    if json {
      print(String(decoding: Wire.encode(report, pretty: true), as: UTF8.self))
    } else {
      let span =
        report.program.map { "over the last program (\($0))" } ?? seconds.map { "over \($0) s" } ?? "since boot"
      print("cluster '\(cluster.name)', profile \(status.profile), cycle \(report.cycle), \(span)\n")
      for line in SharingView(report: report).lines() { print(line) }
    }
  }
}

struct SharingCount: ParsableArguments {
  @Option(name: .customLong("top"), help: ArgumentHelp("How many lines to show.", valueName: "n"))
  var lines = 10

  mutating func validate() throws {
    guard SharingReport.topRange.contains(lines) else {
      throw ValidationError(
        "--top takes \(SharingReport.topRange.lowerBound) to \(SharingReport.topRange.upperBound), not \(lines)")
    }
  }
}

/// The report as a person wants it: a row a line, and under it a row for each of its words.
struct SharingView {
  var report: SharingReport

  /// Words of a line that are shown one by one.
  private static let words = 16

  func lines() -> [String] {
    guard report.total.misses > 0 else { return ["No processor missed a line that another's write had taken away."] }
    var table = Table(right: [0, 1, 2, 3, 4])
    table.add(["cycles", "misses", "true", "false", "upgrades", "processors", "what"])
    for line in report.lines {
      table.add(row(line.cost, line.processors, "\(name(line)), \(line.place), home in station \(line.station)"))
      for word in line.words.prefix(Self.words) {
        let code = word.code ?? word.instruction
        table.add(
          row(
            word.cost, word.processors,
            "  \(word.offset > 0 ? "+" : "")\(word.offset) \(self.name(word, in: line))by \(code)"))
      }
      if line.words.count > Self.words {
        table.add(["", "", "", "", "", "", "  and \(line.words.count - Self.words) further words"])
      }
    }
    var lines = table.lines()
    if report.furtherCost.misses > 0 {
      let count = report.furtherLines > 0 ? "\(report.furtherLines) further lines" : "Words that found no room"
      lines += ["", "\(count): \(report.furtherCost.cycles) cycles, \(report.furtherCost.misses) misses."]
    }
    return lines
  }

  private func row(_ cost: SharingReport.Cost, _ processors: [Int], _ what: String) -> [String] {
    [
      "\(cost.cycles)", "\(cost.misses)", "\(cost.trueSharing)", "\(cost.falseSharing)", "\(cost.upgrades)",
      Self.ranges(processors), what,
    ]
  }

  private func name(_ line: SharingReport.Line) -> String {
    let word = line.dearest
    guard let symbol = word.symbol, let offset = word.symbolOffset else { return "line at \(line.virtualAddress)" }
    // By what the line begins with, where that is the same thing.
    return Self.name(symbol, offset >= UInt64(word.offset) ? offset - UInt64(word.offset) : offset)
  }

  /// A word's own name, where it has another than its line.
  private func name(_ word: SharingReport.Word, in line: SharingReport.Line) -> String {
    guard let symbol = word.symbol, symbol != line.dearest.symbol else { return "" }
    return "\(Self.name(symbol, word.symbolOffset ?? 0)) "
  }

  private static func name(_ symbol: String, _ offset: UInt64) -> String {
    offset == 0 ? symbol : "\(symbol) + \(offset)"
  }

  /// `[0, 1, 2, 5]` as `0-2,5`.
  static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
      separator: ",")
  }
}
