import Profiles
import Testing

@testable import NUMAchine

/// What instructions cost, in cycles of the `numachine` profile.
@Suite struct TimingTests {
  private static let start = ProcessorHarness.kernel + 0x1000

  /// Cycles from the start of `words` to the instruction behind them, on the second run, when the caches are
  /// warm. All registers are 0, and so loads through them use user address 0.
  ///
  /// - Parameter skew: instructions before the first, for its place in the line.
  private func cycles(_ words: [UInt32], skew: Int = 0) -> UInt64 {
    let harness = ProcessorHarness()
    harness.put([UInt32](repeating: 0, count: skew) + words + [UInt32](repeating: 0, count: 16), at: 0x1000)
    let end = Self.start + UInt64(skew + words.count) * 4
    harness.processor.reset(entry: Self.start, arguments: (0, 0, 0, 0))
    harness.processor.map(0, to: 0x2000)
    #expect(harness.run(to: end))
    for index in 1..<32 { harness.processor[index] = 0 }
    harness.processor.pc = Self.start + UInt64(skew) * 4
    let before = harness.processor.time
    #expect(harness.run(to: end))
    return (harness.processor.time - before) / 4
  }

  private func code(_ body: (inout Assembler) -> Void) -> [UInt32] {
    var assembler = Assembler(at: Self.start)
    body(&assembler)
    return assembler.words
  }

  @Test func anInstructionTakesACycle() {
    #expect(cycles(code { for _ in 0..<50 { $0.emit(.addiu, 8, 8, 1) } }) == 50)
  }

  @Test(arguments: 0..<8)
  func aLoadedValueCanBeUsedThreeCyclesLaterWhereverTheLineEnds(skew: Int) {
    let next = code {
      $0.emit(.ld, 8, 0, 9)
      $0.emit(.daddu, 10, 8, 0)
      $0.nop(4)
    }
    #expect(cycles(next, skew: skew) == 6 + 2)
    let second = code {
      $0.emit(.ld, 8, 0, 9)
      $0.nop()
      $0.emit(.daddu, 10, 8, 0)
      $0.nop(4)
    }
    #expect(cycles(second, skew: skew) == 7 + 1)
    let both = code {
      $0.emit(.ld, 8, 0, 9)
      $0.emit(.daddu, 10, 8, 0)
      $0.emit(.daddu, 11, 8, 0)
      $0.nop(4)
    }
    #expect(cycles(both, skew: skew) == 7 + 2)
    let third = code {
      $0.emit(.ld, 8, 0, 9)
      $0.nop(2)
      $0.emit(.daddu, 10, 8, 0)
      $0.nop(4)
    }
    #expect(cycles(third, skew: skew) == 8)
  }

  @Test(arguments: 0..<8)
  func aTakenBranchLosesTwoCycles(skew: Int) {
    let taken = code {
      $0.emit(.beq, 0, 0, 2)
      $0.nop(4)
    }
    // Branch, slot, two lost, and the last two of the five instructions.
    #expect(cycles(taken, skew: skew) == 2 + 2 + 2)
    let untaken = code {
      $0.emit(.bne, 0, 0, 2)
      $0.nop(4)
    }
    #expect(cycles(untaken, skew: skew) == 5)
    let likely = code {
      $0.emit(.bnel, 0, 0, 2)
      $0.nop(4)
    }
    #expect(cycles(likely, skew: skew) == 5)
  }

  @Test(arguments: 0..<8)
  func aJumpPastALoadDoesNotWaitForIt(skew: Int) {
    let words = code {
      $0.emit(.beq, 0, 0, 2)
      $0.nop()
      $0.emit(.ld, 8, 0, 9)
      $0.emit(.daddu, 10, 8, 0)
      $0.emit(.daddu, 11, 8, 0)
      $0.nop(3)
    }
    #expect(cycles(words, skew: skew) == 2 + 2 + 5)
  }

  @Test func aLoadInANullifiedSlotIsNotWaitedFor() {
    let words = code {
      $0.emit(.bnel, 0, 0, 2)
      $0.emit(.ld, 8, 0, 9)
      $0.emit(.daddu, 10, 8, 0)
      $0.nop(3)
    }
    #expect(cycles(words) == 6)
  }

  private static let latencies: [(Operation, UInt64)] = [
    (.mult, 10), (.multu, 10), (.dmult, 20), (.dmultu, 20), (.div, 69), (.divu, 69), (.ddiv, 133), (.ddivu, 133),
  ]

  @Test(arguments: latencies)
  func aProductOrQuotientCanBeReadAfterTheManualsCycles(operation: Operation, latency: UInt64) {
    let words = code {
      $0.emit(.addiu, 8, 0, 7)
      $0.emit(operation, 8, 8)
      $0.emit(.mflo, 9)
    }
    #expect(cycles(words) == 1 + latency + 1)
    let twice = code {
      $0.emit(.addiu, 8, 0, 7)
      $0.emit(operation, 8, 8)
      $0.emit(operation, 8, 8)
      $0.emit(.mfhi, 9)
    }
    #expect(cycles(twice) == 1 + 2 * latency + 1)
    let later = code {
      $0.emit(.addiu, 8, 0, 7)
      $0.emit(operation, 8, 8)
      $0.nop(Int(latency) + 3)
      $0.emit(.mflo, 9)
    }
    #expect(cycles(later) == 1 + 1 + latency + 3 + 1)
  }

  @Test func theCounterOfPipelineStallsHasWhatTheMultiplierCost() {
    let harness = ProcessorHarness()
    harness.put(
      code {
        $0.emit(.addiu, 8, 0, 7)
        // No line begins between a division and who waits for it.
        $0.nop()
        for _ in 0..<10 {
          $0.emit(.div, 8, 8)
          $0.emit(.mflo, 9)
        }
        $0.nop(8)
      }, at: 0x1000)
    harness.processor.reset(entry: Self.start, arguments: (0, 0, 0, 0))
    #expect(harness.run(to: Self.start + 26 * 4))
    #expect(harness[.instructions] == 26)
    #expect(harness[.stallPipelineCycles] == 10 * 68)
  }

  /// Period of a chain of dependent loads whose addresses are `stride` apart, over `count` addresses.
  private func chainPeriod(stride: UInt64, count: UInt64, rounds: UInt64) -> Double {
    let harness = ProcessorHarness()
    let words = code { a in for _ in 0..<512 { a.emit(.ld, 8, 0, 8) } }
    harness.put(words, at: 0x1000)
    let first: UInt64 = 0x10_0100
    for index in 0..<count {
      let next = ProcessorHarness.kernel + first + (index + 1) % count * stride
      (harness.memory + Int(first + index * stride)).storeBytes(of: next, as: UInt64.self)
    }
    harness.processor.reset(entry: Self.start, arguments: (0, 0, 0, 0))
    harness.processor[8] = ProcessorHarness.kernel + first
    #expect(harness.run(to: Self.start + 2048))
    harness.processor.pc = Self.start
    let before = harness.processor.time
    for _ in 0..<rounds {
      harness.processor.pc = Self.start
      #expect(harness.run(to: Self.start + 2048))
    }
    return Double(harness.processor.time - before) / 4 / Double(512 * rounds)
  }

  @Test func aChainOfLoadsHasThePeriodsOfTheProfile() {
    // The first of 512 does not wait.
    #expect(abs(chainPeriod(stride: 8, count: 1, rounds: 4) - 3) < 0.01)
    #expect(abs(chainPeriod(stride: 16384, count: 16, rounds: 4) - 15) < 0.01)
    // Two lines for one slot of the secondary cache.
    #expect(abs(chainPeriod(stride: 1 << 20, count: 2, rounds: 4) - 270) < 0.01)
  }

  @Test func anExceptionAndItsReturnCostATakenJumpEach() {
    let harness = ProcessorHarness()
    var handler = Assembler()
    handler.emit(.dmfc0, 26, 14)
    handler.emit(.daddiu, 26, 26, 4)
    handler.emit(.dmtc0, 26, 14)
    handler.emit(.eret)
    harness.put(handler.words, at: 0x180)
    var words = Assembler(at: Self.start)
    words.emit(.syscall)
    words.nop(8)
    harness.put(words.words, at: 0x1000)
    harness.processor.reset(entry: Self.start, arguments: (0, 0, 0, 0))
    #expect(harness.run(to: Self.start + 32))
    harness.processor.pc = Self.start
    let before = harness.processor.time
    #expect(harness.run(to: Self.start + 4))
    #expect((harness.processor.time - before) / 4 == 1 + 2 + 4 + 2)
  }

  @Test(arguments: [
    ("numachine", UInt64(1)), ("numachine", 3), ("numachine", 50), ("decade-ago", 1), ("decade-ago", 13),
    ("decade-ago", 50),
  ])
  func whatHappensDoesNotDependOnHowTimeIsDivided(profile: String, quantum: UInt64) throws {
    let profile = try #require(try Profiles.named(profile))
    func digest(_ quantum: UInt64) throws -> (UInt64, [UInt64]) {
      let harness = ProcessorHarness(profile: profile, memoryBytes: 32 << 20)
      harness.keepsRequests = false
      harness.latency = 337
      harness.fillState = .shared
      var random = RandomProgram(seed: 99)
      random.make(blocks: 60, length: 40).load(into: harness)
      let limit: UInt64 = 300_000
      harness.run(until: limit, quantum: quantum)
      var hash: UInt64 = 14_695_981_039_346_656_037
      harness.processor.settle()
      harness.processor.state.write([.architectural]) {
        for byte in $0 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
      }
      return (hash, ProcessorCounter.allCases.map { harness[$0] })
    }
    let expected = try digest(1_000_000)
    let found = try digest(quantum)
    #expect(found.1 == expected.1)
    #expect(found.0 == expected.0)
    #expect(expected.1[ProcessorCounter.instructions.rawValue] > 1500)
  }

  /// Nor does it leave a trace in the state of a processor that has come to wait.
  @Test(arguments: [1, 3, 50] as [UInt64]) func aProcessorThatWaitsDoesNotShowHowItCameThere(quantum: UInt64) {
    func state(_ quantum: UInt64) -> [UInt8] {
      let snippet = Snippet {
        $0.load(8, 0xFFFF_FFFF_8000_4000)
        $0.load(9, 0xFFFF_FFFF_8000_4000)
        let again = $0.here
        // What is loaded last in a line is noted where time ends there, for the next line's sake.
        while $0.here & 31 != 28 { $0.nop() }
        $0.emit(.ld, 11, 0, 9)
        $0.emit(.ld, 12, 0x400, 8)
        $0.emit(.daddiu, 8, 8, 0x1000)
        $0.branch(.beq, 0, 0, to: again)
      }
      let processor = snippet.processor
      while processor.time < 100_000 {
        processor.run(until: processor.time + quantum)
        guard processor.status == .waiting else { continue }
        if processor.request.address == 0x6400 { break }
        snippet.harness.answer()
      }
      #expect(processor.request.address == 0x6400)
      var bytes: [UInt8] = []
      processor.settle()
      processor.state.write([.architectural]) { bytes += $0 }
      return bytes
    }
    #expect(state(quantum) == state(1_000_000))
  }

  /// A jump between a load and its user takes the user's stall off in advance; the load that it enters at
  /// asks no earlier for that.
  @Test func aRequestAfterAJumpIsNotMadeInThePast() {
    let snippet = Snippet {
      $0.load(8, 0xFFFF_FFFF_8000_4000)
      $0.branch(.beq, 0, 0, to: Snippet.start + 12 * 4)
      while $0.here < Snippet.start + 11 * 4 { $0.nop() }
      $0.emit(.ld, 9, 0, 8)
      $0.emit(.ld, 10, 0x400, 8)
      $0.emit(.daddu, 11, 9, 9)
    }
    let processor = snippet.processor
    while processor.pc < Snippet.start + 15 * 4 && processor.time < 100_000 {
      let known = processor.time
      processor.run(until: known + 1)
      if processor.status == .waiting {
        #expect(processor.request.time >= known)
        snippet.harness.answer()
      }
    }
    #expect(snippet.harness.requests.contains { $0.address == 0x4400 })
  }
}
