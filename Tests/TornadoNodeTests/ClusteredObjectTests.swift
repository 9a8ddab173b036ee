import GuestCompiler
import GuestImages
import TestSupport
import Testing

@Suite("Clustered objects")
struct ClusteredObjectTests {
  private func run(_ name: String, _ arguments: [String], stations: Int = 4, processors: Int = 0) throws
    -> TestMachine.Outcome
  {
    try TestMachine(stations: stations).run(
      try #require(GuestImages.program(name)), [name] + arguments, processors: processors)
  }

  @Test(
    "objects destroyed and changed under fire from sixteen processors are never used after their end, and none is lost")
  func existence() throws {
    let outcome = try run("existence", ["--calls", "4000"])
    #expect(outcome.status == 0 && outcome.output.hasPrefix("ok: "), "\(outcome)")
  }

  @Test(
    "nor are those of four processors and of threads that take turns on one",
    arguments: [
      (0, ["--calls", "3000"]), (1, ["--calls", "2000", "--threads", "4"]), (1, ["--calls", "2000", "--threads", "8"]),
    ])
  func existenceInTurns(processors: Int, arguments: [String]) throws {
    let outcome = try run("existence", arguments, stations: 1, processors: processors)
    #expect(outcome.status == 0 && outcome.output.hasPrefix("ok: "), "\(outcome)")
  }

  @Test("an update of a clustered counter costs what one of an own line does, and its sum is right")
  func counter() throws {
    let outcome = try run("counter", [])
    #expect(outcome.status == 0, "\(outcome)")
    let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ") }
    func cycles(_ variant: String) -> Double? {
      rows.first { $0[0] == variant && $0[1] == "16" }.flatMap { Double($0[2]) }
    }
    let clustered = try #require(cycles("clustered"))
    let padded = try #require(cycles("padded"))
    #expect(clustered < 1.5 * padded)
  }

  @Test(
    "millions of calls, with destruction under fire", .enabled(if: SeededRandom.isLong))
  func existenceForLong() throws {
    let machine = try TestMachine()
    let program = try #require(GuestImages.program("existence"))
    machine.start(program, ["existence", "--calls", "200000"])
    try machine.runUntilIdle(limit: 100_000_000_000)
    #expect(machine.outcomes[1]?.status == 0, "\(String(describing: machine.outcomes[1]))")
  }

  @Test(
    "what the program library's clustered objects promise holds on sixteen processors",
    arguments: ["placements", "discard", "many", "arguments", "external", "replicas"])
  func holds(kind: String) throws {
    let outcome = try TestMachine().run(try TestPrograms.objects.get(), ["objects", kind])
    #expect(outcome.status == 0 && outcome.output == "ok\n", "\(outcome)")
  }

  @Test("a program that takes all memory loses the pages of its table before it is ended, and the kernel lives on")
  func pressure() throws {
    let machine = try TestMachine(stations: 1, memoryBytes: 48 << 20)
    let outcome = try machine.run(try TestPrograms.objects.get(), ["objects", "pressure"])
    #expect(outcome.status == 137 && outcome.errors.contains("no memory for a page"), "\(outcome)")
    #expect(try machine.run(try TestPrograms.objects.get(), ["objects", "arguments"]).output == "ok\n")
  }

  @Test("a call through a reference to no object ends the program with a line that says so")
  func noObject() throws {
    let outcome = try TestMachine(stations: 1).run(try TestPrograms.objects.get(), ["objects", "none"])
    #expect(
      outcome.status == 134 && outcome.errors == "tornado: a call through a reference to no object (0x70004320)\n",
      "\(outcome)")
  }

  @Test("the table of a program without clustered objects is not there")
  func noTable() throws {
    let outcome = try TestMachine(stations: 1).run(try TestPrograms.objects.get(), ["objects", "no-table"])
    #expect(outcome.status == 139 && outcome.errors.contains("load from 0x0000000070000000"), "\(outcome)")
  }

  @Test("a call through a reference is a virtual call and one instruction, and counts no references")
  func oneInstruction() throws {
    let listing = try TestPrograms.listing("objectcall.swift")
    func body(_ name: String) throws -> [Substring] {
      let lines = listing.split(separator: "\n")
      let start = try #require(lines.firstIndex { $0.hasPrefix("\(name):") })
      let end = try #require(
        lines[start...].firstIndex { $0.contains(".end\t\(name)") || $0.contains(".size\t\(name)") })
      return lines[(start + 1)..<end].filter { $0.hasPrefix("\t") && !$0.hasPrefix("\t.") }
    }
    let pointer = try body("by_pointer")
    let reference = try body("by_reference")
    #expect(reference.count == pointer.count + 1, "\(pointer) \(reference)")
    #expect(pointer.filter { $0.contains("\tld\t") }.count + 1 == reference.filter { $0.contains("\tld\t") }.count)
    #expect(!(pointer + reference).contains { $0.contains("lld") })
  }
}
