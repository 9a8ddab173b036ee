import NUMAchine

/// The text of `docs/counters.md`, made from the definitions of the counters.
public enum CountersDocument {
  public static func markdown() -> String {
    var lines = [
      "# Counters",
      "",
      "What the monitor counts, in every module of the machine. Made by `tctl document-counters` from the definitions in `Sources/NUMAchine/Counters`;",
      "a test compares. The index is that of the `MONITOR` and `MONITOR_STATION` registers (`docs/machine.md`); the name is that in",
      "`tctl counters --json`.",
      "",
      "## Of a processor",
      "",
      "| index | name | unit | meaning |",
      "|---|---|---|---|",
    ]
    for counter in ProcessorCounter.allCases {
      lines.append("| \(counter.rawValue) | `\(counter.name)` | \(counter.unit) | \(counter.meaning) |")
    }
    for group in CountersReport.groups {
      let members = StationCounter.allCases.filter { $0.group == group }
      guard !members.isEmpty else { continue }
      lines += ["", "## Of a station: `\(group)`", "", "| index | name | unit | meaning |", "|---|---|---|---|"]
      lines += members.map { "| \($0.rawValue) | `\($0.name)` | \($0.unit) | \($0.meaning) |" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
