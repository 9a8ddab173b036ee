import Testing

@testable import NUMAchine

/// Slow paths and exceptions need nothing of who executes an instruction but its description: with that alone
/// they do what they do for the interpreter.
@Suite struct InstructionAtHandTests {
  private typealias Operation = NUMAchine.Operation

  private static let data = ProcessorHarness.kernel + 0x4000
  private static let device: UInt64 = 0xFFFF_FFFF_BF00_4000

  /// What is executed, and the same by its slow path. Register 8 holds the address.
  private struct Case: Sendable, CustomStringConvertible {
    let description: String
    var address = InstructionAtHandTests.data
    /// What comes before it, the fifth instruction of a line on.
    var before: @Sendable (inout Assembler) -> Void = { $0.nop() }
    let word: UInt32
    let slowPath: @Sendable (Processor) -> Void

    init(
      _ description: String, _ word: UInt32, address: UInt64 = InstructionAtHandTests.data,
      after before: @escaping @Sendable (inout Assembler) -> Void = { $0.nop() },
      _ slowPath: @escaping @Sendable (Processor) -> Void
    ) {
      (self.description, self.word, self.address) = (description, word, address)
      (self.before, self.slowPath) = (before, slowPath)
    }

    /// The machine before the instruction.
    func prepared() -> (harness: ProcessorHarness, pc: UInt64) {
      var place: UInt64 = 0
      let snippet = Snippet(status: Status.kx | Status.cu1 | Status.fr, memoryBytes: 1 << 16) {
        $0.load(8, address)
        $0.nop(2)
        before(&$0)
        place = $0.here
        $0.words.append(word)
        $0.nop(8)
      }
      snippet.harness.fillState = .shared
      #expect(snippet.harness.run(to: place))
      return (snippet.harness, place)
    }
  }

  private static let cases: [Case] = {
    @Sendable func encode(_ operation: Operation, _ x: Int = 0, _ y: Int = 0, _ z: Int = 0) -> UInt32 {
      Assembler.encode(operation, x, y, z)
    }
    return [
      Case("a load of a line that no cache has", encode(.ldl, 9, 13, 8)) {
        #expect($0.data(data + 13, .load, alignment: 0) == 0)
      },
      Case("a store to a line that others hold", encode(.sd, 8, 0, 8), after: { $0.emit(.ld, 9, 0, 8) }) {
        #expect($0.data(data, .store, alignment: 7) == 0)
      },
      Case("a store conditional", encode(.sc, 8, 4, 8), after: { $0.emit(.ll, 9, 4, 8) }) {
        #expect(!$0.storeConditional(data + 4, register: 8, doubleword: false))
      },
      Case("a store to a device", encode(.sd, 8, 0, 8), address: device) {
        #expect($0.data(device, .store, alignment: 7) == 0)
      },
      Case("a load through an entry that is not there", encode(.lw, 9, 0, 8), address: 0x4000) {
        #expect($0.data(0x4000, .load, alignment: 3) == 0)
      },
      Case("a misaligned store", encode(.sw, 9, 2, 8)) { #expect($0.data(data + 2, .store, alignment: 3) == 0) },
      Case("a system call", encode(.syscall)) { $0.raise(.systemCall) },
      Case("a system call in the slot of a taken branch", encode(.syscall), after: { $0.emit(.beq, 0, 0, 4) }) {
        $0.raise(.systemCall)
      },
      Case("a load in the slot of a taken branch", encode(.ld, 9, 0, 8), after: { $0.emit(.beq, 0, 0, 4) }) {
        #expect($0.data(data, .load, alignment: 7) == 0)
      },
      Case("a trap in the slot of a branch not taken", encode(.teq, 0, 0), after: { $0.emit(.bne, 0, 0, 4) }) {
        $0.raise(.trap)
      },
      Case("a return from an exception", encode(.eret)) { $0.exceptionReturn() },
      Case("a write-back of a line", encode(.cache, 6 << 2 | 3, 0, 8), after: { $0.emit(.sd, 9, 0, 8) }) {
        #expect(!$0.control($0.decoder.decode(encode(.cache, 6 << 2 | 3, 0, 8))))
      },
    ]
  }()

  private func state(_ harness: ProcessorHarness) -> [UInt8] {
    var bytes: [UInt8] = []
    harness.processor.settle()
    harness.processor.state.write([.architectural]) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Describes the instruction at `pc`, as somebody who executes it would who has no decoded lines.
  private func describe(_ word: UInt32, to processor: Processor) {
    let core = processor.core.pointee
    processor.frame.pointee.cycles = 1
    processor.frame.pointee.described = InstructionAtHand(
      pc: core.pc, word: word, delay: core.delay, target: core.delay == .taken ? core.target : 0,
      completed: core.instructions)
  }

  @Test func aDescriptionIsAllThatASlowPathNeeds() {
    for access in Self.cases {
      let (interpreted, pc) = access.prepared()
      let (described, _) = access.prepared()
      #expect(state(interpreted) == state(described) && described.processor.pc == pc)
      interpreted.processor.run(until: interpreted.processor.time + 1)
      describe(access.word, to: described.processor)
      access.slowPath(described.processor)
      #expect(state(interpreted) == state(described), "\(access)")
      // And so it goes on.
      for harness in [interpreted, described] {
        if harness.processor.status == .waiting { harness.answer() }
        harness.run(until: harness.processor.time + 500)
      }
      #expect(state(interpreted) == state(described), "\(access), afterwards")
    }
  }

  @Test func theInterpreterSaysTheSameOfAnInstructionAsWhoDescribesItByTheState() {
    for access in Self.cases {
      let (harness, _) = access.prepared()
      let processor = harness.processor
      describe(access.word, to: processor)
      let expected = processor.atHand
      processor.run(until: processor.time + 1)
      // It has left its place behind; what has been counted since is the state's.
      let found = processor.atHand
      #expect(found.pc == expected.pc && found.word == expected.word && found.delay == expected.delay, "\(access)")
      #expect(found.credit == nil && found.stall == 0 && !found.isResumed, "\(access)")
    }
  }

  @Test func aDebuggerStopsOneThatIsOnlyDescribed() {
    let (harness, pc) = Self.cases[0].prepared()
    let processor = harness.processor
    let before = state(harness)
    let debugger = Debugger()
    processor.debugger = debugger
    debugger.setWatch(.init(address: Self.data + 9, bytes: 1, kind: .read), true)
    describe(Self.cases[0].word, to: processor)
    #expect(processor.data(Self.data + 13, .load, alignment: 0) == 0)
    #expect(processor.debugging.met == .watchpoint(address: Self.data + 9, .read))
    #expect(processor.pc == pc && state(harness) == before, "nothing has happened yet")
  }
}
