import Testing

@testable import NUMAchine

/// What QEMU's user mode does not show of the floating-point unit: whether it may be used, its register
/// modes, its exceptions and its times.
@Suite struct FloatTests {
  private static let usable = Status.kx | Status.cu1 | Status.fr
  private static let one: UInt64 = 0x3FF0_0000_0000_0000

  private func snippet(status: UInt32 = usable, control: UInt32 = 0, _ body: (inout Assembler) -> Void) -> Snippet {
    let snippet = Snippet(status: status) {
      body(&$0)
      $0.emit(.syscall)
    }
    snippet.processor.floatControl = control
    return snippet
  }

  private func cause(_ processor: Processor) -> UInt32 { processor.floatControl >> 12 & 63 }
  private func flags(_ processor: Processor) -> UInt32 { processor.floatControl >> 2 & 31 }

  @Test(arguments: ProcessorModel.allCases)
  func withoutCU1EveryInstructionOfTheUnitIsUnusable(model: ProcessorModel) {
    for form in InstructionForm.all(of: model) where form.isFloat {
      let snippet = Snippet(status: Status.kx, model: model) { $0.words.append(form.word) }
      #expect(snippet.run())
      #expect(snippet.cause == 11, "\(form.name)")
      #expect(snippet.processor[control: .cause] >> 28 & 3 == 1, "\(form.name)")
      #expect(snippet.place == 0)
    }
  }

  @Test func aWordOfTheUnitThatMeansNothingIsUnimplementedOrReserved() {
    for (word, code) in [(0x4600_0010, 15), (0x4680_0000, 15), (0x4460_0000, 10), (0x4504_0000, 10), (0x46C0_0000, 10)]
      as [(UInt32, UInt64)]
    {
      let snippet = snippet { $0.words.append(word) }
      #expect(snippet.run())
      #expect(snippet.cause == code, "\(String(word, radix: 16))")
      #expect(cause(snippet.processor) == (code == 15 ? 32 : 0))
    }
  }

  @Test func registersAreSixteenPairsOrThirtyTwoWide() {
    for isWide in [false, true] {
      let snippet = snippet(status: isWide ? Self.usable : Status.kx | Status.cu1) {
        $0.load(8, 0x1111_2222_3333_4444)
        $0.load(9, 0x5555_6666)
        $0.load(12, 0xFFFF_FFFF_8000_2000)
        $0.emit(.dmtc1, 8, 2)
        $0.emit(.mtc1, 9, 3)
        $0.emit(.mfc1, 10, 3)
        $0.emit(.dmfc1, 11, 2)
        $0.emit(.sdc1, 2, 0, 12)
        $0.emit(.swc1, 3, 8, 12)
        $0.emit(.lwc1, 5, 0, 12)
        $0.emit(.lwc1, 4, 4, 12)
        $0.emit(.dmfc1, 13, 4)
      }
      #expect(snippet.run())
      #expect(snippet.cause == 8)
      let processor = snippet.processor
      #expect(processor[10] == 0x5555_6666)
      #expect(processor[11] == (isWide ? 0x1111_2222_3333_4444 : 0x5555_6666_3333_4444))
      #expect(snippet.harness.read(0x2000) == processor[11])
      #expect(snippet.harness.read(0x2008) & 0xFFFF_FFFF == 0x5555_6666)
      #expect(processor[13] == (isWide ? 0x1111_2222 : 0x3333_4444_5555_6666))
    }
  }

  /// 1 / 0, the root of -1, the largest number doubled, the smallest normal squared, 1 / 3.
  /// Programs on QEMU have 32 wide registers; what they show holds for 16 pairs too.
  @Test func arithmeticIsTheSameInBothRegisterModes() {
    var random = SeededGenerator(seed: 77)
    let forms = InstructionForm.r4400.filter { [.fdFsFt, .fdFs, .fsFt].contains($0.operands) }
    for form in forms {
      // Small numbers and large, and as integers small ones.
      let operands = (0..<2).map { _ in
        [random.next(), random.next() & 0x3FFF_FFFF_FFFF_FFFF | 1 << 61, random.next() % 1000].randomElement(
          using: &random)!
      }
      let results = [Self.usable, Status.kx | Status.cu1].map { status in
        let snippet = snippet(status: status) {
          $0.load(8, operands[0])
          $0.load(9, operands[1])
          $0.emit(.dmtc1, 8, 2)
          $0.emit(.dmtc1, 9, 4)
          $0.emit(.dmtc1, 0, 6)
          switch form.operands {
          case .fdFsFt: $0.emit(form.operation, 6, 2, 4)
          case .fdFs: $0.emit(form.operation, 6, 2)
          default: $0.emit(form.operation, 2, 4)
          }
          $0.emit(.dmfc1, 10, 6)
        }
        #expect(snippet.run())
        #expect(snippet.cause == 8, "\(form.name)")
        return [snippet.processor[10], UInt64(snippet.processor.floatControl)]
      }
      #expect(results[0] == results[1], "\(form.name)")
    }
  }

  @Test func anEnabledExceptionIsRaisedAndWritesNothing() {
    let cases: [(Operation, UInt64, UInt64, UInt32, UInt32)] = [
      (.divD, Self.one, 0, FloatFlag.divisionByZero, FloatFlag.divisionByZero),
      (.sqrtD, Self.one | 1 << 63, 0, FloatFlag.invalid, FloatFlag.invalid),
      (.addD, 0x7FEF_FFFF_FFFF_FFFF, 0x7FEF_FFFF_FFFF_FFFF, FloatFlag.overflow, FloatFlag.overflow | FloatFlag.inexact),
      (
        .mulD, 0x0010_0000_0000_0000, 0x0010_0000_0000_0000, FloatFlag.underflow,
        FloatFlag.underflow | FloatFlag.inexact
      ),
      (.divD, Self.one, 0x4008_0000_0000_0000, FloatFlag.inexact, FloatFlag.inexact),
      (.cvtWD, 0x41F0_0000_0000_0000, 0, FloatFlag.invalid, FloatFlag.invalid),
    ]
    for (operation, a, b, enabled, raised) in cases {
      for isEnabled in [false, true] {
        let snippet = snippet(control: isEnabled ? enabled << 7 : (31 & ~enabled & ~raised) << 7) {
          $0.emit(.bne, 0, 0, 4)
          $0.emit(operation, 6, 2, 4)
        }
        let processor = snippet.processor
        (processor[float: 2], processor[float: 4], processor[float: 6]) = (a, b, 99)
        #expect(snippet.run())
        #expect(snippet.cause == (isEnabled ? 15 : 8), "\(operation)")
        #expect(cause(processor) == raised, "\(operation)")
        #expect(flags(processor) == (isEnabled ? 0 : raised), "\(operation)")
        #expect((processor[float: 6] == 99) == isEnabled, "\(operation)")
        if isEnabled {
          #expect(snippet.inSlot)
          #expect(snippet.place == 0)
        }
      }
    }
  }

  @Test func anExactTinyResultUnderflowsOnlyWhereThatTraps() {
    // Half of the smallest normal number.
    for (enables, code) in [(UInt32(0), UInt64(8)), (FloatFlag.underflow << FloatControl.enableShift, 15)] {
      let snippet = snippet(control: enables) {
        $0.load(8, 1 << 52)
        $0.emit(.dmtc1, 8, 2)
        $0.load(9, 0x3FE0 << 48)
        $0.emit(.dmtc1, 9, 4)
        $0.emit(.mulD, 6, 2, 4)
      }
      #expect(snippet.run())
      #expect(snippet.cause == code)
      #expect(cause(snippet.processor) == (code == 15 ? FloatFlag.underflow : 0))
      #expect(flags(snippet.processor) == 0)
      #expect(snippet.processor[float: 6] == (code == 15 ? 0 : 1 << 51))
    }
  }

  @Test func aComparisonThatTrapsLeavesTheCondition() {
    let snippet = snippet(control: FloatFlag.invalid << 7 | FloatControl.condition) { $0.emit(.cLtD, 2, 4) }
    snippet.processor[float: 2] = FloatFormat.double.defaultNaN
    #expect(snippet.run())
    #expect(snippet.cause == 15)
    #expect(snippet.processor.floatControl & FloatControl.condition != 0)
  }

  @Test func writingACauseThatIsEnabledRaisesItsException() {
    for (value, code) in [(0x1000 | 0x80, 15), (0x1000 | 0x100, 8), (0x2_0000, 15), (0xFE7C_0000, 8)]
      as [(UInt64, UInt64)]
    {
      let snippet = snippet {
        $0.load(8, value)
        $0.emit(.ctc1, 8, 31)
        $0.emit(.cfc1, 9, 31)
        $0.emit(.cfc1, 10, 0)
      }
      #expect(snippet.run())
      #expect(snippet.cause == code)
      #expect(snippet.processor.floatControl == UInt32(value) & 0x0183_FFFF)
      if code == 8 { #expect(snippet.processor[10] == 0x0500) }
    }
  }

  @Test func sixtyFourBitMovesAreReservedWhereSixtyFourBitInstructionsAre() {
    let harness = ProcessorHarness()
    harness.put([Assembler.encode(.dmfc1, 8, 2)], at: 0x1000)
    harness.put([Assembler.encode(.beq, 0, 0, -1), 0], at: 0x180)
    let processor = harness.processor
    processor.reset(entry: 0x1000, arguments: (0, 0, 0, 0))
    processor.map(0, to: 0, pageMask: TLB.pageMaskBits)
    processor[control: .status] = UInt64(2 << Status.ksuShift | Status.cu1 | Status.fr)
    #expect(harness.run(to: ProcessorHarness.kernel + 0x180))
    #expect(processor[control: .cause] >> 2 & 31 == 10)
  }

  @Test func aFaultOfAFloatLoadIsOneOfTheLoad() {
    for (operation, offset, code) in [(Operation.ldc1, 4, UInt64(4)), (.lwc1, 2, 4), (.sdc1, 4, 5), (.swc1, 2, 5)] {
      let snippet = snippet {
        $0.load(12, 0xFFFF_FFFF_8000_2000)
        $0.emit(operation, 2, offset, 12)
      }
      #expect(snippet.run())
      #expect(snippet.cause == code)
      #expect(snippet.processor[control: .badVAddr] == 0xFFFF_FFFF_8000_2000 + UInt64(offset))
    }
  }

  @Test func anUncachedStoreOfADoubleCarriesItsValue() {
    let snippet = snippet {
      $0.load(12, 0xFFFF_FFFF_BF00_0000)
      $0.emit(.sdc1, 2, 0, 12)
      $0.emit(.ldc1, 4, 8, 12)
    }
    snippet.harness.devices[0x1F00_0008] = 77
    snippet.processor[float: 2] = 0x1234_5678_9ABC_DEF0
    #expect(snippet.run())
    #expect(snippet.harness.requests.contains { $0.kind == .uncachedWrite && $0.value == 0x1234_5678_9ABC_DEF0 })
    #expect(snippet.processor[float: 4] == 77)
  }

  /// Cycles of a sequence when its lines are in the caches: from one reading of Count to another, 16 times.
  private func cycles(_ body: (inout Assembler) -> Void) -> Int {
    let snippet = snippet {
      $0.load(12, 0xFFFF_FFFF_8000_2000)
      $0.emit(.addiu, 10, 0, 2)
      let again = $0.here
      $0.emit(.mfc0, 8, Int(ControlRegister.count.rawValue))
      for _ in 0..<16 { body(&$0) }
      $0.emit(.cfc1, 11, 31)
      $0.emit(.mfc0, 9, Int(ControlRegister.count.rawValue))
      $0.emit(.subu, 9, 9, 8)
      $0.emit(.addiu, 10, 10, -1)
      $0.branch(.bne, 10, 0, to: again)
    }
    snippet.processor[float: 2] = Self.one
    snippet.processor[float: 4] = Self.one
    _ = snippet.run()
    return Int(snippet.processor[9]) * 2 / 16
  }

  @Test func resultsAreReadyAfterTheirLatency() {
    #expect(cycles { $0.emit(.addD, 2, 2, 4) } == 4)
    #expect(cycles { $0.emit(.addD, 6, 2, 4) } == 3)
    #expect(cycles { $0.emit(.mulD, 2, 2, 4) } == 8)
    #expect(cycles { $0.emit(.mulS, 2, 2, 4) } == 7)
    #expect(cycles { $0.emit(.mulD, 6, 2, 4) } == 4)
    #expect(cycles { $0.emit(.divS, 2, 2, 4) } == 23)
    #expect(cycles { $0.emit(.divD, 2, 2, 4) } == 36)
    #expect(cycles { $0.emit(.sqrtD, 2, 2) } == 112)
    #expect(cycles { $0.emit(.negD, 2, 2) } == 2)
    #expect(cycles { $0.emit(.movD, 6, 2) } == 1)
    #expect(cycles { $0.emit(.movD, 2, 2) } == 1)
    // An addition goes on beside a division.
    #expect(
      cycles {
        $0.emit(.divD, 6, 2, 4)
        $0.emit(.addD, 8, 2, 4)
      } == 35)
    // A loaded value is there after three cycles, for the store too.
    #expect(
      cycles {
        $0.emit(.ldc1, 6, 0, 12)
        $0.emit(.sdc1, 6, 0, 12)
      } == 4)
  }

  @Test func howTheTimeIsDividedAmongCallsDoesNotMatter() {
    func run(_ quantum: UInt64) -> (UInt64, [UInt64]) {
      let snippet = snippet {
        $0.load(12, 0xFFFF_FFFF_8000_2000)
        for place in 0..<12 {
          $0.emit(.ldc1, 6, place * 32, 12)
          $0.emit(.divD, 8, 2, 4)
          $0.emit(.addD, 2, 8, 6)
          $0.emit(.cLtD, 2, 8)
          $0.emit(.bc1tl, 2)
          $0.emit(.addD, 4, 4, 2)
          $0.emit(.sqrtD, 10, 4)
          $0.emit(.sdc1, 10, place * 32 + 8, 12)
        }
      }
      for place in 0..<64 {
        snippet.harness.memory.storeBytes(
          of: Self.one + UInt64(place) << 47, toByteOffset: 0x2000 + place * 8, as: UInt64.self)
      }
      (snippet.processor[float: 2], snippet.processor[float: 4]) = (Self.one, 0x4008_0000_0000_0000)
      #expect(snippet.run(quantum: quantum))
      #expect(snippet.cause == 8)
      let processor = snippet.processor
      return (snippet.processor.time, (0..<12).map { processor[float: $0] } + [UInt64(processor[control: .epc])])
    }
    // The time of arrival is seen at the end of a quantum: only the smallest shows it.
    let fine = run(1)
    for quantum: UInt64 in [3, 7, 52, 210] { #expect(run(quantum).1 == fine.1) }
  }
}
