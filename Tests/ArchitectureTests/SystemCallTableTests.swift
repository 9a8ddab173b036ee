import Foundation
import Testing

/// The numbers of system calls are said once, in `abi/calls.h`; the document's tables say what they do.
@Suite("The tables of system calls") struct SystemCallTableTests {
  private static func text(_ path: String) throws -> String {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: package.appending(path: path), encoding: .utf8)
  }

  /// The document's names by number; those of protected procedure calls, which it describes by registers and
  /// not as functions, are empty.
  private static func documented() throws -> [Int: String] {
    var names: [Int: String] = [:]
    for line in try text("docs/programs.md").split(separator: "\n") where line.hasPrefix("| ") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard let number = Int(cells[0]), number >= 5000, cells.count > 1 else { continue }
      #expect(names[number] == nil, "two rows for \(number)")
      names[number] = cells[1].hasPrefix("`") ? String(cells[1].dropFirst().prefix { $0 != "(" }) : ""
    }
    return names
  }

  @Test("docs/programs.md has a row for each system call, by its number and its name")
  func documentedCalls() throws {
    var documented = try Self.documented()
    let prefix = "#define TORNADO_CALL_"
    for line in try Self.text("Sources/TornadoNode/include/abi/calls.h").split(separator: "\n")
    where line.hasPrefix(prefix) {
      let words = line.dropFirst(prefix.count).split(separator: " ")
      let number = try #require(Int(words[1]))
      let name = documented.removeValue(forKey: number)
      #expect(name == (words[0].hasPrefix("PPC") ? "" : words[0].lowercased()), "\(line)")
    }
    #expect(documented.isEmpty, "rows of calls that there are not: \(documented)")
  }
}
