import Glibc
import Testing

@testable import NUMAchine

@Suite struct ProcessorSpeed {
  /// A loop of ordinary instructions: loads, stores, arithmetic, a call.
  static func program() -> [UInt32] {
    var a = Assembler(at: ProcessorHarness.kernel + 0x1000)
    a.load(8, 0xFFFF_FFFF_8000_4000)
    a.emit(.addiu, 9, 0, 0)
    let loop = a.here
    a.emit(.ld, 10, 0, 8)
    a.emit(.addu, 11, 9, 4)
    a.emit(.sll, 12, 11, 3)
    a.emit(.daddu, 10, 10, 12)
    a.emit(.sd, 10, 0, 8)
    a.emit(.lw, 13, 64, 8)
    a.emit(.xor, 14, 10, 9)
    a.emit(.andi, 14, 14, 0x3F8)
    a.emit(.daddu, 15, 8, 14)
    a.emit(.ld, 16, 0, 15)
    a.emit(.slt, 17, 16, 10)
    a.branch(.beq, 17, 0, to: a.here + 16)
    a.emit(.daddiu, 18, 18, 1)
    a.emit(.lbu, 19, 5, 8)
    a.emit(.addu, 20, 19, 13)
    a.emit(.sb, 20, 9, 8)
    a.emit(.addiu, 9, 9, 1)
    a.emit(.srl, 21, 20, 2)
    a.emit(.or, 22, 21, 20)
    a.emit(.andi, 9, 9, 0xFFF)
    a.branch(.beq, 0, 0, to: loop)
    return a.words
  }

  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Prints a figure and expects nothing of it: other work on the host must not make a test fail.
  @Test func aLoopInTurnsOf52CyclesRunsAtSomeSpeed() {
    let harness = ProcessorHarness()
    harness.put(Self.program(), at: 0x1000)
    harness.processor.reset(entry: ProcessorHarness.kernel + 0x1000, arguments: (0, 0, 0, 0))
    harness.run(until: 100_000)
    let before = harness[.instructions]
    let start = threadSeconds()
    harness.run(until: 60_000_000)
    let seconds = threadSeconds() - start
    let executed = Double(harness[.instructions] - before)
    print("processor: \(Int(executed / seconds / 1e6)) million instructions a second of the host's processor time")
    #expect(executed > 0)
  }
}
