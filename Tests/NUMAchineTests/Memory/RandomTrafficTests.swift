import Foundation
import Profiles
import TestSupport
import Testing

@testable import NUMAchine

/// The machine's memory under random traffic of all processors, with caches so small that everything is
/// ejected all the time: whatever they read has to be what one memory, serving one access at a time, would
/// have given them.
///
/// `TORNADO_SOAK=1` runs millions of operations from new seeds; `TORNADO_SEED=n` begins with a seed that has
/// been printed.
@Suite struct RandomTrafficTests {
  private static let firstSeed = ProcessInfo.processInfo.environment["TORNADO_SEED"].flatMap { UInt64($0) }

  /// A machine that a seed chooses: sizes and times that make protocols take turns that the shipped profiles
  /// seldom take.
  private func machine(_ name: String, seed: UInt64) -> MachineProfile {
    var random = Xorshift(seed: seed &* 0x9E37_79B9_7F4A_7C15 | 1, processor: 63)
    func pick(_ values: [Int]) -> Int { values[Int(random.next() >> 33) % values.count] }
    let slow = pick([1, 1, 5])
    return try! Profiles.changed(name) { field, value in
      switch field {
      case "memory_bytes": 8 << 20
      case "secondary_bytes": pick([16 << 10, 16 << 10, 64 << 10])
      case "primary_data_bytes", "primary_instruction_bytes": 1 << 10
      case "processors_per_station": pick([1, 2, 4, 4])
      case "read_fills_exclusive": pick([0, 1])
      case "memory_banks": pick([1, 2, 8])
      case "dram": pick([value, 60, 900])
      case "bus_beat": value * slow
      case "network_cache_bytes": pick([4 << 10, 8 << 10, 128 << 10])
      case "network_cache_dram": pick([value, 225, 700])
      default: value
      }
    }
  }

  private func check(_ name: String, seed: UInt64, rounds: Int, most stations: Int = 4) {
    var random = Xorshift(seed: seed, processor: 62)
    let profile = machine(name, seed: seed)
    let count = Int(random.next() >> 40) % 4 == 0 ? 2 : stations
    let traffic = RandomTraffic(
      seed: seed, stations: count, processors: count * profile.processorsPerStation,
      blocks: [1, 4, 64, 1024][Int(random.next() >> 40) % 4], rounds: rounds)
    if let problem = traffic.check(profile) {
      Issue.record(
        "\(name), TORNADO_SEED=\(seed), \(traffic.blocks) blocks, \(traffic.processors) processors: \(problem)")
    }
  }

  @Test(arguments: Profiles.among(["numachine", "simos", "decade-ago"]))
  func whatProcessorsReadIsSequentiallyConsistent(profile: String) {
    for seed in UInt64(1)...6 { check(profile, seed: seed, rounds: 1024) }
  }

  @Test(arguments: Profiles.among(["numachine48"])) func soTooOnTwoLevelsOfRings(profile: String) {
    for seed in UInt64(1)...2 { check(profile, seed: seed, rounds: 256, most: 8) }
  }

  @Test(
    .enabled(if: SeededRandom.isLong), arguments: Profiles.among(["numachine", "simos", "decade-ago", "numachine48"]))
  func millionsOfOperationsAreSequentiallyConsistent(profile: String) {
    let first = Self.firstSeed ?? UInt64.random(in: 100...1_000_000_000)
    print("\(profile): TORNADO_SEED=\(first)")
    for seed in first..<first + 60 { check(profile, seed: seed, rounds: 8192, most: profile == "numachine48" ? 8 : 4) }
  }
}
