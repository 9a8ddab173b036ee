import Profiles
import Testing

@testable import NUMAchine

/// Where a processor's time goes: the parts are all of it, between whatever two cuts.
@Suite struct ProcessorTimeTests {
  private static let parts: [ProcessorCounter] = [
    .instructions, .idleCycles, .stallSecondaryCycles, .stallMemoryCycles, .stallUncachedCycles, .stallPipelineCycles,
  ]

  private func expectWhole(_ difference: StationCounters, _ ticks: UInt64, _ profile: MachineProfile, _ what: String) {
    // A processor is ahead of a cut by an instruction at most, which may have waited for a line.
    let slack: UInt64 = 1000
    let cycles = ticks / UInt64(profile.processorCycle)
    for counted in difference.processors {
      let whole = counted[ProcessorCounter.cycles.rawValue]
      let sum = Self.parts.reduce(0) { $0 &+ counted[$1.rawValue] }
      let largest = Self.parts.map { counted[$0.rawValue] }.max()!
      #expect(
        sum == whole && largest <= whole && whole <= cycles + slack && cycles <= whole + slack,
        "\(what): \(counted.prefix(7)) over \(cycles) cycles")
    }
  }

  /// Processors that come to their end one after the other and idle from there on, seen at random moments.
  @Test(arguments: ["numachine", "simos", "simos-4way", "mips64r2", "decade-ago"], [1, 2, 3] as [UInt64])
  func thePartsAreTheWholeBetweenAnyTwoCuts(name: String, seed: UInt64) {
    var profile = try! Profiles.named(name)!
    profile.memoryBytes = 8 << 20
    let stations = min(2, profile.stations)
    let a = Asm.self
    // Each processor works longer than the one before it.
    let late = a.wideAddresses + [a.daddiu(18, 4, 1), a.dsll(18, 18, 9), a.daddiu(18, 18, -1), a.bne(18, 0, -2), a.nop]
    let machine = BareMachine(
      profile, stations: stations, program: late + BusyMachine.program(rounds: 40, stations: stations))
    var random = seed
    var cuts: [(tick: UInt64, counters: [StationCounters])] = []
    var isOver = false
    while !isOver {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      isOver = machine.run(cycles: 1 + Int(random >> 53))
      cuts.append((machine.now, machine.stations.map(\.counters)))
      #expect(machine.stations.map(\.counters) == cuts.last!.counters, "to read them changes nothing")
    }
    #expect(cuts.count > 10)
    for (later, after) in cuts.enumerated() {
      for before in cuts[..<later] {
        for (one, other) in zip(after.counters, before.counters) {
          expectWhole(one - other, after.tick - before.tick, profile, "\(name) from \(before.tick) to \(after.tick)")
        }
      }
    }
    // The first processor idled most of the time.
    let first = cuts.last!.counters[0].processors[0]
    #expect(first[ProcessorCounter.idleCycles.rawValue] > 0)
  }

  @Test func aWaitForAnAddressThatNobodyHasIsAStallFromItsBeginningToItsEnd() {
    let a = Asm.self
    let program = a.wideAddresses + a.li(10, 0xA800_0005_0000_0000) + [a.ld(11, 0, 10)] + a.idle
    let machine = BareMachine(BusyMachine.profile, stations: 2, program: program)
    var last = machine.stations[0].counters
    for _ in 0..<200 {
      _ = machine.run(cycles: 1)
      let counters = machine.stations[0].counters
      expectWhole(counters - last, machine.window, machine.profile, "\(machine.now)")
      last = counters
    }
  }
}
