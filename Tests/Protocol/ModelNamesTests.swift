import Foundation
import Testing

/// The model speaks of the code only as long as both have the same messages, states, functions and decisions: who changes one of them has to change
/// the other.
@Suite struct ModelNamesTests {
  private let model = ["flat.pml", "flat-home.pml", "flat-processors.pml"].map { text(protocolFolder.appendingPathComponent($0)) }.joined()

  @Test(arguments: [("MessageKind", "Ring/Packet.swift"), ("LineState", "Processor/ExternalRequest.swift"), ("State", "Memory/MemoryModule.swift")])
  func theModelHasTheNamesOfTheCode(of enumeration: String, in file: String) throws {
    let code = cases(of: enumeration, in: source(file)).subtracting(absentees)
    var names = try declared(under: "// enum \(enumeration)")
    if enumeration == "State" { names.insert("shared") }
    #expect(!code.isEmpty)
    #expect(code == names)
  }

  @Test func processorsAskForWhatTheyAskForInTheCode() throws {
    let requests = cases(of: "Kind", in: source("Processor/ExternalRequest.swift")).subtracting(["none", "uncachedRead", "uncachedWrite"])
    let messages = try declared(under: "// enum MessageKind")
    #expect(requests.count == 4)
    #expect(requests.isSubset(of: messages))
  }

  @Test func theHomesTransactionHasTheFieldsOfTheCode() throws {
    let code = block(after: "struct HomeTransaction", in: source("Coherence/HomeTransaction.swift"))
    let fields = Set(code.matches(of: #/var (\w+)/#).map { String($0.1) })
    let inModel = Set(block(after: "typedef HomeTransaction", in: model).matches(of: #/(?:mtype|byte|bool) (\w+)/#).map { String($0.1) })
    #expect(!fields.isEmpty)
    // The code finds the requester in the message.
    #expect(fields.subtracting(absentees) == inModel.subtracting(["requester"]))
  }

  @Test(arguments: ["Station/Station-home.swift", "Station/Station-processors.swift"])
  func everyFunctionOfTheProtocolIsInTheModelOrSaidNotToBe(file: String) {
    let functions = Set(source(file).matches(of: #/func (\w+)/#).map { String($0.1) })
    #expect(!functions.isEmpty)
    #expect(functions.subtracting(modelled).subtracting(absentees) == [])
  }

  @Test func everyFunctionOfTheModelIsInTheCode() {
    let files = ["Station-home", "Station-processors", "Station-requests"].map { "Station/\($0).swift" } + ["Processor/Processor-answers.swift"]
    let functions = Set(files.map { source($0) }.joined().matches(of: #/func (\w+)/#).map { String($0.1) })
    #expect(!modelled.isEmpty)
    #expect(modelled.subtracting(functions) == [])
  }

  @Test func theHomeDecidesInTheModelAsInTheCode() throws {
    // The branches of the code's switch over request and state, and the comments over the model's branches.
    let serve = block(after: "private func serve(", in: source("Station/Station-home.swift"))
    let code = serve.matches(of: #/(?m)^ *((?:case \(.*|default):)$/#).map { String($0.1) }
    let branches = block(after: "inline serve(", in: model).matches(of: #/(?m)^ *// ((?:case \(.*|default):)$/#).map { String($0.1) }
    #expect(code.count > 1)
    #expect(code == branches)
  }

  // MARK: Reading

  /// What the model says it leaves out.
  private var absentees: Set<String> {
    Set(
      model.matches(of: #/// Not in the model: ([^\n.]*)/#).flatMap { match in
        match.1.replacing(#/\([^)]*\)/#, with: "").split { !$0.isLetter }.map(String.init)
      })
  }

  /// The functions of the code that the model's inlines stand for.
  private var modelled: Set<String> { Set(model.matches(of: #/// func (\w+)/#).map { String($0.1) }) }

  private func source(_ file: String) -> String {
    text(protocolFolder.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/NUMAchine/\(file)"))
  }

  /// The names of the `mtype` that follows a comment.
  private func declared(under comment: String) throws -> Set<String> {
    let start = try #require(model.range(of: comment + "\n") ?? model.range(of: comment + " ")).upperBound
    return Set(block(after: "mtype", in: String(model[start...])).split { !$0.isLetter }.map(String.init))
  }

  private func cases(of enumeration: String, in text: String) -> Set<String> {
    let body = block(after: "enum \(enumeration):", in: text)
    return Set(
      body.matches(of: #/(?m)^ *case ([^\n]*)$/#).flatMap { match in
        match.1.replacing(#/ = \d+/#, with: "").split { !$0.isLetter }.map(String.init)
      })
  }

  /// What stands in the braces after a text.
  private func block(after opening: String, in text: String) -> String {
    guard let start = text.range(of: opening)?.upperBound, let brace = text[start...].firstIndex(of: "{") else { return "" }
    var depth = 0
    for index in text[brace...].indices {
      if text[index] == "{" { depth += 1 }
      if text[index] == "}" { depth -= 1 }
      if depth == 0 { return String(text[text.index(after: brace)..<index]) }
    }
    return ""
  }
}

private func text(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
