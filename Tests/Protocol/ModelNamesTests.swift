import Foundation
import Testing

/// The model speaks of the code only as long as both have the same messages, states, functions and decisions:
/// who changes one of them has to change the other.
@Suite struct ModelNamesTests {
  private let text = ModelText(files: ["flat.pml", "flat-home.pml", "flat-processors.pml"])

  @Test(arguments: [
    ("MessageKind", "Ring/Packet.swift"), ("LineState", "Processor/ExternalRequest.swift"),
    ("State", "Memory/MemoryModule.swift"),
  ])
  func theModelHasTheNamesOfTheCode(of enumeration: String, in file: String) throws {
    let code = text.cases(of: enumeration, in: text.source(file)).subtracting(text.absentees)
    var names = try text.declared(under: "// enum \(enumeration)")
    if enumeration == "State" { names.insert("shared") }
    #expect(!code.isEmpty)
    #expect(code == names)
  }

  @Test func processorsAskForWhatTheyAskForInTheCode() throws {
    let requests = text.cases(of: "Kind", in: text.source("Processor/ExternalRequest.swift")).subtracting([
      "none", "uncachedRead", "uncachedWrite",
    ])
    .subtracting(text.absentees)
    let messages = try text.declared(under: "// enum MessageKind")
    #expect(requests.count == 4)
    #expect(requests.isSubset(of: messages))
  }

  @Test func theHomesTransactionHasTheFieldsOfTheCode() throws {
    let code = text.block(after: "struct HomeTransaction", in: text.source("Coherence/Flat/HomeTransaction.swift"))
    let fields = Set(code.matches(of: #/var (\w+)/#).map { String($0.1) })
    let inModel = Set(
      text.block(after: "typedef HomeTransaction", in: text.model).matches(of: #/(?:mtype|byte|bool) (\w+)/#).map {
        String($0.1)
      })
    #expect(!fields.isEmpty)
    // The code finds the requester in the message.
    #expect(fields.subtracting(text.absentees) == inModel.subtracting(["requester"]))
  }

  @Test(arguments: ["home", "processors"])
  func everyFunctionOfTheProtocolIsInTheModelOrSaidNotToBe(file: String) {
    let source = text.source("Coherence/Flat/FlatProtocol-\(file).swift")
    let functions = Set(source.matches(of: #/func (\w+)/#).map { String($0.1) })
    #expect(!functions.isEmpty)
    #expect(functions.subtracting(text.modelled).subtracting(text.absentees) == [])
  }

  @Test func everyFunctionOfTheModelIsInTheCode() {
    let sources =
      text.sources("Coherence/Flat") + text.source("Station/Station-requests.swift")
      + text.source("Processor/Processor-answers.swift")
    let functions = Set(sources.matches(of: #/func (\w+)/#).map { String($0.1) })
    #expect(!text.modelled.isEmpty)
    #expect(text.modelled.subtracting(functions) == [])
  }

  @Test func theHomeDecidesInTheModelAsInTheCode() throws {
    // The branches of the code's switch over request and state, and the comments over the model's branches.
    let serve = text.block(after: "private func serve(", in: text.source("Coherence/Flat/FlatProtocol-home.swift"))
    let code = serve.matches(of: #/(?m)^ *((?:case \(.*|default):)$/#).map { String($0.1) }
    let branches = text.block(after: "inline serve(", in: text.model).matches(
      of: #/(?m)^ *// ((?:case \(.*|default):)$/#
    ).map { String($0.1) }
    #expect(code.count > 1)
    #expect(code == branches)
  }
}
