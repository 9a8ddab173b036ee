import ControlAPI
import Foundation

/// What the counters do in a second, on one screen: what matters first, and no more than fits.
struct CountersScreen {
  var title: String
  /// What a second of the host brought.
  var rates: CountersReport

  /// Replaces what is on the terminal; where there is none, everything is written, and an empty line after it.
  func show() {
    guard let size = Terminal.size else {
      return writeAll(1, Array((lines(width: .max, height: .max) + ["", ""]).joined(separator: "\n").utf8))
    }
    let lines = lines(width: size.width, height: size.height).map { "\($0)\u{1B}[K" }
    writeAll(1, Array(("\u{1B}[H" + lines.joined(separator: "\n") + "\u{1B}[J").utf8))
  }

  func lines(width: Int, height: Int) -> [String] {
    let view = CountersView(report: rates, isShort: true)
    let state = rates.cycle == 0 ? "the machine stands still" : "\(CountersView.short(rates.cycle)) cycles a second"
    var lines = [title + ": " + state] + processors(view, width: width, height: height - 1)
    for group in ["ring"] + CountersReport.groups.filter({ $0 != "ring" }) {
      lines += view.group(group, width: width)
    }
    if lines.count > height {
      let left = lines.count - height + 1
      lines = lines.prefix(height - 1) + ["and \(left) more lines: 'tctl counters' shows all"]
    }
    return lines.map { String($0.prefix(width)) }
  }

  /// The machine, its stations, and their processors where all of these have room; of the columns those that
  /// matter most.
  private func processors(_ view: CountersView, width: Int, height: Int) -> [String] {
    let columns = CountersView.columns.sorted { $0.rank < $1.rank }
    let count = rates.stations.reduce(view.all == nil ? 1 : 2) { $0 + 1 + $1.processors.count }
    func table(_ columns: some Collection<CountersView.Column>) -> Table {
      var table = Table(right: Set(1...columns.count))
      table.add(["a second"] + columns.map(\.short))
      if let all = view.all { table.add(view.row("all", all, columns)) }
      for station in rates.stations {
        table.add(view.row("station \(station.station)", CountersView.sum(station.processors), columns))
        guard count <= height else { continue }
        for processor in station.processors { table.add(view.row("  \(processor.processor)", processor, columns)) }
      }
      return table
    }
    let fitting = (1...columns.count).last { CountersView.width(of: table(columns.prefix($0))) <= width } ?? 1
    return table(columns.prefix(fitting)).lines()
  }
}

/// What standard output is shown on.
enum Terminal {
  /// Characters and lines; nil where it is no terminal.
  static var size: (width: Int, height: Int)? {
    var size = winsize()
    guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    // Serial lines and the like do not know.
    guard size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  static var width: Int { size?.width ?? .max }
}
