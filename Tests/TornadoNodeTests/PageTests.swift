import GuestImages
import TestImages
import Testing

/// Page faults and mappings: what they cost, and what processors have to do with each other for them
/// (docs/costs.md).
@Suite("Pages")
struct PageTests {
  @Test("a page fault, a mapping and a thread take no more instructions than docs/costs.md says")
  func costs() throws {
    let outcome = try TestMachine(stations: 1).run(TestPrograms.pages.get(), ["pages", "costs"])
    var rows: [String: Int] = [:]
    for line in outcome.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      rows[String(words[0])] = Int(words[1])
    }
    #expect(rows.count == 6 && outcome.status == 0, "\(outcome)")
    for (row, most) in [
      "first_touch_of_region": 2960, "first_touch": 2940, "in_core": 600, "map_unmap": 2820, "map_touch_unmap": 5950,
      "thread": 3520,
    ] {
      let value = try #require(rows[row])
      #expect(value <= most, "\(row)")
    }
  }

  @Test(
    "sixteen processors that each touch new pages of their own share only their stations' frames, which come eight at a time"
  )
  func sharing() throws {
    let outcome = try TestMachine().run(TestPrograms.pages.get(), ["pages", "sharing"])
    // Of a thousand pages: true sharing, false sharing, upgrades.
    let misses = outcome.output.split { " \n".contains($0) }.compactMap { Int($0) }
    #expect(misses.count == 4 && misses[0] + misses[1] < 300, "\(outcome)")
  }

  @Test("sixteen first threads do not queue for what each of them has just made")
  func firstThreads() throws {
    let outcome = try TestMachine().run(TestPrograms.pages.get(), ["pages", "begin"])
    let cycles = outcome.output.split(separator: "\n").compactMap { Int($0) }
    #expect(cycles.count == 2 && cycles[0] < 650_000 && cycles[1] < 200_000, "\(outcome)")
  }

  @Test("regions change their kind while all processors fault, map and unmap, and the process ends with the last one")
  func change() throws {
    let machine = try TestMachine(kernel: TestImages.kernel)
    for _ in 0..<2 {
      let outcome = try machine.run(TestPrograms.pages.get(), ["pages", "change"])
      let words = outcome.output.split { " \n".contains($0) }.compactMap { Int($0) }
      #expect(outcome.status == 0 && words.count == 2 && words[0] == 0 && words[1] > 50, "\(outcome)")
    }
  }

  @Test(
    "pages that a processor uses at once seldom throw each other's lines out of its cache, whichever frames there are",
    arguments: ["miss", "gc", "ppc"])
  func colours(name: String) throws {
    let machine = try TestMachine()
    let program = try #require(GuestImages.program(name))
    // Frames that have been used before, in another order.
    _ = try machine.run(TestPrograms.exercise.get(), ["exercise", "memory", "1"])
    let outcome = try machine.run(program, [name, "--operations", "100", "--processors", "16"])
    let row = try #require(outcome.output.split(separator: "\n").last).split(separator: " ").compactMap { Double($0) }
    #expect(row.count == 4 && row[1] <= 1.25 * row[2], "\(outcome.output)")
  }
}
