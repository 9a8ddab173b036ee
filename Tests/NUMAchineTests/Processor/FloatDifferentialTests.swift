import Testing

@testable import NUMAchine

/// The floating-point unit against QEMU's, on random instructions and edge operands: results, and FCR31 after
/// each.
@Suite struct FloatDifferentialTests {
  private static let blocks = 500
  private static let length = 30
  /// The R4000 has no conversions of 64-bit integers in QEMU, so these run on a later processor of the same
  /// NaNs.
  private static let cases =
    (11...12).map { DifferentialCase(model: .r4400, seed: $0, qemu: "R4000") }
    + (111...113).map { DifferentialCase(model: .r4400, seed: $0, qemu: "5Kf") }
    + (211...215).map { DifferentialCase(model: .mips64r2, seed: $0, qemu: "MIPS64R2-generic") }

  private static func random(_ differential: DifferentialCase) -> RandomFloatProgram {
    RandomFloatProgram(
      seed: differential.seed, length: length, longs: differential.qemu != "R4000", model: differential.model)
  }

  @Test(arguments: DifferentialCase.soaked(cases))
  func randomFloatingPointDoesTheSameOnQEMU(differential: DifferentialCase) throws {
    var random = Self.random(differential)
    let program = random.make(blocks: Self.blocks)
    let expected = try program.runOnQEMU(model: differential.qemu)
    let found = try program.runOnProcessor(profile: .numachine(differential.model))
    #expect(expected.status == 0, "\(differential)")
    let words = RandomFloatProgram.blockWords(length: Self.length)
    #expect(expected.output.count == Self.blocks * words * 8, "\(differential)")
    #expect(found.output.count == expected.output.count, "\(differential)")
    #expect(found.status == expected.status, "\(differential)")
    if let difference = zip(expected.output, found.output).enumerated().first(where: { $0.element.0 != $0.element.1 })?
      .offset
    {
      func word(_ bytes: [UInt8], _ index: Int) -> String {
        String((0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index * 8 + $1]) << UInt64($1 * 8) }, radix: 16)
      }
      let (block, place) = (difference / 8 / words, difference / 8 % words)
      let operation =
        place / 2 < Self.length
        ? "\(random.operations[block * Self.length + place / 2])" : "register \(place - Self.length * 2)"
      Issue.record(
        """
        \(differential), block \(block), place \(place): \(operation): QEMU \(word(expected.output, difference / 8)), \
        processor \(word(found.output, difference / 8))
        """)
    }
  }

  /// The instructions that the random programs for a model execute, each at least a hundred times.
  static func occurring(in model: ProcessorModel) -> Set<Operation> {
    var count: [Operation: Int] = [:]
    for differential in cases where differential.model == model {
      var random = Self.random(differential)
      _ = random.make(blocks: blocks)
      for operation in random.operations { count[operation, default: 0] += 1 }
    }
    return Set(count.filter { $0.value >= 100 }.keys)
  }

  @Test(arguments: ProcessorModel.allCases)
  func everyFloatingPointInstructionOccursInTheRandomPrograms(model: ProcessorModel) {
    let wanted = InstructionForm.all(of: model).filter(\.isFloat).map(\.operation)
    #expect(Set(wanted).subtracting(Self.occurring(in: model)).isEmpty)
  }
}
