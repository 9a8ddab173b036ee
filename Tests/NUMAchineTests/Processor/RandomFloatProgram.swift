@testable import NUMAchine

/// A program of random floating-point instructions in blocks: each loads registers with edge values, sets the
/// rounding mode, and stores FCR31 after each operation and all registers at its end. What it writes to its
/// standard output is all that it stored.
struct RandomFloatProgram {
  private var random: SeededGenerator
  private var code = Assembler(at: UserProgram.base + 0x1_0000)
  private var values: [UInt64] = []
  /// The operations, in the order in which they stand in the program.
  private(set) var operations: [Operation] = []
  private let length: Int
  private let choice: [Operation]
  private let model: ProcessorModel

  private let input = 29, output = 28
  /// Registers under test; the others keep out of the way.
  static let registers = 12

  /// - Parameter longs: with conversions to and from 64-bit integers, which QEMU's R4000 does not have.
  init(seed: UInt64, length: Int, longs: Bool, model: ProcessorModel = .r4400) {
    random = SeededGenerator(seed: seed)
    self.length = length
    self.model = model
    choice = InstructionForm.all(of: model).filter { $0.isFloat && (longs || !$0.operation.usesLong) }.map(\.operation)
  }

  /// Words of output of a block: FCR31 and an integer register after each operation, and the registers.
  static func blockWords(length: Int) -> Int { length * 2 + registers }

  mutating func make(blocks: Int) -> UserProgram {
    let original = self
    let outputBytes = blocks * Self.blockWords(length: length) * 8
    var layout: UInt64 = 0
    for _ in 0..<2 {
      let start = layout
      self = original
      code.load(input, start)
      code.load(output, start + UInt64(blocks * (Self.registers + 1) * 8))
      for _ in 0..<blocks { block() }
      code.load(5, start + UInt64(blocks * (Self.registers + 1) * 8))
      code.load(6, UInt64(outputBytes))
      code.emit(.addiu, 4, 0, 1)
      code.emit(.addiu, 2, 0, 5001)
      code.emit(.syscall)
      code.emit(.addiu, 4, 0, 0)
      code.emit(.addiu, 2, 0, 5058)
      code.emit(.syscall)
      code.nop(4)
      layout = (code.here + 64) & ~63
    }
    var image: [UInt8] = []
    for word in code.words { withUnsafeBytes(of: word.littleEndian) { image += $0 } }
    image += [UInt8](repeating: 0, count: Int(layout - UserProgram.base - 0x1_0000) - image.count)
    for value in values { withUnsafeBytes(of: value.littleEndian) { image += $0 } }
    return UserProgram(image: image, bssBytes: outputBytes + 4096)
  }

  private mutating func any(_ values: [UInt64]) -> UInt64 { values[Int(random.next() % UInt64(values.count))] }
  private mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }

  private mutating func single() -> UInt64 {
    let mask: UInt64 = 0x7F_FFFF
    let (all, some, shift) = (random.next() & mask, mask - 1, below(24))
    let fraction = any([0, 1, mask, 0x40_0000, 0x3F_FFFF, all, (some << shift) & mask])
    let (up, down, whole) = (127 + below(66), 127 - below(40), below(256))
    let exponent = any([0, 0, 1, 2, 254, 253, 255, 126, 127, 128, up, down, whole, 157, 158, 150])
    return any([0, 1 << 31]) | exponent << 23 | fraction
  }

  private mutating func double() -> UInt64 {
    let mask: UInt64 = 1 << 52 - 1
    let (all, other, short, shift) = (random.next() & mask, random.next() & mask, below(1 << 23) << 29, below(53))
    let half: UInt64 = 1 << 28
    let fraction = any([
      0, 1, mask, 1 << 51, mask >> 1, all, other, (mask << shift) & mask, short, short | half, (mask >> 24) << 24,
    ])
    let (up, down, whole, tiny) = (1023 + below(66), 1023 - below(60), below(2048), 1023 - 149 - below(3))
    let exponent = any([
      0, 0, 1, 2, 2046, 2045, 2047, 1022, 1023, 1024, up, down, whole, tiny, 1054, 1086, 1150, 896, 897, 1075,
    ])
    return any([0, 1 << 63]) | exponent << 52 | fraction
  }

  private mutating func value() -> UInt64 {
    let (few, many) = (random.next() >> below(64), ~(random.next() >> below(64)))
    switch below(9) {
    case 0...3: return double()
    case 4...7: return single() | single() << 32
    default: return any([0, 1, .max, 1 << 63, .max >> 1, few, many])
    }
  }

  private mutating func register() -> Int { Int(random.next() % UInt64(Self.registers)) }

  private mutating func controlRegister() -> Int {
    model == .r4400 ? 31 : [25, 26, 28, 31, 31].randomElement(using: &random)!
  }

  private mutating func block() {
    for register in 0..<Self.registers {
      values.append(value())
      code.emit(.ldc1, register, register * 8, input)
    }
    // Rounding mode, sticky flags and condition at will; flushing now and then; no exception enabled.
    let mask: UInt64 = model == .r4400 ? 0x0080_007F : 0xFE80_007F
    values.append(random.next() & (random.next() % 4 == 0 ? mask | 0x0100_0000 : mask))
    code.emit(.ld, 8, Self.registers * 8, input)
    code.emit(.daddiu, input, input, (Self.registers + 1) * 8)
    code.emit(.ctc1, 8, 31)
    code.emit(.addiu, 9, 0, 0)
    for place in 0..<length {
      let operation = choice.randomElement(using: &random)!
      operations.append(operation)
      let condition = model == .r4400 ? 0 : Int(below(8)) & (operation.isPaired ? 6 : 7)
      switch Assembler.forms[operation]!.operands {
      case .fdFsRt: code.emit(operation, register(), register(), [0, 9, 29].randomElement(using: &random)!)
      case .fdFsCondition: code.emit(operation, register(), register(), condition)
      case .rdRsCondition: code.emit(operation, 9, 8, condition)
      case .fdFrFsFt: code.emit(operation, register(), register(), register() | register() << 8)
      case .fdFsFtRs:
        code.emit(.addiu, 11, 0, [0, 4].randomElement(using: &random)!)
        code.emit(operation, register(), register(), register() | 11 << 8)
      case .indexedLoad:
        code.emit(
          .addiu, 11, 0, -8 * Int(below(UInt64(Self.registers))) - 16 + (operation == .luxc1 ? Int(below(8)) : 0))
        code.emit(operation, register(), 11, input)
      case .indexedStore:
        code.emit(.addiu, 11, 0, place * 16 + 8 + (operation == .suxc1 ? Int(below(8)) : 0))
        code.emit(operation, register(), 11, output)
      case .indexedHint: code.emit(operation, 0, 8, input)
      case .fdFsFt: code.emit(operation, register(), register(), register())
      case .fdFs: code.emit(operation, register(), register())
      case .fsFt: code.emit(operation, register(), register(), condition)
      case .fromFloat: code.emit(operation, 9, operation == .cfc1 ? controlRegister() : register())
      case .toFloat where operation == .ctc1:
        let control = controlRegister()
        // Of the register of conditions, the bits that mean nothing must be zero.
        code.emit(.andi, 10, 8, 0xFF)
        code.emit(.ctc1, control == 25 ? 10 : 8, control)
      case .toFloat: code.emit(operation, 9, register())
      case .floatLoad: code.emit(operation, register(), -8 * Int(random.next() % UInt64(Self.registers)) - 16, input)
      case .floatStore: code.emit(operation, register(), place * 16 + 8, output)
      default:
        code.emit(operation, 2, condition)
        code.emit(.daddiu, 9, 9, 3)
        code.emit(.xori, 9, 9, 0x55)
      }
      code.emit(.cfc1, 10, 31)
      code.emit(.sd, 10, place * 16, output)
      if ![.swc1, .sdc1, .swxc1, .sdxc1, .suxc1].contains(operation) { code.emit(.sd, 9, place * 16 + 8, output) }
    }
    for register in 0..<Self.registers { code.emit(.sdc1, register, (length * 2 + register) * 8, output) }
    code.emit(.daddiu, output, output, Self.blockWords(length: length) * 8)
  }
}

extension Operation {
  /// Works on two singles, and with two neighbouring conditions.
  var isPaired: Bool { "\(self)".hasSuffix("PS") }

  /// Converts to or from a 64-bit integer.
  var usesLong: Bool {
    switch self {
    case .roundLS, .truncLS, .ceilLS, .floorLS, .roundLD, .truncLD, .ceilLD, .floorLD, .cvtSL, .cvtDL, .cvtLS, .cvtLD:
      true
    default: false
    }
  }
}
