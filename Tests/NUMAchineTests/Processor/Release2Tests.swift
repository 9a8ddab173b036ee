import Testing

@testable import NUMAchine

/// What of `mips64r2` no program on QEMU shows: its control registers, and who may read what.
@Suite struct Release2Tests {
  private func user(_ words: [UInt32], model: ProcessorModel = .mips64r2, status: UInt32 = 0, enable: UInt64 = 0)
    -> Snippet
  {
    let snippet = Snippet(model: model) { _ in }
    snippet.harness.put(words + [Assembler.encode(.syscall)], at: 0x8000)
    snippet.processor.map(0x10000, to: 0x8000)
    snippet.processor.set(.hardwareEnable, enable)
    snippet.processor.set(.userLocal, 0x1234_5678_9ABC)
    snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux | Status.kx | status)
    snippet.processor.pc = 0x10000
    #expect(snippet.run())
    return snippet
  }

  @Test func onTheR4400TheInstructionsOfLaterModelsAreReserved() {
    for form in InstructionForm.release2 {
      let snippet = Snippet(status: Status.kx | Status.cu1 | Status.fr) {
        $0.nop(2)
        $0.words.append(form.word)
        $0.emit(.syscall)
      }
      #expect(snippet.run())
      switch form.word >> 26 {
      case 0 where [2, 6, 22, 58, 62].contains(form.word & 63):
        #expect(snippet.cause == 8, "\(form.name): a shift, whatever the other fields")
      case 17 where form.word >> 21 & 31 == 16 || form.word >> 21 & 31 == 17:
        #expect(snippet.cause == 15, "\(form.name): no operation of the unit")
      case 19: #expect(snippet.cause == 11, "\(form.name): coprocessor 3 is not there")
      default:
        #expect(snippet.cause == 10, "\(form.name)")
        #expect(snippet.place == 2)
      }
    }
  }

  @Test func aProgramReadsTheHardwareRegistersThatTheKernelAdmits() {
    let read = Assembler.encode(.rdhwr, 5, 29)
    #expect(user([read]).cause == 10)
    #expect(user([read], enable: 1 << 29).cause == 8)
    #expect(user([read], enable: 1 << 29).processor[5] == 0x1234_5678_9ABC)
    #expect(user([read], status: Status.cu0).cause == 8)
    #expect(user([Assembler.encode(.rdhwr, 5, 1)], enable: 2).processor[5] == 32)
    #expect(user([Assembler.encode(.rdhwr, 5, 3)], enable: 8).processor[5] == 2)
    #expect(user([Assembler.encode(.rdhwr, 5, 2)], enable: 4).processor[5] > 0)
    #expect(user([Assembler.encode(.rdhwr, 5, 7)], enable: .max).cause == 10)
    #expect(user([read], model: .r4400, enable: .max).cause == 10)
  }

  @Test func interruptsAreSwitchedInOneInstruction() {
    let snippet = Snippet(model: .mips64r2) {
      $0.emit(.ei, 8)
      $0.emit(.di, 9)
      $0.emit(.ei)
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 8)
    #expect(snippet.processor[8] == UInt64(Status.kx))
    #expect(snippet.processor[9] == UInt64(Status.kx | Status.ie))
    #expect(snippet.processor[control: .status] & 1 == 1)
    #expect(user([Assembler.encode(.di, 8)]).cause == 11)
  }

  @Test func itSaysWhatItIs() {
    let snippet = Snippet(model: .mips64r2) {
      for (register, selector) in [(10, 0), (11, 1), (12, 2), (13, 3)] { $0.emit(.mfc0, register, 16, selector) }
      $0.emit(.mfc0, 14, 15, 1)
      $0.emit(.mfc0, 15, 12, 1)
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    let processor = snippet.processor
    #expect(processor[10] == 0xFFFF_FFFF_8000_4485)
    // 48 entries; 512 sets of one line of 32 bytes, twice; floating point, and no Watch registers.
    let primary: UInt64 = 3 << 22 | 4 << 19 | 3 << 13 | 4 << 10
    #expect(processor[11] == 0xFFFF_FFFF_8000_0001 as UInt64 | 47 << 25 | primary)
    #expect(processor[12] == 0xFFFF_FFFF_8000_0000 as UInt64 | 7 << 8 | 6 << 4)
    #expect(processor[13] == 1 << 13)
    #expect(processor[14] == 0xFFFF_FFFF_8000_0000)
    #expect(processor[15] == 0xFFFF_FFFF_FC00_0000)
  }

  @Test func exceptionsGoWhereTheKernelSays() {
    let snippet = Snippet(model: .mips64r2) {
      $0.load(8, 0xFFFF_FFFF_8000_6000)
      $0.emit(.mtc0, 8, 15, 1)
      $0.emit(.syscall)
    }
    snippet.harness.put([Assembler.encode(.beq, 0, 0, -1), 0], at: 0x6180)
    #expect(snippet.run(to: ProcessorHarness.kernel + 0x6180))
    #expect(snippet.cause == 8)
  }

  @Test func interruptsMayHaveAVectorOfTheirOwn() {
    let snippet = Snippet(status: Status.kx | Status.ie | 0x100, model: .mips64r2) {
      $0.load(8, UInt64(Cause.specialVector | 0x100))
      $0.emit(.mtc0, 8, Int(ControlRegister.cause.rawValue))
      $0.emit(.syscall)
    }
    snippet.harness.put([Assembler.encode(.beq, 0, 0, -1), 0], at: 0x200)
    #expect(snippet.run(to: ProcessorHarness.kernel + 0x200))
    #expect(snippet.cause == 0)
  }

  @Test func sixtyFourBitInstructionsCanBeAdmittedWithout64BitAddresses() {
    for (status, code) in [(UInt32(0), UInt64(10)), (Status.px, 8)] {
      let snippet = Snippet(model: .mips64r2) { _ in }
      snippet.harness.put(
        [Assembler.encode(.dclz, 4, 5), Assembler.encode(.dext, 4, 5, 3 | 20 << 8), Assembler.encode(.syscall)],
        at: 0x8000)
      snippet.processor.map(0x10000, to: 0x8000)
      snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | status)
      snippet.processor.pc = 0x10000
      #expect(snippet.run())
      #expect(snippet.cause == code)
    }
  }

  @Test func aSecondEntryForAPageIsAMachineCheckAndIsNotWritten() {
    let snippet = Snippet(model: .mips64r2) {
      $0.emit(.addiu, 8, 0, 7)
      $0.emit(.mtc0, 8, 0)
      $0.emit(.tlbwi)
      $0.emit(.syscall)
    }
    snippet.processor.map(0x1234_4000, to: 0x4000, index: 3)
    #expect(snippet.run())
    #expect(snippet.cause == 24)
    #expect(snippet.place == 2)
    #expect(snippet.processor[control: .status] & UInt64(Status.ts) != 0)
    // The first is as it was, and goes on to serve.
    snippet.harness.put(
      [Assembler.encode(.tlbp), Assembler.encode(.mfc0, 9, 0), Assembler.encode(.syscall)], at: 0x2000)
    snippet.processor[control: .status] = UInt64(Status.kx)
    snippet.processor.pc = ProcessorHarness.kernel + 0x2000
    #expect(snippet.run())
    #expect(snippet.processor[9] == 3)
    #expect(snippet.processor[control: .status] & UInt64(Status.ts) == 0)
  }

  @Test func codeThatAProgramHasWrittenRunsAfterSYNCI() {
    // Replaces the instruction at the end, once it has been executed.
    var code = Assembler(at: 0x10000)
    code.emit(.lui, 10, 1)
    code.emit(.ori, 10, 10, 0x100)
    code.emit(.jalr, 31, 10)
    code.nop()
    code.emit(.or, 5, 4, 0)
    code.load(8, UInt64(Assembler.encode(.addiu, 4, 0, 2)))
    code.emit(.sw, 8, 0, 10)
    code.emit(.jalr, 31, 10)
    code.nop()
    code.emit(.or, 6, 4, 0)
    code.emit(.synci, 0, 10)
    code.emit(.jalr, 31, 10)
    code.nop()
    let snippet = Snippet(model: .mips64r2) { _ in }
    snippet.harness.put(code.words + [Assembler.encode(.syscall)], at: 0x8000)
    snippet.harness.put([Assembler.encode(.addiu, 4, 0, 1), Assembler.encode(.jr, 31), 0], at: 0x8100)
    snippet.processor.map(0x10000, to: 0x8000)
    snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux | Status.kx)
    snippet.processor.pc = 0x10000
    #expect(snippet.run())
    #expect(snippet.cause == 8)
    #expect((snippet.processor[5], snippet.processor[6], snippet.processor[4]) == (1, 1, 2))
  }

  @Test func withoutShadowRegistersTheirMovesAreMovesAndWAITDoesNothing() {
    let snippet = Snippet(model: .mips64r2) {
      $0.emit(.addiu, 8, 0, 9)
      $0.emit(.wrpgpr, 10, 8)
      $0.emit(.wait)
      $0.emit(.rdpgpr, 11, 10)
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 8)
    #expect(snippet.processor[10] == 9 && snippet.processor[11] == 9)
  }
}
