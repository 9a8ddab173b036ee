import Testing

@testable import NUMAchine

@Suite struct WatchTests {
  private static let loads: UInt64 = 2
  private static let stores: UInt64 = 1

  /// Accesses the doubleword at physical address 0x4008 at instruction 6, and before that its neighbours.
  private func snippet(_ operation: Operation, watch: UInt64, status: UInt32 = Status.kx, address: UInt64 = 0x4008)
    -> Snippet
  {
    let snippet = Snippet(status: status) {
      $0.load(8, ProcessorHarness.kernel + address)
      $0.emit(operation, 9, 0, 8)
      $0.emit(.syscall)
    }
    snippet.processor[control: .watchLo] = 0x4008 | watch
    return snippet
  }

  @Test(arguments: [
    (Operation.ld, true), (.lw, true), (.lb, true), (.ldl, true), (.ll, true), (.sd, false), (.sb, false),
    (.swr, false), (.sc, false),
  ])
  func theKindOfAccessThatIsWatchedRaisesTheException(operation: Operation, isLoad: Bool) {
    for (watch, isCaught) in [
      (Self.loads, isLoad), (Self.stores, !isLoad), (Self.loads | Self.stores, true), (0, false),
    ] {
      let snippet = snippet(operation, watch: watch)
      snippet.processor[9] = 5
      #expect(snippet.run())
      #expect(snippet.cause == (isCaught ? 23 : 8), "\(operation) \(watch)")
      #expect(snippet.place == (isCaught ? 6 : 7))
      if isCaught { #expect(snippet.harness.read(0x4008) == 0 && snippet.processor[9] == 5) }
    }
  }

  @Test func floatingPointAccessesAreWatchedToo() {
    for (operation, watch) in [(Operation.ldc1, Self.loads), (.sdc1, Self.stores)] {
      let snippet = snippet(operation, watch: watch, status: Status.kx | Status.cu1 | Status.fr)
      #expect(snippet.run())
      #expect(snippet.cause == 23)
    }
  }

  @Test func neighboursAreNotWatchedNorIsAnythingSlowerToSeeThem() {
    for address: UInt64 in [0x4000, 0x4010, 0x4100, 0x5008] {
      let snippet = snippet(.ld, watch: Self.loads | Self.stores, address: address)
      #expect(snippet.run())
      #expect(snippet.cause == 8)
    }
  }

  @Test func itIsThePhysicalAddressWhateverThePage() {
    let snippet = Snippet {
      $0.emit(.ld, 9, 0x1008, 0)
      $0.emit(.ld, 9, 0x0008, 0)
      $0.emit(.syscall)
    }
    snippet.processor.map(0, to: 0x10_4000, index: 3)
    snippet.processor[control: .entryLo1] = 0
    snippet.processor[control: .watchLo] = 0x10_4008 | Self.loads
    #expect(snippet.run())
    #expect(snippet.cause == 23)
    #expect(snippet.place == 1)
    let elsewhere = Snippet {
      $0.emit(.ld, 9, 0x0008, 0)
      $0.emit(.syscall)
    }
    elsewhere.processor.map(0, to: 0x10_4000, index: 3)
    // The same in another gigabyte.
    elsewhere.processor[control: .watchHi] = 1
    elsewhere.processor[control: .watchLo] = 0x10_4008 | Self.loads
    #expect(elsewhere.run())
    #expect(elsewhere.cause == 8)
  }

  @Test func aLineInUseIsWatchedAtOnceAndAgainLeftAlone() {
    let snippet = Snippet {
      $0.load(8, ProcessorHarness.kernel + 0x4000)
      $0.emit(.ld, 9, 8, 8)
      $0.emit(.sd, 9, 8, 8)
      $0.emit(.addiu, 10, 0, 0x4008 | 1)
      $0.emit(.mtc0, 10, Int(ControlRegister.watchLo.rawValue))
      $0.emit(.ld, 9, 8, 8)
      $0.emit(.mtc0, 0, Int(ControlRegister.watchLo.rawValue))
      $0.emit(.sd, 9, 8, 8)
      $0.emit(.mtc0, 10, Int(ControlRegister.watchLo.rawValue))
      $0.emit(.sd, 9, 8, 8)
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 23)
    #expect(snippet.place == 14)
  }

  @Test func inADelaySlotItBelongsToTheBranch() {
    let snippet = Snippet {
      $0.load(8, ProcessorHarness.kernel + 0x4008)
      $0.emit(.beq, 0, 0, 4)
      $0.emit(.ld, 9, 0, 8)
    }
    snippet.processor[control: .watchLo] = 0x4008 | Self.loads
    #expect(snippet.run())
    #expect(snippet.cause == 23)
    #expect(snippet.inSlot)
    #expect(snippet.place == 6)
  }

  @Test func translationAndAddressErrorsComeFirstAndBusErrorsLast() {
    let misaligned = snippet(.lw, watch: Self.loads, address: 0x4009)
    #expect(misaligned.run())
    #expect(misaligned.cause == 4)
    let clean = Snippet {
      $0.emit(.sd, 9, 0x0008, 0)
      $0.emit(.syscall)
    }
    clean.processor.map(0, to: 0x10_4000, index: 3, flags: 0x1B)
    clean.processor[control: .watchLo] = 0x10_4008 | Self.stores
    #expect(clean.run())
    #expect(clean.cause == 1)
    let nothing = Snippet {
      $0.load(8, 0xA800_0000_0900_0008)
      $0.emit(.ld, 9, 0, 8)
    }
    nothing.processor[control: .watchLo] = 0x0900_0008 | Self.loads
    #expect(nothing.run())
    #expect(nothing.cause == 23)
  }

  @Test(arguments: [Status.exl, Status.erl], [false, true])
  func inAHandlerItIsPutOffUntilItsEnd(deferring: UInt32, isDebugged: Bool) {
    let register = deferring == Status.exl ? ControlRegister.epc : .errorEPC
    let snippet = Snippet(status: Status.kx | deferring) {
      $0.load(8, ProcessorHarness.kernel + 0x4008)
      $0.load(10, Snippet.start + 4 * 20)
      $0.emit(.dmtc0, 10, Int(register.rawValue))
      $0.emit(.ld, 9, 0, 8)
      $0.emit(.addiu, 11, 0, 7)
      $0.emit(.eret)
      $0.nop(8)
      $0.emit(.syscall)
    }
    (snippet.harness.memory + 0x4008).storeBytes(of: 77, as: UInt64.self)
    snippet.processor[control: .watchLo] = 0x4008 | Self.loads
    if isDebugged { snippet.processor.debugger = Debugger() }
    #expect(snippet.run())
    #expect(snippet.cause == 23)
    #expect(snippet.place == 20)
    #expect(snippet.processor[9] == 77 && snippet.processor[11] == 7)
  }

  @Test func aCacheOperationIsNoAccess() {
    let snippet = Snippet {
      $0.load(8, ProcessorHarness.kernel + 0x4008)
      $0.emit(.cache, 0x11, 0, 8)
      $0.emit(.cache, 0x0D, 0, 8)
      $0.emit(.syscall)
    }
    snippet.processor[control: .watchLo] = 0x4008 | Self.loads | Self.stores
    #expect(snippet.run())
    #expect(snippet.cause == 8)
  }
}
