@testable import NUMAchine

/// Instruction words from the machine's own table, operands in the order of assembly language.
struct Assembler {
  var words: [UInt32] = []
  let base: UInt64

  init(at base: UInt64 = 0) { self.base = base }

  /// Address of the next instruction.
  var here: UInt64 { base + UInt64(words.count) * 4 }

  static let forms: [Operation: InstructionForm] = Dictionary(
    uniqueKeysWithValues: InstructionForm.all(of: .mips64r2).map { ($0.operation, $0) })

  /// One instruction. Operands: registers and immediates as written, but memory operands as `rt, offset,
  /// base` and branches with a word offset from the delay slot. A condition of the floating-point unit, or
  /// the selector of a control register, comes last; bit fields are position and, above bit 8, size; of four
  /// registers the last is above bit 8 of the third.
  static func encode(_ operation: Operation, _ x: Int = 0, _ y: Int = 0, _ z: Int = 0) -> UInt32 {
    let form = forms[operation]!
    func rs(_ n: Int) -> UInt32 { UInt32(n) << 21 }
    func rt(_ n: Int) -> UInt32 { UInt32(n) << 16 }
    func rd(_ n: Int) -> UInt32 { UInt32(n) << 11 }
    func low(_ n: Int) -> UInt32 { UInt32(truncatingIfNeeded: n) & 0xFFFF }
    let fields: UInt32 =
      switch form.operands {
      case .none: 0
      case .code: UInt32(x) << 6
      case .jump: UInt32(truncatingIfNeeded: x >> 2) & 0x3FF_FFFF
      case .rdRsRt: rd(x) | rs(y) | rt(z)
      case .rdRtSa: rd(x) | rt(y) | UInt32(z) << 6
      case .rdRtRs: rd(x) | rt(y) | rs(z)
      case .rsRt: rs(x) | rt(y)
      case .rd: rd(x)
      case .rs: rs(x)
      case .rdRs: rd(x) | rs(y)
      case .rtRsSigned, .rtRsUnsigned: rt(x) | rs(y) | low(z)
      case .rtUpper: rt(x) | low(y)
      case .rsImmediate: rs(x) | low(y)
      case .branchRsRt: rs(x) | rt(y) | low(z)
      case .branchRs: rs(x) | low(y)
      case .load, .loadMerging, .store, .storeConditional, .cache: rt(x) | low(y) | rs(z)
      case .fromControl, .toControl: rt(x) | rd(y) | UInt32(z)
      case .fromFloat, .toFloat, .rtRd: rt(x) | rd(y)
      case .floatLoad, .floatStore: rt(x) | low(y) | rs(z)
      case .floatBranch: low(x) | UInt32(y) << 18
      case .fdFsFt: UInt32(x) << 6 | rd(y) | rt(z)
      case .fdFs: UInt32(x) << 6 | rd(y)
      case .fsFt: rd(x) | rt(y) | UInt32(z) << 8
      case .rdRsBoth: rd(x) | rt(x) | rs(y)
      case .rdRt, .rdRtShadow: rd(x) | rt(y)
      case .bitField: rt(x) | rs(y) | bitField(operation, position: z & 63, size: z >> 8)
      case .rt: rt(x)
      case .rdRsCondition: rd(x) | rs(y) | UInt32(z) << 18
      case .hint: rt(x) | low(y) | rs(z)
      case .addressOnly: low(x) | rs(y)
      case .fdFsRt: UInt32(x) << 6 | rd(y) | rt(z)
      case .fdFsCondition: UInt32(x) << 6 | rd(y) | UInt32(z) << 18
      case .fdFrFsFt: UInt32(x) << 6 | rs(y) | rd(z & 31) | rt(z >> 8)
      case .fdFsFtRs: UInt32(x) << 6 | rd(y) | rt(z & 31) | rs(z >> 8)
      case .indexedLoad: UInt32(x) << 6 | rt(y) | rs(z)
      case .indexedStore, .indexedHint: rd(x) | rt(y) | rs(z)
      }
    return form.word | fields
  }

  private static func bitField(_ operation: Operation, position: Int, size: Int) -> UInt32 {
    let last = position + size - 1
    let (most, least) =
      switch operation {
      case .ext, .dext: (size - 1, position)
      case .dextm: (size - 33, position)
      case .dextu: (size - 1, position - 32)
      case .ins, .dins: (last, position)
      case .dinsm: (last - 32, position)
      default: (last - 32, position - 32)
      }
    return UInt32(most) << 11 | UInt32(least) << 6
  }

  mutating func emit(_ operation: Operation, _ x: Int = 0, _ y: Int = 0, _ z: Int = 0) {
    words.append(Self.encode(operation, x, y, z))
  }

  mutating func nop(_ count: Int = 1) { words += [UInt32](repeating: 0, count: count) }

  /// A branch to an address, with a NOP in its slot.
  mutating func branch(_ operation: Operation, _ x: Int, _ y: Int, to target: UInt64) {
    let offset = Int(Int64(bitPattern: target &- here)) / 4 - 1
    if Self.forms[operation]!.operands == .branchRs {
      emit(operation, x, offset)
    } else {
      emit(operation, x, y, offset)
    }
    nop()
  }

  /// Loads a 64-bit constant in the usual six instructions.
  mutating func load(_ register: Int, _ value: UInt64) {
    emit(.lui, register, Int(value >> 48))
    emit(.ori, register, register, Int(value >> 32 & 0xFFFF))
    emit(.dsll, register, register, 16)
    emit(.ori, register, register, Int(value >> 16 & 0xFFFF))
    emit(.dsll, register, register, 16)
    emit(.ori, register, register, Int(value & 0xFFFF))
  }
}
