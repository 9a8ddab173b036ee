import Profiles
import Testing

@testable import NUMAchine

/// A machine that is put down in the middle of anything and taken up by other stations goes on as if nothing
/// had been.
@Suite struct CheckpointTests {
  private let profile = BusyMachine.profile

  private func fresh() -> BareMachine { BusyMachine.machine(rounds: 200) }

  private func bytes(_ machine: BareMachine) -> [UInt8] { BusyMachine.bytes(machine) }

  /// Other stations with the same state; their own memory holds something else at first, which must go.
  private func copy(_ machine: BareMachine) throws -> BareMachine {
    let copy = BareMachine(profile, stations: 2, program: Array(repeating: 0x1234_5678, count: 9000), at: 0x20_0000)
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
      #expect(
        refused(Array(image.prefix(count)), by: Station(profile: profile, number: 0, stations: 2)), "\(count) bytes")
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
