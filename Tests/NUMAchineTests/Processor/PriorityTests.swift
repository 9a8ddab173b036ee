import Testing

@testable import NUMAchine

/// Of the exceptions that one instruction could raise, the one that stands first in the manual's table is
/// raised (R4400 User's Manual, ch. 5).
@Suite struct PriorityTests {
  /// One instruction at 0x10000 in user mode, `$8` being an address that nothing maps, in a program that has
  /// a page at 0x10000 alone.
  private func user(
    _ word: UInt32, address: UInt64 = 0x5000_0001, status: UInt32 = Status.ux, vector: UInt64 = Snippet.general
  ) -> Snippet {
    let snippet = Snippet { _ in }
    snippet.harness.put([word, Assembler.encode(.syscall)], at: 0x8000)
    snippet.processor.map(0x10000, to: 0x8000)
    snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | status)
    snippet.processor[8] = address
    snippet.processor.pc = 0x10000
    #expect(snippet.run(to: vector))
    #expect(snippet.processor[control: .epc] == 0x10000)
    return snippet
  }

  @Test func whatTheInstructionIsComesBeforeWhereItsDataAre() {
    #expect(user(Assembler.encode(.ldc1, 2, 0, 8)).cause == 11)
    #expect(user(Assembler.encode(.cache, 1, 0, 8)).cause == 11)
    #expect(user(Assembler.encode(.ld, 2, 0, 8), status: 0).cause == 10)
    #expect(user(Assembler.encode(.mfc0, 2, 12)).cause == 11)
    #expect(user(0x4C00_0000).cause == 11)
  }

  @Test func anAddressErrorComesBeforeTranslation() {
    #expect(user(Assembler.encode(.lw, 2, 0, 8)).cause == 4)
    #expect(user(Assembler.encode(.sw, 2, 0, 8)).cause == 5)
    #expect(user(Assembler.encode(.sc, 2, 0, 8)).cause == 5)
    // Misaligned, and the kernel's.
    #expect(user(Assembler.encode(.lw, 2, 0, 8), address: ProcessorHarness.kernel + 1).cause == 4)
  }

  @Test func aFetchComesBeforeEverything() {
    let snippet = Snippet { _ in }
    snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux)
    snippet.processor.pc = 0x5000_0002
    #expect(snippet.run())
    #expect(snippet.cause == 4)
    #expect(snippet.processor[control: .badVAddr] == 0x5000_0002)
    let unmapped = Snippet { _ in }
    unmapped.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux)
    unmapped.processor.pc = 0x5000_0000
    #expect(unmapped.run(to: ProcessorHarness.kernel + 0x80))
    #expect(unmapped.cause == 2)
  }

  @Test func aRefillComesBeforeAnInvalidEntryAndThatBeforeAWriteThatIsForbidden() {
    #expect(
      user(Assembler.encode(.sd, 2, 0, 8), address: 0x5000_0000, vector: ProcessorHarness.kernel + 0x80).cause == 3)
    // Neither valid nor dirty.
    let invalid = Snippet { _ in }
    invalid.harness.put([Assembler.encode(.sd, 2, 0, 8)], at: 0x8000)
    invalid.processor.map(0x10000, to: 0x8000)
    invalid.processor.map(0x5000_0000, to: 0x8000, index: 1, flags: 0x19)
    invalid.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux)
    invalid.processor[8] = 0x5000_0000
    invalid.processor.pc = 0x10000
    #expect(invalid.run())
    #expect(invalid.cause == 3)
  }

  @Test func anStoreConditionalThatWouldFailFaultsAllTheSame() {
    #expect(
      user(Assembler.encode(.scd, 2, 0, 8), address: 0x5000_0000, vector: ProcessorHarness.kernel + 0x80).cause == 3)
  }

  @Test func anInterruptWaitsForTheHandlerOfAnException() {
    let snippet = Snippet(status: Status.kx | Status.ie | 0x100) {
      $0.emit(.addiu, 8, 0, 0x100)
      $0.emit(.syscall)
    }
    // The handler asks for the software interrupt itself, and returns behind the system call.
    var handler = Assembler(at: Snippet.general)
    handler.emit(.mfc0, 9, Int(ControlRegister.cause.rawValue))
    handler.emit(.andi, 9, 9, 0x7C)
    handler.branch(.beq, 9, 0, to: handler.here + 32)
    handler.emit(.mtc0, 8, Int(ControlRegister.cause.rawValue))
    handler.emit(.dmfc0, 10, Int(ControlRegister.epc.rawValue))
    handler.emit(.daddiu, 10, 10, 4)
    handler.emit(.dmtc0, 10, Int(ControlRegister.epc.rawValue))
    handler.emit(.addiu, 11, 11, 1)
    handler.emit(.eret)
    let end = handler.here
    handler.branch(.beq, 0, 0, to: end)
    snippet.harness.put(handler.words, at: 0x180)
    #expect(snippet.run(to: end))
    #expect(snippet.cause == 0)
    #expect(snippet.processor[11] == 1)
    #expect(snippet.place == 2)
  }
}
