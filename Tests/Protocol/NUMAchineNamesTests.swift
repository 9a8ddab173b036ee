import Foundation
import Testing

/// NUMAchine's protocol has one set of names: the model's, the code's and the specification's.
@Suite struct NUMAchineNamesTests {
  private let text = ModelText(files: [
    "numachine.pml", "numachine-rings.pml", "numachine-home.pml", "numachine-networkcache.pml",
    "numachine-processors.pml",
  ])

  @Test(arguments: [
    ("MessageKind", "Ring/Packet.swift"), ("LineState", "Processor/ExternalRequest.swift"),
    ("State", "Coherence/NUMAchine/NetworkCache.swift"),
    ("Lock", "Coherence/NUMAchine/NetworkCache.swift"), ("HomeLock", "Coherence/NUMAchine/HomeEntry.swift"),
  ])
  func theModelHasTheNamesOfTheCode(of enumeration: String, in file: String) throws {
    let code = text.cases(of: enumeration, in: text.source(file)).subtracting(text.absentees)
    #expect(!code.isEmpty)
    #expect(try code == text.declared(under: "// enum \(enumeration)"))
  }

  @Test func homesHaveTheStatesOfFramesButNotIn() throws {
    let home = text.cases(of: "State", in: text.source("Coherence/NUMAchine/HomeEntry.swift"))
    #expect(try home.union(["notIn"]) == text.declared(under: "// enum State"))
  }

  @Test func framesHaveTheFieldsOfTheCode() {
    let code = fields(of: "struct NetworkCacheEntry", in: text.source("Coherence/NUMAchine/NetworkCache.swift"))
      .subtracting(
        text.absentees)
    let model = fields(of: "typedef NetworkCacheEntry", in: text.model)
    // The line, and the request's kind; the code reserves a frame in the network cache.
    #expect(model.subtracting(["value", "request", "reserved"]) == code.subtracting(["kind"]))
  }

  @Test func packetsHaveTheFlagsOfTheCode() throws {
    let flags = text.source("Ring/Packet.swift").matches(of: #/static let (\w+): UInt8/#).map { String($0.1) }
    let model = try text.declared(under: "// flags of Packet")
    #expect(!flags.isEmpty)
    #expect(Set(flags).subtracting(text.absentees) == model)
  }

  @Test func theNetworkCacheDecidesInTheModelAsInTheCode() {
    let serve = text.block(after: "func serveFromNetworkCache(", in: text.sources("Coherence/NUMAchine"))
    let code = serve.matches(of: #/(?m)^ *((?:case \(.*|default):)$/#).map { String($0.1) }
    let model = text.block(after: "inline lookUp(", in: text.model).matches(of: #/(?m)^ *// ((?:case \(.*|default):)$/#)
      .map { String($0.1) }
    #expect(code.count > 1)
    #expect(code == model)
  }

  @Test func packetsPassTheRingsInTheStagesOfTheCode() {
    let code = text.cases(of: "Stage", in: text.source("Ring/RingSimulation.swift")).subtracting(text.absentees)
    let model = Set(text.model.matches(of: #/(?m)^#define ([a-z]+) (?:0|16|32|64)$/#).map { String($0.1) })
    #expect(!code.isEmpty)
    #expect(code == model)
  }

  @Test func eachPlaceTakesTheSameMessagesInTheModelAsInTheCode() {
    let home = kinds(after: "func decide(", in: text.sources("Coherence/NUMAchine"))
    let homeInModel = named(after: "inline decide()", in: text.model).union(requests)
    #expect(home == homeInModel)
    let answers = kinds(after: "func takeAnswer(", in: text.sources("Coherence/NUMAchine"))
    let told = kinds(after: "func notice(", in: text.sources("Coherence/NUMAchine"))
    let notice = named(after: "inline notice(", in: text.model).union(["intervene", "interveneExclusive"])
    #expect(answers.union(told) == notice)
  }

  @Test func theSpecificationNamesThemAll() throws {
    let specification = try String(
      contentsOf: protocolFolder.appendingPathComponent("../../docs/numachine-protocol.md"), encoding: .utf8)
    for list in ["// enum MessageKind", "// enum State", "// enum HomeLock", "// enum Lock", "// flags of Packet"] {
      for name in try text.declared(under: list) where name != "invalid" {
        #expect(specification.contains(name), "\(name)")
      }
    }
  }

  // MARK: Reading

  private var requests: Set<String> { ["read", "readExclusive", "upgrade", "conditionalUpgrade", "deviceWrite"] }

  private func fields(of structure: String, in source: String) -> Set<String> {
    let body = text.block(after: structure, in: source)
    // Stored ones: computed ones have braces.
    return Set(
      body.matches(of: #/(?m)^ *(?:var|mtype|byte|bool) ([^{\n]*)$/#).flatMap { match in
        match.1.split(separator: ",").map { String($0.trimmingCharacters(in: .whitespaces).prefix { $0.isLetter }) }
      })
  }

  /// The kinds of messages that a function's first switch has cases for.
  private func kinds(after function: String, in source: String) -> Set<String> {
    let body = text.block(after: function, in: source)
    return Set(
      body.matches(of: #/(?m)^ *case (\.[^:\n]*):/#).flatMap { match in
        match.1.split(separator: " where ")[0].split { !$0.isLetter }.map(String.init)
      })
  }

  /// The kinds that an inline of the model asks for.
  private func named(after inline: String, in source: String) -> Set<String> {
    Set(text.block(after: inline, in: source).matches(of: #/kind == (\w+)/#).map { String($0.1) })
  }
}
