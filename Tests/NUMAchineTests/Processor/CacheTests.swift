import Testing

@testable import NUMAchine

/// The caches as the station sees them: requests, states, snoops, links.
@Suite struct CacheTests {
  private static let data = ProcessorHarness.kernel + 0x10_0000

  private func snippet(_ body: (inout Assembler) -> Void) -> Snippet {
    Snippet {
      $0.load(8, Self.data)
      $0.load(9, 0x1111)
      body(&$0)
      $0.emit(.syscall)
    }
  }

  private func dataRequests(_ snippet: Snippet) -> [ExternalRequest] {
    snippet.harness.requests.filter { !$0.isInstruction }
  }

  @Test func aLoadReadsALineAndAStoreToItWhenExclusiveAsksNothing() {
    let snippet = snippet {
      $0.emit(.ld, 10, 8, 8)
      $0.emit(.sd, 9, 16, 8)
    }
    #expect(snippet.run())
    #expect(dataRequests(snippet).map(\.kind) == [.read])
    #expect(dataRequests(snippet)[0].address == 0x10_0000)
    #expect(snippet.processor.lineState(0x10_0000) == .dirtyExclusive)
    #expect(snippet.harness.read(0x10_0010) == 0x1111)
  }

  @Test func aStoreToASharedLineAsksForAnUpgradeOnce() {
    let snippet = snippet {
      $0.emit(.ld, 10, 8, 8)
      $0.emit(.sd, 9, 16, 8)
      $0.emit(.sd, 9, 24, 8)
      $0.emit(.sd, 9, 72, 8)
    }
    snippet.harness.fillState = .shared
    #expect(snippet.run())
    #expect(dataRequests(snippet).map(\.kind) == [.read, .upgrade])
    #expect(snippet.harness[.upgrades] == 1)
    #expect(snippet.harness.read(0x10_0048) == 0x1111)
  }

  @Test func anUpgradeWhoseLineIsTakenAwayIsAnsweredByAFill() {
    let snippet = snippet {
      $0.emit(.ld, 10, 8, 8)
      $0.emit(.sd, 9, 16, 8)
      $0.emit(.ld, 11, 8, 8)
    }
    snippet.harness.fillState = .shared
    #expect(snippet.harness.run(to: Snippet.start + 13 * 4))
    #expect(snippet.processor.lineState(0x10_0000) == .shared)
    snippet.processor.run(until: snippet.processor.time + 100)
    #expect(snippet.processor.status == .waiting)
    #expect(snippet.processor.request.kind == .upgrade)
    #expect(snippet.processor.snoop(line: 0x10_0000, invalidate: true) == .shared)
    (snippet.harness.memory + 0x10_0008).storeBytes(of: 0x77, as: UInt64.self)
    snippet.processor.fill(
      state: .dirtyExclusive, data: snippet.harness.memory + 0x10_0000, resumeAt: snippet.processor.request.time + 700)
    // The store is done, whatever comes now.
    #expect(snippet.harness.read(0x10_0010) == 0x1111)
    #expect(snippet.run())
    #expect(snippet.processor[11] == 0x77)
  }

  @Test func aFilledLineServesItsInstructionEvenIfItIsLostAtOnce() {
    let snippet = snippet { $0.emit(.ld, 10, 8, 8) }
    snippet.processor.run(until: 1_000_000)
    while snippet.processor.request.isInstruction {
      snippet.harness.answer()
      snippet.processor.run(until: 1_000_000)
    }
    #expect(snippet.processor.request.kind == .read)
    (snippet.harness.memory + 0x10_0008).storeBytes(of: 0x55, as: UInt64.self)
    let time = snippet.processor.request.time + 1000
    snippet.processor.fill(state: .shared, data: snippet.harness.memory + 0x10_0000, resumeAt: time)
    #expect(snippet.processor[10] == 0x55)
    #expect(snippet.processor.time == time + 4)
    #expect(snippet.processor.snoop(line: 0x10_0000, invalidate: true) == .shared)
    #expect(snippet.processor.snoop(line: 0x10_0000, invalidate: true) == .invalid)
  }

  @Test func aFetchedInstructionIsExecutedEvenIfItsLineIsLostAtOnce() {
    let snippet = Snippet {
      $0.emit(.addiu, 8, 0, 42)
      $0.emit(.syscall)
    }
    for _ in 0..<2 {
      snippet.processor.run(until: snippet.processor.time + 10)
      #expect(snippet.processor.status == .waiting)
      #expect(snippet.processor.request.isInstruction)
      snippet.harness.answer()
      #expect(snippet.processor.snoop(line: 0x1000, invalidate: true) != .invalid)
    }
    #expect(snippet.processor[8] == 42)
    #expect(snippet.run())
    #expect(snippet.place == 1)
  }

  @Test func codeAndDataThatFightForASlotBothMakeProgress() {
    // The data map to the slot of the instructions that use them.
    let snippet = Snippet {
      $0.load(8, ProcessorHarness.kernel + 0x10_1000)
      $0.load(9, ProcessorHarness.kernel + 0x20_1000)
      for _ in 0..<6 {
        $0.emit(.ld, 10, 0, 8)
        $0.emit(.daddiu, 10, 10, 1)
        $0.emit(.sd, 10, 0, 8)
        $0.emit(.sd, 10, 0, 9)
      }
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect(snippet.harness.read(0x10_1000) == 6)
    #expect(snippet.harness.read(0x20_1000) == 6)
    #expect(snippet.harness[.writeBacks] > 0)
    #expect(snippet.harness[.missesReplacement] > 0)
  }

  @Test func aDirtyVictimLeavesWithTheRequestAndItsDataStayUntilTheFill() {
    let snippet = snippet {
      $0.emit(.sd, 9, 16, 8)
      $0.load(11, Self.data + 1 << 20)
      $0.emit(.ld, 10, 0, 11)
      $0.emit(.ld, 12, 16, 8)
    }
    #expect(snippet.run())
    let requests = dataRequests(snippet)
    #expect(requests.map(\.kind) == [.readExclusive, .read, .read])
    #expect(requests[1].hasVictim)
    #expect(requests[1].victim == 0x10_0000)
    #expect(!requests[2].hasVictim)
    #expect(snippet.processor[12] == 0x1111)
    #expect(snippet.harness[.missesReplacement] == 1)
  }

  @Test func aLineReplacedInThePrimaryCacheMissesUnderEveryVirtualAddress() {
    // Physical lines that share their place in the primary data cache, at virtual addresses that do not share
    // theirs in the hit tables.
    let snippet = Snippet {
      $0.emit(.ld, 10, 0x3000, 0)
      $0.emit(.ld, 11, 0x5000, 0)
      $0.emit(.ld, 12, 0x3000, 0)
      $0.emit(.ld, 13, 0x5000, 0)
      $0.load(8, Self.data + 1 << 20)
      $0.emit(.ld, 14, 0, 8)
      $0.emit(.addiu, 15, 0, 1)
      $0.emit(.ld, 16, 0x3000, 0)
      $0.emit(.syscall)
    }
    snippet.processor.map(0x2000, to: 0x10_0000 - 0x1000, index: 1)
    snippet.processor.map(0x4000, to: 0x10_4000 - 0x1000, index: 2)
    snippet.harness.beforeAnswer = { [harness = snippet.harness] in
      if $0.address == 0x20_0000 { (harness.memory + 0x10_0000).storeBytes(of: 7, as: UInt64.self) }
    }
    #expect(snippet.run())
    #expect(snippet.harness[.primaryDataMisses] == 6)
    #expect(snippet.processor[16] == 7)
    #expect(snippet.harness[.stallSecondaryCycles] >= 24)
  }

  @Test func aSnoopedReadMakesTheNextStoreAsk() {
    let snippet = snippet {
      $0.emit(.sd, 9, 16, 8)
      $0.nop()
      $0.emit(.sd, 9, 24, 8)
      $0.emit(.ld, 12, 16, 8)
    }
    #expect(snippet.harness.run(to: Snippet.start + 13 * 4))
    #expect(snippet.processor.snoop(line: 0x10_0000, invalidate: false) == .dirtyExclusive)
    #expect(snippet.processor.lineData(0x10_0010).load(fromByteOffset: 16, as: UInt64.self) == 0x1111)
    #expect(snippet.run())
    #expect(dataRequests(snippet).map(\.kind) == [.readExclusive, .upgrade])
    #expect(snippet.harness[.interventionsReceived] == 1)
    #expect(snippet.harness[.invalidationsReceived] == 0)
  }

  @Test func anInvalidatedLineIsReadAgainAndCountsAsCoherenceMiss() {
    let snippet = snippet {
      $0.emit(.ld, 10, 16, 8)
      $0.emit(.ld, 11, 16, 8)
      $0.emit(.ld, 12, 16, 8)
    }
    #expect(snippet.harness.run(to: Snippet.start + 14 * 4))
    #expect(snippet.processor.snoop(line: 0x10_0000, invalidate: true) == .cleanExclusive)
    (snippet.harness.memory + 0x10_0010).storeBytes(of: 9, as: UInt64.self)
    #expect(snippet.run())
    #expect(snippet.processor[11] == 0)
    #expect(snippet.processor[12] == 9)
    #expect(snippet.harness[.missesTrueSharing] + snippet.harness[.missesFalseSharing] == 1)
    #expect(snippet.harness[.invalidationsReceived] == 1)
  }

  @Test func codeIsStaleAfterOwnStoresUntilItIsInvalidated() {
    for (operation, expected) in [(-1, UInt64(1)), (0x10, 2), (0x00, 2), (0x15, 1)] {
      let place = Snippet.start + 0x400
      let snippet = Snippet {
        $0.load(8, place)
        $0.load(9, UInt64(Assembler.encode(.addiu, 10, 0, 2)))
        $0.emit(.jalr, 31, 8)
        $0.nop()
        $0.emit(.sw, 9, 0, 8)
        if operation >= 0 { $0.emit(.cache, operation, 0, 8) }
        $0.emit(.jalr, 31, 8)
        $0.nop()
        $0.emit(.syscall)
      }
      snippet.harness.put([Assembler.encode(.addiu, 10, 0, 1), Assembler.encode(.jr, 31), 0], at: 0x1400)
      #expect(snippet.run())
      #expect(snippet.processor[10] == expected)
    }
  }

  @Test func codeThatAnotherProcessorWritesIsFetchedAgain() {
    let snippet = Snippet {
      let loop = $0.here
      $0.emit(.addiu, 10, 0, 1)
      $0.branch(.beq, 0, 0, to: loop)
    }
    snippet.harness.run(until: 20_000)
    #expect(snippet.processor[10] == 1)
    #expect(snippet.processor.snoop(line: 0x1000, invalidate: true) != .invalid)
    snippet.harness.put([Assembler.encode(.addiu, 10, 0, 2)], at: 0x1000)
    snippet.harness.run(until: 40_000)
    #expect(snippet.processor[10] == 2)
  }

  // MARK: Links

  private func link(_ between: (inout Assembler) -> Void = { _ in }) -> Snippet {
    snippet {
      $0.emit(.ll, 10, 16, 8)
      $0.emit(.addiu, 11, 10, 1)
      between(&$0)
      $0.emit(.sc, 11, 16, 8)
    }
  }

  @Test func anUndisturbedStoreConditionalSucceedsInEveryState() {
    for state: LineState in [.shared, .cleanExclusive] {
      let snippet = link()
      snippet.harness.fillState = state
      #expect(snippet.run())
      #expect(snippet.processor[11] == 1)
      #expect(snippet.harness.read(0x10_0010) == 1)
      #expect(dataRequests(snippet).map(\.kind) == (state == .shared ? [.read, .conditionalUpgrade] : [.read]))
      #expect(snippet.harness[.linkedLoads] == 1)
      #expect(snippet.harness[.conditionalFailures] == 0)
    }
  }

  @Test func anInvalidationBreaksTheLinkAndSCFailsWithoutAsking() {
    let snippet = link()
    #expect(snippet.harness.run(to: Snippet.start + 14 * 4))
    snippet.processor.snoop(line: 0x10_0000, invalidate: true)
    #expect(snippet.run())
    #expect(snippet.processor[11] == 0)
    #expect(snippet.harness.read(0x10_0010) == 0)
    #expect(dataRequests(snippet).map(\.kind) == [.read])
    #expect(snippet.harness[.conditionalFailures] == 1)
  }

  @Test func aSharedReadByAnotherDoesNotBreakTheLink() {
    let snippet = link()
    #expect(snippet.harness.run(to: Snippet.start + 14 * 4))
    snippet.processor.snoop(line: 0x10_0000, invalidate: false)
    #expect(snippet.run())
    #expect(snippet.processor[11] == 1)
  }

  @Test func aRefusedUpgradeFailsTheStoreConditional() {
    let snippet = link()
    snippet.harness.fillState = .shared
    #expect(snippet.harness.run(to: Snippet.start + 14 * 4))
    snippet.processor.run(until: snippet.processor.time + 1000)
    #expect(snippet.processor.request.kind == .conditionalUpgrade)
    snippet.processor.snoop(line: 0x10_0000, invalidate: true)
    snippet.processor.refuseConditional(resumeAt: snippet.processor.request.time + 480)
    #expect(snippet.processor[11] == 0)
    #expect(snippet.processor.status == .running)
    #expect(snippet.run())
    #expect(snippet.harness[.conditionalFailures] == 1)
    #expect(snippet.harness.read(0x10_0010) == 0)
  }

  @Test func aFillInsteadOfAGrantFailsTheStoreConditionalWhoseLinkIsBroken() {
    let snippet = link()
    snippet.harness.fillState = .shared
    #expect(snippet.harness.run(to: Snippet.start + 14 * 4))
    snippet.processor.run(until: snippet.processor.time + 1000)
    snippet.processor.snoop(line: 0x10_0000, invalidate: true)
    snippet.processor.fill(
      state: .dirtyExclusive, data: snippet.harness.memory + 0x10_0000, resumeAt: snippet.processor.request.time + 480)
    #expect(snippet.processor[11] == 0)
  }

  @Test func anExceptionReturnBreaksTheLink() {
    let snippet = link { $0.emit(.syscall) }
    var handler = Assembler(at: Snippet.general)
    handler.emit(.dmfc0, 26, 14)
    handler.emit(.daddiu, 26, 26, 4)
    handler.emit(.dmtc0, 26, 14)
    handler.emit(.eret)
    snippet.harness.put(handler.words, at: 0x180)
    #expect(snippet.harness.run(to: Snippet.start + 16 * 4))
    #expect(snippet.processor[11] == 0)
  }

  @Test func aLinkOutlivesTheSilentLossOfACleanLineButNotADirtyOne() {
    for dirty in [false, true] {
      let snippet = link {
        if dirty { $0.emit(.sd, 0, 24, 8) }
        $0.load(12, Self.data + 1 << 20)
        $0.emit(.ld, 13, 0, 12)
      }
      #expect(snippet.run())
      #expect(snippet.processor[11] == (dirty ? 0 : 1))
      #expect(dataRequests(snippet).map(\.kind) == (dirty ? [.read, .read] : [.read, .read, .readExclusive]))
    }
  }

  @Test func aStoreConditionalElsewhereFails() {
    let snippet = snippet {
      $0.emit(.ll, 10, 16, 8)
      $0.emit(.addiu, 11, 10, 1)
      $0.emit(.sc, 11, 0x200, 8)
    }
    #expect(snippet.run())
    #expect(snippet.processor[11] == 0)
    let without = snippet
    #expect(without.harness[.conditionalFailures] == 1)
  }
}
