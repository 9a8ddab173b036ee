import Testing

@testable import NUMAchine

/// The floating-point unit against QEMU's, on random instructions and edge operands: results, and FCR31 after each.
@Suite struct FloatDifferentialTests {
  private static let blocks = 500
  private static let length = 30
  private static let seeds: [UInt64] = [11, 12, 13, 14, 15, 16]

  /// Even seeds run on the R4000. It has no conversions of 64-bit integers in QEMU, so odd ones run on a later processor of the same NaNs.
  private static func isR4000(_ seed: UInt64) -> Bool { seed % 2 == 0 }

  @Test(arguments: seeds)
  func randomFloatingPointDoesTheSameOnQEMU(seed: UInt64) throws {
    var random = RandomFloatProgram(seed: seed, length: Self.length, longs: !Self.isR4000(seed))
    let program = random.make(blocks: Self.blocks)
    let expected = try program.runOnQEMU(model: Self.isR4000(seed) ? "R4000" : "5Kf")
    let found = try program.runOnProcessor()
    #expect(expected.status == 0, "seed \(seed)")
    let words = RandomFloatProgram.blockWords(length: Self.length)
    #expect(expected.output.count == Self.blocks * words * 8, "seed \(seed)")
    #expect(found.output.count == expected.output.count, "seed \(seed)")
    #expect(found.status == expected.status, "seed \(seed)")
    if let difference = zip(expected.output, found.output).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
      func word(_ bytes: [UInt8], _ index: Int) -> String {
        String((0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index * 8 + $1]) << UInt64($1 * 8) }, radix: 16)
      }
      let (block, place) = (difference / 8 / words, difference / 8 % words)
      let operation = place / 2 < Self.length ? "\(random.operations[block * Self.length + place / 2])" : "register \(place - Self.length * 2)"
      Issue.record(
        """
        seed \(seed), block \(block), place \(place): \(operation): QEMU \(word(expected.output, difference / 8)), \
        processor \(word(found.output, difference / 8))
        """)
    }
  }

  @Test func everyFloatingPointInstructionOccursInTheRandomPrograms() {
    var count: [Operation: Int] = [:]
    for seed in Self.seeds {
      var random = RandomFloatProgram(seed: seed, length: Self.length, longs: !Self.isR4000(seed))
      _ = random.make(blocks: Self.blocks)
      for operation in random.operations { count[operation, default: 0] += 1 }
    }
    for form in InstructionForm.all where form.isFloat { #expect(count[form.operation, default: 0] > 100, "\(form.name)") }
  }
}
