import Foundation
import GuestImages
import TestSupport
import Testing

/// The promise of emulated time: every register, line and counter is the same in one process and on any
/// number of daemons, whatever the links do.
@Suite(.serialized) struct DeterminismTests {
  private func same(_ program: String, _ arguments: [String] = []) throws {
    let alone = try TestCluster.run(program, arguments)
    #expect(alone.failure == nil)
    #expect(alone.status == 0)
    #expect(alone.digest.count == 64)
    #expect(alone.sharing.contains { $0.trueSharing > 0 } && alone.sharing.contains { $0.falseSharing > 0 })
    #expect(try TestCluster.run(program, arguments, threads: 2) == alone, "two threads")
    #expect(try TestCluster.run(program, arguments, daemons: 2) == alone, "two daemons")
    #expect(try TestCluster.run(program, arguments, daemons: 4) == alone, "four daemons")
  }

  @Test func helloLeavesTheSameBitsInOneProcessAndOnAnyNumberOfDaemons() throws { try same("hello") }
  @Test func contendedUpdatesLeaveTheSameBits() throws { try same("sharing") }

  /// Every program that ships but `forever`, which is ended from outside, at a moment that is the host's.
  /// Small in the quick setting, as a user calls them in the long one.
  static let programs: [(quick: TestCluster.Program, long: [String])] = [
    (.init(name: "hello"), []), (.init(name: "existence", arguments: ["--calls", "20"]), ["--calls", "400"]),
    (.init(name: "fault", arguments: ["store"]), ["store"]), (.init(name: "flood", arguments: ["5000"]), []),
    (.init(name: "gc", arguments: ["--operations", "16"]), ["--sweep"]),
    (.init(name: "malloc", arguments: ["--operations", "16"]), ["--sweep"]),
    (.init(name: "miss", arguments: ["--operations", "16"]), ["--sweep"]),
    (.init(name: "ppc", arguments: ["--operations", "16"], processors: 4), ["--sweep"]),
    (.init(name: "rppc", arguments: ["--operations", "16"], processors: 4), ["--sweep"]),
    (.init(name: "sharing", arguments: ["--updates", "10"]), []),
    (.init(name: "stream", arguments: ["--lines", "128"]), []),
    (.init(name: "thread", arguments: ["--operations", "16"], processors: 4), ["--sweep"]),
    // These compute for longer and send less: delayed links see them in the long setting.
    (.init(name: "compute"), ["--everywhere", "4"]), (.init(name: "costs"), []),
    (.init(name: "counter", arguments: ["--updates", "1"]), []),
    (.init(name: "latency"), []),
  ]
  private static let brief = 7

  /// The machines whose windows are long enough for daemons, other than the one that all programs run on.
  static let otherProfiles = ["simos", "simos-4way", "mips64r2"]

  @Test func everyProgramThatShipsIsInTheListOfThoseThatAreCompared() {
    #expect(Set(Self.programs.map(\.quick.name)) == Set(GuestImages.programs.map(\.name)).subtracting(["forever"]))
  }

  /// One after the other on one machine, so that each begins with what those before it have left.
  @Test func everyProgramLeavesTheSameBitsInOneProcessOnTwoDaemonsOnFourAndWithDelayedLinks() throws {
    let isLong = SeededRandom.isLong
    let programs = Self.programs.map { isLong ? .init(name: $0.quick.name, arguments: $0.long) : $0.quick }
    let seconds: Double = isLong ? 7200 : 240
    let alone = try TestCluster.run(programs, seconds: seconds)
    #expect(alone.count == programs.count)
    for (program, outcome) in zip(programs, alone) {
      #expect(
        outcome.failure == nil && outcome.status == (program.name == "fault" ? 139 : 0) && outcome.digest.count == 64,
        "\(program.name): \(outcome)")
    }
    #expect(Set(alone.map(\.digest)).count == programs.count)
    // In the quick setting the two daemons see all of them, and the four, whose links are the slower ones, some.
    for (daemons, delay, count) in [(2, 0, programs.count), (4, 20, isLong ? programs.count : Self.brief)]
      + (isLong ? [(4, 0, programs.count)] : [])
    {
      let there = try TestCluster.run(Array(programs.prefix(count)), daemons: daemons, delay: delay, seconds: seconds)
      #expect(there.count == count)
      for (program, pair) in zip(programs, zip(there, alone)) {
        #expect(pair.0 == pair.1, "\(program.name) on \(daemons) daemons, links delayed by up to \(delay) microseconds")
      }
    }
  }

  @Test(arguments: Self.otherProfiles) func otherMachinesLeaveTheSameBitsOnFourDaemons(profile: String) throws {
    let programs: [TestCluster.Program] = [
      .init(name: "sharing", arguments: ["--updates", "10"]), .init(name: "hello"),
    ]
    let alone = try TestCluster.run(programs, profile: profile)
    #expect(alone.count == 2 && alone.allSatisfy { $0.status == 0 && $0.failure == nil && $0.digest.count == 64 })
    #expect(try TestCluster.run(programs, profile: profile, daemons: 4) == alone)
  }

  @Test func twelveStationsOnTwoLevelsOfRingsLeaveTheSameBitsOnThreeDaemons() throws {
    let alone = try TestCluster.run("hello", stations: 12, profile: "numachine48", threads: 2)
    #expect(alone.status == 0 && alone.failure == nil && alone.digest.count == 64)
    #expect(try TestCluster.run("hello", stations: 12, profile: "numachine48", daemons: 3) == alone)
  }

  @Test(arguments: [1, 2, 3].prefix(SeededRandom.isLong ? 3 : 1)) func randomDelaysInTheLinksChangeNothing(
    seed: UInt64
  ) throws {
    let alone = try TestCluster.run("hello")
    #expect(try TestCluster.run("hello", daemons: 4, delay: 200, seed: seed) == alone)
  }

  @Test func anotherArgumentGivesAnotherDigest() throws {
    #expect(try TestCluster.run("hello").digest != TestCluster.run("hello", ["again"]).digest)
  }
}
