import Testing
import TornadoABI

@testable import TornadoNodeRecords

/// The checks of what comes from outside, without a machine: they read nothing outside the bytes that they
/// were given.
@Suite("Records and program files")
struct RecordTests {
  /// An ELF64 file with one segment.
  private func program(
    entry: UInt64 = 0x1000_0000, offset: UInt64 = 0, address: UInt64 = 0x1000_0000, fileBytes: UInt64 = 200,
    memoryBytes: UInt64 = 400,
    flags: UInt32 = 5, size: Int = 256
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 256)
    func put<T: FixedWidthInteger>(_ value: T, _ at: Int) {
      withUnsafeBytes(of: value.littleEndian) { for (i, b) in $0.enumerated() { bytes[at + i] = b } }
    }
    put(UInt32(0x464C_457F), 0)
    put(UInt16(0x0102), 4)
    put(UInt16(2), 16)
    put(UInt16(8), 18)
    put(entry, 24)
    put(UInt64(64), 32)
    put(UInt32(0x2000_0000), 48)
    put(UInt16(56), 54)
    put(UInt16(1), 56)
    put(UInt32(1), 64)
    put(flags, 68)
    put(offset, 72)
    put(address, 80)
    put(fileBytes, 96)
    put(memoryBytes, 104)
    return Array(bytes.prefix(size))
  }

  private func rejection(_ image: [UInt8]) -> String? {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(image.count, 1), alignment: 16)
    defer { copy.deallocate() }
    copy.copyMemory(from: image, byteCount: image.count)
    do throws(ProgramRejected) {
      _ = try ELFProgram(copy, UInt(image.count))
      return nil
    } catch { return "\(error.reason)" }
  }

  @Test("a sound file passes") func sound() { #expect(rejection(program()) == nil) }

  @Test("segments must be where programs may be, whatever their sums come to")
  func segments() {
    let kernel = "a segment lies at addresses that belong to the kernel"
    #expect(rejection(program(entry: 0x2000, address: 0x2000)) == kernel)
    #expect(rejection(program(address: 0xFFFF_FFFF_8000_0000)) == kernel)
    #expect(rejection(program(address: 0x6FFF_FF00)) == kernel)
    #expect(rejection(program(memoryBytes: .max)) == kernel)
    #expect(rejection(program(entry: 0x1_2000_0000, address: 0x1_2000_0000)) == nil)
    #expect(rejection(program(entry: 0x8000_0000, address: 0x8000_0000)) == nil)
    #expect(rejection(program(entry: 0xFF_FFFF_FE00, address: 0xFF_FFFF_FE00)) == nil)
    #expect(rejection(program(address: 0xFF_FFFF_FF00)) == kernel)
    #expect(rejection(program(address: 0x100_0000_0000)) == kernel)
    #expect(rejection(program(address: 0x1_2000_0000, memoryBytes: .max)) == kernel)
    #expect(rejection(program(address: 0x7FFF_FF00)) == kernel)
    #expect(rejection(program(address: 0x7FFF_0000)) == kernel)
    #expect(rejection(program(offset: .max)) == "the ELF file is cut short in a segment")
    #expect(rejection(program(offset: .max, fileBytes: 0)) == nil)
    #expect(rejection(program(offset: 100, fileBytes: .max)) == "the ELF file is cut short in a segment")
    #expect(rejection(program(fileBytes: 200, memoryBytes: 100)) == "a segment is longer in the file than in memory")
    #expect(rejection(program(fileBytes: 0, memoryBytes: 0)) == "the program has no segment to load")
  }

  @Test("the entry must be inside of an executable segment")
  func entry() {
    let outside = "the entry is not inside of an executable segment"
    #expect(rejection(program(entry: 0)) == outside)
    #expect(rejection(program(entry: 0x1000_0190)) == outside)
    #expect(rejection(program(entry: 0x1000_0002)) == outside)
    #expect(rejection(program(flags: 6)) == outside)
  }

  @Test("a file that is cut anywhere is refused, and never read beyond its end")
  func cut() { for size in 0..<200 { #expect(rejection(program(size: size)) != nil) } }

  @Test("no change of one byte makes the check read outside the file or trap")
  func changes() {
    let whole = program()
    for at in 0..<120 {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var image = whole
        image[at] = value
        _ = rejection(image)
      }
    }
  }

  private func outcome(_ words: [UInt32], _ rest: [UInt8] = []) -> String {
    let bytes =
      words.flatMap { (word: UInt32) -> [UInt8] in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
      + rest
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    defer { copy.deallocate() }
    copy.copyMemory(from: bytes, byteCount: bytes.count)
    switch JobRecord.read(copy, UInt(bytes.count)) {
    case .success(let record): return "\(record.kind) \(record.job)"
    case .failure(let rejected):
      switch rejected.failure {
      case .garbage: return "garbage"
      case .rejected(let job, let reason): return "\(job): \(reason)"
      }
    }
  }

  @Test("records are read as docs/machine.md describes them, and nothing else")
  func records() {
    let magic = UInt32(TORNADO_RECORD_MAGIC)
    let name: [UInt8] = [97, 0]
    let padding = [UInt8](repeating: 0, count: 86)
    #expect(outcome([magic, 1, 7, 0, 128, 0, 0, 0, 1, 2], name + padding) == "run 7")
    #expect(outcome([magic, 2, 7, 0]) == "kill 7")
    #expect(outcome([1, 2, 7, 0]) == "garbage")
    #expect(outcome([magic, 2]) == "garbage")
    #expect(outcome([magic, 2, 0, 0]) == "garbage")
    #expect(outcome([magic, 3, 7, 0]) == "deadlock 7")
    #expect(outcome([magic, 3, 7]) == "deadlock 7")
    #expect(outcome([magic, 4, 7, 0]) == "7: a record of an unknown kind")
    #expect(outcome([magic, 1, 7, 0]) == "7: the record is cut short")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, 1, 0, 1, 2], name + padding) == "7: the record is cut short in its program")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, .max, .max, 1, 2], name + padding) == "7: the record is cut short in its program"
    )
    #expect(
      outcome([magic, 1, 7, 0, 256, 0, 0, 0, 1, 2], name + padding) == "7: the record is cut short in its program")
    #expect(
      outcome([magic, 1, 7, 0, 130, 0, 0, 0, 1, 2], name + padding)
        == "7: the record's program is at an impossible offset")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, 0, 0, 1, 200_000], name + padding) == "7: the arguments are longer than 128 KB")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, 0, 0, 1, 2000], name + padding) == "7: the record is cut short in its arguments")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, 0, 0, 2, 2], name + padding)
        == "7: the record's arguments are not as many as it says")
    #expect(
      outcome([magic, 1, 7, 0, 128, 0, 0, 0, 0, 0], name + padding)
        == "7: the record's arguments are not as many as it says")
  }
}
