import Foundation
import GuestImages
import Profiles
import TestSupport
import Testing
import ringbus

@testable import NUMAchine
@testable import Runner

/// Whole checkpoints that have been changed, their sums made right again: taken up or refused in one line,
/// and what is taken up runs on or ends by name.
@Suite(.serialized) struct CheckpointFuzzTests {
  /// What a checkpoint is made of.
  struct Parts {
    var profile: String
    var image = GuestImages.kernel
    var host = Array("{}".utf8)
    var sections: [[UInt8]]

    var bytes: [UInt8] {
      CheckpointFile.encode(profile: profile, cycle: 17, image: image, host: host, sections: sections)
    }
  }

  /// A machine that boots, at some moments.
  static let moments = Result {
    var profile = try #require(try Profiles.named("numachine"))
    profile.secondaryBytes = 16 << 10
    profile.memoryBytes = 16 << 20
    profile.stations = 2
    let stations = (0..<2).map { [profile] in Station(profile: profile, number: $0, stations: 2) }
    try BootImage(GuestImages.kernel, memoryBytes: profile.memoryBytes).boot(stations)
    let machine = LockStep(stations)
    var moments: [Parts] = []
    for _ in 0..<6 {
      for _ in 0..<4000 { guard try machine.step() else { break } }
      let sections = stations.map { station in
        var section = StationSection()
        (section.now, section.next) = (machine.now, machine.nextTime)
        section.running = [.init(job: 3, start: 1, counters: station.counters, sharing: [])]
        if station.number == 0 { section.inputs = [JobRecord.kill(job: 3)] }
        section.state = station.checkpoint
        return section.bytes
      }
      moments.append(Parts(profile: profile.text, sections: sections))
    }
    return moments
  }

  /// Takes a checkpoint up and runs some windows.
  private func takeUp(_ bytes: [UInt8]) throws {
    let file = try CheckpointFile(Data(bytes))
    try file.verify()
    var configuration = RunnerConfiguration(
      profile: try MachineProfile(text: file.profile), stations: file.stations, image: try file.image())
    configuration.checkpoint = file
    let runner = try MachineRunner(configuration: configuration, ring: SoloRing(stations: file.stations), threads: 1) {
      _ in
    }
    let machine = LockStep(runner.stations)
    machine.now = runner.stations[0].time
    for _ in 0..<10 { guard try machine.step() else { break } }
  }

  @Test func whatAMachineHasWrittenIsTakenUp() throws {
    for parts in try Self.moments.get() { #expect(throws: Never.self) { try takeUp(parts.bytes) } }
  }

  /// Hundreds of checkpoints; a hundred thousand in a soak.
  @Test(arguments: [1, 2] as [UInt64]) func aChangedCheckpointIsTakenUpOrRefusedInOneLine(seed: UInt64) throws {
    let moments = try Self.moments.get()
    var random = SeededRandom(seed: seed)
    var refused = 0
    let count = SeededRandom.count(100)
    for index in 0..<count {
      var parts = random.one(of: moments)
      let number = random.below(2)
      let section = parts.sections[number]
      switch random.below(10) {
      case 0: parts.image = random.changed(Array(parts.image.prefix(4096))) + parts.image.dropFirst(4096)
      case 1: parts.sections = random.below(2) == 0 ? parts.sections.reversed() : [section]
      case 2: parts.profile = String(decoding: random.changed(Array(parts.profile.utf8)), as: UTF8.self)
      case 3: parts.sections[number] = random.one(of: moments).sections[number]
      case 4...6: parts.sections[number] = random.changed(Array(section.prefix(2000))) + section.dropFirst(2000)
      default: parts.sections[number] = random.changed(section)
      }
      do {
        try takeUp(parts.bytes)
      } catch {
        refused += 1
        #expect(!"\(error)".isEmpty && !"\(error)".contains("\n"), "seed \(seed), checkpoint \(index): \(error)")
      }
    }
    #expect(refused > count / 3, "seed \(seed): \(refused)")
  }

  /// Thousands of headers; millions in a soak.
  @Test(arguments: [1, 2] as [UInt64]) func aChangedHeaderIsRefusedOrOfTheRightForm(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let good = CheckpointFile.encode(profile: "p", cycle: 1, image: [1, 2], host: [3], sections: [[4], [5, 6]])
    let length = good.count - 6 - 56
    for index in 0..<SeededRandom.count(2000) {
      let text = random.changed(Array(good[56..<(56 + length)]))
      var file = Array(good.prefix(20))
      file.append(number: UInt32(text.count))
      file += CheckpointFile.sum(text) + text + good.suffix(6)
      do throws(RunnerError) {
        let checkpoint = try CheckpointFile(Data(file))
        try checkpoint.verify()
      } catch { #expect(error.description.hasPrefix("is "), "seed \(seed), header \(index): \(error)") }
    }
  }
}
