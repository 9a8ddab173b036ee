@testable import NUMAchine

/// Random reads, writes and swaps of all processors on lines of all stations; each processor logs what it has
/// found.
///
/// A block of 512 bytes begins with 16 words that all swap (LLD and SCD), and has then a word for each of up
/// to 32 processors, which that one alone writes and all read: there is true sharing, false sharing, and
/// every way from reading to writing. Now and then a processor writes the line back that it has used (CACHE).
struct RandomTraffic {
  var seed: UInt64
  var stations: Int
  var processors: Int
  /// Blocks in each station's memory: a power of 2.
  var blocks: Int
  /// Operations of each processor: a power of 2.
  var rounds: Int

  private static let base: UInt64 = 0x10_0000
  private static let log: UInt64 = 0x20_0000
  private static let direct: UInt64 = 0xA800_0000_0000_0000

  /// Hit Writeback, Hit Writeback Invalidate and Index Writeback Invalidate of the secondary cache.
  private static let writeBacks = [6 << 2 | 3, 5 << 2 | 3, 0 << 2 | 3] as [UInt32]

  /// Registers: 4 number, 8 random, 9 rounds left, 10 base, 11 address, 12/13/17 scratch, 14 log, 15 value to
  /// write, 19 own word.
  var program: [UInt32] {
    let a = Asm.self
    var code = Assembly()
    code.add(a.wideAddresses + a.li(10, Self.direct | Self.base) + a.li(9, UInt64(rounds)))
    code.add(Xorshift.seed(8, seed, scratch: (12, 13)))
    code.add(a.daddiu(15, 4, 1), a.dsll(15, 15, 40), a.dsll(19, 4, 3), a.daddiu(19, 19, 128))
    code.add(a.li(14, Self.direct | Self.log))
    code.add(a.andi(12, 4, stations - 1), a.dsll(12, 12, 32), a.daddu(14, 14, 12))
    code.add(a.dsll(12, 4, UInt32(rounds.trailingZeroBitCount) + 3), a.daddu(14, 14, 12))

    code.label("loop")
    code.nextRandom(8, scratch: 13)
    code.add(a.daddiu(15, 15, 1))
    code.field(12, of: 8, from: 20, mask: blocks - 1, times: 9)
    code.add(a.daddu(11, 10, 12))
    code.field(12, of: 8, from: 40, mask: stations - 1, times: 32)
    code.add(a.daddu(11, 11, 12))
    code.field(13, of: 8, from: 60, mask: 7, times: 2)
    code.label("delay")
    code.branch(ifEqual: 13, 0, to: "act")
    code.add(a.daddiu(13, 13, -1))
    code.branch(to: "delay")
    code.label("act")
    code.field(12, of: 8, from: 56, mask: 7, times: 0)
    code.add(a.andi(13, 12, 4))
    code.branch(ifEqual: 13, 0, to: "read")
    code.add(a.andi(13, 12, 2))
    code.branch(ifEqual: 13, 0, to: "swap")
    // 6, 7: the own word.
    code.add(a.daddu(11, 11, 19), a.sd(15, 0, 11), a.or(13, 0, 0))
    code.branch(to: "end")
    // 4, 5: a swap.
    code.label("swap")
    code.field(12, of: 8, from: 48, mask: 15, times: 3)
    code.add(a.daddu(11, 11, 12))
    code.label("again")
    code.add(a.lld(13, 0, 11), a.or(17, 15, 0), a.scd(17, 0, 11))
    code.branch(ifEqual: 17, 0, to: "again")
    code.branch(to: "end")
    // 0 to 2: some word that is swapped; 3: some processor's own.
    code.label("read")
    code.add(a.daddiu(13, 0, 3))
    code.branch(ifEqual: 12, 13, to: "readOwn")
    code.field(12, of: 8, from: 48, mask: 15, times: 3)
    code.add(a.daddu(11, 11, 12), a.ld(13, 0, 11))
    code.branch(to: "end")
    code.label("readOwn")
    code.field(12, of: 8, from: 48, mask: 31, times: 3)
    code.add(a.daddu(11, 11, 12), a.ld(13, 128, 11))
    code.label("end")
    code.field(12, of: 8, from: 32, mask: 7, times: 0)
    for (number, operation) in Self.writeBacks.enumerated() {
      code.add(a.ori(17, 0, number))
      code.branch(ifNotEqual: 12, 17, to: "not \(number)")
      code.add(a.cache(operation, 0, 11))
      code.label("not \(number)")
    }
    code.add(a.sd(13, 0, 14), a.daddiu(14, 14, 8), a.daddiu(9, 9, -1))
    code.branch(ifNotEqual: 9, 0, to: "loop")
    code.add(a.idle)
    return code.program
  }

  /// What a processor has done and found, after the run.
  private func operations(of processor: Int, _ machine: BareMachine) -> [MemoryOperation] {
    var random = Xorshift(seed: seed, processor: processor)
    let log = UInt64(processor & (stations - 1)) << 32 | Self.log + UInt64(processor * rounds * 8)
    return (0..<rounds).map { round in
      let number = random.next()
      let block = Self.base + (number >> 20 & UInt64(blocks - 1)) << 9 | (number >> 40 & UInt64(stations - 1)) << 32
      let value = UInt64(processor + 1) << 40 + UInt64(round + 1)
      let found = machine.word(log + UInt64(round * 8))
      let kind = number >> 56 & 7
      if kind & 4 == 0 {
        let word = kind == 3 ? 16 + (number >> 48 & 31) : number >> 48 & 15
        return MemoryOperation(kind: .read, address: block + word * 8, found: found)
      }
      if kind & 2 == 0 {
        return MemoryOperation(kind: .swap, address: block + (number >> 48 & 15) * 8, found: found, put: value)
      }
      return MemoryOperation(kind: .write, address: block + UInt64(16 + processor) * 8, put: value)
    }
  }

  /// Runs it on a machine of this profile.
  ///
  /// - Returns: what is wrong, nil where nothing is.
  func check(_ profile: MachineProfile) -> String? {
    let machine = BareMachine(profile, stations: stations, program: program)
    guard machine.run(cycles: 400_000_000) else { return "the machine does not come to rest" }
    let memory = SequentialMemory((0..<processors).map { operations(of: $0, machine) })
    if let violation = memory.violation { return violation }
    for (address, value) in memory.finalValues where machine.word(address) != value {
      return
        "memory ends with \(String(machine.word(address), radix: 16)) at \(String(address, radix: 16)), not \(String(value, radix: 16))"
    }
    return nil
  }
}
