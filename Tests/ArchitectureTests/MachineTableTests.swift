import Foundation
import Testing
import TornadoABI

/// The machine's registers, its events and the records that enter it are said once, in `abi/machine.h` and
/// `abi/records.h`; the document's tables say what they do.
@Suite("The tables of the machine") struct MachineTableTests {
  private static func text(_ path: String) throws -> String {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: package.appending(path: path), encoding: .utf8)
  }

  /// The rows of the table under a heading of docs/machine.md, cell by cell; without the head.
  private static func rows(_ heading: String) throws -> [[String]] {
    let document = try text("docs/machine.md")
    let start = try #require(document.range(of: "\n## \(heading)")).upperBound
    let section = document[start...].components(separatedBy: "\n## ")[0]
    let lines = section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
    return lines.map {
      $0.split(separator: "|").map { cell in cell.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// What stands in the first pair of backticks.
  private static func quoted(_ cell: String) throws -> String {
    let parts = cell.components(separatedBy: "`")
    return try #require(parts.count > 2 ? parts[1] : nil, "\(cell)")
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    let digits = text.replacingOccurrences(of: "_", with: "")
    return digits.hasPrefix("0x") ? Int(digits.dropFirst(2), radix: 16) : Int(digits)
  }

  /// The names and values of a group of lines of a header: the one in which `first` is.
  private static func defines(_ header: String, group first: String) throws -> [String: Int] {
    let groups = try text("Sources/TornadoNode/include/abi/\(header)").components(separatedBy: "\n\n")
    let group = try #require(groups.first { $0.contains("#define \(first) ") })
    var values: [String: Int] = [:]
    for line in group.split(separator: "\n") where line.hasPrefix("#define ") {
      let words = line.split(separator: " ")
      let value: Int = try #require(Self.number(words[2]))
      values[String(words[1])] = value
    }
    return values
  }

  @Test("docs/machine.md has a row for each register of the local window, by its offset and its name")
  func registers() throws {
    var documented: [String: Int] = [:]
    for row in try Self.rows("Local window") {
      documented["MACHINE_" + (try Self.quoted(row[1]))] = Self.number(try Self.quoted(row[0]))
    }
    #expect(try documented == Self.defines("machine.h", group: "MACHINE_PROCESSOR"))
  }

  @Test("docs/machine.md has a row for each kind of event")
  func events() throws {
    let documented = try Self.rows("Events").map { try #require(Int($0[0])) }
    #expect(try documented == Self.defines("machine.h", group: "MACHINE_EVENT_READY").values.sorted())
  }

  @Test("docs/machine.md has a row for each field of a record from outside, at its offset and of its size")
  func records() throws {
    let rows = try Self.rows("Records from outside")
    let offsets: [Int?] = [
      MemoryLayout.offset(of: \TornadoRecord.magic), MemoryLayout.offset(of: \TornadoRecord.kind),
      MemoryLayout.offset(of: \TornadoRecord.job), MemoryLayout.offset(of: \TornadoRecord.processors),
      MemoryLayout.offset(of: \TornadoRecord.programOffset), MemoryLayout.offset(of: \TornadoRecord.programBytes),
      MemoryLayout.offset(of: \TornadoRecord.arguments), MemoryLayout.offset(of: \TornadoRecord.argumentBytes),
    ]
    #expect(rows.prefix(offsets.count).map { Int($0[0]) } == offsets)
    #expect(rows.prefix(offsets.count).map { Int($0[1]) } == [4, 4, 4, 4, 8, 8, 4, 4])
    #expect(Int(rows[offsets.count][0]) == Int(TORNADO_RECORD_BYTES))
    #expect(try Self.number(Self.quoted(rows[0][2])) == Int(TORNADO_RECORD_MAGIC))
    #expect(
      rows[1][2]
        == "kind: \(TORNADO_RECORD_RUN) run, \(TORNADO_RECORD_KILL) kill, \(TORNADO_RECORD_DEADLOCK) does the job wait for ever?"
    )
    #expect(rows[4][2].contains("a multiple of \(TORNADO_RECORD_ALIGNMENT)"))
  }
}
