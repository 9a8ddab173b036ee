import GuestImages
import Testing

@Suite("System calls")
struct SystemCallTests {
  /// Each says "ok", or what is wrong. A program whose memory is not all returned is a panic, which
  /// fails the test too.
  @Test(
    "what programs are promised holds on sixteen processors",
    arguments: [
      ["threads", "4"], ["memory", "1"], ["ring", "10"], ["locks", "20"], ["slices"], ["floats"], ["areas"], ["errors"],
      ["brk"], ["placed"],
    ])
  func holds(arguments: [String]) throws {
    let outcome = try TestMachine().run(TestPrograms.exercise.get(), ["exercise"] + arguments)
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test(
    "and on one processor",
    arguments: [
      ["threads", "2"], ["memory", "2"], ["slices"], ["floats"], ["areas"], ["errors"], ["brk"], ["placed"],
    ])
  func holdsOnOne(arguments: [String]) throws {
    let outcome = try TestMachine(stations: 1).run(TestPrograms.exercise.get(), ["exercise"] + arguments, processors: 1)
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test("every thread has its own thread area, whether the processor has the register or not")
  func threadAreas() throws {
    let outcome = try TestMachine(stations: 1, profile: "mips64r2").run(
      TestPrograms.exercise.get(), ["exercise", "areas"])
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test("arguments that no program should use get the answer that Linux gives, as under QEMU", arguments: [1, 4])
  func asOnLinux(stations: Int) throws {
    let program = try TestPrograms.linux.get()
    let outcome = try TestMachine(stations: stations).run(program, ["linux"])
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
    let other = try QEMU.run(program, [])
    #expect(other.output == "ok\n" && other.status == 0, "\(other)")
  }

  @Test("a program's exit status is its only thread's, of which eight bits count", arguments: [0, 44, 300])
  func exitStatus(status: Int) throws {
    let program = try TestPrograms.linux.get()
    #expect(try TestMachine(stations: 1).run(program, ["linux", "exit", "\(status)"]).status == status & 0xFF)
    #expect(try QEMU.run(program, ["exit", "\(status)"]).status == status & 0xFF)
  }

  @Test("or that of its last thread, wherever that is", arguments: [1, 4])
  func lastExitStatus(stations: Int) throws {
    let machine = try TestMachine(stations: stations)
    for processors in [0, 1] {
      let outcome = try machine.run(TestPrograms.exercise.get(), ["exercise", "last-exit"], processors: processors)
      #expect(outcome.output.isEmpty && outcome.errors.isEmpty && outcome.status == 44, "\(outcome)")
    }
  }

  @Test("each of sixty-four processors can ask all others to forget a translation")
  func many() throws {
    let outcome = try TestMachine(stations: 16).run(TestPrograms.exercise.get(), ["exercise", "unmap-everywhere"])
    #expect(outcome.output == "ok\n" && outcome.status == 0, "\(outcome)")
  }

  @Test(
    "arguments reach the program as they are", arguments: [["a"], ["", " ", "ä€"], Array(repeating: "x", count: 2000)])
  func arguments(given: [String]) throws {
    let outcome = try TestMachine(stations: 1).run(TestPrograms.exercise.get(), ["exercise", "arguments"] + given)
    #expect(outcome.output == given.map { "[\($0)]" }.joined() + "ok\n")
  }

  @Test(
    "a program ends while its threads sleep, spin, touch memory or write",
    arguments: ["end-sleeping", "end-spinning", "end-touching", "end-writing"])
  func ends(kind: String) throws {
    let machine = try TestMachine()
    let outcome = try machine.run(TestPrograms.exercise.get(), ["exercise", kind])
    #expect(outcome.output.contains("ok\n") && outcome.status == 0)
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test(
    "who takes all memory, all regions or all threads is told or ended, and everything is there again for the next program"
  )
  func exhaustion() throws {
    let machine = try TestMachine(stations: 1, memoryBytes: 32 << 20)
    let program = try TestPrograms.exercise.get()
    for kind in ["exhaust-placed", "exhaust-threads", "exhaust-regions", "exhaust-mappings", "exhaust-placed"] {
      let outcome = try machine.run(program, ["exercise", kind])
      #expect(outcome.output == "ok\n" && outcome.status == 0, "\(kind): \(outcome)")
    }
    let outcome = try machine.run(program, ["exercise", "exhaust-pages"])
    #expect(outcome.status == 137)
    #expect(outcome.errors.hasPrefix("tornado: exercise: killed by SIGKILL: no memory for a page at 0x"))
    #expect(try machine.run(program, ["exercise", "brk"]).status == 0)
  }

  @Test("the output of one write stays together among sixteen writers of a station's processors")
  func output() throws {
    let hello = try #require(GuestImages.program("hello"))
    let outcome = try TestMachine(stations: 1).run(hello, ["hello"])
    let lines = outcome.output.split(separator: "\n").sorted()
    #expect(lines == (0..<4).map { "hello from processor \($0) in station 0" })
  }
}
