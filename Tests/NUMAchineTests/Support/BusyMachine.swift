import Profiles

@testable import NUMAchine

/// Two stations with tiny caches that are as busy with each other as can be.
enum BusyMachine {
  /// All processors update words in lines of all homes, so that requests, interventions and write-backs are
  /// always under way. Registers: 4 number, 8 random, 9 rounds left, 10 base, 11 line's address, 12/13
  /// scratch.
  static func program(rounds: Int, stations: Int) -> [UInt32] {
    let a = Asm.self
    var code: [UInt32] =
      a.wideAddresses + a.li(10, 0xA800_0000_0010_0000) + a.li(8, 0x9E37_79B9_7F4A_7C15) + a.li(9, UInt64(rounds))
    code += [a.daddiu(12, 4, 1), a.dsll(13, 12, 29), a.xor(8, 8, 13)]
    let loop = code.count
    for (left, by) in [(true, 13), (false, 7), (true, 17)] {
      code += [left ? a.dsll(13, 8, UInt32(by)) : a.dsrl(13, 8, UInt32(by)), a.xor(8, 8, 13)]
    }
    code += [a.dsrl(12, 8, 20), a.andi(12, 12, 255), a.dsll(12, 12, 7), a.daddu(11, 10, 12)]
    code += [a.dsrl(12, 8, 40), a.andi(12, 12, stations - 1), a.dsll(12, 12, 32), a.daddu(11, 11, 12)]
    let retry = code.count
    code += [a.lld(13, 0, 11), a.daddiu(13, 13, 1), a.scd(13, 0, 11), a.beq(13, 0, retry - code.count - 4), a.nop]
    code += [a.daddiu(9, 9, -1)]
    code += [a.bne(9, 0, loop - code.count - 1), a.nop]
    return code + a.idle
  }

  static let profile = profile("numachine")

  /// A machine that ships, with less of everything.
  static func profile(_ name: String) -> MachineProfile {
    var profile = try! Profiles.named(name)!
    profile.secondaryBytes = 16 << 10
    profile.primaryDataBytes = 1 << 10
    profile.primaryInstructionBytes = 1 << 10
    profile.memoryBytes = 8 << 20
    return profile
  }

  static func machine(rounds: Int, _ profile: MachineProfile = profile) -> BareMachine {
    BareMachine(profile, stations: 2, program: program(rounds: rounds, stations: 2))
  }

  /// Everything that the digest is of.
  static func bytes(_ machine: BareMachine) -> [UInt8] {
    var all: [UInt8] = []
    for station in machine.stations { station.state { all += $0 } }
    return all
  }
}
