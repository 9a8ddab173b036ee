import Foundation
import Testing

/// No condition without a row in which it is dropped, and no such row that the specification does not tell
/// of.
@Suite struct ModelRowsTests {
  /// The conditions that some row of check.sh drops, expecting harm, by model.
  private func dropped(in model: String) throws -> Set<String> {
    let rows = try String(contentsOf: protocolFolder.appendingPathComponent("rows.sh"), encoding: .utf8)
    let verifiers = Set(rows.matches(of: #/(?m)^(\w+) *\| (\w+) *\| -D/#).filter { $0.2 == model }.map { String($0.1) })
    return Set(
      rows.split(separator: "\n").compactMap { row in
        let columns = row.split(separator: "|", omittingEmptySubsequences: false).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        guard columns.count == 5, verifiers.contains(columns[1]), columns[4] == "violation" || columns[4] == "cycle"
        else { return nil }
        return columns[2].firstMatch(of: #/drop=(\w+)/#).map { String($0.1) }
      })
  }

  private func conditions(of model: String) -> Set<String> {
    Set(
      ModelText(files: [model == "flat" ? "flat.pml" : "\(model)-conditions.pml"]).model.matches(
        of: #/#define DROP_(\w+) \(drop/#
      ).map { String($0.1) })
  }

  @Test(arguments: ["flat", "numachine"]) func everyConditionIsDroppedInARowThatFindsTheHarm(model: String) throws {
    let all = conditions(of: model)
    #expect(all.count > 10)
    #expect(try all == dropped(in: model))
  }

  @Test func theSpecificationTellsWhatHappensWithoutEach() throws {
    let specification = try String(
      contentsOf: protocolFolder.appendingPathComponent("../../docs/numachine-protocol.md"), encoding: .utf8)
    for condition in conditions(of: "numachine") { #expect(specification.contains("`\(condition)`"), "\(condition)") }
  }
}
