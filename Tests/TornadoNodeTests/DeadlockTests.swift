import Testing

/// What the host asks when the machine stands still (docs/machine.md, Records from outside).
@Suite("Jobs that wait for ever")
struct DeadlockTests {
  private static let headline = "tornado: waits: deadlock: every thread waits, and nothing can wake one\n"

  /// Runs until the machine stands still, and then as long as something follows from the question.
  private func ask(_ way: String, ends: Bool = false, processors: Int = 0) throws -> (TestMachine, job: Int) {
    let machine = try TestMachine(stations: 1)
    let job = machine.start(try TestPrograms.waits.get(), ["waits", way], processors: processors)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == nil && machine.outcomes[job]?.errors == "")
    machine.ask(job, ends: ends)
    try machine.runUntilIdle()
    return (machine, job)
  }

  @Test("it is said what each thread waits for, and that once")
  func threads() throws {
    let (machine, job) = try ask("threads")
    let lines = try #require(machine.outcomes[job]).errors.split(separator: "\n")
    #expect(lines.count == 5 && lines[0] + "\n" == Self.headline)
    for n in 0..<4 {
      let line = lines.first {
        $0.hasPrefix("tornado: waits: thread \(n + 1) on processor \(n) waits for the word at 0x")
      }
      #expect(line?.contains(", at pc 0x00000000100") == true, "\(lines)")
    }
    #expect(Set(lines.dropFirst().map { $0.split(separator: " ").dropFirst(12).first }).count == 4, "\(lines)")
    #expect(machine.outcomes[job]?.status == nil)
    machine.ask(job, ends: false)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.errors.split(separator: "\n").count == 5)
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
  }

  @Test(
    "a call that does not end, workers that nobody calls, and other processes of the job are told of; the job ends",
    arguments: [
      (
        "call",
        ["worker thread 2 on processor 0 waits for the word", "thread 1 on processor 0 waits for thread 2, which"]
      ),
      (
        "remote",
        ["worker thread 2 on processor 1 waits for the word", "thread 1 on processor 0 waits for processor 1, wh"]
      ),
      ("idle", ["1 idle worker on processor 0 waits for calls to port "]),
      ("family", ["thread 1 on processor 0 waits for the word", "thread 1 on processor 1 waits for the word"]),
    ])
  func ways(way: String, waits: [String]) throws {
    let (machine, job) = try ask(way, ends: true)
    let outcome = try #require(machine.outcomes[job])
    #expect(outcome.status == 124, "\(outcome)")
    #expect(outcome.errors.hasPrefix(Self.headline), "\(outcome.errors)")
    for wait in waits { #expect(outcome.errors.contains("\ntornado: waits: " + wait), "\(outcome.errors)") }
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test("a job that others may call waits for them; so nothing is said of it, nor of one that is not there")
  func everyone() throws {
    let (machine, job) = try ask("everyone", ends: true)
    machine.ask(77, ends: true)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == nil && machine.outcomes[job]?.errors == "")
    machine.kill(job)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 137)
  }

  @Test("a job of which a thread runs is not ended")
  func running() throws {
    let machine = try TestMachine(stations: 1)
    let job = machine.start(try TestPrograms.exercise.get(), ["exercise", "threads", "40"])
    try machine.run(cycles: 2_000_000)
    #expect(machine.outcomes[job]?.status == nil)
    machine.ask(job, ends: true)
    try machine.runUntilIdle()
    #expect(machine.outcomes[job]?.status == 0 && machine.outcomes[job]?.errors == "")
  }
}
