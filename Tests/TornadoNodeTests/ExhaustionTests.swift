import TestImages
import Testing

@Suite("Memory that is not there")
struct ExhaustionTests {
  @Test(
    "whichever of an operation's requests for memory is refused, the caller has an error, the kernel lives, and nothing is lost",
    arguments: [1, 4])
  func refused(stations: Int) throws {
    let machine = try TestMachine(stations: stations, kernel: TestImages.kernel)
    let outcome = try machine.run(TestPrograms.memory.get(), ["memory"])
    #expect(outcome.status == 0 && outcome.output.hasSuffix("ok\n"), "\(outcome)")
    // Each operation went through in the end, and had been refused before.
    let lines = outcome.output.split(separator: "\n").dropLast()
    #expect(
      lines.count == 15
        && lines.allSatisfy { $0.split(separator: " ").last.flatMap { Int($0) }.map { $0 > 0 } ?? false },
      "\(outcome.output)")
    // A server's page that is not to be had is its caller's error; a process that was just started, and runs
    // before its maker goes on, ends for want of one of its first pages.
    #expect(
      outcome.errors.split(separator: "\n").allSatisfy {
        $0.hasPrefix("tornado: memory: a call failed with SIGKILL: no memory for a page")
          || $0.hasPrefix("tornado: memory: killed by SIGKILL: no memory for a page")
            && $0.hasSuffix("(thread 1, processor 0)")
      }, "\(outcome.errors)")
    #expect(try machine.run(TestPrograms.memory.get(), ["memory"]).output.hasSuffix("ok\n"))
  }

  @Test("when frames have run out the kernel gives up pages of its own translation tables, and goes on")
  func tablePages() throws {
    let machine = try TestMachine(stations: 1, memoryBytes: 16 << 20, kernel: TestImages.kernel)
    for _ in 0..<2 {
      let outcome = try machine.run(TestPrograms.memory.get(), ["memory", "pressure"])
      #expect(outcome.status == 0 && outcome.output == "ok\n", "\(outcome)")
    }
  }

  @Test("the end of the heap is where the memory ends, whoever else moves it at the same time")
  func heapEnd() throws {
    let outcome = try TestMachine(stations: 1).run(TestPrograms.memory.get(), ["memory", "brk"])
    #expect(outcome.status == 0 && outcome.output == "ok\n", "\(outcome)")
  }
}
