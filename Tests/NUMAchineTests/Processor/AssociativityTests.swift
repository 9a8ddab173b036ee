import Profiles
import Testing

@testable import NUMAchine

/// Set-associative caches: what stays, and what has to go.
@Suite struct AssociativityTests {
  /// Lines that meet in one set of a secondary cache of 16 KB, whatever its ways, and of the primary caches.
  private func lines(_ count: Int) -> [UInt64] { (0..<count).map { 0x10_0800 + UInt64($0) * 0x4000 } }

  private func counters(_ steps: [Step], primaryWays: Int = 1, secondaryWays: Int = 1) -> [UInt64] {
    Script.run([0: steps]) {
      $0.primaryWays = primaryWays
      $0.secondaryWays = secondaryWays
    }[0]
  }

  @Test func fourWaysHoldFourLinesOfASet() {
    let steps: [Step] = [.times(10, lines(4).map { .load($0) })]
    #expect(counters(steps, secondaryWays: 4)[ProcessorCounter.missesReplacement.rawValue] == 0)
    #expect(counters(steps, secondaryWays: 2)[ProcessorCounter.missesReplacement.rawValue] == 36)
    #expect(counters(steps)[ProcessorCounter.missesReplacement.rawValue] == 36)
  }

  @Test func theLineThatWasLeastRecentlyUsedGoes() {
    let line = lines(5)
    // The first is used again before the fifth comes, so the second has to go. Primary lines of other sets
    // keep the accesses visible.
    let steps: [Step] = [0, 1, 2, 3].map { .load(line[$0]) } + [.load(line[0] + 32), .load(line[4])]
    for (again, expected) in [(0, 0), (1, 1), (2, 0), (3, 0)] as [(Int, UInt64)] {
      let counters = counters(steps + [.load(line[again] + 64)], secondaryWays: 4)
      #expect(counters[ProcessorCounter.missesReplacement.rawValue] == expected, "line \(again)")
    }
  }

  @Test func primaryCachesHaveWaysTooAndReplaceTheLineThatCameFirst() {
    let misses = { (count: Int, ways: Int) in
      counters([.times(10, lines(count).map { .load($0) })], primaryWays: ways, secondaryWays: 8)[
        ProcessorCounter.primaryDataMisses.rawValue]
    }
    #expect(misses(4, 4) == 4)
    #expect(misses(4, 1) == 40)
    #expect(misses(5, 4) == 50)
  }

  @Test func dirtyLinesAreWrittenBackFromEveryWay() {
    let written: [Step] = lines(12).map { .store($0) }
    let counters = Script.run([1: written + written]) { $0.secondaryWays = 4 }[1]
    #expect(counters[ProcessorCounter.writeBacks.rawValue] == 20)
  }
}
