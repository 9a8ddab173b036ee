import GuestImages
import Testing

/// Several programs on one machine: what they wait for each other (docs/programs.md, Sharing the machine).
@Suite("Programs at the same time")
struct TimeSharingTests {
  /// Programs whose threads meet at barriers, call each other, and only compute.
  private static let kinds: [[String]] = [
    ["gc", "--processors", "16", "--operations", "400"], ["ppc", "--processors", "16", "--operations", "400"],
    ["compute", "--everywhere", "2"],
  ]

  private func image(_ words: [String]) throws -> [UInt8] { try #require(GuestImages.program(words[0])) }

  @Test("twenty programs of four kinds at once take at most a tenth longer than one after the other")
  func twenty() throws {
    let machine = try TestMachine()
    let kinds = [["hello"]] + Self.kinds
    let mixed = (0..<20).map { kinds[$0 % kinds.count] }
    let alone = try kinds.map { words in
      _ = try machine.run(image(words), words)
      return try machine.run(image(words), words)
    }
    let inTurn = (0..<20).reduce(0) { $0 + alone[$1 % kinds.count].cycles }
    let begin = machine.cycle
    let jobs = try mixed.map { machine.start(try image($0), $0) }
    try machine.runUntilIdle(limit: 2_000_000_000)
    let all = machine.cycle - begin
    #expect(jobs.allSatisfy { machine.outcomes[$0]?.status == 0 })
    #expect(all < inTurn * 11 / 10, "\(all) for \(inTurn)")
  }

  @Test("a short program among long ones has its share of the machine from its beginning")
  func shortAmongLong() throws {
    let machine = try TestMachine()
    let hello = try image(["hello"])
    _ = try machine.run(hello, ["hello"])
    let alone = try machine.run(hello, ["hello"]).cyclesToEnd
    let words = ["compute", "--everywhere", "100"]
    let long = try (0..<8).map { _ in machine.start(try image(words), words) }
    try machine.run(cycles: 20_000_000)
    let short = machine.start(hello, ["hello"])
    for _ in 0..<20 where machine.outcomes[short]?.status == nil { try machine.run(cycles: 5_000_000) }
    let outcome = try #require(machine.outcomes[short])
    #expect(outcome.status == 0)
    #expect(outcome.cyclesToEnd < 9 * alone, "\(outcome.cyclesToEnd) for \(alone)")
    for job in long {
      #expect(machine.outcomes[job]?.status == nil)
      machine.kill(job)
    }
    try machine.runUntilIdle()
  }
}
