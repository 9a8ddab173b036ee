import GuestImages
import Testing

@Suite("The end of programs")
struct EndTests {
  @Test(
    "a fault ends the program with one line that names signal, what it did, address, program counter, thread and processor",
    arguments: [
      ("store", 139, "SIGSEGV: store to 0x0000000000000010"), ("load", 139, "SIGSEGV: load from 0x0000000000000010"),
      ("jump", 139, "SIGSEGV: jump to 0x0000000040000000"), ("kernel", 139, "SIGSEGV: store to 0xffffffff80010000"),
      ("unaligned", 138, "SIGBUS: load from 0x000000007fff"), ("divide", 136, "SIGFPE: division by zero"),
      ("float", 136, "SIGFPE: floating-point exception"),
      ("illegal", 132, "SIGILL: reserved instruction"), ("stack", 139, "SIGSEGV: store to 0x000000007fe"),
      ("break", 133, "SIGTRAP: breakpoint"),
    ])
  func fault(kind: String, status: Int, words: String) throws {
    let machine = try TestMachine(stations: 1)
    let program = try #require(GuestImages.program("fault"))
    let outcome = try machine.run(program, ["/some/where/fault", kind])
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("tornado: fault: killed by " + words), "\(outcome.errors)")
    #expect(outcome.errors.contains(" at pc 0x") && outcome.errors.hasSuffix(" (thread 1, processor 0)\n"))
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test(
    "a job that loops on all processors is ended from outside, whenever that is",
    arguments: [1, 200_000, 400_000, 500_000, 700_000, 3_000_000])
  func kill(after cycles: UInt64) throws {
    let machine = try TestMachine()
    let program = try #require(GuestImages.program("forever"))
    let job = machine.start(program, ["forever"])
    try machine.run(cycles: cycles)
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "threads", "1"]).status == 0)
  }

  @Test("a job that sleeps is ended from outside; ending it again, or a job that never was, does nothing")
  func killSleeping() throws {
    let machine = try TestMachine(stations: 2)
    let job = machine.start(try TestPrograms.exercise.get(), ["exercise", "sleep"])
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == nil)
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
    machine.kill(job)
    machine.kill(77)
    try machine.runUntilIdle()
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test("programs that run at the same time do not keep each other from ending")
  func together() throws {
    let machine = try TestMachine()
    let forever = machine.start(try #require(GuestImages.program("forever")), ["forever"])
    let hello = machine.start(try #require(GuestImages.program("hello")), ["hello"])
    let faulty = machine.start(try #require(GuestImages.program("fault")), ["fault", "store"])
    let threads = machine.start(try TestPrograms.exercise.get(), ["exercise", "threads", "1"])
    try machine.run(cycles: 60_000_000)
    #expect(machine.outcomes[hello]?.status == 0)
    #expect(machine.outcomes[hello]?.output.split(separator: "\n").count == 16)
    #expect(machine.outcomes[faulty]?.status == 139)
    #expect(machine.outcomes[threads]?.status == 0)
    #expect(machine.outcomes[forever]?.status == nil)
    machine.kill(forever)
    try machine.runUntilIdle()
    #expect(machine.outcomes[forever]?.status == 137)
  }

  @Test("forty programs, one after the other, leave the machine as able as it was")
  func many() throws {
    let machine = try TestMachine(stations: 2)
    let program = try TestPrograms.exercise.get()
    for _ in 0..<40 { #expect(try machine.run(program, ["exercise", "end-touching"]).status == 0) }
  }
}
