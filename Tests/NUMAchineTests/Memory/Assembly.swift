@testable import NUMAchine

/// Instructions with labels.
struct Assembly {
  private(set) var words: [UInt32] = []
  private var labels: [String: Int] = [:]
  private var branches: [(index: Int, label: String)] = []

  mutating func add(_ more: UInt32...) { words += more }
  mutating func add(_ more: [UInt32]) { words += more }
  mutating func label(_ name: String) { labels[name] = words.count }

  /// Branches if the registers are equal, or not; the delay slot is empty.
  mutating func branch(ifEqual rs: UInt32, _ rt: UInt32, to label: String) {
    branches.append((words.count, label))
    words += [Asm.beq(rs, rt, 0), Asm.nop]
  }
  mutating func branch(ifNotEqual rs: UInt32, _ rt: UInt32, to label: String) {
    branches.append((words.count, label))
    words += [Asm.bne(rs, rt, 0), Asm.nop]
  }
  mutating func branch(to label: String) { branch(ifEqual: 0, 0, to: label) }

  /// `register` ^= itself shifted about: the next random number, as `Xorshift` has it.
  mutating func nextRandom(_ register: UInt32, scratch: UInt32) {
    for (left, by) in [(true, 13), (false, 7), (true, 17)] as [(Bool, UInt32)] {
      add(
        left ? Asm.dsll(scratch, register, by) : Asm.dsrl(scratch, register, by), Asm.xor(register, register, scratch))
    }
  }

  /// Some bits of a register, shifted.
  mutating func field(_ target: UInt32, of register: UInt32, from bit: UInt32, mask: Int, times shift: UInt32) {
    add(Asm.dsrl(target, register, bit), Asm.andi(target, target, mask))
    if shift > 0 { add(Asm.dsll(target, target, shift)) }
  }

  /// The program with its branches.
  var program: [UInt32] {
    var result = words
    for (index, label) in branches { result[index] |= UInt32(truncatingIfNeeded: labels[label]! - index - 1) & 0xFFFF }
    return result
  }
}

/// The random numbers of guest programs.
struct Xorshift {
  var state: UInt64

  /// The numbers of a processor.
  init(seed: UInt64, processor: Int) { state = seed ^ UInt64(processor + 1) << 29 ^ UInt64(processor + 1) << 11 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// What `init` does, for the processor whose number is in register 4.
  static func seed(_ register: UInt32, _ seed: UInt64, scratch: (UInt32, UInt32)) -> [UInt32] {
    Asm.li(register, seed) + [
      Asm.daddiu(scratch.0, 4, 1), Asm.dsll(scratch.1, scratch.0, 29), Asm.xor(register, register, scratch.1),
      Asm.dsll(scratch.1, scratch.0, 11),
      Asm.xor(register, register, scratch.1),
    ]
  }
}
