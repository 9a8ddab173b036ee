import Foundation
import Testing

/// Programs as other toolchains make them: at addresses above 4 GB, with a C library of their own.
@Suite("Programs above 4 GB")
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
}
