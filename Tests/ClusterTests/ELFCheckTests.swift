import ControlAPI
import NUMAchine
import TestSupport
import Testing

@Suite("The check of a program's file")
struct ELFCheckTests {
  private func problem(_ bytes: [UInt8], for processor: ProcessorModel = .r4400) -> String? {
    do throws(ELFCheck.Problem) {
      try ELFCheck.check(bytes, for: processor)
      return nil
    } catch { return error.description }
  }

  @Test("accepts a static MIPS III executable")
  func accepts() { #expect(problem(TestELF().bytes) == nil) }

  @Test("accepts MIPS64 release 2 where the processor executes it, and nothing later")
  func levels() {
    for level in 0...8 {
      #expect(problem(TestELF(flags: UInt32(level) << 28).bytes, for: .mips64r2) == nil, "\(level)")
      #expect((problem(TestELF(flags: UInt32(level) << 28).bytes) == nil) == (level <= 2), "\(level)")
    }
    #expect(problem(TestELF(flags: 0xA000_0000).bytes, for: .mips64r2)?.contains("later MIPS") == true)
    #expect(problem(TestELF(flags: 0x8000_0000).bytes)?.contains("mips64r2") == true)
  }

  @Test("a segment without bytes in the file has no place there, whatever its header says")
  func emptySegment() {
    let file = TestELF(segments: 2)
    var bytes = file.bytes
    bytes.replaceSubrange(120 + 8..<120 + 16, with: [UInt8](repeating: 0xFF, count: 8))
    #expect(problem(bytes)?.contains("truncated") == true)
    bytes.replaceSubrange(120 + 32..<120 + 40, with: [UInt8](repeating: 0, count: 8))
    #expect(problem(bytes) == nil)
  }

  @Test("no sum wraps in what is said")
  func sums() {
    let words = problem(TestELF(fileBytes: .max, memoryBytes: .max).bytes) ?? ""
    #expect(words.contains("0xffffffffffffffff bytes at 0x78"), "\(words)")
  }

  @Test(
    "names what is wrong with a file",
    arguments: [
      ([], "empty"),
      (Array("#!/bin/sh\n".utf8), "not an ELF file"),
      (Array(TestELF().bytes.prefix(40)), "truncated"),
      (Array(TestELF().bytes.prefix(100)), "truncated"),
      (Array(TestELF().bytes.dropLast(8)), "truncated"),
      (TestELF(machine: 62).bytes, "not a 64-bit little-endian MIPS program"),
      (TestELF(classByte: 1).bytes, "not a 64-bit little-endian MIPS program"),
      (TestELF(dataByte: 2).bytes, "not a 64-bit little-endian MIPS program"),
      (TestELF(type: 1).bytes, "relocatable"),
      (TestELF(type: 3).bytes, "position-independent"),
      (TestELF(flags: 0x8000_0000).bytes, "MIPS64 release 2"),
      (TestELF(entry: 0x100_0000_0000, address: 0x100_0000_0000).bytes, "overlaps kernel addresses"),
      (TestELF(entry: 0x7FFF_FFFC, address: 0x7FFF_FFF8).bytes, "overlaps kernel addresses"),
      (TestELF(entry: 0xFFFF_FFFF_8000_0000, address: 0xFFFF_FFFF_8000_0000).bytes, "overlaps kernel addresses"),
      (TestELF(memoryBytes: .max).bytes, "overlaps kernel addresses"),
      (TestELF(fileBytes: .max, memoryBytes: .max).bytes, "truncated"),
      (TestELF(memoryBytes: 8).bytes, "damaged"),
      (TestELF(entry: 0x2000_0000).bytes, "entry"),
      (TestELF(segmentFlags: 6).bytes, "entry"),
      (TestELF(programHeaderType: 3).bytes, "dynamically linked"),
      (TestELF(programHeaderType: 4).bytes, "no segment"),
      (TestELF(segments: 0).bytes, "no program headers"),
      (TestELF(segments: 2, stride: 8).bytes, "overlap"),
    ] as [([UInt8], String)])
  func refuses(bytes: [UInt8], words: String) throws {
    let line = try #require(problem(bytes))
    #expect(line.contains(words), "\(line)")
    #expect(!line.contains("\n"))
  }

  @Test("survives every damaged byte of a header")
  func survivesDamage() {
    let good = TestELF(segments: 2).bytes
    for index in good.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var bytes = good
        bytes[index] = value
        _ = problem(bytes)
      }
    }
  }
}
