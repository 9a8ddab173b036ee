import Testing

/// The promise of emulated time: every register, line and counter is the same in one process and on any number of daemons, whatever the links do.
@Suite(.serialized) struct DeterminismTests {
  private func same(_ program: String, _ arguments: [String] = [], profile: String = "numachine") throws {
    let alone = try TestCluster.run(program, arguments, profile: profile)
    #expect(alone.failure == nil)
    #expect(alone.status == 0)
    #expect(alone.digest.count == 64)
    #expect(alone.sharing.contains { $0.trueSharing > 0 } && alone.sharing.contains { $0.falseSharing > 0 })
    #expect(try TestCluster.run(program, arguments, profile: profile, threads: 2) == alone, "two threads")
    #expect(try TestCluster.run(program, arguments, profile: profile, daemons: 2) == alone, "two daemons")
    #expect(try TestCluster.run(program, arguments, profile: profile, daemons: 4) == alone, "four daemons")
  }

  @Test func helloLeavesTheSameBitsInOneProcessAndOnAnyNumberOfDaemons() throws { try same("hello") }
  @Test func contendedUpdatesLeaveTheSameBits() throws { try same("sharing") }
  @Test func theSimulatedMachineLeavesTheSameBits() throws { try same("sharing", profile: "simos") }

  @Test func twelveStationsOnTwoLevelsOfRingsLeaveTheSameBitsOnThreeDaemons() throws {
    let alone = try TestCluster.run("hello", stations: 12, profile: "numachine48", threads: 2)
    #expect(alone.status == 0 && alone.failure == nil && alone.digest.count == 64)
    #expect(try TestCluster.run("hello", stations: 12, profile: "numachine48", daemons: 3) == alone)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func randomDelaysInTheLinksChangeNothing(seed: UInt64) throws {
    let alone = try TestCluster.run("hello")
    #expect(try TestCluster.run("hello", daemons: 4, delay: 200, seed: seed) == alone)
  }

  @Test func anotherArgumentGivesAnotherDigest() throws {
    #expect(try TestCluster.run("hello").digest != TestCluster.run("hello", ["again"]).digest)
  }
}
