import GuestImages
import NUMAchine
import TestImages
import Testing

@Suite("Memory allocation")
struct HeapTests {
  @Test(
    "blocks that change hands between sixteen processors, and between threads of one, stay whole",
    arguments: [["exchange", "60"], ["exchange-slices", "1000", "300"], ["exchange", "8", "70000"]])
  func exchange(arguments: [String]) throws {
    let outcome = try TestMachine().run(TestPrograms.heap.get(), ["heap"] + arguments)
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  /// The kernel looks at the blocks, the program at how many frames there are afterwards.
  @Test(
    "blocks of the kernel's heap that sixteen processors free for each other stay whole and come home",
    arguments: [("kernel", "3"), ("kernel-watched", "2")])
  func kernel(kind: String, rounds: String) throws {
    let outcome = try TestMachine(kernel: TestImages.kernel).run(TestPrograms.heap.get(), ["heap", kind, rounds])
    #expect(outcome.output.hasSuffix("ok\n") && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test("no program can ask the kernel that ships for what only tests may")
  func hooks() throws {
    let outcome = try TestMachine(stations: 1).run(TestPrograms.heap.get(), ["heap", "hooks"])
    #expect(outcome.output == "ok\n" && outcome.status == 0, "\(outcome)")
  }

  @Test(
    "who asks for more memory than there is is told, and all that is freed can be had again",
    arguments: ["100", "500", "4000"])
  func exhaustion(bytes: String) throws {
    let machine = try TestMachine(stations: 1, memoryBytes: 16 << 20)
    let outcome = try machine.run(TestPrograms.heap.get(), ["heap", "exhaust", bytes])
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test("the program library reads the counters that it means")
  func counters() {
    #expect(
      [ProcessorCounter.missesTrueSharing, .missesFalseSharing, .upgrades].map(\.rawValue) == [18, 19, 12],
      "mend Nanobenchmark.swift")
  }

  /// The paper's Figure 8, and what keeps it flat.
  @Test("allocation on sixteen processors takes as long as on one, and no two of them share a line")
  func independence() throws {
    let program = try #require(GuestImages.program("malloc"))
    let machine = try TestMachine()
    func row(_ arguments: [String]) throws -> [Double] {
      let outcome = try machine.run(program, ["malloc"] + arguments)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      return try #require(outcome.output.split(separator: "\n").last).split(separator: " ").compactMap { Double($0) }
    }
    for bytes in ["64", "1000"] {
      let alone = try row(["--processors", "1", "--bytes", bytes]),
        all = try row(["--processors", "16", "--bytes", bytes])
      #expect(alone.count == 4 && all.count == 4 && all[1] <= 1.5 * alone[1], "\(alone) \(all)")
      // Of a thousand operations.
      let misses = try row(["--processors", "16", "--misses", "--bytes", bytes])
      #expect(misses.count == 4 && misses[1] < 10 && misses[2] < 10 && misses[3] < 10, "\(misses)")
    }
  }

  @Test("allocation, locks and calls take no more instructions than in the paper")
  func costs() throws {
    let outcome = try TestMachine(stations: 1).run(#require(GuestImages.program("costs")), ["costs"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    #expect(outcome.output.hasPrefix("# operation instructions paper\n"))
    for name in [
      "object_call_extra", "translation_miss", "allocate", "free", "user_allocate", "user_free", "home_check",
      "lock_unlock", "ppc_call_return",
      "ppc_user_registers", "ppc_security_check", "ppc_core", "ppc_mapped_stack", "ppc_remapped_8k",
    ] {
      let row = try #require(rows.first { $0.first.map(String.init) == name }, "\(name) is missing")
      let instructions = try #require(Int(row[1])), paper = try #require(Int(row[2]))
      #expect(instructions > 0 && instructions <= paper, "\(name): \(instructions) instructions, in the paper \(paper)")
    }
  }
}
