import GuestImages
import Testing

/// The paper's Figure 8 on NUMAchine: operations of different processors on objects of their own. Allocation
/// is in HeapTests.
@Suite("Nanobenchmarks")
struct FigureEightTests {
  private func row(_ machine: TestMachine, _ name: String, _ arguments: [String]) throws -> [Double] {
    let program = try #require(GuestImages.program(name))
    let outcome = try machine.run(program, [name, "--operations", "300"] + arguments)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    return try #require(outcome.output.split(separator: "\n").last).split(separator: " ").compactMap { Double($0) }
  }

  @Test(
    "what one processor does takes little longer when fifteen others do the same",
    arguments: [("miss", 1.5), ("gc", 2), ("ppc", 2)])
  func independence(name: String, atMost ratio: Double) throws {
    let machine = try TestMachine()
    let alone = try row(machine, name, ["--processors", "1"]), all = try row(machine, name, ["--processors", "16"])
    #expect(alone.count == 4 && all.count == 4 && all[1] <= ratio * alone[1], "\(alone) \(all)")
  }

  @Test(
    "a call to another processor takes little more than its line and its interrupt, and as much from all processors")
  func remoteCalls() throws {
    let machine = try TestMachine()
    let alone = try row(machine, "rppc", ["--processors", "1"]),
      eight = try row(machine, "rppc", ["--processors", "8"])
    #expect(alone.count == 4 && alone[1] < 5500, "\(alone)")
    #expect(eight.count == 4 && eight[1] < 1.2 * alone[1], "\(alone) \(eight)")
    // One of the eight has lines in the secondary cache that throw each other out.
    #expect(eight[3] < 6500, "\(eight)")
    // Each then serves a call for every one that it makes.
    let all = try row(machine, "rppc", ["--processors", "16"])
    #expect(all.count == 4 && all[1] < 2 * alone[1], "\(alone) \(all)")
    // Of a thousand operations: an exchange is a miss and an upgrade on each side.
    let misses = try row(TestMachine(), "rppc", ["--processors", "4", "--misses"])
    #expect(misses.count == 4 && misses[1] + misses[2] < 2500 && misses[3] < 2500, "\(misses)")
  }

  @Test("sixteen processors' misses and calls cause no sharing miss in a hundred", arguments: ["miss", "ppc"])
  func sharing(name: String) throws {
    // Of a thousand operations: true sharing, false sharing, upgrades.
    let misses = try row(TestMachine(), name, ["--processors", "16", "--misses"])
    #expect(misses.count == 4 && misses[1] + misses[2] < 10, "\(misses)")
  }
}
