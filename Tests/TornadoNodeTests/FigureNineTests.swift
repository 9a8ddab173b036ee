import GuestImages
import Testing

/// The paper's Figure 9 on NUMAchine: what threads of one program ask of the kernel at the same time, each on
/// its own processor.
@Suite("Microbenchmarks")
struct FigureNineTests {
  private func row(_ machine: TestMachine, _ name: String, _ arguments: [String]) throws -> [Double] {
    let outcome = try machine.run(try #require(GuestImages.program(name)), [name, "--operations", "300"] + arguments)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    return try #require(outcome.output.split(separator: "\n").last).split(separator: " ").compactMap { Double($0) }
  }

  @Test("a thread takes at most half as long again when sixteen processors make them, and no line travels for it")
  func threads() throws {
    let machine = try TestMachine()
    let alone = try row(machine, "thread", ["--processors", "1"]),
      all = try row(machine, "thread", ["--processors", "16"])
    #expect(alone.count == 4 && all.count == 4 && all[1] <= 1.5 * alone[1], "\(alone) \(all)")
    // Of a thousand: true sharing, false sharing, upgrades.
    let misses = try row(TestMachine(), "thread", ["--processors", "16", "--misses"])
    #expect(misses.count == 4 && misses[1] + misses[2] < 10, "\(misses)")
  }
}
