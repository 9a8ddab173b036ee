import Profiles
import Testing

@testable import NUMAchine

/// A machine that is put down in the middle of anything and taken up by other stations goes on as if nothing had been.
@Suite struct CheckpointTests {
  /// All processors update words in lines of all homes, so that requests, interventions and write-backs are always under way.
  /// Registers: 4 number, 8 random, 9 rounds left, 10 base, 11 line's address, 12/13 scratch.
  private func program(rounds: Int, stations: Int) -> [UInt32] {
    let a = Asm.self
    var code: [UInt32] = a.wideAddresses + a.li(10, 0xA800_0000_0010_0000) + a.li(8, 0x9E37_79B9_7F4A_7C15) + a.li(9, UInt64(rounds))
    code += [a.daddiu(12, 4, 1), a.dsll(13, 12, 29), a.xor(8, 8, 13)]
    let loop = code.count
    for (left, by) in [(true, 13), (false, 7), (true, 17)] {
      code += [left ? a.dsll(13, 8, UInt32(by)) : a.dsrl(13, 8, UInt32(by)), a.xor(8, 8, 13)]
    }
    code += [a.dsrl(12, 8, 20), a.andi(12, 12, 255), a.dsll(12, 12, 7), a.daddu(11, 10, 12)]
    code += [a.dsrl(12, 8, 40), a.andi(12, 12, stations - 1), a.dsll(12, 12, 32), a.daddu(11, 11, 12)]
    let retry = code.count
    code += [a.lld(13, 0, 11), a.daddiu(13, 13, 1), a.scd(13, 0, 11), a.beq(13, 0, retry - code.count - 4), a.nop]
    code += [a.daddiu(9, 9, -1)]
    code += [a.bne(9, 0, loop - code.count - 1), a.nop]
    return code + a.idle
  }

  private let profile: MachineProfile = {
    var profile = try! Profiles.named("numachine")!
    profile.secondaryBytes = 16 << 10
    profile.primaryDataBytes = 1 << 10
    profile.primaryInstructionBytes = 1 << 10
    profile.memoryBytes = 8 << 20
    return profile
  }()

  private func fresh() -> TestMachine { TestMachine(profile, stations: 2, program: program(rounds: 200, stations: 2)) }

  private func bytes(_ machine: TestMachine) -> [UInt8] {
    var all: [UInt8] = []
    for station in machine.stations { station.state { all += $0 } }
    return all
  }

  /// Other stations with the same state; their own memory holds something else at first, which must go.
  private func copy(_ machine: TestMachine) throws -> TestMachine {
    let copy = TestMachine(profile, stations: 2, program: Array(repeating: 0x1234_5678, count: 9000), at: 0x20_0000)
    _ = copy.run(cycles: 2000)
    for (station, original) in zip(copy.stations, machine.stations) {
      try station.restore(original.checkpoint)
    }
    copy.now = machine.now
    return copy
  }

  @Test func aMachineTakenUpAtAnyWindowEndsWithTheSameBits() throws {
    let undisturbed = fresh()
    #expect(undisturbed.run())
    let end = bytes(undisturbed)
    let counters = undisturbed.stations.map { $0.counters.station }
    var random: UInt64 = 11
    let machine = fresh()
    var count = 0
    while !machine.run(cycles: 1 + Int(random >> 54)) {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      guard count < 40 else { continue }
      count += 1
      let other = try copy(machine)
      #expect(bytes(other) == bytes(machine))
      #expect(other.run())
      #expect(bytes(other) == end, "taken up at tick \(machine.now)")
      #expect(other.stations.map { $0.counters.station } == counters)
    }
    #expect(count == 40 && bytes(machine) == end, "to look changes nothing")
  }

  @Test func aMachineTakenUpAgainAndAgainEndsWithTheSameBits() throws {
    let undisturbed = fresh()
    #expect(undisturbed.run())
    var machine = fresh()
    var count = 0
    while !machine.run(cycles: 700) {
      machine = try copy(machine)
      count += 1
    }
    #expect(count > 20)
    #expect(bytes(machine) == bytes(undisturbed))
  }

  @Test func bytesOfAnotherMachineAreRefused() throws {
    let machine = fresh()
    _ = machine.run(cycles: 3000)
    let image = machine.stations[0].checkpoint
    func refused(_ bytes: [UInt8], by station: Station) -> Bool {
      do {
        try station.restore(bytes)
        return false
      } catch { return true }
    }
    var larger = profile
    larger.memoryBytes = 16 << 20
    #expect(refused(image, by: Station(profile: larger, number: 0, stations: 2)))
    #expect(refused(image, by: Station(profile: profile, number: 0, stations: 4)))
    for count in [0, 3, 17, 1000, image.count / 2, image.count - 1] {
      #expect(refused(Array(image.prefix(count)), by: Station(profile: profile, number: 0, stations: 2)), "\(count) bytes")
    }
    #expect(refused(image + [0], by: Station(profile: profile, number: 0, stations: 2)))
    #expect(!refused(image, by: Station(profile: profile, number: 0, stations: 2)))
  }

  @Test func memoryThatWasNeverTouchedTakesNoRoom() {
    var large = profile
    large.memoryBytes = 256 << 20
    #expect(Station(profile: large, number: 0, stations: 1).checkpoint.count < 200_000)
  }
}
