import Testing

@testable import NUMAchine

/// A few instructions in kernel mode at `start`, run to an exception vector.
struct Snippet {
  static let start = ProcessorHarness.kernel + 0x1000
  static let general = ProcessorHarness.kernel + 0x180
  let harness: ProcessorHarness
  var processor: Processor { harness.processor }

  init(
    at offset: Int = 0, status: UInt32 = Status.kx, model: ProcessorModel = .r4400, memoryBytes: Int = 8 << 20,
    _ body: (inout Assembler) -> Void
  ) {
    harness = ProcessorHarness(profile: .numachine(model), memoryBytes: memoryBytes)
    var code = Assembler(at: Self.start)
    code.nop(offset)
    body(&code)
    code.nop(16)
    harness.put(code.words, at: 0x1000)
    processor.reset(entry: Self.start, arguments: (0, 0, 0, 0))
    processor[control: .status] = UInt64(status)
  }

  var cause: UInt64 { processor[control: .cause] >> 2 & 31 }
  var inSlot: Bool { processor[control: .cause] >> 31 & 1 != 0 }
  /// Instructions from the start to EPC.
  var place: Int { Int(Int64(bitPattern: processor[control: .epc] &- Self.start)) / 4 }

  /// Runs to a vector, in quanta as a station does; where no handler is, the processor stays at the vector.
  func run(to vector: UInt64 = general, quantum: UInt64 = 210) -> Bool {
    for place: UInt64 in [0, 0x80, 0x180] where harness.read(place) == 0 {
      harness.put([Assembler.encode(.beq, 0, 0, -1), 0], at: place)
    }
    while processor.time < 200_000 {
      if vector...vector + 4 ~= processor.pc { return true }
      harness.run(until: processor.time + quantum, quantum: quantum)
    }
    return false
  }
}

@Suite struct ExceptionTests {
  @Test(
    arguments: [
      (Assembler.encode(.syscall), UInt64(8)), (Assembler.encode(.break), 9), (Assembler.encode(.teq, 0, 0), 13),
      (Assembler.encode(.tgei, 0, -5), 13),
      (0x0000_0001, 10), (0x0000_003D, 10), (0x0400_0000 | 30 << 16, 10), (0x7000_0000, 10), (0xCC00_0000, 10),
      (0x4200_0020, 10),
      (0x0000_000A, 10), (0x4600_0000, 11), (0xC420_0000, 11), (0x4800_0000, 11), (0x4C00_0000, 11),
    ] as [(UInt32, UInt64)])
  func anInstructionRaisesItsException(word: UInt32, code: UInt64) {
    let snippet = Snippet {
      $0.nop(3)
      $0.words.append(word)
    }
    #expect(snippet.run())
    #expect(snippet.cause == code)
    #expect(snippet.place == 3)
    #expect(!snippet.inSlot)
    #expect(snippet.processor[control: .status] & 2 != 0)
    if code == 11 { #expect(snippet.processor[control: .cause] >> 28 & 3 == UInt64(word >> 26 & 3)) }
  }

  @Test func overflowTrapsAndWritesNothing() {
    for operation: Operation in [.add, .sub, .addi, .dadd, .dsub, .daddi] {
      let snippet = Snippet {
        let isSum = operation != .sub && operation != .dsub
        switch operation {
        case .add, .sub, .addi: $0.load(8, isSum ? 0x7FFF_FFFF : 0xFFFF_FFFF_8000_0000)
        default: $0.load(8, isSum ? .max >> 1 : 1 << 63)
        }
        $0.emit(.addiu, 9, 0, 1)
        $0.emit(.addiu, 10, 0, 5)
        if operation == .addi || operation == .daddi {
          $0.emit(operation, 10, 8, 1)
        } else {
          $0.emit(operation, 10, 8, 9)
        }
      }
      #expect(snippet.run())
      #expect(snippet.cause == 12)
      #expect(snippet.place == 8)
      #expect(snippet.processor[10] == 5)
    }
  }

  @Test(arguments: 0..<9, [1, 210])
  func anExceptionInADelaySlotBelongsToTheBranchWhateverTheLine(offset: Int, quantum: UInt64) {
    for (branch, isTaken) in [
      (Assembler.encode(.beq, 0, 0, 4), true), (Assembler.encode(.bne, 0, 0, 4), false),
      (Assembler.encode(.beql, 0, 0, 4), true),
      (Assembler.encode(.jal, 0x1080), true),
    ] {
      let snippet = Snippet(at: offset) {
        $0.words.append(branch)
        $0.emit(.syscall)
      }
      #expect(snippet.run(quantum: quantum))
      #expect(snippet.cause == 8)
      #expect(snippet.inSlot, "taken \(isTaken)")
      #expect(snippet.place == offset)
    }
    let after = Snippet(at: offset) {
      $0.emit(.bne, 0, 0, 4)
      $0.nop()
      $0.emit(.syscall)
    }
    #expect(after.run(quantum: quantum))
    #expect(!after.inSlot)
    #expect(after.place == offset + 2)
    let nullified = Snippet(at: offset) {
      $0.emit(.bnel, 0, 0, 4)
      $0.emit(.break)
      $0.emit(.syscall)
    }
    #expect(nullified.run(quantum: quantum))
    #expect(nullified.cause == 8)
    #expect(!nullified.inSlot)
    #expect(nullified.place == offset + 2)
    let target = Snippet(at: offset) {
      $0.emit(.beq, 0, 0, 2)
      $0.nop(2)
      $0.emit(.syscall)
    }
    #expect(target.run(quantum: quantum))
    #expect(!target.inSlot)
    #expect(target.place == offset + 3)
  }

  @Test func aFaultOfALoadInASlotIsSeenAfterAMissToo() {
    let snippet = Snippet {
      $0.emit(.beq, 0, 0, 3)
      $0.emit(.lw, 8, 0x2001, 0)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 4)
    #expect(snippet.inSlot)
    #expect(snippet.processor[control: .badVAddr] == 0x2001)
  }

  @Test func aSecondExceptionKeepsEPC() {
    let snippet = Snippet(status: Status.kx | Status.exl) {
      $0.nop()
      $0.emit(.syscall)
    }
    snippet.processor[control: .epc] = 0x1234
    #expect(snippet.run())
    #expect(snippet.processor[control: .epc] == 0x1234)
    #expect(snippet.cause == 8)
  }

  @Test func bootVectorsAreUsedWhileStatusSaysSo() {
    let snippet = Snippet(status: Status.kx | Status.bev) { $0.emit(.syscall) }
    // Uncached, and so a bus error at the same place, again and again: the first is enough.
    snippet.processor.run(until: 1)
    while snippet.processor.status == .waiting { snippet.harness.answer() }
    snippet.processor.run(until: snippet.processor.time + 1)
    #expect(snippet.processor.pc == 0xFFFF_FFFF_BFC0_0380)
    #expect(snippet.cause == 8)
  }

  @Test(arguments: [(Operation.lh, 1), (.lw, 2), (.ld, 4), (.lld, 4), (.sh, 1), (.sw, 2), (.sd, 4), (.sc, 2)])
  func aMisalignedAccessIsAnAddressError(operation: Operation, offset: Int) {
    let snippet = Snippet {
      $0.load(8, ProcessorHarness.kernel + 0x4000)
      $0.emit(.ld, 10, 0, 8)
      $0.emit(.sd, 10, 0, 8)
      $0.emit(operation, 9, offset, 8)
    }
    #expect(snippet.run())
    let form = Assembler.forms[operation]!.operands
    #expect(snippet.cause == (form == .load ? 4 : 5))
    #expect(snippet.place == 8)
    #expect(snippet.processor[control: .badVAddr] == ProcessorHarness.kernel + 0x4000 + UInt64(offset))
  }

  @Test func aJumpToAMisalignedAddressFaultsAtItsTarget() {
    let snippet = Snippet {
      $0.load(8, Snippet.start + 0x42)
      $0.emit(.jr, 8)
      $0.nop()
    }
    #expect(snippet.run())
    #expect(snippet.cause == 4)
    #expect(snippet.processor[control: .epc] == Snippet.start + 0x42)
    #expect(snippet.processor[control: .badVAddr] == Snippet.start + 0x42)
    #expect(!snippet.inSlot)
  }

  @Test(
    arguments: [
      0x0000_0100_0000_0000, 0x4000_0100_0000_0000, 0x8800_0010_0000_0000, 0xA800_1000_0000_0000, 0xC000_00FF_8000_0000,
      0xFFFF_FF00_0000_0000,
      0xFFFF_FFFF_7FFF_FFF8,
    ] as [UInt64])
  func addressesOutsideTheSegmentsAreErrors(address: UInt64) {
    let snippet = Snippet {
      $0.load(8, address)
      $0.emit(.ld, 9, 0, 8)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 4)
    #expect(snippet.processor[control: .badVAddr] == address)
  }

  @Test func addressesOf64BitsAreErrorsIn32BitMode() {
    for address: UInt64 in [0xA800_0000_0000_4000, 0x1_0000_0000, 0xC000_0000_0000_0000] {
      let snippet = Snippet(status: 0) {
        $0.load(8, address)
        $0.emit(.ld, 9, 0, 8)
      }
      #expect(snippet.run())
      #expect(snippet.cause == 4)
    }
  }

  @Test(
    arguments: [ProcessorHarness.kernel + 0x4000, 0xFFFF_FFFF_BF00_0000, 0xFFFF_FFFF_C000_0000, 0xA800_0000_0000_4000]
      as [UInt64])
  func userModeReachesNoKernelAddress(address: UInt64) {
    let snippet = Snippet { _ in }
    var user = Assembler(at: 0x10000)
    user.load(8, address)
    user.emit(.ld, 9, 0, 8)
    snippet.harness.put(user.words, at: 0x8000)
    // The kernel has used the address, and its entry in the hit tables must not serve the user.
    snippet.processor.map(0x10000, to: 0x8000)
    snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux | Status.kx)
    snippet.processor.pc = 0x10000
    #expect(snippet.run())
    #expect(snippet.cause == 4)
    #expect(snippet.processor[control: .badVAddr] == address)
    #expect(snippet.processor[control: .epc] == 0x10018)
  }

  @Test func userModeHasNoCoprocessor0UnlessStatusSaysSo() {
    for (status, code) in [(UInt32(0), UInt64(11)), (Status.cu0, 8)] {
      let snippet = Snippet { _ in }
      var user = Assembler(at: 0x10000)
      user.emit(.mfc0, 9, 15)
      user.emit(.syscall)
      snippet.harness.put(user.words, at: 0x8000)
      snippet.processor.map(0x10000, to: 0x8000)
      snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux | Status.kx | status)
      snippet.processor.pc = 0x10000
      #expect(snippet.run())
      #expect(snippet.cause == code)
    }
  }

  @Test func instructionsOf64BitsAreReservedForUsersWith32BitAddresses() {
    // The same line is executed in both modes.
    for (status, code) in [(Status.ux, UInt64(8)), (0, 10), (Status.ux, 8)] {
      let snippet = Snippet { _ in }
      var user = Assembler(at: 0x10000)
      user.emit(.addiu, 9, 0, 3)
      user.emit(.daddiu, 9, 9, 1)
      user.emit(.syscall)
      snippet.harness.put(user.words, at: 0x8000)
      snippet.processor.map(0x10000, to: 0x8000)
      for first in [Status.ux, 0] {
        snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | first)
        snippet.processor.pc = 0x10000
        #expect(snippet.run())
        snippet.processor.pc = Snippet.start
      }
      snippet.processor[control: .status] = UInt64(2 << Status.ksuShift | status)
      snippet.processor.pc = 0x10000
      #expect(snippet.run())
      #expect(snippet.cause == code)
      #expect(snippet.processor[control: .epc] == (code == 8 ? 0x10008 : 0x10004))
    }
  }

  @Test func whereNothingIsThereIsABusError() {
    let read = Snippet {
      $0.load(8, 0xA800_0000_0900_0000)
      $0.emit(.ld, 9, 0, 8)
    }
    #expect(read.run())
    #expect(read.cause == 7)
    #expect(read.place == 6)
    let fetch = Snippet {
      $0.load(8, 0xA800_0000_0900_0000)
      $0.emit(.jr, 8)
      $0.nop()
    }
    #expect(fetch.run())
    #expect(fetch.cause == 6)
    #expect(fetch.processor[control: .epc] == 0xA800_0000_0900_0000)
    let uncachedFetch = Snippet {
      $0.load(8, 0xFFFF_FFFF_BF00_0000)
      $0.emit(.jr, 8)
      $0.nop()
    }
    #expect(uncachedFetch.run())
    #expect(uncachedFetch.cause == 6)
    let word = Snippet {
      $0.load(8, 0xFFFF_FFFF_BF00_0000)
      $0.emit(.lw, 9, 0, 8)
    }
    #expect(word.run())
    #expect(word.cause == 7)
  }

  @Test func devicesAreReadAndWrittenUncached() {
    let snippet = Snippet {
      $0.load(8, 0xFFFF_FFFF_BF00_0000)
      $0.load(9, 0x0123_4567_89AB_CDEF)
      $0.emit(.ld, 10, 0x18, 8)
      $0.emit(.sd, 9, 0x20, 8)
      $0.load(11, 0x9000_0000_1F00_0000)
      $0.emit(.ld, 12, 0x18, 11)
      $0.emit(.syscall)
    }
    snippet.harness.devices[0x1F00_0018] = 77
    #expect(snippet.run())
    #expect(snippet.processor[10] == 77)
    #expect(snippet.processor[12] == 77)
    let uncached = snippet.harness.requests.filter { $0.kind == .uncachedRead || $0.kind == .uncachedWrite }
    #expect(uncached.map(\.address) == [0x1F00_0018, 0x1F00_0020, 0x1F00_0018])
    #expect(uncached[1].value == 0x0123_4567_89AB_CDEF)
    #expect(uncached[1].kind == .uncachedWrite)
    #expect(snippet.harness[.stallUncachedCycles] == 3 * snippet.harness.latency / 4)
  }
}
