import GuestImages
import Testing
import TornadoABI

@Suite("What the kernel refuses")
struct RejectionTests {
  /// A program that ships, changed.
  private func changed(_ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
    var image = try #require(GuestImages.program("hello"))
    change(&image)
    return image
  }

  @Test("a file that is no program for this machine ends with 126 and one line, and the next program runs")
  func files() throws {
    let cases: [([UInt8], String)] = [
      ([], "not an ELF file"), (Array("#!/bin/sh\necho no\n".utf8), "not an ELF file"),
      (try changed { $0.removeLast($0.count - 63) }, "the ELF file is cut short"),
      (try changed { $0.removeLast($0.count - 70) }, "cut short in its program headers"),
      (try changed { $0.removeLast($0.count - 1000) }, "cut short in a segment"),
      (try changed { $0[4] = 1 }, "not a 64-bit ELF file"), (try changed { $0[5] = 2 }, "not a little-endian ELF file"),
      (try changed { $0[18] = 62 }, "not a program for MIPS"), (try changed { $0[16] = 3 }, "not a static executable"),
      (try changed { $0[51] = 0xA0 }, "compiled for a later processor than MIPS64 release 2"),
    ]
    let machine = try TestMachine(stations: 1)
    for (image, reason) in cases {
      let outcome = try machine.run(image, ["some/hello"])
      #expect(outcome.status == 126 && outcome.output.isEmpty)
      #expect(
        outcome.errors.hasPrefix("tornado: hello: ") && outcome.errors.hasSuffix(reason + "\n"),
        "\(reason): \(outcome.errors)")
    }
    #expect(try machine.run(try changed { _ in }, ["hello"]).status == 0)
  }

  @Test("a record that is cut short or garbage harms nobody")
  func records() throws {
    let machine = try TestMachine(stations: 1)
    let whole = TestMachine.record(try changed { _ in }, ["hello"], job: 1, processors: 0)
    for length in [0, 1, 11, 12, 39, 45, 127, 200] {
      _ = machine.enter(Array(whole.prefix(length)))
      try machine.runUntilIdle()
    }
    for seed in 0..<20 {
      var state = UInt32(seed) &* 747_796_405 &+ 1
      let noise = (0..<300).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return state
      }
      _ = machine.enter(TestMachine.bytes([UInt32(TORNADO_RECORD_MAGIC), 1, 1] + noise))
      try machine.runUntilIdle()
    }
    #expect(try machine.run(try changed { _ in }, ["hello"]).status == 0)
  }

  @Test("more processors than there are, and more programs at once than there is room for, are refused")
  func tooMany() throws {
    let machine = try TestMachine(stations: 1)
    let hello = try changed { _ in }
    #expect(try machine.run(hello, ["hello"], processors: 5).status == 126)
    let exercise = try TestPrograms.exercise.get()
    let jobs = (0..<70).map { _ in machine.start(exercise, ["exercise", "sleep"]) }
    try machine.runUntilIdle()
    let refused = jobs.filter { machine.outcomes[$0]?.status == 126 }
    #expect(refused.count == 6)
    #expect(machine.outcomes[refused[0]]?.errors == "tornado: exercise: too many programs at once\n")
    for job in jobs { machine.kill(job) }
    try machine.runUntilIdle()
    #expect(jobs.allSatisfy { machine.outcomes[$0]?.status == 137 || refused.contains($0) })
    #expect(try machine.run(hello, ["hello"]).status == 0)
  }
}
