import Testing

@testable import NUMAchine

/// Stations without a kernel, in one process, joined by nothing but their packets, as a runner joins them.
final class BareMachine {
  let profile: MachineProfile
  let stations: [Station]
  private let steps: LockStep
  var now: UInt64 {
    get { steps.now }
    set { steps.now = newValue }
  }
  /// Length of a window in ticks.
  var window: UInt64 { steps.window }
  private var checker: CoherenceChecker?
  /// What the checker has found, if it was asked for.
  private(set) var problem: String?

  init(_ profile: MachineProfile, stations count: Int, program: [UInt32], at address: UInt64 = 0x1000) {
    self.profile = profile
    let stations = (0..<count).map { Station(profile: profile, number: $0, stations: count) }
    program.withUnsafeBytes { stations[0].load($0, at: address) }
    for station in stations { station.reset(entry: 0xFFFF_FFFF_8000_0000 | address) }
    self.stations = stations
    steps = LockStep(stations)
  }

  /// Looks at the lines after each window from now on.
  func startChecking() { checker = CoherenceChecker(stations) }

  /// Runs until nothing is due, or past a cycle; returns whether the machine stands still.
  func run(cycles: Int = 50_000_000) -> Bool {
    let end = now + UInt64(cycles * profile.processorCycle)
    while now < end {
      guard steps.nextTime != .max else { return true }
      problem = problem ?? checker?.check()
      if problem != nil { return false }
      do {
        _ = try steps.step()
      } catch {
        Issue.record(error)
        return false
      }
    }
    return false
  }

  /// The word at a physical address as a processor would load it.
  func word(_ address: UInt64) -> UInt64 {
    let home = stations[Int(address >> 32)]
    let line = address & ~UInt64(profile.secondaryLineBytes - 1)
    for station in stations {
      for processor in station.processors
      where processor.lineState(line) == .dirtyExclusive || processor.lineState(line) == .cleanExclusive {
        return processor.lineData(line).load(fromByteOffset: Int(address - line), as: UInt64.self)
      }
    }
    if profile.coherence == .numachine {
      for station in stations where station !== home {
        guard let cache = station.networkCache, let entry = cache.held(line),
          entry.pointee.state == .localValid || entry.pointee.state == .localInvalid
        else { continue }
        return cache.line(of: line).load(
          fromByteOffset: Int(address - line), as: UInt64.self)
      }
    }
    return home.memory.pointer(line).load(fromByteOffset: Int(address - line), as: UInt64.self)
  }
}

/// A few MIPS III instructions by name, for programs of a screen's length.
enum Asm {
  static func special(_ function: UInt32, _ rs: UInt32, _ rt: UInt32, _ rd: UInt32, _ shift: UInt32 = 0) -> UInt32 {
    rs << 21 | rt << 16 | rd << 11 | shift << 6 | function
  }
  static func immediate(_ opcode: UInt32, _ rs: UInt32, _ rt: UInt32, _ value: Int) -> UInt32 {
    opcode << 26 | rs << 21 | rt << 16 | UInt32(truncatingIfNeeded: value) & 0xFFFF
  }
  static let nop: UInt32 = 0
  static func daddu(_ rd: UInt32, _ rs: UInt32, _ rt: UInt32) -> UInt32 { special(45, rs, rt, rd) }
  static func xor(_ rd: UInt32, _ rs: UInt32, _ rt: UInt32) -> UInt32 { special(38, rs, rt, rd) }
  static func and(_ rd: UInt32, _ rs: UInt32, _ rt: UInt32) -> UInt32 { special(36, rs, rt, rd) }
  static func or(_ rd: UInt32, _ rs: UInt32, _ rt: UInt32) -> UInt32 { special(37, rs, rt, rd) }
  static func dsll(_ rd: UInt32, _ rt: UInt32, _ by: UInt32) -> UInt32 {
    special(by < 32 ? 56 : 60, 0, rt, rd, by & 31)
  }
  static func dsrl(_ rd: UInt32, _ rt: UInt32, _ by: UInt32) -> UInt32 {
    special(by < 32 ? 58 : 62, 0, rt, rd, by & 31)
  }
  static func daddiu(_ rt: UInt32, _ rs: UInt32, _ value: Int) -> UInt32 { immediate(25, rs, rt, value) }
  static func andi(_ rt: UInt32, _ rs: UInt32, _ value: Int) -> UInt32 { immediate(12, rs, rt, value) }
  static func ori(_ rt: UInt32, _ rs: UInt32, _ value: Int) -> UInt32 { immediate(13, rs, rt, value) }
  static func lui(_ rt: UInt32, _ value: Int) -> UInt32 { immediate(15, 0, rt, value) }
  static func ld(_ rt: UInt32, _ offset: Int, _ base: UInt32) -> UInt32 { immediate(55, base, rt, offset) }
  static func sd(_ rt: UInt32, _ offset: Int, _ base: UInt32) -> UInt32 { immediate(63, base, rt, offset) }
  static func lld(_ rt: UInt32, _ offset: Int, _ base: UInt32) -> UInt32 { immediate(52, base, rt, offset) }
  static func scd(_ rt: UInt32, _ offset: Int, _ base: UInt32) -> UInt32 { immediate(60, base, rt, offset) }
  static func cache(_ operation: UInt32, _ offset: Int, _ base: UInt32) -> UInt32 {
    immediate(47, base, operation, offset)
  }
  /// Branches count from the instruction after them, in instructions.
  static func beq(_ rs: UInt32, _ rt: UInt32, _ offset: Int) -> UInt32 { immediate(4, rs, rt, offset) }
  static func bne(_ rs: UInt32, _ rt: UInt32, _ offset: Int) -> UInt32 { immediate(5, rs, rt, offset) }
  /// A 64-bit constant.
  static func li(_ rt: UInt32, _ value: UInt64) -> [UInt32] {
    [
      lui(rt, Int(value >> 48)), ori(rt, rt, Int(value >> 32 & 0xFFFF)), dsll(rt, rt, 16),
      ori(rt, rt, Int(value >> 16 & 0xFFFF)), dsll(rt, rt, 16),
      ori(rt, rt, Int(value & 0xFFFF)),
    ]
  }
  /// Sets Status.KX: the kernel's 64-bit addresses.
  static let wideAddresses: [UInt32] = [ori(1, 0, 0x80), 16 << 26 | 4 << 21 | 1 << 16 | 12 << 11, nop, nop]
  /// Lets the processor idle for ever, all interrupts masked.
  static let idle: [UInt32] = li(1, 0xFFFF_FFFF_BF00_0030) + [ld(1, 0, 1), nop]
}
