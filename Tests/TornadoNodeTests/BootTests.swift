import Testing

@Suite("Boot")
struct BootTests {
  @Test("every processor of one, two, three and four stations comes up, once", arguments: 1...4)
  func comesUp(stations: Int) throws {
    let machine = try TestMachine(stations: stations)
    #expect(machine.ready.sorted() == Array(0..<4 * stations))
    #expect(machine.console.isEmpty)
  }

  @Test("a machine of sixteen processors is up, and still, within six hundred thousand cycles")
  func isQuick() throws {
    let machine = try TestMachine()
    #expect(machine.cycle < 600_000)
    let cycle = machine.cycle
    try machine.run(cycles: 10_000_000)
    #expect(machine.cycle == cycle)
  }
}
