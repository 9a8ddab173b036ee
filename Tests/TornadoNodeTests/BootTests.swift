import Testing

@Suite("Boot")
struct BootTests {
  @Test("every processor of one, two, three and four stations comes up, once", arguments: 1...4)
  func comesUp(stations: Int) throws {
    let machine = try TestMachine(stations: stations)
    #expect(machine.ready.sorted() == Array(0..<4 * stations))
    #expect(machine.console.isEmpty)
  }

  @Test("a machine of sixteen processors is up, and still, within seven hundred thousand cycles")
  func isQuick() throws {
    let machine = try TestMachine()
    #expect(machine.cycle < 700_000)
    let cycle = machine.cycle
    try machine.run(cycles: 10_000_000)
    #expect(machine.cycle == cycle)
  }

  @Test("on processors of MIPS64 release 2 it comes up and runs programs as on the R4400")
  func laterProcessor() throws {
    let machine = try TestMachine(profile: "mips64r2")
    #expect(machine.ready.sorted() == Array(0..<16))
    #expect(machine.console.isEmpty)
    for _ in 1...2 {
      let outcome = try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"])
      #expect(outcome.output.contains("ok\n") && outcome.status == 0, "\(outcome)")
    }
  }
}
