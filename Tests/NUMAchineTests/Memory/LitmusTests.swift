import Foundation
import Profiles
import Testing

@testable import NUMAchine

/// The classic litmus tests as guest programs: over many iterations with all sorts of delays, old copies and placements, nothing that sequential
/// consistency forbids is ever seen.
@Suite struct LitmusTests {
  private static let isSoak = ProcessInfo.processInfo.environment["TORNADO_SOAK"] != nil

  private func run(_ litmus: Litmus, on name: String, iterations: Int, seed: UInt64) {
    let profile = try! Profiles.changed(name) { field, value in
      switch field {
      case "memory_bytes": 8 << 20
      case "secondary_bytes": 16 << 10
      case "primary_data_bytes", "primary_instruction_bytes": 1 << 10
      default: value
      }
    }
    let stations = name == "numachine48" ? 8 : 4
    let perStation = profile.processorsPerStation
    let placements = [
      Litmus.Placement(processors: [0, perStation, 2 * perStation, 3 * perStation], homes: [0, 1]),
      Litmus.Placement(processors: [3 * perStation, 0, perStation, 2 * perStation], homes: [0, stations - 1]),
      Litmus.Placement(processors: [1, 0, perStation, perStation + 1], homes: [1, 2]),
      Litmus.Placement(processors: [perStation * (stations - 1), perStation, 1, 2 * perStation], homes: [1, 1]),
    ]
    let allowed = litmus.allowed
    var seen: Set<Litmus.Outcome> = []
    for placement in placements {
      let machine = TestMachine(profile, stations: stations, program: litmus.program(placement, iterations: iterations, seed: seed))
      guard machine.run(cycles: 400_000_000) else {
        Issue.record("\(litmus.name) on \(name): the machine does not come to rest, seed \(seed), \(placement)")
        return
      }
      let outcomes = Set(litmus.outcomes(machine, placement, iterations: iterations))
      #expect(outcomes.subtracting(allowed) == [], "\(litmus.name) on \(name), seed \(seed), \(placement)")
      seen.formUnion(outcomes)
    }
    // The parts do meet: else nothing has been shown.
    #expect(seen.count > 1, "\(litmus.name) on \(name) has but one outcome")
  }

  @Test(arguments: Profiles.among(["numachine", "simos", "decade-ago", "numachine48"])) func nothingOutsideSequentialConsistencyIsSeen(on profile: String) {
    for litmus in Litmus.all { run(litmus, on: profile, iterations: 100, seed: 17) }
  }

  @Test(.enabled(if: isSoak), arguments: Profiles.among(["numachine", "simos", "decade-ago", "numachine48"])) func norInManyMoreIterations(on profile: String) {
    let seed = UInt64.random(in: 1...1_000_000_000)
    print("litmus on \(profile): seed \(seed)")
    for litmus in Litmus.all {
      for number in 0..<5 { run(litmus, on: profile, iterations: 4000, seed: seed + UInt64(number)) }
    }
  }

  @Test func theListsOfAllowedOutcomesAreThoseOfTheBooks() {
    let byName = Dictionary(uniqueKeysWithValues: Litmus.all.map { ($0.name, $0.allowed) })
    #expect(byName["SB"] == [[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]])
    #expect(byName["MP"]?.contains([1, 0, 1, 1]) == false)
    #expect(byName["LB"]?.contains([1, 1, 1, 1]) == false)
    #expect(byName["2+2W"]?.contains([1, 1]) == false)
    #expect(byName["CoRR"]?.contains([2, 1, 2, 0]) == false)
    #expect(byName["IRIW"]?.contains([1, 0, 1, 0, 1, 1]) == false)
    #expect(byName["LL/SC"]?.allSatisfy { $0.suffix(2) == [3, 3] } == true)
  }
}
