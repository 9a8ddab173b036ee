import Testing

@testable import NUMAchine

/// Which bytes a load or store touches: found by executing it, and by everybody who asks.
@Suite struct AccessedBytesTests {
  private typealias Operation = NUMAchine.Operation

  private static let integer: [Operation] = [
    .lb, .lbu, .lh, .lhu, .lw, .lwu, .ld, .lwl, .lwr, .ldl, .ldr, .ll, .lld,
    .sb, .sh, .sw, .sd, .swl, .swr, .sdl, .sdr, .sc, .scd,
  ]
  private static let float: [Operation] = [
    .lwc1, .ldc1, .swc1, .sdc1, .lwxc1, .ldxc1, .luxc1, .swxc1, .sdxc1, .suxc1,
  ]

  /// An access at an offset from physical address 0x4000, and what is done about it.
  private struct Case: CustomStringConvertible {
    let operation: Operation
    let offset: UInt64

    var isStore: Bool { [.store, .storeConditional, .floatStore, .indexedStore].contains(form.operands) }
    private var form: InstructionForm { Assembler.forms[operation]! }
    var description: String { "\(form.mnemonic) at \(offset)" }

    /// The model: the manuals' definitions of the instructions, byte by byte.
    var touched: ClosedRange<UInt64>? {
      func datum(_ bytes: UInt64) -> ClosedRange<UInt64> { offset / bytes * bytes...offset / bytes * bytes + bytes - 1 }
      func aligned(_ bytes: UInt64) -> ClosedRange<UInt64>? { offset % bytes == 0 ? datum(bytes) : nil }
      switch operation {
      case .lwl, .swl: return datum(4).lowerBound...offset
      case .lwr, .swr: return offset...datum(4).upperBound
      case .ldl, .sdl: return datum(8).lowerBound...offset
      case .ldr, .sdr: return offset...datum(8).upperBound
      case .luxc1, .suxc1: return datum(8)
      case .lb, .lbu, .sb: return aligned(1)
      case .lh, .lhu, .sh: return aligned(2)
      case .lw, .lwu, .sw, .ll, .sc, .lwc1, .swc1, .lwxc1, .swxc1: return aligned(4)
      default: return aligned(8)
      }
    }

    /// The machine after it, stopped or not. Memory holds 1, 2, 3, … at 0x4000, and the register what stands
    /// nowhere in there.
    func run(watch: Debugger.Watch? = nil, changing byte: UInt64? = nil) -> (Snippet, stops: [UInt64]) {
      let snippet = Snippet(status: Status.kx | Status.cu1 | Status.fr, model: .mips64r2, memoryBytes: 1 << 16) {
        $0.load(8, ProcessorHarness.kernel + 0x4000)
        $0.emit(.daddiu, 9, 8, Int(offset))
        $0.load(10, 0xF1F2_F3F4_F5F6_F7F8)
        $0.emit(.dmtc1, 10, 10)
        if form.operands == .storeConditional { $0.emit(.ll, 11, 0, 8) }
        $0.emit(operation, 10, 0, 9)
        $0.emit(.dmfc1, 12, 10)
        $0.emit(.syscall)
      }
      // So that a store conditional has to ask for the line, too.
      snippet.harness.fillState = .shared
      for place: UInt64 in 0..<16 {
        let value = UInt8(place + 1) ^ (place == byte ? 0x80 : 0)
        snippet.harness.memory.storeBytes(of: value, toByteOffset: Int(0x4000 + place), as: UInt8.self)
      }
      var stops: [UInt64] = []
      if let watch {
        let debugger = Debugger()
        snippet.processor.debugger = debugger
        debugger.setWatch(watch, true)
        debugger.stopped = { _, reason in
          if case .watchpoint(let address, _) = reason { stops.append(address) }
        }
      }
      #expect(snippet.run())
      return (snippet, stops)
    }
  }

  private static let cases = (integer + float).flatMap { operation in
    (0..<8 as Range<UInt64>).map { Case(operation: operation, offset: $0) }
  }

  private func byte(_ snippet: Snippet, _ place: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: snippet.harness.read(0x4000 + place & ~7) >> (place % 8 * 8))
  }

  @Test func theModelNamesTheBytesThatAStoreChangesAndALoadDependsOn() {
    for access in Self.cases {
      let (plain, _) = access.run()
      guard let touched = access.touched else {
        #expect(plain.cause == (access.isStore ? 5 : 4), "\(access)")
        continue
      }
      #expect(plain.cause == 8, "\(access)")
      for place: UInt64 in 0..<16 {
        let isTouched: Bool
        if access.isStore {
          isTouched = byte(plain, place) != UInt8(place + 1)
        } else {
          let (changed, _) = access.run(changing: place)
          isTouched = [10, 12].contains { changed.processor[$0] != plain.processor[$0] }
        }
        #expect(isTouched == touched.contains(place), "\(access), byte \(place)")
      }
    }
  }

  @Test func aWatchpointStopsWhoeverTouchesItsByteAndNobodyElse() {
    for access in Self.cases {
      guard let touched = access.touched else { continue }
      for place: UInt64 in 0..<16 {
        let address = ProcessorHarness.kernel + 0x4000 + place
        let (snippet, stops) = access.run(
          watch: .init(address: address, bytes: 1, kind: access.isStore ? .write : .read))
        #expect(stops == (touched.contains(place) ? [address] : []), "\(access), byte \(place)")
        #expect(snippet.cause == 8)
      }
    }
  }

  @Test func aRequestNamesTheWordsThatAreTouched() throws {
    for access in Self.cases {
      guard let touched = access.touched else { continue }
      let (snippet, _) = access.run()
      let request = try #require(snippet.harness.requests.last { !$0.isInstruction })
      let words = touched.lowerBound / 4...touched.upperBound / 4
      #expect(request.firstWord == words.lowerBound && request.words == words.count, "\(access)")
      #expect(request.virtualAddress == ProcessorHarness.kernel + 0x4000 + touched.lowerBound, "\(access)")
    }
  }

  @Test func theWordsThatAStoreChangesBearAMark() {
    for access in Self.cases where access.isStore {
      guard let touched = access.touched else { continue }
      let (snippet, _) = access.run()
      withExtendedLifetime(snippet.harness) {
        let secondary = snippet.processor.secondary
        let marks = secondary.marks + secondary.slot(0x4000) * secondary.lineBytes / LineRecord.wordBytes
        for word: UInt64 in 0..<4 {
          let isTouched = touched.overlaps(word * 4...word * 4 + 3)
          #expect(marks[Int(word)] == (isTouched ? 1 : 0), "\(access), word \(word)")
        }
      }
    }
  }
}
