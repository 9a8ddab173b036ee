import Testing

@testable import NUMAchine

@Suite struct InterruptTests {
  private func waiting(status: UInt32, compare: Int = 0) -> Snippet {
    Snippet(status: status) {
      $0.nop(64)
      $0.branch(.beq, 0, 0, to: Snippet.start)
    }
  }

  @Test(arguments: 2...6)
  func aRaisedLineInterruptsWhereItIsAdmitted(line: Int) {
    let mask: UInt32 = 1 << UInt32(8 + line)
    let snippet = waiting(status: Status.kx | Status.ie | mask)
    snippet.harness.run(until: 5000)
    #expect(snippet.harness[.exceptionsInterrupt] == 0)
    snippet.processor.setInterruptLine(line, true)
    #expect(snippet.processor.interruptPending)
    #expect(snippet.run())
    #expect(snippet.cause == 0)
    #expect(snippet.processor[control: .cause] & UInt64(mask) != 0)
    snippet.processor.setInterruptLine(line, false)
    #expect(snippet.processor[control: .cause] & UInt64(mask) == 0)
    #expect(snippet.harness[.exceptionsInterrupt] == 1)
  }

  @Test(arguments: [
    Status.kx | 0x400, Status.kx | Status.ie, Status.kx | Status.ie | 0x400 | Status.exl,
    Status.kx | Status.ie | 0x400 | Status.erl,
  ])
  func anInterruptThatStatusHoldsBackWaits(status: UInt32) {
    let snippet = waiting(status: status)
    snippet.processor.setInterruptLine(2, true)
    snippet.harness.run(until: 5000)
    #expect(snippet.harness[.exceptionsInterrupt] == 0)
    #expect(snippet.processor.interruptPending == (status & 0x400 != 0))
  }

  @Test func itComesAsSoonAsItIsAdmitted() {
    let snippet = Snippet {
      $0.emit(.ori, 8, 0, 0x481)
      $0.emit(.mtc0, 8, 12)
      $0.emit(.addiu, 9, 0, 1)
    }
    snippet.processor.setInterruptLine(2, true)
    #expect(snippet.run())
    #expect(snippet.place == 2)
    #expect(snippet.processor[9] == 0)
  }

  @Test func softwareInterruptsAreRaisedByCause() {
    let snippet = Snippet(status: Status.kx | Status.ie | 0x300) {
      $0.emit(.ori, 8, 0, 0x200)
      $0.emit(.mtc0, 8, 13)
      $0.emit(.addiu, 9, 0, 1)
    }
    #expect(snippet.run())
    #expect(snippet.place == 2)
    #expect(snippet.processor[control: .cause] & 0xFF00 == 0x200)
  }

  @Test func anInterruptBetweenABranchAndItsSlotBelongsToTheBranch() {
    for (branch, place) in [(Operation.beq, 64), (.bne, 64)] {
      let snippet = Snippet(status: Status.kx | Status.ie | 0x400) {
        $0.nop(64)
        $0.emit(branch, 0, 0, 3)
        $0.nop(8)
      }
      #expect(snippet.harness.run(to: Snippet.start + 65 * 4))
      snippet.processor.setInterruptLine(2, true)
      #expect(snippet.run())
      #expect(snippet.inSlot)
      #expect(snippet.place == place)
    }
  }

  @Test func theTimerInterruptsWhenCountReachesCompare() {
    let snippet = Snippet(status: Status.kx | Status.ie | 0x8000) {
      $0.emit(.mtc0, 0, 9)
      $0.emit(.ori, 8, 0, 500)
      $0.emit(.mtc0, 8, 11)
      $0.nop(2)
      let loop = $0.here
      $0.branch(.beq, 0, 0, to: loop)
    }
    #expect(snippet.harness.run(to: Snippet.start + 12))
    let setAt = snippet.processor.time
    let due = snippet.processor.nextTimer
    #expect(due > setAt)
    #expect(abs(Int(due - setAt) - 1000 * 4) < 4 * 6)
    #expect(snippet.run(quantum: 1))
    #expect(snippet.processor.time >= due)
    #expect(snippet.processor.time <= due + 6 * 4)
    #expect(snippet.cause == 0)
    #expect(snippet.processor[control: .cause] & 0x8000 != 0)
    let count = snippet.processor[control: .count]
    #expect(count >= 500 && count < 504)
    snippet.processor[control: .compare] = 500
    #expect(snippet.processor[control: .cause] & 0x8000 == 0)
    #expect(snippet.processor.nextTimer == due + (1 << 33) * 4)
  }

  @Test func theTimerShowsInCauseWithoutBeingAdmitted() {
    let snippet = Snippet {
      $0.emit(.ori, 8, 0, 400)
      $0.emit(.mtc0, 8, 11)
      $0.nop(300)
      $0.emit(.mfc0, 9, 13)
      $0.emit(.syscall)
    }
    #expect(snippet.processor.nextTimer == .max)
    #expect(snippet.run())
    #expect(snippet.processor[9] & 0x8000 != 0)
  }

  @Test func returningFromAnExceptionRestoresModeAndDelaySlot() {
    let snippet = Snippet {
      $0.emit(.addiu, 8, 0, 1)
      $0.emit(.beq, 0, 0, 3)
      $0.emit(.syscall)
      $0.nop(2)
      $0.emit(.addiu, 10, 0, 7)
      $0.emit(.break)
    }
    // The handler replaces the system call by an instruction, and lets the branch be done again.
    var handler = Assembler(at: Snippet.general)
    handler.load(26, ProcessorHarness.kernel + 0x1008)
    handler.load(27, UInt64(Assembler.encode(.addiu, 9, 0, 5)))
    handler.emit(.sw, 27, 0, 26)
    handler.emit(.cache, 0x10, 0, 26)
    handler.emit(.eret)
    snippet.harness.put(handler.words, at: 0x180)
    #expect(snippet.harness.run(to: Snippet.start + 24))
    #expect(snippet.processor[9] == 5)
    #expect(snippet.processor[10] == 7)
    #expect(snippet.processor[control: .status] & 2 == 0)
  }
}
