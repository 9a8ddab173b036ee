import Profiles
import Testing

@testable import NUMAchine

/// What CACHE's write-backs and invalidations of dirty lines do to memory and to other processors, in both
/// protocols.
@Suite struct WriteBackTests {
  private static let words: [UInt64] = [0x28_4000, 1 << 32 | 0x28_4000]

  /// A word's value for whoever loads it, after these steps.
  private func found(_ word: UInt64, _ profile: String, _ scripts: [Int: [Step]]) -> UInt64 {
    let machine = Script.machine(scripts, stations: 2, profile: profile) { $0.networkCacheBytes = 64 << 10 }
    #expect(machine.problem == nil)
    return machine.word(word)
  }

  @Test(arguments: ["numachine", "simos"], words) func whatIsWrittenBackIsThereWhenTheLineIsLostLater(
    profile: String, word: UInt64
  ) {
    #expect(
      found(
        word, profile, [0: [.put(1, at: word), .writeBack(word), .put(2, at: word), .invalidate(word), .load(word)]])
        == 1)
    #expect(found(word, profile, [0: [.put(1, at: word), .invalidate(word), .load(word)]]) == 0)
  }

  @Test(arguments: ["numachine", "simos"], words) func itOutlivesItsPlaceInTheNetworkCacheToo(
    profile: String, word: UInt64
  ) {
    // A line of the other station that takes the same frame of a network cache, and the same slot of a
    // secondary cache.
    let other = word ^ 0x1_0000
    let steps: [Step] = [
      .put(1, at: word), .writeBack(word), .put(2, at: word), .invalidate(word), .load(other), .load(word),
    ]
    #expect(found(word, profile, [0: steps]) == 1)
  }

  @Test(arguments: ["numachine", "simos"], words) func othersAreTakenTheirCopiesByTheNextStore(
    profile: String, word: UInt64
  ) {
    for (second, third) in [(1, 4), (4, 1), (4, 5)] {
      let scripts: [Int: [Step]] = [
        0: [.put(1, at: word), .writeBack(word), .wait, .wait, .wait, .load(word), .put(3, at: word)],
        second: [.wait, .load(word)],
        third: [.wait, .wait, .put(2, at: word), .wait, .wait, .wait, .wait, .load(word)],
      ]
      #expect(found(word, profile, scripts) == 3)
    }
  }

  @Test(arguments: ["numachine", "simos"]) func aWriteBackTakesTheBusAndTheBankAsOneThatMakesRoomDoes(profile: String) {
    let word = Self.words[0]
    let stays = Script.machine([0: [.put(1, at: word), .wait]], profile: profile)
    let goes = Script.machine([0: [.put(1, at: word), .writeBack(word), .wait]], profile: profile)
    func count(_ counter: StationCounter, _ machine: BareMachine) -> UInt64 {
      machine.stations[0].counters.station[counter.rawValue]
    }
    #expect(count(.memoryWrites, goes) == count(.memoryWrites, stays) + 1)
    // Its command and its line; one instruction's line more is fetched.
    #expect(count(.busTransactions, goes) >= count(.busTransactions, stays) + 2)
    let line = UInt64(goes.stations[0].lineTransfer)
    #expect(count(.busBusyTicks, goes) >= count(.busBusyTicks, stays) + line)
    #expect(goes.stations[0].memory.pointer(word).load(as: UInt64.self) == 1)
    #expect(stays.stations[0].memory.pointer(word).load(as: UInt64.self) == 0)
  }
}
