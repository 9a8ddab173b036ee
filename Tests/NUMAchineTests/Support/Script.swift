import Profiles
import Testing

@testable import NUMAchine

/// What a processor does in a test.
enum Step {
  /// Cycles, roughly: long enough for whatever another processor does meanwhile.
  case wait
  case load(UInt64)
  case load32(UInt64)
  case store(UInt64)
  case store32(UInt64)
  /// CACHE operations on the secondary line of an address.
  case writeBack(UInt64)
  case invalidate(UInt64)
  /// Stores a word.
  case put(UInt64, at: UInt64)
  /// Loads (or stores) and waits in turns.
  case times(Int, [Step])
  /// Has the host port write a line.
  case transfer(UInt64)
}

/// Programs for processors that do one step after the other.
enum Script {
  private static func code(_ step: Step, depth: UInt32 = 0) -> [UInt32] {
    let a = Asm.self
    func place(_ address: UInt64) -> [UInt32] { a.li(10, 0xA800_0000_0000_0000 | address) }
    switch step {
    case .wait: return a.li(11, 400) + [a.daddiu(11, 11, -1), a.bne(11, 0, -2), a.nop]
    case .load(let address): return place(address) + [a.ld(12, 0, 10)]
    case .load32(let address): return place(address) + [a.immediate(35, 10, 12, 0)]
    case .store(let address): return place(address) + [a.sd(4, 0, 10)]
    case .store32(let address): return place(address) + [a.immediate(43, 10, 4, 0)]
    case .writeBack(let address): return place(address) + [a.cache(6 << 2 | 3, 0, 10)]
    case .invalidate(let address): return place(address) + [a.cache(4 << 2 | 3, 0, 10)]
    case .put(let word, let address): return place(address) + a.li(12, word) + [a.sd(12, 0, 10)]
    case .transfer(let address): return a.li(10, 0xFFFF_FFFF_BF00_4010) + a.li(12, address) + [a.sd(12, 0, 10)]
    case .times(let count, let steps):
      let counter = 16 + depth
      let body = steps.flatMap { code($0, depth: depth + 1) } + [a.daddiu(counter, counter, -1)]
      return a.li(counter, UInt64(count)) + body + [a.bne(counter, 0, -body.count - 1), a.nop]
    }
  }

  /// A machine whose processors, by number, have taken these steps.
  static func machine(
    _ scripts: [Int: [Step]], stations: Int = 1, record: [UInt8]? = nil, profile name: String = "numachine",
    _ change: (inout MachineProfile) -> Void = { _ in }
  ) -> BareMachine {
    var profile = try! Profiles.named(name)!
    profile.memoryBytes = 8 << 20
    profile.secondaryBytes = 16 << 10
    change(&profile)
    let a = Asm.self
    var program = a.wideAddresses
    for (processor, steps) in scripts.sorted(by: { $0.key < $1.key }) {
      let own = steps.flatMap { code($0) } + a.idle
      program += [a.ori(13, 0, processor), a.bne(4, 13, own.count + 1), a.nop] + own
    }
    let machine = BareMachine(profile, stations: stations, program: program + a.idle)
    machine.startChecking()
    if let record { machine.stations[0].enter(record) }
    #expect(machine.run(cycles: 5_000_000), "the machine does not come to rest")
    return machine
  }

  /// What the processors counted, in order of their numbers.
  static func run(
    _ scripts: [Int: [Step]], stations: Int = 1, record: [UInt8]? = nil,
    _ change: (inout MachineProfile) -> Void = { _ in }
  ) -> [[UInt64]] {
    machine(scripts, stations: stations, record: record, change).stations.flatMap { $0.counters.processors }
  }
}
