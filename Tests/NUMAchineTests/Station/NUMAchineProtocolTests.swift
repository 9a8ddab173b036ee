import Profiles
import Testing

@testable import NUMAchine

/// Each way that a request can go through NUMAchine's protocol: what it takes on an idle machine, and what is
/// left behind.
@Suite struct NUMAchineProtocolTests {
  /// A load or a store of one processor at a time of its own, far from all others.
  private struct Step {
    var processor: Int
    var isStore = false
    var address: UInt64
  }

  private static func read(_ processor: Int, _ address: UInt64) -> Step { Step(processor: processor, address: address) }
  private static func write(_ processor: Int, _ address: UInt64) -> Step {
    Step(processor: processor, isStore: true, address: address)
  }

  /// A line of a station's memory, far from the code in the caches.
  private static func line(_ station: UInt64, _ number: UInt64 = 0) -> UInt64 {
    0xA800_0000_0000_0000 | station << 32 | 0x28_4000 | number << 7
  }

  private let numachine = try! Profiles.named("numachine")!

  /// Executes the steps one after the other; returns how long each took, in cycles (even numbers: Count goes
  /// up every other cycle), and the machine.
  private func run(_ steps: [Step], on profile: MachineProfile, stations: Int = 4) -> (
    cycles: [Int], machine: BareMachine
  ) {
    let a = Asm.self
    let apart = 6000
    var code = a.wideAddresses
    // In a block a step waits for its time, in a line of the primary cache with the measured access.
    func mfc0(_ rt: UInt32, _ rd: UInt32) -> UInt32 { 16 << 26 | rt << 16 | rd << 11 }
    var results: [Int: Int] = [:]
    for (number, step) in steps.enumerated() {
      // Others than the step's processor pass by.
      let skip = code.count
      code += [a.ori(12, 0, step.processor), a.nop, a.nop]
      code += a.li(10, step.address) + a.li(11, UInt64(20_000 + number * apart))
      while code.count % 8 != 0 { code.append(a.nop) }
      // 8 instructions: wait until Count has come to the time, then count, access, use, count.
      code += [mfc0(12, 9), a.special(43, 12, 11, 13), a.bne(13, 0, -3), a.nop]
      code += [
        mfc0(14, 9), step.isStore ? a.sd(4, 0, 10) : a.ld(15, 0, 10), step.isStore ? a.nop : a.daddu(15, 15, 0),
        mfc0(16, 9),
      ]
      let result = UInt32(17 + results.values.filter { $0 == step.processor }.count)
      results[number] = step.processor
      code.append(a.special(47, 16, 14, result))
      code[skip + 1] = a.bne(12, 4, code.count - skip - 2)
    }
    code += a.idle
    let machine = BareMachine(profile, stations: stations, program: code)
    #expect(machine.run(cycles: 400_000), "the machine does not come to rest")
    var next: [Int: Int] = [:]
    let cycles = steps.map { step in
      let register = 17 + next[step.processor, default: 0]
      next[step.processor, default: 0] += 1
      let processor = machine.stations[step.processor / profile.processorsPerStation].processors[
        step.processor % profile.processorsPerStation]
      // One cycle from Count's reading to the access, one from the use to the next reading.
      return Int(processor.registers[register]) * 2 - 2
    }
    return (cycles, machine)
  }

  private func expect(
    _ steps: [Step], take range: ClosedRange<Int>, on profile: MachineProfile? = nil,
    _ place: SourceLocation = #_sourceLocation
  ) {
    let cycles = run(steps, on: profile ?? numachine).cycles.last!
    #expect(cycles >= range.lowerBound - 3 && cycles <= range.upperBound + 3, "\(cycles) cycles", sourceLocation: place)
  }

  private var readsFillShared: MachineProfile {
    var profile = numachine
    profile.readFillsExclusive = 0
    return profile
  }

  @Test func memoryOfTheOwnStationAndOfAnother() {
    expect([Self.read(0, Self.line(0))], take: 270...270)
    expect([Self.read(0, Self.line(3))], take: 370...370)
    expect([Self.read(13, Self.line(1))], take: 370...370)
  }

  @Test func theNetworkCacheServesWhatTheStationHasReadBefore() {
    let x = Self.line(1)
    // A reader in another station first, so that the line is shared.
    let (cycles, machine) = run([Self.read(8, x), Self.read(0, x), Self.read(1, x), Self.read(2, x)], on: numachine)
    #expect(abs(cycles[2] - 270) <= 3 && abs(cycles[3] - 270) <= 3)
    #expect(machine.stations[0].stationCounters[StationCounter.networkCacheHits.rawValue] >= 2)
    #expect(machine.stations[0].networkCache?.held(x & 0xF_FFFF_FFFF)?.pointee.state == .globalValid)
  }

  @Test func anotherProcessorOfTheStationHasTheLine() {
    expect([Self.write(1, Self.line(0)), Self.read(0, Self.line(0))], take: 296...296)
    // Of another station's memory: the network cache asks it.
    expect([Self.write(1, Self.line(2)), Self.read(0, Self.line(2))], take: 285...296)
  }

  @Test func aLineThatIsDirtyInAThirdStation() {
    // Four hops where the packets go on in the ring's direction, eight where they do not.
    expect([Self.write(8, Self.line(1)), Self.read(0, Self.line(1))], take: 441...441)
    expect([Self.write(4, Self.line(2)), Self.read(0, Self.line(2))], take: 456...456)
    expect([Self.write(8, Self.line(1)), Self.write(0, Self.line(1))], take: 441...441)
  }

  @Test func aLineOfTheOwnStationThatIsDirtyInAnother() {
    expect([Self.write(8, Self.line(0)), Self.read(0, Self.line(0))], take: 386...386)
  }

  @Test func upgradesOfTheOnlyCopy() {
    expect([Self.read(0, Self.line(0)), Self.write(0, Self.line(0))], take: 120...120, on: readsFillShared)
    expect([Self.read(0, Self.line(2)), Self.write(0, Self.line(2))], take: 220...220, on: readsFillShared)
  }

  @Test func upgradesWithCopiesElsewhereWaitForTheBroadcastAlone() {
    for (home, sharer) in [(1, 8), (1, 12), (2, 4), (3, 4), (2, 8)] {
      let x = Self.line(UInt64(home))
      expect([Self.read(0, x), Self.read(sharer, x), Self.write(0, x)], take: 223...239, on: readsFillShared)
    }
  }

  @Test func aWriteTakesEveryCopyAway() {
    let x = Self.line(2)
    let readers = (0..<16).map { Self.read($0, x) }
    let (_, machine) = run(readers + [Self.write(5, x)], on: numachine)
    for station in machine.stations {
      for processor in station.processors {
        #expect((processor.lineState(x & 0xF_FFFF_FFFF) != .invalid) == (processor.number == 5))
      }
    }
    let home = machine.stations[2].memory.homeEntry(x & 0xF_FFFF_FFFF).pointee
    #expect(home.state == .globalInvalid && home.stations == 1 << 1 && home.lock == 0)
    #expect(machine.stations[1].networkCache?.held(x & 0xF_FFFF_FFFF)?.pointee.state == .localInvalid)
    #expect(machine.word(x & 0xF_FFFF_FFFF) == 5)
  }

  @Test func whatTheNetworkCacheEjectsGoesHomeAndIsStillShared() {
    var small = numachine
    small.networkCacheBytes = 4096
    let x = Self.line(1)
    let other = Self.line(1, 32)
    // Written by 0 and read by 1: the station owns it, its copies are shared. Then its frame is wanted for
    // another line.
    let (_, machine) = run([Self.write(0, x), Self.read(1, x), Self.read(2, other)], on: small)
    #expect(machine.stations[0].networkCache?.held(x & 0xF_FFFF_FFFF) == nil)
    let home = machine.stations[1].memory.homeEntry(x & 0xF_FFFF_FFFF).pointee
    #expect(home.state == .globalValid && home.stations == 1)
    #expect(machine.stations[0].processors[1].lineState(x & 0xF_FFFF_FFFF) == .shared)
    // Another station's write finds the copies although no frame knows of them.
    let (_, after) = run([Self.write(0, x), Self.read(1, x), Self.read(2, other), Self.write(12, x)], on: small)
    for processor in after.stations[0].processors { #expect(processor.lineState(x & 0xF_FFFF_FFFF) == .invalid) }
  }

  @Test func aRequestOfTheOwnersOwnStationIsAskedBack() {
    var small = numachine
    small.networkCacheBytes = 4096
    let x = Self.line(1)
    // 0 has the line dirty, its frame goes, and 1 asks: the home takes the station for the owner.
    let (_, machine) = run([Self.write(0, x), Self.read(2, Self.line(1, 32)), Self.read(1, x)], on: small)
    #expect(machine.stations[1].stationCounters[StationCounter.falseRemotes.rawValue] == 1)
    #expect(machine.stations[0].processors[0].lineState(x & 0xF_FFFF_FFFF) == .shared)
    #expect(machine.stations[0].processors[1].lineState(x & 0xF_FFFF_FFFF) == .shared)
    let home = machine.stations[1].memory.homeEntry(x & 0xF_FFFF_FFFF).pointee
    #expect(home.state == .globalValid && home.stations == 1)
  }

  @Test func twoLevelsOfRings() throws {
    let large = try #require(try Profiles.named("numachine48"))
    for (home, cycles) in [(1, 328), (3, 328), (4, 400), (11, 400)] {
      let measured = run([Self.read(0, Self.line(UInt64(home)))], on: large, stations: 12).cycles[0]
      #expect(abs(measured - cycles) <= 4, "station \(home): \(measured)")
    }
  }
}
