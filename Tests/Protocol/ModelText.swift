import Foundation
import Testing

/// The text of a model, and what the tests look for in it.
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

  /// The names of the `mtype` that follows a comment.
  func declared(under comment: String) throws -> Set<String> {
    let start = try #require(model.range(of: comment)).upperBound
    return Set(block(after: "mtype", in: String(model[start...])).split { !$0.isLetter }.map(String.init))
  }

  func fields(of type: String) -> Set<String> {
    Set(
      block(after: "typedef \(type)", in: model).matches(of: #/(?:mtype|byte|bool) (\w+)/#).map { String($0.1) })
  }

  /// What stands in the braces after a text.
  private func block(after opening: String, in text: String) -> String {
    guard let start = text.range(of: opening)?.upperBound, let brace = text[start...].firstIndex(of: "{"),
      let end = text[brace...].firstIndex(of: "}")
    else { return "" }
    return String(text[text.index(after: brace)..<end])
  }
}

private func contents(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
