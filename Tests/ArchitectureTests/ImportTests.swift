import Foundation
import Testing

/// The table "Who imports whom" of docs/architecture.md. `TORNADO_WRITE_DOCS=1` writes it.
@Suite("Architecture") struct ImportTests {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module of `Sources` imports, by name; guest code, which imports C headers of its own, left out.
  private static func imports() throws -> [String: Set<String>] {
    var imports: [String: Set<String>] = [:]
    let sources = package.appending(path: "Sources")
    for module in try FileManager.default.contentsOfDirectory(atPath: sources.path) where module != "TornadoNode" {
      let files = FileManager.default.enumerator(atPath: sources.appending(path: module).path)
      for case let file as String in files ?? .init() where file.hasSuffix(".swift") {
        imports[module, default: []].formUnion([])
        let text = try String(contentsOf: sources.appending(path: "\(module)/\(file)"), encoding: .utf8)
        for line in text.split(separator: "\n") {
          var words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
          if words.first == "public" || words.first == "internal" { words.removeFirst() }
          guard words.count == 2, words[0] == "import" else { continue }
          imports[module, default: []].insert(String(words[1]))
        }
      }
    }
    return imports
  }

  private static func table(_ imports: [String: Set<String>]) -> [String] {
    func names(_ names: some Sequence<String>) -> String {
      let list = names.sorted()
      return list.isEmpty ? "–" : list.joined(separator: ", ")
    }
    let own = Set(imports.keys).union(["CLibuv", "TornadoABI"])
    let rows = imports.sorted { $0.key < $1.key }.map { module, imported in
      "| `\(module)` | \(names(imported.intersection(own))) | \(names(imported.subtracting(own))) |"
    }
    return ["| module | imports of the project | and of others |", "|---|---|---|"] + rows
  }

  @Test("docs/architecture.md has who imports whom as the sources have it")
  func documented() throws {
    let file = Self.package.appending(path: "docs/architecture.md")
    var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    let table = Self.table(try Self.imports())
    let first = try #require(lines.firstIndex(of: table[0]), "there is no such table")
    let end = lines[first...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
    guard Array(lines[first..<end]) != table else { return }
    guard ProcessInfo.processInfo.environment["TORNADO_WRITE_DOCS"] != nil else {
      Issue.record("docs/architecture.md is out of date: TORNADO_WRITE_DOCS=1 swift test --filter ImportTests")
      return
    }
    lines.replaceSubrange(first..<end, with: table)
    try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
  }

  @Test("the machine imports its registers, and nothing below the daemon and the client imports either")
  func oneWay() throws {
    let imports = try Self.imports()
    #expect(try #require(imports["NUMAchine"]).subtracting(["Glibc", "Synchronization", "TornadoABI"]).isEmpty)
    #expect(try #require(imports["ringbus"]).isDisjoint(with: imports.keys))
    for (module, imported) in imports { #expect(imported.isDisjoint(with: ["tctl", "stationd"]), "\(module)") }
  }
}
