import Profiles
import TestSupport
import Testing

@testable import NUMAchine

/// The protocol under fire: every processor updates words that all share, in lines of all homes, with caches
/// so small that everything is ejected all the time. An update that is lost, or a stale copy that is used,
/// leaves a wrong sum.
@Suite struct CoherenceTests {
  /// Registers: 4 number, 8 random, 9 rounds left, 10 base, 11 line's address, 12/13 scratch, 14 own word's
  /// offset.
  private func program(rounds: Int, lines: Int, stations: Int, lineShift: UInt32) -> [UInt32] {
    let a = Asm.self
    var code: [UInt32] =
      a.wideAddresses + a.li(10, 0xA800_0000_0010_0000) + a.li(8, 0x9E37_79B9_7F4A_7C15) + a.li(9, UInt64(rounds))
    code += [
      a.daddiu(12, 4, 1), a.dsll(13, 12, 29), a.xor(8, 8, 13), a.dsll(13, 12, 11), a.xor(8, 8, 13), a.dsll(14, 4, 3),
      a.andi(14, 14, 0x78),
    ]
    let loop = code.count
    for (left, by) in [(true, 13), (false, 7), (true, 17)] {
      code += [left ? a.dsll(13, 8, UInt32(by)) : a.dsrl(13, 8, UInt32(by)), a.xor(8, 8, 13)]
    }
    // The line: its number from some bits, its home from others.
    code += [a.dsrl(12, 8, 20), a.andi(12, 12, lines - 1), a.dsll(12, 12, lineShift), a.daddu(11, 10, 12)]
    code += [a.dsrl(12, 8, 40), a.andi(12, 12, stations - 1), a.dsll(12, 12, 32), a.daddu(11, 11, 12)]
    // Word 0 by all with LLD/SCD.
    let retry = code.count
    code += [a.lld(13, 0, 11), a.daddiu(13, 13, 1), a.scd(13, 0, 11)]
    code += [a.beq(13, 0, retry - code.count - 1), a.nop]
    // A word of the own processor in the next line, plainly.
    code += [a.daddu(12, 11, 14), a.ld(13, 1 << lineShift, 12), a.daddiu(13, 13, 1), a.sd(13, 1 << lineShift, 12)]
    code += [a.daddiu(9, 9, -1)]
    code += [a.bne(9, 0, loop - code.count - 1), a.nop]
    return code + a.idle
  }

  /// - Parameter rounds: updates of each processor; twenty times as many in a soak.
  @discardableResult
  private func check(_ profile: MachineProfile, stations: Int, lines: Int, rounds quick: Int) -> BareMachine {
    let rounds = SeededRandom.isLong ? 20 * quick : quick
    let shift = UInt32(profile.secondaryLineBytes.trailingZeroBitCount) + 1
    // Each shared line is followed by a line with a word for each processor (of 128 bytes at least, where
    // lines are shorter).
    let stride = UInt64(1) << max(shift, 8)
    let lineShift = UInt32(stride.trailingZeroBitCount)
    let code = program(rounds: rounds, lines: lines, stations: stations, lineShift: lineShift)
    let fixed = code.map {
      $0 == Asm.ld(13, 1 << lineShift, 12)
        ? Asm.ld(13, 1 << (lineShift - 1), 12)
        : $0 == Asm.sd(13, 1 << lineShift, 12) ? Asm.sd(13, 1 << (lineShift - 1), 12) : $0
    }
    let machine = BareMachine(profile, stations: stations, program: fixed)
    machine.startChecking()
    #expect(machine.run(cycles: SeededRandom.isLong ? 2_000_000_000 : 40_000_000), "the machine does not come to rest")
    #expect(machine.problem == nil)
    var shared: UInt64 = 0
    var own: UInt64 = 0
    for station in 0..<UInt64(stations) {
      for line in 0..<UInt64(lines) {
        let address = station << 32 | 0x10_0000 + line * stride
        shared += machine.word(address)
        for word in 0..<UInt64(16) { own += machine.word(address + stride / 2 + word * 8) }
      }
    }
    let expected = UInt64(rounds * stations * profile.processorsPerStation)
    #expect(shared == expected)
    #expect(own == expected)
    return machine
  }

  private func tiny(_ name: String) -> MachineProfile {
    var profile = try! Profiles.named(name)!
    profile.secondaryBytes = 16 << 10
    profile.primaryDataBytes = 1 << 10
    profile.primaryInstructionBytes = 1 << 10
    profile.memoryBytes = 8 << 20
    profile.networkCacheBytes = 8 << 10
    return profile
  }

  @Test(arguments: [1, 2, 4]) func noUpdateIsLostWhenAllShareFewLines(stations: Int) {
    check(tiny("numachine"), stations: stations, lines: 2, rounds: 400)
  }

  @Test(arguments: [2, 4]) func noUpdateIsLostWhenEverythingIsEjectedAllTheTime(stations: Int) {
    check(tiny("numachine"), stations: stations, lines: 1024, rounds: 1000)
  }

  @Test(arguments: [(4, 1), (1, 4), (4, 4), (2, 8)]) func noUpdateIsLostInSetAssociativeCaches(
    ways: (primary: Int, secondary: Int)
  ) {
    var profile = tiny("numachine")
    (profile.primaryWays, profile.secondaryWays) = ways
    check(profile, stations: 2, lines: 512, rounds: 600)
  }

  @Test func noUpdateIsLostWithReadsThatFillShared() {
    var profile = tiny("numachine")
    profile.readFillsExclusive = 0
    check(profile, stations: 4, lines: 256, rounds: 700)
  }

  @Test(arguments: ["decade-ago", "simos"]) func noUpdateIsLostInTheFlatProtocol(profile: String) {
    check(tiny(profile), stations: 4, lines: 64, rounds: 500)
    check(tiny(profile), stations: 4, lines: 2, rounds: 200)
  }

  @Test func noUpdateIsLostInTheFlatProtocolOnNUMAchinesRing() {
    var profile = tiny("numachine")
    profile.coherence = .flat
    check(profile, stations: 4, lines: 256, rounds: 500)
  }

  @Test func noUpdateIsLostOnTwoLevelsOfRings() {
    var profile = tiny("numachine48")
    profile.stationsPerRing = 2
    check(profile, stations: 4, lines: 2, rounds: 150)
    check(profile, stations: 4, lines: 256, rounds: 400)
  }

  @Test(arguments: ["numachine", "numachine48"]) func noUpdateIsLostWhenInvalidationsAreHeldBack(profile name: String) {
    var profile = tiny(name)
    profile.stationsPerRing = name == "numachine" ? 16 : 2
    profile.inputQueue = 1
    let machine = check(profile, stations: 4, lines: 16, rounds: 400)
    #expect(
      machine.stations.allSatisfy {
        $0.stationCounters[StationCounter.ringHalts.rawValue] > 0 && $0.coherence.inputState.2 == 0
      })
  }

  /// The paths that only a crowded machine takes are taken: the sums that come out say something about them.
  @Test func refusalsEjectionsAndFalseRemotesOccur() {
    let machine = check(tiny("numachine"), stations: 4, lines: 64, rounds: 1000)
    for counter in [
      StationCounter.refusals, .networkCacheRefusals, .networkCacheEjections, .networkCacheHits, .falseRemotes,
      .retries, .interventionsSent,
      .invalidationsReceived, .directoryTransitions,
    ] {
      #expect(machine.stations.allSatisfy { $0.stationCounters[counter.rawValue] > 0 }, "\(counter)")
    }
  }

  /// The instruction after LLD evicts the line that LLD has read, and the other way round: a link has to
  /// outlive that, and others' reads too.
  @Test(arguments: [1, 2, 4]) func updatesGetThroughWhenTheirInstructionsTakeTheLinesPlace(stations: Int) {
    let a = Asm.self
    let profile = try! Profiles.named("numachine")!
    let rounds = 50
    let loopAddress: UInt64 = 0x1100
    let word = loopAddress + UInt64(profile.secondaryBytes)
    var code = a.wideAddresses + a.li(10, 0xA800_0000_0000_0000 | word) + a.li(9, UInt64(rounds))
    code += Array(repeating: a.nop, count: Int(loopAddress - 0x1000) / 4 - code.count)
    code +=
      [
        a.lld(13, 0, 10), a.daddiu(13, 13, 1), a.scd(13, 0, 10), a.beq(13, 0, -4), a.nop, a.daddiu(9, 9, -1),
        a.bne(9, 0, -7), a.nop,
      ] + a.idle
    let machine = BareMachine(profile, stations: stations, program: code)
    #expect(machine.run(cycles: 20_000_000), "no update gets through")
    #expect(machine.word(word) == UInt64(rounds * stations * profile.processorsPerStation))
  }
}
