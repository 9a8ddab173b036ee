import Testing

@testable import NUMAchine

/// The processor against QEMU's R4000 and MIPS64R2-generic, on random instructions.
@Suite struct DifferentialTests {
  private static let blocks = 400
  private static let cases =
    (1...5).map { DifferentialCase(model: .r4400, seed: $0, qemu: "R4000") }
    + (101...105).map { DifferentialCase(model: .mips64r2, seed: $0, qemu: "MIPS64R2-generic") }

  @Test(arguments: DifferentialCase.soaked(cases))
  func randomInstructionsDoTheSameOnQEMU(differential: DifferentialCase) throws {
    var random = RandomProgram(seed: differential.seed, model: differential.model)
    let program = random.make(blocks: Self.blocks, length: 40)
    let expected = try program.runOnQEMU(model: differential.qemu)
    let found = try program.runOnProcessor(profile: .numachine(differential.model))
    #expect(expected.status == 0, "\(differential)")
    #expect(expected.output.count == RandomProgram.outputBytes(blocks: Self.blocks), "\(differential)")
    let difference = zip(expected.output, found.output).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    if let difference {
      // What the block did is in the seed; which of its instructions, the register tells.
      let place = (difference - 256) / 8
      let (block, word) = (place / 30, place % 30)
      let name = word < 28 ? "$\(RandomProgram.dumped[word])" : word == 28 ? "HI" : "LO"
      let writers = random.writers(of: word < 28 ? RandomProgram.dumped[word] : -1, inBlock: block).map { "\($0)" }
        .joined(separator: " ")
      Issue.record("\(differential): first difference in block \(block): \(name), written by \(writers)")
    }
    #expect(found.output.count == expected.output.count, "\(differential)")
    #expect(found.status == expected.status, "\(differential)")
  }

  /// The instructions that the random programs for a model execute, each at least ten times.
  static func occurring(in model: ProcessorModel) -> Set<Operation> {
    var count: [Operation: Int] = [:]
    for differential in cases where differential.model == model {
      var random = RandomProgram(seed: differential.seed, model: model)
      _ = random.make(blocks: blocks, length: 40)
      count.merge(random.operations, uniquingKeysWith: +)
    }
    return Set(count.filter { $0.value >= 10 }.keys)
  }

  @Test(arguments: ProcessorModel.allCases)
  func everyIntegerInstructionOccursInTheRandomPrograms(model: ProcessorModel) {
    let wanted = InstructionForm.all(of: model).filter { !$0.isFloat }.map(\.operation)
    let missing = Set(wanted).subtracting(RandomProgram.privileged).subtracting(Self.occurring(in: model))
    #expect(missing.isEmpty)
  }
}
