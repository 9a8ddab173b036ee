import Testing

@testable import NUMAchine

/// CACHE, by what a kernel sees of it: tags, Status.CH, and what its next access asks for.
@Suite struct CacheOperationTests {
  private static let data = ProcessorHarness.kernel + 0x4000
  private static let instruction = 0, primary = 1, secondary = 3
  private static let invalidate = 0, loadTag = 1, storeTag = 2, create = 3, hitInvalidate = 4,
    hitWriteBackInvalidate = 5, hitWriteBack = 6,
    hitSetVirtual = 7

  private static func code(_ action: Int, _ cache: Int) -> Int { action << 2 | cache }

  /// Runs to a system call, `$8` being the address of a line of data that has been loaded, or stored to.
  private func run(stores: Bool = false, status: UInt32 = Status.kx, _ body: (inout Assembler) -> Void) -> Snippet {
    let snippet = Snippet(status: status) {
      $0.load(8, Self.data)
      $0.emit(.addiu, 9, 0, 5)
      $0.emit(stores ? .sd : .ld, 9, 0, 8)
      body(&$0)
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect(snippet.cause == 8)
    return snippet
  }

  private func requests(_ snippet: Snippet) -> Int { snippet.harness.requests.filter { $0.address == 0x4000 }.count }
  private func hits(_ snippet: Snippet) -> Bool { snippet.processor[control: .status] & UInt64(Status.ch) != 0 }

  @Test func aTagSaysWhichLineIsHeldAndHow() {
    for (stores, primaryState, secondaryState) in [(false, UInt64(2), UInt64(4)), (true, 3, 5)] {
      let snippet = run(stores: stores) {
        $0.emit(.cache, Self.code(Self.loadTag, Self.primary), 0, 8)
        $0.emit(.mfc0, 10, Int(ControlRegister.tagLo.rawValue))
        $0.emit(.cache, Self.code(Self.loadTag, Self.secondary), 0, 8)
        $0.emit(.mfc0, 11, Int(ControlRegister.tagLo.rawValue))
        $0.emit(.cache, Self.code(Self.loadTag, Self.primary), 0x1000, 8)
        $0.emit(.mfc0, 12, Int(ControlRegister.tagLo.rawValue))
        $0.emit(.cache, Self.code(Self.loadTag, Self.secondary), 0x1000, 8)
        $0.emit(.mfc0, 13, Int(ControlRegister.tagLo.rawValue))
      }
      #expect(snippet.processor[10] == 4 << 8 | primaryState << 6)
      #expect(snippet.processor[11] == 4 << 7 | secondaryState << 10)
      #expect(snippet.processor[12] == 0)
      #expect(snippet.processor[13] == 0)
    }
  }

  @Test func aTagOfTheInstructionCacheIsThatOfTheCodeThatRuns() {
    let snippet = run {
      $0.load(10, Snippet.start)
      $0.emit(.cache, Self.code(Self.loadTag, Self.instruction), 0, 10)
      $0.emit(.mfc0, 11, Int(ControlRegister.tagLo.rawValue))
    }
    #expect(snippet.processor[11] == 1 << 8 | 2 << 6)
  }

  @Test(arguments: [invalidate, storeTag, hitInvalidate, hitWriteBackInvalidate])
  func aDataLineThatIsInvalidatedIsReadFromTheSecondaryCacheAgainWithItsData(action: Int) {
    for stores in [false, true] {
      let snippet = run(stores: stores) {
        $0.emit(.cache, Self.code(action, Self.primary), 0, 8)
        $0.emit(.ld, 10, 0, 8)
      }
      #expect(snippet.processor[10] == (stores ? 5 : 0))
      #expect(snippet.harness[.primaryDataMisses] == 2)
      #expect(requests(snippet) == 1)
    }
  }

  @Test(arguments: [hitInvalidate, hitWriteBackInvalidate])
  func aHitOperationLeavesAnotherLineAlone(action: Int) {
    // The same place in the cache, another address.
    let snippet = run {
      $0.emit(.cache, Self.code(action, Self.primary), 0x4000, 8)
      $0.emit(.cache, Self.code(action, Self.instruction), 0x4000, 8)
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(snippet.harness[.primaryDataMisses] == 1)
  }

  @Test(arguments: [invalidate, storeTag, hitInvalidate, hitWriteBackInvalidate])
  func aCleanLineThatIsInvalidatedInTheSecondaryCacheIsAskedForAgain(action: Int) {
    let snippet = run {
      $0.emit(.cache, Self.code(action, Self.secondary), 0, 8)
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(requests(snippet) == 2)
    #expect(snippet.harness[.missesReplacement] >= 1)
  }

  @Test(arguments: [invalidate, hitWriteBackInvalidate])
  func aDirtyLineIsWrittenBackAndAskedForAgain(action: Int) {
    let snippet = run(stores: true) {
      $0.emit(.cache, Self.code(action, Self.secondary), 0, 8)
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(snippet.harness.requests.filter { $0.address == 0x4000 }.map(\.kind) == [.readExclusive, .giveUp, .read])
    #expect(snippet.harness.memory.load(fromByteOffset: 0x4000, as: UInt64.self) == 5)
    #expect(snippet.processor[10] == 5)
    #expect(snippet.harness[.writeBacks] == 1)
  }

  @Test(arguments: [(storeTag, secondary), (hitInvalidate, secondary), (invalidate, secondary - 1)])
  func whatWasWrittenIsLostWithALineThatIsInvalidated(action: Int, cache: Int) {
    let snippet = run(stores: true) {
      $0.emit(.cache, Self.code(action, cache), 0, 8)
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(snippet.processor[10] == 0)
    #expect(snippet.harness[.writeBacks] == 0)
  }

  @Test func aLineThatIsWrittenBackStaysSharedAndIsWrittenBackOnce() {
    let snippet = run(stores: true) {
      $0.emit(.cache, Self.code(Self.hitWriteBack, Self.secondary), 0, 8)
      $0.emit(.cache, Self.code(Self.hitWriteBack, Self.secondary), 0, 8)
      $0.emit(.cache, Self.code(Self.loadTag, Self.secondary), 0, 8)
      $0.emit(.mfc0, 11, Int(ControlRegister.tagLo.rawValue))
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(hits(snippet))
    #expect(snippet.processor[10] == 5)
    #expect(snippet.processor[11] == 4 << 7 | 6 << 10)
    #expect(snippet.harness[.writeBacks] == 1)
    #expect(requests(snippet) == 2)
  }

  @Test func aStoreAfterAWriteBackIsLostAloneWhenItsLineIsInvalidated() {
    let snippet = run(stores: true) {
      $0.emit(.cache, Self.code(Self.hitWriteBack, Self.secondary), 0, 8)
      $0.emit(.sd, 8, 0, 8)
      $0.emit(.ld, 11, 0, 8)
      $0.emit(.cache, Self.code(Self.hitInvalidate, Self.secondary), 0, 8)
      $0.emit(.ld, 10, 0, 8)
    }
    #expect(
      snippet.harness.requests.filter { $0.address == 0x4000 }.map(\.kind) == [
        .readExclusive, .giveUp, .upgrade, .giveUp, .read,
      ])
    #expect(snippet.processor[11] == Self.data)
    #expect(snippet.processor[10] == 5)
  }

  @Test(arguments: [hitWriteBack, hitWriteBackInvalidate, hitInvalidate])
  func onlyACopyThatStaysKeepsItsLink(action: Int) {
    let snippet = run(stores: true) {
      $0.emit(.lld, 10, 0, 8)
      $0.emit(.cache, Self.code(action, Self.secondary), 0, 8)
      $0.emit(.scd, 9, 0, 8)
    }
    #expect(snippet.processor[9] == (action == Self.hitWriteBack ? 1 : 0))
  }

  @Test func operationsOnTheSecondaryCacheSayWhetherTheyHit() {
    for action in [Self.hitInvalidate, Self.hitWriteBackInvalidate, Self.hitWriteBack, Self.hitSetVirtual] {
      #expect(hits(run { $0.emit(.cache, Self.code(action, Self.secondary), 0, 8) }), "\(action)")
      #expect(
        !hits(run(status: Status.kx | Status.ch) { $0.emit(.cache, Self.code(action, Self.secondary), 0x1000, 8) }),
        "\(action)")
      #expect(
        hits(run(status: Status.kx | Status.ch) { $0.emit(.cache, Self.code(action, Self.primary), 0x1000, 8) }),
        "\(action)")
    }
  }

  @Test(arguments: [primary, secondary])
  func aLineCreatedDirtyIsTheProcessorsOwn(cache: Int) {
    let snippet = run {
      $0.emit(.cache, Self.code(Self.create, cache), 0x1000, 8)
      $0.emit(.sd, 9, 0x1000, 8)
    }
    #expect(snippet.harness.requests.filter { $0.address == 0x5000 }.map(\.kind) == [.readExclusive])
    #expect(snippet.processor.lineState(0x5000) == .dirtyExclusive)
    #expect(!hits(snippet))
  }

  @Test func aLineCanBeFilledIntoTheInstructionCache() {
    let snippet = run {
      $0.emit(.cache, Self.code(Self.hitWriteBackInvalidate, Self.instruction), 0x1000, 8)
      $0.emit(.cache, Self.code(Self.loadTag, Self.instruction), 0x1000, 8)
      $0.emit(.mfc0, 10, Int(ControlRegister.tagLo.rawValue))
    }
    #expect(snippet.processor[10] == 5 << 8 | 2 << 6)
    #expect(snippet.processor.lineState(0x5000) == .cleanExclusive)
  }

  @Test func anAddressThatIsNotMappedFaultsAsThatOfALoad() {
    for action in 0..<8 {
      let snippet = Snippet {
        $0.nop()
        $0.emit(.cache, Self.code(action, Self.primary), 0x100, 0)
      }
      #expect(snippet.run(to: ProcessorHarness.kernel))
      #expect(snippet.cause == 2)
      #expect(snippet.place == 1)
      #expect(snippet.processor[control: .badVAddr] == 0x100)
    }
  }
}
