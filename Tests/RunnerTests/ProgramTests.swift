import Foundation
import Testing

/// The shipped programs on the whole machine, and programs that misbehave: the job ends with its status and the machine comes to rest.
@Suite(.serialized) struct ProgramTests {
  @Test func latencyShowsTheProfilesFigures() throws {
    let outcome = try TestCluster.run("latency", threads: 2)
    #expect(outcome.status == 0)
    var rows: [String: Double] = [:]
    for line in outcome.output.split(separator: "\n") where !line.hasPrefix("#") {
      let columns = line.split(separator: " ")
      rows[String(columns[0])] = Double(columns[1])
    }
    for (level, cycles) in [
      ("primary", 3.0), ("secondary", 15), ("local", 270), ("remote", 370), ("remote-1", 370), ("remote-2", 370), ("remote-3", 370),
    ] {
      let measured = try #require(rows[level], "no row \(level)")
      #expect(abs(measured - cycles) <= cycles * 0.02, "\(level): \(measured) instead of \(cycles)")
    }
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

  @Test func aFileThatIsNoProgramIsRefusedByTheKernel() throws {
    let outcome = try TestCluster.run("rubbish", image: Array("not a program".utf8))
    #expect(outcome.status == 126)
    #expect(outcome.errors.hasPrefix("tornado: rubbish: "))
  }
}
