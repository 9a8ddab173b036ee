import Foundation
import Testing

@testable import NUMAchine

/// The models speak of the code only as long as both have the same messages, states and decisions. Names and
/// decisions the models have from the code; what they keep by fields is compared.
@Suite struct ModelNamesTests {
  @Test(arguments: ModelTables.files.keys.sorted()) func theModelHasNamesAndDecisionsFromTheCode(name: String) throws {
    let text = try #require(ModelTables.files[name])
    let file = protocolFolder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["TORNADO_WRITE_DOCS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text, "TORNADO_WRITE_DOCS=1 writes it anew")
  }

  @Test func theHomesTransactionHasTheFieldsOfTheCode() {
    let model = ModelText(files: ["flat-home.pml"])
    // The code finds the requester in the message.
    #expect(
      fields(of: HomeTransaction()).subtracting(model.absentees)
        == model.fields(of: "HomeTransaction").subtracting(["requester"]))
  }

  @Test func framesHaveTheFieldsOfTheCode() {
    let model = ModelText(files: ["numachine.pml", "numachine-networkcache.pml"])
    // The line, and the request's kind; the code reserves a frame in the network cache.
    #expect(
      model.fields(of: "NetworkCacheEntry").subtracting(["value", "request", "reserved"])
        == fields(of: NetworkCacheEntry()).subtracting(model.absentees).subtracting(["kind"]))
  }

  @Test func homesHaveTheStatesOfFramesButNotIn() {
    #expect(
      Set(HomeEntry.State.allCases.map { "\($0)" } + ["notIn"])
        == Set(NetworkCacheEntry.State.allCases.map { "\($0)" }))
  }

  @Test func packetsPassTheRingsInTheStagesOfTheCode() {
    let model = ModelText(files: ["numachine-rings.pml"]).model
    #expect(
      Set(RingSimulation.Stage.allCases.filter { $0 != .signal }.map { "\($0)" })
        == Set(model.matches(of: #/(?m)^#define ([a-z]+) (?:0|16|32|64)$/#).map { String($0.1) }))
  }

  @Test func theSpecificationNamesThemAll() throws {
    let specification = try String(
      contentsOf: protocolFolder.appendingPathComponent("../../docs/numachine-protocol.md"), encoding: .utf8)
    let model = ModelText(files: ["numachine-names.pml", "numachine.pml"])
    for list in ["MessageKind", "NetworkCacheEntry.State", "HomeLock", "NetworkCacheEntry.Lock", "flags of Packet"] {
      for name in try model.declared(under: "// \(list)") {
        #expect(specification.contains(name), "\(name)")
      }
    }
  }

  /// The names of a value's own fields, without those that are there for its size.
  private func fields(of value: some Any) -> Set<String> {
    Set(Mirror(reflecting: value).children.compactMap(\.label).filter { !$0.hasPrefix("reserved") })
  }
}
