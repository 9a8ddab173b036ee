import Foundation
import Testing

/// The text of a model, and what the tests of names look for in it and in the code.
struct ModelText {
  let model: String

  init(files: [String]) { model = files.map { contents(protocolFolder.appendingPathComponent($0)) }.joined() }

  /// What the model says it leaves out.
  var absentees: Set<String> {
    Set(
      model.matches(of: #/// Not in the model: ([^\n.]*)/#).flatMap { match in
        match.1.replacing(#/\([^)]*\)/#, with: "").split { !$0.isLetter }.map(String.init)
      })
  }

  /// The functions of the code that the model's inlines stand for.
  var modelled: Set<String> { Set(model.matches(of: #/// func (\w+)/#).map { String($0.1) }) }

  func source(_ file: String) -> String {
    contents(
      protocolFolder.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
        "Sources/NUMAchine/\(file)"))
  }

  /// All of a folder.
  func sources(_ folder: String) -> String {
    let path = protocolFolder.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "Sources/NUMAchine/\(folder)")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path.path)) ?? []
    return files.sorted().map { contents(path.appendingPathComponent($0)) }.joined()
  }

  /// The names of the `mtype` that follows a comment.
  func declared(under comment: String) throws -> Set<String> {
    let start = try #require(model.range(of: comment + "\n") ?? model.range(of: comment + " ")).upperBound
    return Set(block(after: "mtype", in: String(model[start...])).split { !$0.isLetter }.map(String.init))
  }

  func cases(of enumeration: String, in text: String) -> Set<String> {
    let body = block(after: "enum \(enumeration):", in: text)
    return Set(
      body.matches(of: #/(?m)^ *case ([^\n]*)$/#).flatMap { match in
        match.1.replacing(#/ = \d+/#, with: "").split { !$0.isLetter }.map(String.init)
      })
  }

  /// What stands in the braces after a text.
  func block(after opening: String, in text: String) -> String {
    guard let start = text.range(of: opening)?.upperBound, let brace = text[start...].firstIndex(of: "{") else {
      return ""
    }
    var depth = 0
    for index in text[brace...].indices {
      if text[index] == "{" { depth += 1 }
      if text[index] == "}" { depth -= 1 }
      if depth == 0 { return String(text[text.index(after: brace)..<index]) }
    }
    return ""
  }
}

private func contents(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
