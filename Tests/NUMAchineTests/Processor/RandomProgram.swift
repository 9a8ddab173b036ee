@testable import NUMAchine

/// A small generator of numbers whose sequence the seed decides (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// A program of random integer instructions in blocks: each block loads the registers with edge values,
/// executes, and stores all registers, HI and LO. What it writes to its standard output is all that it
/// stored.
///
/// What the architecture leaves undefined is avoided: division by zero, 32-bit shifts right of values that
/// are no 32-bit values, traps.
struct RandomProgram {
  private var random: SeededGenerator
  private var code = Assembler(at: UserProgram.base + 0x1_0000)
  private var values: [UInt64] = []
  /// How often each operation occurs.
  private(set) var operations: [Operation: Int] = [:]

  /// Registers with a fixed part: values, results, memory under test, two small numbers that are never
  /// written.
  private let input = 29, output = 27, scratch = 26, small = 28, negative = 30
  private let free = Array(1...25)
  static let dumped = Array(1...25) + [28, 30, 31]
  private var smallValue: Int64 = 0
  private var negativeValue: Int64 = 0
  private static let scratchBytes = 256

  private let plain: [Operation]
  private let branches: [Operation]

  init(seed: UInt64, model: ProcessorModel = .r4400) {
    random = SeededGenerator(seed: seed)
    let forms = InstructionForm.all(of: model).filter { !$0.isFloat && !Self.privileged.contains($0.operation) }
    plain = forms.map(\.operation).filter { !$0.isBranch }
    branches = forms.map(\.operation).filter { $0.isBranch }
  }

  /// What no program may do, or not without an exception.
  static let privileged: Set<Operation> = [
    .syscall, .break, .cache, .mfc0, .dmfc0, .mtc0, .dmtc0, .tlbr, .tlbwi, .tlbwr, .tlbp, .eret, .di, .ei, .wait,
    .rdpgpr, .wrpgpr, .rdhwr,
  ]

  /// Length of what the program writes, in bytes, for a number of blocks.
  static func outputBytes(blocks: Int) -> Int { blocks * (dumped.count + 2) * 8 + scratchBytes }

  mutating func make(blocks: Int, length: Int) -> UserProgram {
    // Addresses of the parts behind the code: first pass with zeros for their size.
    let original = self
    var layout: UInt64 = 0
    for _ in 0..<2 {
      let start = layout
      self = original
      let inputBytes = UInt64(blocks * (free.count + 2) * 8)
      code.load(input, start)
      code.load(scratch, start + inputBytes + UInt64(Self.scratchBytes / 2))
      code.load(output, start + inputBytes + UInt64(Self.scratchBytes))
      for _ in 0..<blocks { block(length: length) }
      finish(start + inputBytes, blocks)
      layout = (code.here + 64) & ~63
    }
    var image: [UInt8] = []
    for word in code.words { withUnsafeBytes(of: word.littleEndian) { image += $0 } }
    image += [UInt8](repeating: 0, count: Int(layout - UserProgram.base - 0x1_0000) - image.count)
    for value in values { withUnsafeBytes(of: value.littleEndian) { image += $0 } }
    for _ in 0..<Self.scratchBytes / 8 { withUnsafeBytes(of: edge()) { image += $0 } }
    return UserProgram(image: image, bssBytes: Self.outputBytes(blocks: blocks) + 4096)
  }

  private mutating func edge() -> UInt64 {
    switch random.next() % 8 {
    case 0: return 0
    case 1: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: random.next())))
    case 2:
      return [1, .max, 0x8000_0000, 0x7FFF_FFFF, 1 << 63, .max >> 1, 0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF].randomElement(
        using: &random)!
    case 3: return 1 << (random.next() % 64)
    case 4: return random.next() >> (random.next() % 64)
    case 5: return ~(random.next() >> (random.next() % 64))
    default: return random.next()
    }
  }

  /// The operations of each block with their first operand, which is mostly what they write.
  private var history: [[(Operation, Int)]] = []

  /// The operations that may have written a register in a block.
  func writers(of register: Int, inBlock block: Int) -> [Operation] {
    history[block].filter { $0.1 == register || register < 0 }.map(\.0)
  }

  private mutating func emit(_ operation: Operation, _ x: Int = 0, _ y: Int = 0, _ z: Int = 0) {
    operations[operation, default: 0] += 1
    history[history.count - 1].append((operation, x))
    code.emit(operation, x, y, z)
  }

  private mutating func block(length: Int) {
    history.append([])
    let filled = free.map { _ in edge() }
    values += filled
    smallValue = Int64(random.next() % 1000) + 1
    negativeValue = -Int64(random.next() % 1000) - 1
    values += [UInt64(bitPattern: smallValue), UInt64(bitPattern: negativeValue)]
    for (index, register) in (free + [small, negative]).enumerated() { code.emit(.ld, register, index * 8, input) }
    code.emit(.daddiu, input, input, (free.count + 2) * 8)
    code.emit(.mthi, Int.random(in: 1...25, using: &random))
    code.emit(.mtlo, Int.random(in: 1...25, using: &random))
    for _ in 0..<length { instruction(inSlot: false) }
    for (index, register) in Self.dumped.enumerated() { code.emit(.sd, register, index * 8, output) }
    code.emit(.mfhi, 1)
    code.emit(.mflo, 2)
    code.emit(.sd, 1, Self.dumped.count * 8, output)
    code.emit(.sd, 2, Self.dumped.count * 8 + 8, output)
    code.emit(.daddiu, output, output, (Self.dumped.count + 2) * 8)
  }

  private mutating func finish(_ scratchStart: UInt64, _ blocks: Int) {
    // The memory under test and the results lie one behind the other.
    code.load(5, scratchStart)
    code.load(6, UInt64(Self.outputBytes(blocks: blocks)))
    code.emit(.addiu, 4, 0, 1)
    code.emit(.addiu, 2, 0, 5001)
    code.emit(.syscall)
    code.emit(.addiu, 4, 0, 0)
    code.emit(.addiu, 2, 0, 5058)
    code.emit(.syscall)
    code.nop(4)
  }

  private mutating func source() -> Int {
    random.next() % 8 == 0
      ? [0, small, negative, 31].randomElement(using: &random)! : free.randomElement(using: &random)!
  }
  private mutating func destination() -> Int { random.next() % 16 == 0 ? 0 : free.randomElement(using: &random)! }
  private mutating func immediate() -> Int {
    [
      0, 1, -1, 32767, -32768, Int(Int16(truncatingIfNeeded: random.next())),
      Int(Int16(truncatingIfNeeded: random.next())),
    ].randomElement(
      using: &random)!
  }
  private mutating func offset(_ size: Int) -> Int {
    Int.random(in: -Self.scratchBytes / 2 / size..<Self.scratchBytes / 2 / size, using: &random) * size
  }

  private mutating func instruction(inSlot: Bool) {
    if !inSlot && random.next() % 6 == 0 { return branch() }
    let operation = plain.randomElement(using: &random)!
    switch operation {
    case .add, .sub, .dadd, .dsub:
      emit(
        operation, destination(), [0, small, negative].randomElement(using: &random)!,
        [0, small, negative].randomElement(using: &random)!)
    case .addu, .subu:
      // QEMU takes an ADDU or SUBU of $0 as a move, and does not make a 32-bit value of it.
      emit(operation, destination(), free.randomElement(using: &random)!, free.randomElement(using: &random)!)
    case .addi, .daddi:
      emit(operation, destination(), [0, small, negative].randomElement(using: &random)!, immediate())
    case .sra, .srl:
      let register = canonical(inSlot)
      emit(operation, destination(), register, Int(random.next() % 32))
    case .srav, .srlv:
      let register = canonical(inSlot)
      emit(operation, destination(), register, source())
    case .div, .divu, .ddiv, .ddivu:
      if inSlot { return emit(operation, source(), small) }
      let divisor = free.randomElement(using: &random)!
      code.emit(.ori, divisor, divisor, 1)
      // Operands of 32-bit division are 32-bit values.
      if operation == .div || operation == .divu { code.emit(.sll, divisor, divisor, 0) }
      let dividend = operation == .div || operation == .divu ? canonical(inSlot) : source()
      emit(operation, dividend, divisor == dividend ? small : divisor)
    case .mult, .multu, .madd, .maddu, .msub, .msubu:
      emit(operation, canonical(inSlot), inSlot ? small : canonical(inSlot))
    case .sc, .scd:
      if inSlot { return emit(.sync) }
      let place = offset(operation == .sc ? 4 : 8)
      emit(operation == .sc ? .ll : .lld, destination(), place, scratch)
      emit(operation, free.randomElement(using: &random)!, place, scratch)
    case .tge, .tgeu, .tlt, .tltu, .teq, .tne, .tgei, .tgeiu, .tlti, .tltiu, .teqi, .tnei: trap(operation)
    default: ordinary(operation)
    }
  }

  /// A register that holds a 32-bit value.
  private mutating func canonical(_ inSlot: Bool) -> Int {
    if inSlot { return [small, negative, 0].randomElement(using: &random)! }
    let register = free.randomElement(using: &random)!
    code.emit(.sll, register, register, 0)
    return register
  }

  private mutating func ordinary(_ operation: Operation) {
    switch Assembler.forms[operation]!.operands {
    case .rdRsRt, .rdRtRs: emit(operation, destination(), source(), source())
    case .rdRtSa: emit(operation, destination(), source(), Int(random.next() % 32))
    case .rsRt: emit(operation, source(), source())
    case .rd: emit(operation, destination())
    case .rs: emit(operation, source())
    case .rtRsSigned, .rtRsUnsigned: emit(operation, destination(), source(), immediate())
    case .rtUpper: emit(operation, destination(), immediate())
    case .load: emit(operation, destination(), offset(size(operation)), scratch)
    case .loadMerging: emit(operation, destination(), offset(1), scratch)
    case .store: emit(operation, source(), offset(size(operation)), scratch)
    case .rdRsBoth, .rdRt: emit(operation, destination(), source())
    case .bitField: emit(operation, destination(), source(), field(operation))
    case .hint: emit(operation, Int(random.next() % 8), offset(1), scratch)
    case .addressOnly: emit(operation, offset(4), scratch)
    default: emit(.sync)
    }
  }

  /// A bit field that the instruction can name.
  private mutating func field(_ operation: Operation) -> Int {
    let (positions, sizes): (ClosedRange<Int>, ClosedRange<Int>) =
      switch operation {
      case .ext, .ins: (0...31, 1...32)
      case .dext: (0...31, 1...32)
      case .dextm: (0...31, 33...64)
      case .dextu: (32...63, 1...32)
      case .dins: (0...31, 1...32)
      case .dinsm: (0...31, 2...64)
      default: (32...63, 1...32)
      }
    while true {
      let (position, size) = (Int.random(in: positions, using: &random), Int.random(in: sizes, using: &random))
      let end = position + size
      switch operation {
      case .ext, .ins, .dins: if end <= 32 { return position | size << 8 }
      case .dext: if end <= 63 { return position | size << 8 }
      case .dinsm: if end > 32 && end <= 64 { return position | size << 8 }
      default: if end <= 64 { return position | size << 8 }
      }
    }
  }

  private func size(_ operation: Operation) -> Int {
    switch operation {
    case .lh, .lhu, .sh: 2
    case .lw, .lwu, .sw, .ll: 4
    case .ld, .sd, .lld: 8
    default: 1
    }
  }

  /// A trap that does not occur.
  private mutating func trap(_ operation: Operation) {
    for _ in 0..<20 {
      let (a, b) = [
        (small, negative), (negative, small), (small, 0), (0, small), (0, negative), (negative, 0), (small, small),
      ].randomElement(
        using: &random)!
      func value(_ register: Int) -> Int64 { register == small ? smallValue : register == negative ? negativeValue : 0 }
      let isImmediate = Assembler.forms[operation]!.operands == .rsImmediate
      let constant = immediate()
      let x = value(a)
      let y = isImmediate ? Int64(constant) : value(b)
      let (ux, uy) = (UInt64(bitPattern: x), UInt64(bitPattern: y))
      let occurs =
        switch operation {
        case .tge, .tgei: x >= y
        case .tgeu, .tgeiu: ux >= uy
        case .tlt, .tlti: x < y
        case .tltu, .tltiu: ux < uy
        case .teq, .teqi: x == y
        default: x != y
        }
      if !occurs { return emit(operation, a, isImmediate ? constant : b) }
    }
  }

  /// A branch forward over a few instructions, with something in its delay slot.
  private mutating func branch() {
    let operation = branches.randomElement(using: &random)!
    let skipped = Int.random(in: 0...3, using: &random)
    operations[operation, default: 0] += 1
    switch operation {
    case .j, .jal, .jr, .jalr:
      let register = free.randomElement(using: &random)!
      // The target is known when the instructions between are: fill it in then.
      let place = code.words.count
      if operation == .jr || operation == .jalr { code.load(register, 0) }
      let jump = code.words.count
      code.nop()
      let slot = code.words.count
      repeat {
        code.words.removeLast(code.words.count - slot)
        instruction(inSlot: true)
      } while code.words.count != slot + 1
      for _ in 0..<skipped { code.emit(.addiu, free.randomElement(using: &random)!, source(), immediate()) }
      let target = code.here
      if operation == .jr || operation == .jalr {
        var pointer = Assembler()
        pointer.load(register, target)
        code.words.replaceSubrange(place..<jump, with: pointer.words)
      }
      switch operation {
      case .jr: code.words[jump] = Assembler.encode(.jr, register)
      case .jalr:
        code.words[jump] = Assembler.encode(
          .jalr, free.filter { $0 != register }.randomElement(using: &random)!, register)
      default: code.words[jump] = Assembler.encode(operation, Int(target))
      }
    default:
      // The register linked to is written by hand where the instruction does, so comparisons with it are
      // fine.
      if Assembler.forms[operation]!.operands == .branchRsRt {
        let a = source()
        code.emit(operation, a, random.next() % 3 == 0 ? a : source(), skipped + 1)
      } else {
        let a =
          [.bltzal, .bgezal, .bltzall, .bgezall].contains(operation) ? free.randomElement(using: &random)! : source()
        code.emit(operation, a, skipped + 1)
      }
      let slot = code.words.count
      repeat {
        code.words.removeLast(code.words.count - slot)
        instruction(inSlot: true)
      } while code.words.count != slot + 1
      for _ in 0..<skipped { code.emit(.xori, free.randomElement(using: &random)!, source(), 0x5A5A) }
    }
  }
}
