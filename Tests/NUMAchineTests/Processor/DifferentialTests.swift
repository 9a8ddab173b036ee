import Testing

@testable import NUMAchine

/// The processor against QEMU's R4000, on random instructions.
@Suite struct DifferentialTests {
  private static let blocks = 400
  private static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6]

  @Test(arguments: seeds)
  func randomInstructionsDoTheSameOnQEMU(seed: UInt64) throws {
    var random = RandomProgram(seed: seed)
    let program = random.make(blocks: Self.blocks, length: 40)
    let expected = try program.runOnQEMU()
    let found = try program.runOnProcessor()
    #expect(expected.status == 0, "seed \(seed)")
    #expect(expected.output.count == RandomProgram.outputBytes(blocks: Self.blocks), "seed \(seed)")
    let words = (expected.output.count - 256) / 8
    let difference = zip(expected.output, found.output).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    if let difference {
      let place = (difference - 256) / 8
      Issue.record("seed \(seed): first difference at byte \(difference): block \(place / 30), word \(place % 30) of \(words)")
    }
    #expect(found.output.count == expected.output.count, "seed \(seed)")
    #expect(found.status == expected.status, "seed \(seed)")
  }

  @Test func everyIntegerInstructionOccursInTheRandomPrograms() {
    var occurring: Set<Operation> = []
    for seed in Self.seeds {
      var random = RandomProgram(seed: seed)
      _ = random.make(blocks: Self.blocks, length: 40)
      occurring.formUnion(random.operations.filter { $0.value > 10 }.keys)
    }
    let privileged: Set<Operation> = [
      .syscall, .break, .cache, .mfc0, .dmfc0, .mtc0, .dmtc0, .tlbr, .tlbwi, .tlbwr, .tlbp, .eret,
    ]
    let missing = Set(InstructionForm.all.filter { !$0.isFloat }.map(\.operation)).subtracting(privileged).subtracting(occurring)
    #expect(missing.isEmpty)
  }
}
