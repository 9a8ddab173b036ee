import Profiles
import Testing

@testable import NUMAchine

/// A coherence miss is told by the word that it is to: written by another processor since this one last held
/// the line, or not.
@Suite struct TrueAndFalseSharingTests {
  private func run(_ scripts: [Int: [Step]], stations: Int = 1, record: [UInt8]? = nil) -> [[UInt64]] {
    Script.run(scripts, stations: stations, record: record)
  }

  private func sum(_ counters: [[UInt64]], _ counter: ProcessorCounter) -> UInt64 {
    counters.reduce(0) { $0 + $1[counter.rawValue] }
  }

  private let line: UInt64 = 0x10_0000
  /// Takes the place of `line` in the secondary cache of 16 KB.
  private let rival: UInt64 = 0x20_0000

  @Test(arguments: [1, 2]) func twoProcessorsAtDifferentWordsOfALineShareFalselyAlone(stations: Int) {
    let last = stations * 4 - 1
    let counters = run(
      [0: [.times(300, [.load(line), .store(line)])], last: [.times(300, [.load(line + 8), .store(line + 8)])]],
      stations: stations)
    #expect(sum(counters, .missesFalseSharing) > 20)
    #expect(sum(counters, .missesTrueSharing) == 0)
  }

  @Test func halvesOfADoublewordAreDifferentWords() {
    let counters = run([
      0: [.times(300, [.load32(line), .store32(line)])], 1: [.times(300, [.load32(line + 4), .store32(line + 4)])],
    ])
    #expect(sum(counters, .missesFalseSharing) > 20)
    #expect(sum(counters, .missesTrueSharing) == 0)
  }

  @Test(arguments: [1, 2]) func twoProcessorsAtTheSameWordShareTrulyAlone(stations: Int) {
    let last = stations * 4 - 1
    let counters = run(
      [0: [.times(300, [.load(line), .store(line)])], last: [.times(300, [.load(line), .store(line)])]],
      stations: stations)
    #expect(sum(counters, .missesTrueSharing) > 20)
    #expect(sum(counters, .missesFalseSharing) == 0)
  }

  /// Processor 0 stores its number, zero: the value is the same all the time.
  @Test func aWordThatReturnsToItsValueIsSharedTruly() {
    let counters = run([0: [.times(30, [.store(line), .wait])], 1: [.times(30, [.load(line), .wait])]])
    #expect(counters[1][ProcessorCounter.missesTrueSharing.rawValue] > 20)
    #expect(sum(counters, .missesFalseSharing) == 0)
  }

  @Test func theWordsThatADoublewordStoreAndLoadTouchAreBothItsOwn() {
    let both = run([0: [.load(line), .wait, .wait, .load32(line + 4)], 1: [.wait, .store(line)]])
    #expect(both[0][ProcessorCounter.missesTrueSharing.rawValue] == 1)
    let second = run([0: [.load(line), .wait, .wait, .load(line)], 1: [.wait, .store32(line + 4)]])
    #expect(second[0][ProcessorCounter.missesTrueSharing.rawValue] == 1)
    let beyond = run([0: [.load(line), .wait, .wait, .load(line)], 1: [.wait, .store32(line + 8)]])
    #expect(beyond[0][ProcessorCounter.missesTrueSharing.rawValue] == 0)
    #expect(beyond[0][ProcessorCounter.missesFalseSharing.rawValue] == 1)
  }

  @Test func whatAWriterDidBeforeTheLineWasLostDoesNotCount() {
    // Processor 0 has seen the write to its word; what takes the line away after that is a write to another.
    let counters = run([
      0: [.wait, .wait, .load(line), .wait, .wait, .load(line)],
      1: [.wait, .store(line), .wait, .wait, .store(line + 8)],
    ])
    #expect(counters[0][ProcessorCounter.missesTrueSharing.rawValue] == 0)
    #expect(counters[0][ProcessorCounter.missesFalseSharing.rawValue] == 1)
  }

  @Test(arguments: [1, 2]) func whoWroteWhichWordTravelsThroughMemoryAndThroughOtherWriters(stations: Int) {
    let (second, third) = stations == 1 ? (1, 2) : (4, 5)
    for (word, isTrue) in [(UInt64(0), true), (16, false)] {
      // Lost to a write of word 0, which goes to memory; then a third processor writes word 8.
      let counters = run(
        [
          0: [.load(line + word), .wait, .wait, .wait, .wait, .wait, .wait, .load(line + word)],
          second: [.wait, .store(line), .load(rival), .wait],
          third: [.wait, .wait, .wait, .wait, .store(line + 8), .load(rival)],
        ], stations: stations)
      #expect(counters[0][ProcessorCounter.missesTrueSharing.rawValue] == (isTrue ? 1 : 0))
      #expect(counters[0][ProcessorCounter.missesFalseSharing.rawValue] == (isTrue ? 0 : 1))
    }
  }

  @Test func aLineThatMadeRoomIsAReplacementWhoeverWritesItAfterwards() {
    let counters = run([0: [.load(line), .load(rival), .wait, .wait, .load(line)], 1: [.wait, .store(line)]])
    #expect(
      counters[0][ProcessorCounter.missesTrueSharing.rawValue]
        + counters[0][ProcessorCounter.missesFalseSharing.rawValue] == 0)
    #expect(counters[0][ProcessorCounter.missesReplacement.rawValue] == 1)
  }

  @Test func aLineThatTheHostPortWritesHasBeenWrittenByAnother() {
    let counters = run(
      [0: [.load(line + 24), .wait, .transfer(line), .wait, .wait, .load(line + 24)]],
      record: [UInt8](repeating: 0, count: 128))
    #expect(counters[0][ProcessorCounter.missesTrueSharing.rawValue] == 1)
    #expect(counters[0][ProcessorCounter.missesFalseSharing.rawValue] == 0)
  }

  @Test func everyMissHasOneKindAndOnePlaceThatServedIt() {
    let counters = run(
      [
        0: [.times(200, [.load(line), .store(line), .load(rival + 8), .store(rival)])],
        1: [.times(200, [.store(line + 8), .load(line), .load(rival)])],
        2: [.times(200, [.load(line), .store32(line + 4)])],
        5: [.times(200, [.store(rival), .load(line + 8)])], 6: [.times(200, [.load(line), .store(rival + 8)])],
      ], stations: 2)
    for own in counters {
      func value(_ counters: ProcessorCounter...) -> UInt64 { counters.reduce(0) { $0 + own[$1.rawValue] } }
      let misses = value(.secondaryInstructionMisses, .secondaryReadMisses, .secondaryWriteMisses)
      #expect(value(.missesCold, .missesReplacement, .missesTrueSharing, .missesFalseSharing) == misses)
      #expect(value(.missesHome0, .missesHome1) == misses)
      #expect(value(.servedByCache, .servedByNetworkCache, .servedByLocalMemory, .servedByRemoteMemory) == misses)
    }
    #expect(
      sum(counters, .missesTrueSharing) > 0 && sum(counters, .missesFalseSharing) > 0
        && sum(counters, .missesReplacement) > 0)
  }
}
