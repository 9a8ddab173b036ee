import Foundation
import Testing

/// Programs at addresses above 2 GB: as other toolchains make them, with a C library of their own, and as the
/// project's own compiler does.
@Suite("Programs above 2 GB")
struct HighProgramTests {
  /// What Debian's cross compiler makes of `Programs/high.c`, at its default addresses.
  private static let programs = Result { try ["mips3", "mips64r2"].map { ($0, try compile(for: $0)) } }

  private static func compile(for architecture: String) throws -> [UInt8] {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Programs/high.c").path
    let output = NSTemporaryDirectory() + "tornado-node-tests-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "mips64el-linux-gnuabi64-gcc", "-static", "-O1", "-march=\(architecture)", "-o", output, source,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
  }

  @Test("a static program of Debian's C library writes what it writes under QEMU")
  func library() throws {
    for (name, program) in try Self.programs.get() {
      let expected = try QEMU.run(program, [], model: "MIPS64R2-generic")
      #expect(expected.output.hasPrefix("above 4 GB: 1 1\n") && expected.status == 44, "\(expected)")
      let outcome = try TestMachine(stations: 1, profile: "mips64r2").run(program, ["high"])
      #expect(outcome.output == expected.output && outcome.errors == "" && outcome.status == 44, "\(name): \(outcome)")
    }
  }

  @Test("its threads on several processors share memory there, calls pass data from there, and faults are told")
  func threads() throws {
    let (_, program) = try #require(try Self.programs.get().last)
    let machine = try TestMachine(stations: 1, profile: "mips64r2")
    for _ in 0..<2 {
      let outcome = try machine.run(program, ["high", "threads"])
      let lines = outcome.output.split(separator: "\n").suffix(6)
      #expect(lines == ["44, 1", "call: 0", "call: 0", "call: 0", "nowhere: 14", "data: 3"], "\(outcome)")
      #expect(outcome.status == 139)
      #expect(outcome.errors.hasPrefix("tornado: high: killed by SIGSEGV: store to 0x0000000300000002"))
    }
    #expect(try machine.run(TestPrograms.exercise.get(), ["exercise", "brk"]).status == 0)
  }

  @Test(
    "a C program of the project's own compiler does at any base what it does under QEMU",
    arguments: [nil, 0x8000_0000, 0x1_2000_0000, 0x80_0000_0000, 0xFF_F000_0000])
  func own(base: UInt64?) throws {
    let program = try TestPrograms.compile("far.c", base: base)
    let gigabyte = (base ?? 0) >> 30
    let expected = try QEMU.run(program, [])
    let lines = """
      GB \(gigabyte) \(gigabyte) \(gigabyte) \(gigabyte)
      0 ... 100, one few many, 42 -21, 0.333

      """
    #expect(expected == (lines, 44), "\(expected)")
    let outcome = try TestMachine(stations: 1).run(program, ["far"])
    #expect(outcome.output == lines + "thread: 42\n" && outcome.errors == "" && outcome.status == 44, "\(outcome)")
  }

  @Test("so does a Swift program, its threads, its calls and its clustered objects")
  func ownSwift() throws {
    let objects = try TestPrograms.compile("objects.swift", base: 0x80_0000_0000)
    let exercise = try TestPrograms.compile("exercise.c", base: 0x1_2000_0000)
    let machine = try TestMachine()
    for kind in ["placements", "arguments", "external", "replicas"] {
      let outcome = try machine.run(objects, ["objects", kind])
      #expect(outcome.output == "ok\n" && outcome.status == 0, "\(kind): \(outcome)")
    }
    for kind in ["threads", "memory", "ring", "locks", "brk", "placed"] {
      let outcome = try machine.run(exercise, ["exercise", kind, "4"])
      #expect(outcome.output == "ok\n" && outcome.errors == "" && outcome.status == 0, "\(kind): \(outcome)")
    }
  }
}
