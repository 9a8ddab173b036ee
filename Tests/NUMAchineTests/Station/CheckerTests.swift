import Profiles
import Testing

@testable import NUMAchine

/// The checker finds what it is for: a machine is damaged behind its back in the middle of a run.
@Suite struct CheckerTests {
  /// Every processor goes on adding to words of a few lines.
  private func machine(_ profile: MachineProfile) -> BareMachine {
    let a = Asm.self
    var code =
      a.wideAddresses + a.li(10, 0xA800_0001_0010_0000) + a.li(9, 2000) + [
        a.andi(8, 4, 3), a.dsll(8, 8, 7), a.daddu(10, 10, 8),
      ]
    let loop = code.count
    code += [
      a.lld(13, 0, 10), a.daddiu(13, 13, 1), a.scd(13, 0, 10), a.beq(13, 0, -4), a.nop, a.ld(12, 128, 10),
      a.daddiu(9, 9, -1),
    ]
    code += [a.bne(9, 0, loop - code.count - 1), a.nop]
    let machine = BareMachine(profile, stations: 2, program: code + a.idle)
    machine.startChecking()
    return machine
  }

  private let line: UInt64 = 1 << 32 | 0x10_0000

  @Test(arguments: ["numachine", "simos"]) func anUndisturbedRunBreaksNoRule(profile: String) throws {
    let machine = machine(try #require(try Profiles.named(profile)))
    #expect(machine.run(cycles: 3_000_000))
    #expect(machine.problem == nil)
  }

  @Test(arguments: ["numachine", "simos"]) func aSecondOwnerIsFoundWithTheLinesHistory(profile: String) throws {
    let machine = machine(try #require(try Profiles.named(profile)))
    _ = machine.run(cycles: 50_000)
    #expect(machine.problem == nil)
    for station in machine.stations {
      for processor in station.processors { processor.secondary.set(line, .dirtyExclusive) }
    }
    #expect(!machine.run(cycles: 3_000_000))
    let problem = try #require(machine.problem)
    #expect(
      problem.hasPrefix("line 0x100000 of station 1: processors ") && problem.contains("both have it to themselves"))
    #expect(problem.contains("tick") && problem.contains("is at its home"))
  }

  @Test func aDirectoryThatForgetsItsOwnerIsFound() throws {
    let machine = machine(try #require(try Profiles.named("numachine")))
    _ = machine.run(cycles: 50_000)
    while machine.stations[1].memory.homeEntry(line).pointee.lock != 0
      || !machine.stations[0].processors.contains(where: { $0.lineState(line) == .dirtyExclusive })
    {
      #expect(!machine.run(cycles: 100))
    }
    machine.stations[1].memory.homeEntry(line).pointee.stations = 0
    machine.stations[1].memory.homeEntry(line).pointee.state = .localValid
    #expect(!machine.run(cycles: 3_000_000))
    let problem = try #require(machine.problem)
    #expect(problem.contains("and the home says"))
  }
}
