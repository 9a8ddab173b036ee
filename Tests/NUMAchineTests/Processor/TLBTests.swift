import Testing

@testable import NUMAchine

@Suite struct TLBTests {
  private static let refill = ProcessorHarness.kernel
  private static let extendedRefill = ProcessorHarness.kernel + 0x80

  private func access(_ address: UInt64, status: UInt32 = Status.kx, store: Bool = false) -> Snippet {
    Snippet(status: status) {
      $0.load(8, address)
      $0.load(9, 0xABCD)
      $0.emit(store ? .sd : .ld, 9, 0, 8)
      $0.emit(.syscall)
    }
  }

  @Test(
    arguments: [
      (UInt64(0x0000_0000_1234_5678), Status.kx, UInt64(0)), (0x0000_0000_1234_5678, Status.kx | Status.ux, 0x80),
      (0x0000_0012_3456_7890, Status.kx, 0), (0x0000_0012_3456_7890, Status.kx | Status.ux, 0x80),
      (0xFFFF_FFFF_C123_4560, 0, 0), (0xFFFF_FFFF_C123_4560, Status.kx, 0x80), (0xC000_0045_6789_ABC0, Status.kx, 0x80),
      (0x4000_0001_0000_0000, Status.kx | Status.sx, 0x80), (0x4000_0001_0000_0000, Status.kx, 0),
    ] as [(UInt64, UInt32, UInt64)])
  func whatMatchesNothingGoesToTheRefillHandlerOfItsSpace(address: UInt64, status: UInt32, vector: UInt64) {
    for store in [false, true] {
      let snippet = access(address, status: status, store: store)
      snippet.processor[control: .context] = 0xFFFF_FFFF_8000_0000
      snippet.processor[control: .xContext] = 0x1234_5678_0000_0000
      snippet.processor[control: .entryHi] = 0x5A
      #expect(snippet.run(to: ProcessorHarness.kernel + vector))
      #expect(snippet.cause == (store ? 3 : 2))
      #expect(snippet.place == 12)
      #expect(snippet.processor[control: .badVAddr] == address)
      #expect(snippet.processor[control: .entryHi] == address & 0xC000_00FF_FFFF_E000 | 0x5A)
      #expect(snippet.processor[control: .context] == 0xFFFF_FFFF_8000_0000 | (address >> 13 & 0x7FFFF) << 4)
      #expect(
        snippet.processor[control: .xContext] == 0x1234_5678_0000_0000 & ~0x1_FFFF_FFFF | (address >> 62) << 31
          | (address >> 13 & 0x7FF_FFFF) << 4)
      #expect(snippet.harness[.tlbRefills] == 1)
    }
  }

  @Test func insideAnExceptionHandlerARefillIsAGeneralException() {
    let snippet = access(0x1234_5678, status: Status.kx | Status.exl)
    #expect(snippet.run())
    #expect(snippet.cause == 2)
  }

  @Test func invalidAndUnwritablePagesAreGeneralExceptions() {
    let invalid = access(0x1234_5678)
    invalid.processor.map(0x1234_5678, to: 0x4000, flags: 0x1D)
    #expect(invalid.run())
    #expect(invalid.cause == 2)
    let clean = access(0x1234_5678, store: true)
    clean.processor.map(0x1234_4000, to: 0x4000, flags: 0x1B)
    #expect(clean.run())
    #expect(clean.cause == 1)
    #expect(clean.processor[control: .badVAddr] == 0x1234_5678)
    #expect(clean.harness[.exceptionsTLB] == 1)
    let readable = access(0x1234_5678)
    readable.processor.map(0x1234_4000, to: 0x4000, flags: 0x1B)
    #expect(readable.run())
    #expect(readable.cause == 8)
  }

  @Test(arguments: [0, 0x6000, 0x1_E000, 0x7_E000, 0x1F_E000, 0x7F_E000, 0x1FF_E000] as [UInt64])
  func evenAndOddPagesOfEverySizeMapTheirOwn(pageMask: UInt64) {
    let page = (pageMask | 0x1FFF) >> 1 + 1
    let base = 8 * page
    for (address, physical) in [
      (base + 0x678, 0x678), (base + page + 0x678, page + 0x678), (base + page - 8, page - 8),
    ] as [(UInt64, UInt64)] {
      // The two pages lie at 0 and at one page's distance in memory, as long as that is not larger.
      guard physical < 8 << 20, physical > 0x2000 || page > 0x1000 && physical != 0x678 || physical == 0x678 else {
        continue
      }
      let snippet = access(address, store: true)
      snippet.processor.map(base, to: 0, pageMask: pageMask, index: 5)
      #expect(snippet.run())
      #expect(snippet.cause == 8)
      #expect(snippet.harness.read(physical & ~7) == 0xABCD)
    }
  }

  @Test func anEntryBelongsToItsAddressSpaceUnlessGlobal() {
    for (flags, asid, cause) in [(UInt64(0x1E), UInt64(3), UInt64(8)), (0x1E, 4, 2), (0x1F, 4, 8)] {
      let snippet = access(0x1234_5678)
      snippet.processor.map(0x1234_4000, to: 0x4000, flags: flags, asid: 3)
      snippet.processor[control: .entryHi] = asid
      if cause == 8 { #expect(snippet.run()) } else { #expect(snippet.run(to: Self.refill)) }
      #expect(snippet.cause == cause)
    }
  }

  @Test func addressSpacesKeepTheirPagesApartHoweverManyThereAre() {
    // More address spaces than the hit tables tell apart, each with a page of its own at address 0. Each
    // reads a line that it has to itself, and one that was read by the space whose place in the tables it
    // takes.
    func lines(_ asid: Int) -> [Int] { [asid % 7, (asid + 3) % 7] }
    let snippet = Snippet {
      for asid in 0..<14 {
        $0.emit(.addiu, 8, 0, asid % 7)
        $0.emit(.dmtc0, 8, 10)
        for line in lines(asid) {
          $0.emit(.ld, 9, line * 64, 0)
          $0.emit(.daddu, 10 + asid, 10 + asid, 9)
          $0.emit(.sd, 9, line * 64 + 8, 0)
        }
      }
      $0.emit(.syscall)
    }
    func value(_ asid: Int, _ line: Int) -> UInt64 { UInt64(100 * (asid % 7) + 10 + line) }
    for asid in 0..<7 {
      let physical = 0x10_0000 + asid * 0x2000
      snippet.processor.map(0, to: UInt64(physical), index: asid, flags: 0x1E, asid: UInt64(asid))
      for line in 0..<7 {
        (snippet.harness.memory + physical + line * 64).storeBytes(of: value(asid, line), as: UInt64.self)
      }
    }
    snippet.processor[control: .entryHi] = 0
    #expect(snippet.run())
    for asid in 0..<14 { #expect(snippet.processor[10 + asid] == lines(asid).reduce(0) { $0 + value(asid, $1) }) }
    for asid in 0..<7 {
      for line in lines(asid) {
        #expect(snippet.harness.read(UInt64(0x10_0008 + asid * 0x2000 + line * 64)) == value(asid, line))
      }
    }
  }

  @Test func userModeDoesNotInheritWhatTheKernelUsed() {
    // The kernel stores to kseg0 and returns to a program, which does the same. Nothing but the mode differs.
    let snippet = Snippet(status: Status.kx | Status.ux | Status.exl | 2 << Status.ksuShift) {
      $0.load(8, ProcessorHarness.kernel + 0x4000)
      $0.emit(.sd, 9, 0, 8)
      $0.emit(.sd, 9, 0, 8)
      $0.load(10, 0x10000)
      $0.emit(.dmtc0, 10, 14)
      $0.emit(.eret)
    }
    snippet.harness.put([Assembler.encode(.sd, 9, 0, 8)], at: 0x8000)
    snippet.processor.map(0x10000, to: 0x8000)
    #expect(snippet.run())
    #expect(snippet.cause == 5)
    #expect(snippet.processor[control: .epc] == 0x10000)
  }

  @Test func aReplacedEntryIsForgottenAtOnce() {
    let snippet = Snippet {
      $0.emit(.ld, 9, 0x100, 0)
      $0.emit(.sd, 9, 0x108, 0)
      $0.load(8, 0x10_2000 >> 6 | 0x1F)
      $0.emit(.dmtc0, 8, 2)
      $0.emit(.tlbwi)
      $0.emit(.ld, 10, 0x100, 0)
      $0.emit(.sd, 10, 0x108, 0)
      $0.emit(.syscall)
    }
    snippet.processor.map(0, to: 0x10_0000, index: 9)
    (snippet.harness.memory + 0x10_0100).storeBytes(of: 1, as: UInt64.self)
    (snippet.harness.memory + 0x10_2100).storeBytes(of: 2, as: UInt64.self)
    #expect(snippet.run())
    #expect(snippet.processor[9] == 1)
    #expect(snippet.processor[10] == 2)
    #expect(snippet.harness.read(0x10_0108) == 1)
    #expect(snippet.harness.read(0x10_2108) == 2)
  }

  @Test func codeIsFetchedThroughTheTLB() {
    // A program runs from one page into the next, which is not mapped; the branch at the end of the page has
    // its slot there.
    let snippet = Snippet { _ in }
    var user = Assembler(at: 0x10FF8)
    user.emit(.addiu, 8, 0, 3)
    user.emit(.beq, 0, 0, 4)
    snippet.harness.put(user.words, at: 0x8FF8)
    snippet.processor.map(0x10000, to: 0x8000)
    snippet.processor[control: .entryLo1] = 0
    snippet.processor.map(0x10000, to: 0x8000, flags: 0x1F)
    // The odd page is invalid.
    snippet.processor[control: .entryLo1] = 1
    snippet.processor.writeIndexedEntry()
    snippet.processor.pc = 0x10FF8
    #expect(snippet.run())
    #expect(snippet.cause == 2)
    #expect(snippet.processor[control: .badVAddr] == 0x11000)
    #expect(snippet.processor[control: .epc] == 0x10FFC)
    #expect(snippet.inSlot)
  }

  @Test func entriesAreReadAndFound() {
    let snippet = Snippet {
      $0.emit(.tlbr)
      $0.emit(.dmfc0, 10, 10)
      $0.emit(.dmfc0, 11, 2)
      $0.emit(.dmfc0, 12, 3)
      $0.emit(.dmfc0, 13, 5)
      $0.emit(.mtc0, 0, 0)
      $0.emit(.tlbp)
      $0.emit(.mfc0, 14, 0)
      $0.load(8, 0x5555_5000)
      $0.emit(.dmtc0, 8, 10)
      $0.emit(.tlbp)
      $0.emit(.mfc0, 15, 0)
      $0.emit(.syscall)
    }
    snippet.processor.map(0x7654_8000, to: 0x40_0000, pageMask: 0x6000, index: 33, flags: 0x1E, asid: 9)
    for register: ControlRegister in [.entryHi, .entryLo0, .entryLo1, .pageMask] {
      snippet.processor[control: register] = 0
    }
    #expect(snippet.run())
    #expect(snippet.processor[10] == 0x7654_8009)
    #expect(snippet.processor[11] == 0x40_0000 >> 6 | 0x1E)
    #expect(snippet.processor[12] == 0x40_4000 >> 6 | 0x1E)
    #expect(snippet.processor[13] == 0x6000)
    #expect(snippet.processor[14] == 33)
    #expect(snippet.processor[15] == 0xFFFF_FFFF_8000_0000)
  }

  @Test func aRandomEntryIsNoWiredOne() {
    let snippet = Snippet {
      $0.emit(.addiu, 8, 0, 46)
      $0.emit(.mtc0, 8, 6)
      $0.load(10, 0x2000_0000)
      for _ in 0..<4 {
        $0.emit(.dmtc0, 10, 10)
        $0.emit(.tlbwr)
        $0.emit(.daddiu, 10, 10, 0x2000)
      }
      $0.emit(.syscall)
    }
    snippet.processor[control: .wired] = 46
    #expect(snippet.run())
    #expect(snippet.cause == 8)
    var found: [Int] = []
    for page in 0..<4 {
      snippet.processor[control: .entryHi] = 0x2000_0000 + UInt64(page) * 0x2000
      snippet.harness.put(
        [Assembler.encode(.tlbp), Assembler.encode(.mfc0, 9, 0), Assembler.encode(.syscall)], at: 0x2000)
      snippet.processor[control: .status] = UInt64(Status.kx)
      snippet.processor.pc = ProcessorHarness.kernel + 0x2000
      #expect(snippet.run())
      if snippet.processor[9] < 48 { found.append(Int(snippet.processor[9])) }
    }
    #expect(found.sorted() == [46, 47])
  }

  @Test func randomRunsFrom47DownToWired() {
    let snippet = Snippet {
      $0.emit(.addiu, 8, 0, 44)
      $0.emit(.mtc0, 8, 6)
      for register in 9..<17 { $0.emit(.mfc0, register, 1) }
      $0.emit(.syscall)
    }
    #expect(snippet.run())
    #expect((9..<17).map { snippet.processor[$0] } == [47, 46, 45, 44, 47, 46, 45, 44])
  }

  @Test func anAddressThatTwoEntriesMatchShutsTheTLBDownForGood() {
    let snippet = access(0x1234_5678)
    snippet.processor.map(0x1234_4000, to: 0x4000, index: 3)
    snippet.processor.map(0x1230_0000, to: 0x10_0000, pageMask: 0x7_E000, index: 4)
    #expect(snippet.processor[control: .status] & UInt64(Status.ts) == 0)
    #expect(snippet.run(to: Self.refill))
    #expect(snippet.cause == 2)
    #expect(snippet.processor[control: .status] & UInt64(Status.ts) != 0)
    // Not even another page is found any more, and the bit cannot be cleared.
    snippet.processor.map(0x2000_0000, to: 0x4000, index: 9)
    snippet.harness.put(
      [Assembler.encode(.tlbp), Assembler.encode(.mfc0, 9, 0), Assembler.encode(.syscall)], at: 0x2000)
    snippet.processor[control: .status] = UInt64(Status.kx)
    snippet.processor.pc = ProcessorHarness.kernel + 0x2000
    #expect(snippet.run())
    #expect(snippet.processor[9] == 0xFFFF_FFFF_8000_0000)
    #expect(snippet.processor[control: .status] & UInt64(Status.ts) != 0)
  }

  @Test func entriesThatShareNoAddressOrNoAddressSpaceDoNoHarm() {
    for (asid, size) in [(UInt64(4), UInt64(0x1234_4000)), (3, 0x1234_6000)] {
      let snippet = access(0x1234_5678)
      snippet.processor.map(0x1234_4000, to: 0x4000, index: 3, flags: 0x1E, asid: 3)
      snippet.processor.map(size, to: 0x10_0000, index: 4, flags: 0x1E, asid: asid)
      snippet.processor[control: .entryHi] = 3
      #expect(snippet.run())
      #expect(snippet.cause == 8)
      #expect(snippet.processor[control: .status] & UInt64(Status.ts) == 0)
    }
  }

  @Test func twoEntriesForAPageThatIsInUseAreSeenAtItsNextAccess() {
    let snippet = Snippet {
      $0.emit(.ld, 9, 0x100, 0)
      $0.emit(.addiu, 8, 0, 7)
      $0.emit(.mtc0, 8, 0)
      $0.emit(.tlbwi)
      $0.emit(.ld, 9, 0x100, 0)
      $0.emit(.syscall)
    }
    snippet.processor.map(0, to: 0x4000, index: 3)
    #expect(snippet.run(to: Self.refill))
    #expect(snippet.place == 4)
    // Of the two, the one that is written over matches no more.
    let replaced = Snippet {
      $0.emit(.ld, 9, 0x100, 0)
      $0.emit(.syscall)
    }
    replaced.processor.map(0, to: 0x4000, index: 3)
    replaced.processor.map(0, to: 0x8000, index: 4)
    replaced.processor.map(0x10_0000, to: 0x8000, index: 4)
    #expect(replaced.run())
    #expect(replaced.cause == 8)
  }
}
