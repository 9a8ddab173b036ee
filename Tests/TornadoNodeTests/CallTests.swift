import GuestImages
import Testing

@Suite("Protected procedure calls")
struct CallTests {
  private func expectOK(_ outcome: TestMachine.Outcome, _ kind: String) {
    #expect(
      outcome.status == 0 && outcome.output == "ok\n",
      "\(kind): \(outcome.status ?? -1) \(outcome.output.prefix(500)) \(outcome.errors.prefix(300))")
  }

  @Test(
    "what callers may pass, and what happens in servers, ends calls with an error or not at all, and nobody else is harmed"
  )
  func calls() throws {
    let machine = try TestMachine(stations: 2)
    let program = try TestPrograms.calls.get()
    for kind in [
      "registers", "references", "data", "callbacks", "recursion", "recursion-mapped", "processes", "floats", "many",
    ] {
      let outcome = try machine.run(program, ["calls", kind])
      expectOK(outcome, kind)
      if kind != "data" { #expect(outcome.errors.isEmpty, "\(kind): \(outcome.errors)") }
    }
  }

  @Test("a job's port is called by that job alone unless it says otherwise, wherever workers are idle")
  func jobs() throws {
    let machine = try TestMachine(stations: 1)
    let program = try TestPrograms.calls.get()
    let host = machine.start(program, ["calls", "host"], processors: 2)
    try machine.runUntilIdle()
    let said = try #require(machine.outcomes[host])
    let ports = said.output.split(whereSeparator: \.isWhitespace).map(String.init)
    try #require(ports.count == 2 && said.status == nil, "\(said)")
    // The second time the server has current address spaces wherever it may be called.
    for _ in 0..<2 { expectOK(try machine.run(program, ["calls", "guest"] + ports), "guest") }
    machine.kill(host)
    try machine.runUntilIdle()
    #expect(machine.outcomes[host]?.status == 137)
  }

  @Test("a fault in a server is its caller's error, and one line that says what happened")
  func faults() throws {
    let machine = try TestMachine(stations: 2)
    let outcome = try machine.run(TestPrograms.calls.get(), ["calls", "faults"])
    expectOK(outcome, "faults")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 40 && lines.allSatisfy { $0.hasPrefix("tornado: calls: a call failed with SIG") })
  }

  @Test(
    "a client that ends in mid-call leaves the server as it was, and its data are out of the server's sight",
    arguments: ["there", "data", "far"])
  func clients(kind: String) throws {
    let machine = try TestMachine()
    let outcome = try machine.run(TestPrograms.calls.get(), ["calls", "killed-" + kind])
    expectOK(outcome, kind)
    // Both clients died, as they were made to; with data, the server's workers then looked in vain for those.
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count { $0.contains("killed by SIGSEGV") } == 2)
    #expect(
      lines.count { $0.contains("a call failed with SIGSEGV: load from 0x000000007100") } == (kind == "data" ? 2 : 0))
  }

  @Test("calls of a server that ends come back with an error")
  func servers() throws {
    let machine = try TestMachine()
    expectOK(try machine.run(TestPrograms.calls.get(), ["calls", "orphans"]), "orphans")
  }

  @Test("a server that never returns keeps nobody from ending, from within or from outside")
  func forever() throws {
    let machine = try TestMachine()
    let program = try TestPrograms.calls.get()
    expectOK(try machine.run(program, ["calls", "forever"]), "forever")
    let job = machine.start(program, ["calls", "forever-kill"])
    try machine.run(cycles: 8_000_000)
    #expect(machine.outcomes[job]?.status == nil)
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
    expectOK(try machine.run(program, ["calls", "many"]), "many")
  }

  @Test(
    "a job with servers is ended from outside, whenever that is",
    arguments: [300_000, 700_000, 1_000_000, 1_300_000, 2_000_000])
  func kill(after cycles: UInt64) throws {
    let machine = try TestMachine()
    let program = try TestPrograms.calls.get()
    let job = machine.start(program, ["calls", "crowd"])
    try machine.run(cycles: cycles)
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
    expectOK(try machine.run(program, ["calls", "callbacks"]), "callbacks")
  }

  @Test("three threads a processor call near and far at the same time")
  func crowd() throws {
    let machine = try TestMachine()
    expectOK(try machine.run(TestPrograms.calls.get(), ["calls", "crowd"]), "crowd")
  }

  @Test("a call to a processor whose thread spins until it is done does not wait for the end of that one's time slice")
  func spinning() throws {
    expectOK(try TestMachine(stations: 1).run(TestPrograms.calls.get(), ["calls", "spinning"]), "spinning")
  }

  @Test("without memory a call is an error, and with memory again it is a call", arguments: [1, 2])
  func exhausted(stations: Int) throws {
    let machine = try TestMachine(stations: stations, memoryBytes: 16 << 20)
    let program = try TestPrograms.calls.get()
    expectOK(try machine.run(program, ["calls", "exhausted"]), "exhausted")
    // What a job took is there again: many times as much as there is goes through it.
    for _ in 0..<4 { expectOK(try machine.run(program, ["calls", "recursion"]), "recursion") }
    expectOK(try machine.run(program, ["calls", "exhausted"]), "exhausted")
  }

  @Test("in steady state calls of different processors touch nothing in common: no coherence miss in a hundred")
  func independence() throws {
    func run(_ operations: Int) throws -> (misses: UInt64, calls: UInt64) {
      let machine = try TestMachine()
      let program = try #require(GuestImages.program("ppc"))
      let outcome = try machine.run(program, ["ppc", "--processors", "16", "--operations", "\(operations)"])
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      return (machine.total(.missesTrueSharing) + machine.total(.missesFalseSharing), machine.total(.ppcCalls))
    }
    let few = try run(160)
    let more = try run(960)
    #expect(more.calls - few.calls > 16 * 800)
    #expect(Double(more.misses) - Double(few.misses) < 0.01 * Double(more.calls - few.calls), "\(few) \(more)")
  }
}
