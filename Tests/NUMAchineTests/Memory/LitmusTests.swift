import Foundation
import Profiles
import TestSupport
import Testing

@testable import NUMAchine

/// The classic litmus tests as guest programs: over many iterations with all sorts of delays, old copies and
/// placements, nothing that sequential consistency forbids is ever seen.
@Suite struct LitmusTests {

  /// A shipped profile with small memories and caches, and with what else is changed.
  private func machine(_ name: String, _ changes: [String: Int] = [:]) -> MachineProfile {
    let small = [
      "memory_bytes": 8 << 20, "secondary_bytes": 16 << 10, "primary_data_bytes": 1 << 10,
      "primary_instruction_bytes": 1 << 10,
    ]
    return try! Profiles.changed(name) { field, value in changes[field] ?? small[field] ?? value }
  }

  private func run(_ litmus: Litmus, on name: String, iterations: Int, seed: UInt64) {
    let profile = machine(name)
    // On two levels of rings, some of the first ring and some of the second.
    let isLarge = name == "numachine48"
    let place = isLarge ? [0, 5, 2, 7] : [0, 1, 2, 3]
    let first = place.map { $0 * profile.processorsPerStation }
    let placements = [
      Litmus.Placement(processors: first, homes: [place[0], place[1]]),
      Litmus.Placement(processors: [first[3], first[0], first[1], first[2]], homes: [place[0], place[3]]),
      Litmus.Placement(processors: [1, 0, first[1], first[1] + 1], homes: [place[1], place[2]]),
      Litmus.Placement(processors: [first[3], first[1], 1, first[2]], homes: [place[1], place[1]]),
      Litmus.Placement(processors: [first[1], 1, first[2], 0], homes: [place[1], place[0]], isOneSlot: true),
    ]
    let stations = isLarge ? 8 : 4
    run(litmus, on: profile, stations: stations, placements, iterations: iterations, seed: seed)
  }

  private func run(
    _ litmus: Litmus, on profile: MachineProfile, stations: Int, _ placements: [Litmus.Placement], iterations: Int,
    seed: UInt64
  ) {
    let allowed = litmus.allowed
    var seen: Set<Litmus.Outcome> = []
    for placement in placements {
      let machine = BareMachine(
        profile, stations: stations, program: litmus.program(placement, iterations: iterations, seed: seed))
      guard machine.run(cycles: 400_000_000) else {
        Issue.record("\(litmus.name) on \(profile.name): the machine does not come to rest, seed \(seed), \(placement)")
        return
      }
      let outcomes = Set(litmus.outcomes(machine, placement, iterations: iterations))
      #expect(outcomes.subtracting(allowed) == [], "\(litmus.name) on \(profile.name), seed \(seed), \(placement)")
      seen.formUnion(outcomes)
    }
    // The parts do meet: else nothing has been shown.
    #expect(seen.count > 1, "\(litmus.name) on \(profile.name) has but one outcome")
  }

  @Test(arguments: Profiles.shipped.map(\.name)) func nothingOutsideSequentialConsistencyIsSeen(on profile: String) {
    for litmus in Litmus.all { run(litmus, on: profile, iterations: 30, seed: 17) }
  }

  /// A reader at the home of x, which the broadcast reaches last, while the home's memory is so busy that
  /// whatever it says comes thousands of ticks late: the writer goes on with its own copy of the broadcast,
  /// so the home's copies must go with the home's own.
  private func runOnBusyHome(iterations: Int, seed: UInt64) {
    let profile = machine("numachine", ["memory_banks": 1, "dram": 900, "network_cache_bytes": 4 << 10])
    let placements = [
      Litmus.Placement(processors: [0, 12, 4], homes: [3, 1], busyHome: 3),
      Litmus.Placement(processors: [0, 13, 8], homes: [3, 0], busyHome: 3),
    ]
    run(.waitingReader, on: profile, stations: 4, placements, iterations: iterations, seed: seed)
  }

  @Test func aReaderAtABusyHomeSeesNothingOld() { runOnBusyHome(iterations: 300, seed: 17) }

  @Test(.enabled(if: SeededRandom.isLong), arguments: Profiles.shipped.map(\.name)) func norInManyMoreIterations(
    on profile: String
  ) {
    let seed = UInt64.random(in: 1...1_000_000_000)
    print("litmus on \(profile): seed \(seed)")
    for number in 0..<5 {
      for litmus in Litmus.all { run(litmus, on: profile, iterations: 4000, seed: seed + UInt64(number)) }
      if profile == "numachine" { runOnBusyHome(iterations: 4000, seed: seed + UInt64(number)) }
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
