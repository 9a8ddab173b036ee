import Foundation
import TestSupport
import Testing

/// The shipped programs on the whole machine, and programs that misbehave: the job ends with its status and
/// the machine comes to rest.
@Suite(.serialized) struct ProgramTests {
  /// A machine's latencies as a program must find them, in cycles; those of other stations by distance along
  /// the rings, from station 0.
  struct Latencies: CustomTestStringConvertible {
    var profile: String
    var secondary = 15.0
    var local: Double
    var remote: [Double]
    var testDescription: String { profile }

    static let all = [
      Latencies(profile: "numachine", local: 270, remote: [370, 370, 370]),
      Latencies(
        profile: "numachine48", local: 244.5,
        remote: Array(repeating: 328.5, count: 3) + Array(repeating: 400.5, count: 8)),
      Latencies(profile: "simos", local: 270, remote: [370, 370, 370]),
      Latencies(profile: "decade-ago", secondary: 3, local: 12, remote: [24, 24, 24]),
    ]
  }

  @Test(arguments: Latencies.all) func latencyShowsTheProfilesFigures(of machine: Latencies) throws {
    let outcome = try TestCluster.run(
      "latency", stations: machine.remote.count + 1, profile: machine.profile, threads: 2)
    #expect(outcome.status == 0 && outcome.failure == nil)
    var rows: [String: Double] = [:]
    for line in outcome.output.split(separator: "\n") where !line.hasPrefix("#") {
      let columns = line.split(separator: " ")
      rows[String(columns[0])] = Double(columns[1])
    }
    let primary = machine.profile == "decade-ago" ? 2.0 : 3
    let far = machine.remote.enumerated().map { ("remote-\($0.offset + 1)", $0.element) }
    for (level, cycles) in [("primary", primary), ("secondary", machine.secondary), ("local", machine.local)] + far {
      let measured = try #require(rows[level], "no row \(level)")
      #expect(abs(measured - cycles) <= cycles * 0.02, "\(level): \(measured) instead of \(cycles)")
    }
  }

  /// Half of the stations read the other half's memory: a link carries 8 bytes in each of its cycles and no
  /// more, and loads take longer for it.
  @Test func streamingShowsWhatALinkCarries() throws {
    let outcome = try TestCluster.run("stream", threads: 2)
    #expect(outcome.status == 0 && outcome.failure == nil)
    let rows = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      $0.split(separator: " ").compactMap { Double($0) }
    }
    let first = try #require(rows.first)
    let last = try #require(rows.last)
    #expect(first[0] == 1 && last[0] == 8)
    #expect(abs(first[1] - 380) < 6, "\(first[1]) cycles a line alone")
    #expect(last[2] > 300 && last[2] <= 320, "\(last[2]) MB/s")
    #expect(last[1] > 1.25 * first[1], "\(last[1]) cycles a line under load")
    // Where a line more costs nothing yet, the lines' places in the caches weigh a percent.
    for (row, next) in zip(rows, rows.dropFirst()) { #expect(next[1] > 0.99 * row[1] && next[2] > row[2]) }
  }

  @Test func aProgramOnOneProcessorDoesNotDependOnTheOthers() throws {
    let outcome = try TestCluster.run("compute", ["2"], stations: 1, processors: 1)
    #expect(outcome.status == 0 && outcome.failure == nil)
    #expect(outcome.output.hasPrefix("2 rounds, checksum"))
  }

  @Test func aProgramThatLoopsForEverIsKilled() throws {
    let outcome = try TestCluster.run("forever", killed: true)
    #expect(outcome.status == 137)
    #expect(outcome.failure == nil)
  }

  /// Waits for a word of its own, whose waking nobody is left to do, and says so wherever the stations are.
  @Test func aProgramThatWaitsForEverIsEndedAtTheSameTimeOnAnyNumberOfDaemons() throws {
    let code: [UInt32] = [
      0x3C04_1000,  // lui $4, 0x1000: this very word
      0x3C06_3C04, 0x34C6_1000,  // $6: what is there
      0x2405_0000, 0x2407_0000,  // $5: FUTEX_WAIT, $7: no time-out
      0x2402_144A, 0x0000_000C,  // futex
    ]
    let waiting = TestELF(content: code.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }).bytes
    let alone = try TestCluster.run("waiting", image: waiting, endsDeadlocked: true)
    #expect(alone.status == 124 && alone.failure == nil)
    #expect(
      alone.errors
        == """
        tornado: waiting: deadlock: every thread waits, and nothing can wake one
        tornado: waiting: thread 1 on processor 0 waits for the word at 0x0000000010000000, at pc 0x000000001000001c

        """)
    for daemons in [2, 4] {
      #expect(try TestCluster.run("waiting", daemons: daemons, image: waiting, endsDeadlocked: true) == alone)
    }
  }

  @Test func aFileThatIsNoProgramIsRefusedByTheKernel() throws {
    let outcome = try TestCluster.run("rubbish", image: Array("not a program".utf8))
    #expect(outcome.status == 126)
    #expect(outcome.errors.hasPrefix("tornado: rubbish: "))
  }
}
