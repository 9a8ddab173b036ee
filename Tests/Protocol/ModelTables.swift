@testable import NUMAchine

/// What the models take from the code: names and the messages' groups (`flat-names.pml`, `numachine-names.pml`),
/// and what is done with a request (`flat-decisions.pml`, `numachine-decisions.pml`).
enum ModelTables {
  /// Messages of the other protocol, and those that carry no line and have no order beyond the ring's.
  private static let notInFlat: Set<MessageKind> = [.retry, .halt, .resume, .interrupt]
  /// Messages of the other protocol; the rings' signals are conditions in the model.
  private static let notInNUMAchine: Set<MessageKind> = [.invalidated, .halt, .resume]

  /// The files, by their names.
  static let files = [
    "flat-names.pml": flatNames, "flat-decisions.pml": flatDecisions, "numachine-names.pml": numachineNames,
    "numachine-decisions.pml": numachineDecisions,
  ]

  private static let flatNames = text(
    "flat.pml",
    [
      names("MessageKind", flatKinds.map { "\($0)" }), names("LineState", LineState.allCases.map { "\($0)" }),
      // One word serves both.
      names("DirectoryEntry.State", DirectoryEntry.State.allCases.filter { $0 != .shared }.map { "\($0)" }),
      names("FlatDecision", FlatDecision.allCases.map { constant($0) }),
      groups(flatKinds),
    ])

  private static let flatDecisions = text(
    "flat.pml",
    [
      decisions(
        "decideAtHome()",
        [requests(), states(DirectoryEntry.State.allCases, "ENTRY.state"), flag("isHolder"), flag("others")]
      ) { choice in
        FlatDecision.of(
          requestKinds[choice[0]], DirectoryEntry.State.allCases[choice[1]], isHolder: choice[2] == 1,
          hasOthers: choice[3] == 1)
      }
    ])

  private static let numachineNames = text(
    "numachine.pml",
    [
      names("MessageKind", numachineKinds.map { "\($0)" }), names("LineState", LineState.allCases.map { "\($0)" }),
      names(
        "NetworkCacheEntry.State; HomeEntry.State has all but notIn", NetworkCacheEntry.State.allCases.map { "\($0)" }),
      names("HomeLock; 0 stands for none", HomeLock.allCases.filter { $0 != .none }.map { "\($0)" }),
      names(
        "NetworkCacheEntry.Lock; 0 stands for none",
        NetworkCacheEntry.Lock.allCases.filter { $0 != .none }.map { "\($0)" }),
      names(
        "HomeDecision, NetworkCacheDecision",
        HomeDecision.allCases.map { constant($0) } + NetworkCacheDecision.allCases.map { constant($0) }),
      groups(numachineKinds),
    ])

  private static let numachineDecisions = text(
    "numachine.pml",
    [
      decisions(
        "decideAtHome()",
        [
          requests(), states(HomeEntry.State.allCases, "ENTRY.state"), ["!isOwn && !mayBeOwn", "mayBeOwn", "isOwn"],
          flag("others"),
        ]
      ) { choice in
        HomeDecision.of(
          requestKinds[choice[0]], HomeEntry.State.allCases[choice[1]], HomeDecision.Holding.allCases[choice[2]],
          hasOthers: choice[3] == 1)
      },
      decisions(
        "decideInStation(aStation, n)",
        [
          requestKinds.dropLast().map { "kind == \($0)" },
          states(NetworkCacheEntry.State.allCases, "FRAME(aStation).state"),
          ["FRAME(aStation).processors != BIT(n)", "FRAME(aStation).processors == BIT(n)"],
        ]
      ) { choice in
        NetworkCacheDecision.of(
          requestKinds[choice[0]], NetworkCacheEntry.State.allCases[choice[1]], isOnly: choice[2] == 1)
      },
    ])

  // MARK: Names

  private static let flatKinds = MessageKind.allCases.filter { !notInFlat.contains($0) }
  private static let numachineKinds = MessageKind.allCases.filter { !notInNUMAchine.contains($0) }
  private static let requestKinds: [MessageKind] = [.read, .readExclusive, .upgrade, .conditionalUpgrade, .deviceWrite]

  private static func text(_ model: String, _ parts: [String]) -> String {
    "// What \(model) has from Sources/NUMAchine. ProtocolTests compare this file with the code, and write it where TORNADO_WRITE_DOCS is set.\n\n"
      + parts.joined(separator: "\n")
  }

  private static func names(_ title: String, _ words: [String]) -> String {
    "// \(title)\nmtype = { \(words.joined(separator: ", ")) };\n"
  }

  /// `giveToWriter` is `GIVE_TO_WRITER`: small letters are messages and states.
  private static func constant(_ decision: some Any) -> String {
    "\(decision)".reduce(into: "") { $0 += ($1.isUppercase ? "_" : "") + $1.uppercased() }
  }

  private static func groups(_ kinds: [MessageKind]) -> String {
    func group(_ name: String, _ isMember: (MessageKind) -> Bool) -> String {
      "#define \(name) (\(kinds.filter(isMember).map { "kind == \($0)" }.joined(separator: " || ")))\n"
    }
    return group("IS_REQUEST") { requestKinds.contains($0) } + group("IS_FOR_HOME") { $0.isForHome }
      + group("IS_QUESTION") { $0 == .intervene || $0 == .interveneExclusive }
  }

  // MARK: Decisions

  private static func requests() -> [String] { requestKinds.map { "served == \($0)" } }
  private static func states(_ states: [some Any], _ place: String) -> [String] { states.map { "\(place) == \($0)" } }
  private static func flag(_ name: String) -> [String] { ["!\(name)", "\(name)"] }

  /// An inline that sets `decision`: all that can be the case, where one case differs from another.
  ///
  /// - Parameters:
  ///   - dimensions: what is decided by: for each its values, as conditions of the model.
  ///   - decide: what the code does for the values of these numbers.
  private static func decisions(
    _ name: String, _ dimensions: [[String]], _ decide: ([Int]) -> Any
  ) -> String {
    func rows(_ choice: [Int]) -> [DecisionRow] {
      guard choice.count < dimensions.count else {
        return [DecisionRow(conditions: [], decision: constant(decide(choice)))]
      }
      let values = dimensions[choice.count]
      var groups: [(conditions: [String], rows: [DecisionRow])] = []
      for value in values.indices {
        let below = rows(choice + [value])
        if let same = groups.firstIndex(where: { $0.rows == below }) {
          groups[same].conditions.append(values[value])
        } else {
          groups.append(([values[value]], below))
        }
      }
      guard groups.count > 1 else { return groups[0].rows }
      return groups.flatMap { group in
        group.rows.map {
          DecisionRow(
            conditions: ["(\(group.conditions.joined(separator: " || ")))"] + $0.conditions, decision: $0.decision)
        }
      }
    }
    let lines = rows([]).map {
      "  :: \($0.conditions.joined(separator: " && ")) -> decision = \($0.decision)\n"
    }
    return "inline \(name) {\n  if\n\(lines.joined())  fi\n}\n"
  }
}

/// A case of a table: what has to hold for it, and the decision.
private struct DecisionRow: Equatable {
  var conditions: [String]
  let decision: String
}
