import Profiles
import Testing

@testable import NUMAchine

/// What stations count when they are busy with each other, and when they do one thing.
@Suite struct StationCounterTests {
  /// Four stations with tiny caches that all want the same lines.
  private func busyMachine(_ name: String) -> BareMachine {
    var profile = try! Profiles.named(name)!
    profile.secondaryBytes = 16 << 10
    profile.memoryBytes = 8 << 20
    let machine = BareMachine(profile, stations: 4, program: BusyMachine.program(rounds: 64, stations: 4))
    #expect(machine.run(), "the machine does not come to rest")
    return machine
  }

  private func count(_ counter: StationCounter, _ machine: BareMachine) -> UInt64 {
    machine.stations.reduce(0) { $0 + $1.counters.station[counter.rawValue] }
  }

  @Test(arguments: ["numachine", "simos"]) func everyRingPacketIsCountedOnceByItsKind(profile: String) {
    let machine = busyMachine(profile)
    for station in machine.stations {
      let counters = station.counters.station
      for (flow, all) in [
        (StationCounter.PacketFlow.sent, StationCounter.ringPacketsSent), (.received, .ringPacketsReceived),
        (.passed, .ringPacketsPassed),
      ] {
        let kinds = PacketGroup.allCases.map { counters[StationCounter.packets(flow, $0).rawValue] }
        #expect(kinds.reduce(0, +) == counters[all.rawValue], "\(flow) by station \(station.number)")
      }
    }
    let answers: [PacketGroup] = profile == "simos" ? [.acknowledgements] : [.refusals]
    for group in [.requests, .data, .grants, .interventions, .invalidations, .writeBacks] + answers {
      let (sent, received) = (count(.packets(.sent, group), machine), count(.packets(.received, group), machine))
      // Some packets have several receivers, none has no receiver.
      #expect(sent > 0 && received >= sent, "\(group): \(sent) sent, \(received) received")
    }
    #expect(count(.packets(.received, .requests), machine) == count(.packets(.sent, .requests), machine))
  }

  @Test(arguments: ["numachine", "simos"]) func whatEveryModuleCountsIsCountedInBothProtocols(profile: String) {
    let machine = busyMachine(profile)
    let counters: [StationCounter] = [
      .busTransactions, .busBusyTicks, .busWaitTicks, .memoryReads, .memoryWrites, .memoryBusyTicks, .memoryWaitTicks,
      .interventionsSent,
      .invalidationsSent, .linesInvalidated, .directoryTransitions, .invalidationsReceived, .sinkableWaitTicks,
      .nonSinkableWaitTicks,
    ]
    for counter in counters { #expect(count(counter, machine) > 0, "\(counter)") }
  }

  @Test func aLoadFromAnotherStationIsARequestAndALineThatTheStationBetweenThemPasses() {
    let a = Asm.self
    let program =
      a.wideAddresses + [a.bne(4, 0, 8), a.nop] + a.li(10, 0xA800_0002_0028_4000) + [a.ld(11, 0, 10)] + a.idle + a.idle
    let machine = BareMachine(try! Profiles.named("numachine")!, stations: 4, program: program)
    #expect(machine.run(cycles: 100_000))
    // What the others fetch from station 0 goes another way: two links from station 0 are station 1's and
    // station 2's own.
    func packets(_ station: Int, _ flow: StationCounter.PacketFlow, _ group: PacketGroup) -> UInt64 {
      machine.stations[station].counters.station[StationCounter.packets(flow, group).rawValue]
    }
    #expect(packets(0, .sent, .requests) == 1)
    #expect(packets(2, .received, .requests) == 1)
    #expect(packets(2, .sent, .data) == 1)
    #expect(packets(0, .received, .data) == 1)
    #expect(packets(1, .passed, .requests) >= 1)
    #expect(packets(3, .passed, .data) >= 1)
  }

  @Test func aLineThatAProcessorOfTheStationSuppliesIsToldFromOneThatAnotherStationDoes() {
    let line: UInt64 = 0x28_4000
    let near = Script.run([0: [.store(line), .wait, .wait], 1: [.wait, .load(line)]], stations: 2)
    let far = Script.run([0: [.wait, .load(line)], 4: [.store(line), .wait, .wait]], stations: 2)
    for (found, processor, isNear) in [(near, 1, true), (far, 0, false)] {
      #expect(found[processor][ProcessorCounter.servedByCache.rawValue] >= 1)
      #expect((found[processor][ProcessorCounter.servedByStationCache.rawValue] >= 1) == isNear)
    }
  }
}
