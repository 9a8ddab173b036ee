/// An instruction as the interpreter reads it, 8 bytes.
struct Instruction: BitwiseCopyable {
  /// Number of the operation (`operation`).
  var code: UInt8
  /// Cycles that it takes when its predecessors in the line came before it: 1, and the stall for what they
  /// load.
  var cycles: UInt8 = 1
  /// First source register, or shift amount.
  var a: UInt8 = 0
  /// Second source register, or the register an immediate instruction or load writes (then 32 stands for
  /// `$0`).
  var b: UInt8 = 0
  /// Immediate operand, branch offset in bytes, or the register that a three-register instruction writes (32
  /// stands for `$0`).
  var immediate: Int32 = 0

  init(operation: Operation = .reserved, cycles: UInt8 = 1, a: UInt8 = 0, b: UInt8 = 0, immediate: Int32 = 0) {
    code = UInt8(truncatingIfNeeded: operation.rawValue)
    (self.cycles, self.a, self.b, self.immediate) = (cycles, a, b, immediate)
  }
}

/// Register numbers in the interlock bytes of a line: no register, and no register but a branch.
enum Interlock {
  static let none: UInt8 = 255
  static let branch: UInt8 = 254
  static let noSource: UInt8 = 253
}

/// Makes decoded lines of instruction words.
///
/// A decoded line of *k* instructions is *k* + 2 entries: the instructions; `nextLine`, whose `a` and `b` are
/// the registers that the last and the last but one instruction load (`Interlock`), and whose immediate has
/// the four registers that the first two read; and *k* bytes of **credits**: the cycles of stall that an
/// instruction and its successor do not suffer when a jump enters the line at it.
struct InstructionDecoder {
  private struct Form {
    var operation: Operation = .reserved
    var operands: Operands = .none
  }
  private let major: UnsafeMutablePointer<Form>
  private let special: UnsafeMutablePointer<Form>
  private let branchImmediate: UnsafeMutablePointer<Form>
  private let controlMove: UnsafeMutablePointer<Form>
  private let control: UnsafeMutablePointer<Form>
  private let floatMove: UnsafeMutablePointer<Form>
  private let floatBranch: UnsafeMutablePointer<Form>
  /// 64 functions for each of five formats.
  private let float: UnsafeMutablePointer<Form>
  // Of `mips64r2`; nothing is in them on the other model.
  private let special2: UnsafeMutablePointer<Form>
  private let special3: UnsafeMutablePointer<Form>
  /// Operations on bytes and halfwords within a word, and within a doubleword.
  private let shuffle: UnsafeMutablePointer<Form>
  /// Functions of SPECIAL with the bit set that makes another instruction of them.
  private let marked: UnsafeMutablePointer<Form>
  private let floatIndexed: UnsafeMutablePointer<Form>
  /// By format and condition.
  private let floatMoveOnCondition: UnsafeMutablePointer<Form>
  private let interruptEnable: UnsafeMutablePointer<Form>
  private let loadDelay: Int
  private let isRelease2: Bool

  /// - Parameter loadDelay: cycles from the issue of a load to the issue of an instruction that uses it
  ///   without stalling.
  init(loadDelay: Int, model: ProcessorModel) {
    self.loadDelay = loadDelay
    isRelease2 = model == .mips64r2
    let forms = 17 * 64
    major = .allocate(capacity: forms)
    major.initialize(repeating: Form(), count: forms)
    special = major + 64
    branchImmediate = major + 128
    controlMove = major + 192
    control = major + 256
    floatMove = major + 320
    floatBranch = major + 352
    float = major + 384
    special2 = major + 704
    special3 = major + 768
    shuffle = major + 832
    marked = major + 896
    floatIndexed = major + 960
    floatMoveOnCondition = major + 1024
    interruptEnable = major + 1040
    for (place, form) in InstructionForm.all(of: model).enumerated() {
      let isOfR4400 = place < InstructionForm.r4400.count
      let entry = Form(operation: form.operation.executed(form.operands, isOfR4400: isOfR4400), operands: form.operands)
      switch form.encoding {
      case .major(let code): major[Int(code)] = entry
      case .special(let code): special[Int(code)] = entry
      case .branchImmediate(let code): branchImmediate[Int(code)] = entry
      case .controlMove(let code): controlMove[Int(code)] = entry
      case .control(let code): control[Int(code)] = entry
      case .floatMove(let code): floatMove[Int(code)] = entry
      case .floatBranch(let code):
        // The bits above say which condition.
        for condition in 0..<(isRelease2 ? 8 : 1) { floatBranch[condition << 2 | Int(code)] = entry }
      case .float(let format, let code): float[Self.row(format) * 64 + Int(code)] = entry
      case .special2(let code): special2[Int(code)] = entry
      case .special3(let code): special3[Int(code)] = entry
      case .shuffle(let code, let which): shuffle[Int(code & 4) << 3 | Int(which)] = entry
      case .rotation(let code), .rotationByRegister(let code): marked[Int(code)] = entry
      case .moveOnCondition(let state): (state == 0 ? special : marked)[1] = entry
      case .floatMoveOnCondition(let format, let state):
        floatMoveOnCondition[Self.row(format) << 1 | Int(state)] = entry
      case .floatIndexed(let code): floatIndexed[Int(code)] = entry
      case .interruptEnable(let state): interruptEnable[Int(state)] = entry
      }
    }
  }

  private static func row(_ format: FloatFormatField) -> Int {
    switch format {
    case .single: 0
    case .double: 1
    case .word: 2
    case .long: 3
    case .paired: 4
    }
  }

  /// Coprocessor 1: moves, branches and arithmetic share the major code.
  private func floatForm(of word: UInt32) -> Form {
    let field = word >> 21 & 31
    if let format = FloatFormatField(rawValue: field) {
      if word & 63 == 17 { return floatMoveOnCondition[Self.row(format) << 1 | Int(word >> 16 & 1)] }
      return float[Self.row(format) * 64 + Int(word & 63)]
    }
    if field == 8 { return floatBranch[Int(word >> 16 & 31)] }
    return field < 16 ? floatMove[Int(field)] : Form()
  }

  func deallocate() { major.deallocate() }

  private func form(of word: UInt32) -> Form {
    switch word >> 26 {
    case 0: isRelease2 && Self.isMarked(word) ? marked[Int(word & 63)] : special[Int(word & 63)]
    case 1: branchImmediate[Int(word >> 16 & 31)]
    case 16 where word >> 25 & 1 != 0: control[Int(word & 63)]
    case 16 where word >> 21 & 31 == 11: interruptEnable[Int(word >> 5 & 1)]
    case 16: controlMove[Int(word >> 21 & 31)]
    case 17: floatForm(of: word)
    case 19: floatIndexed[Int(word & 63)]
    case 28: special2[Int(word & 63)]
    case 31 where word & 0x3B == 32: shuffle[Int(word & 4) << 3 | Int(word >> 6 & 31)]
    case 31: special3[Int(word & 63)]
    default: major[Int(word >> 26)]
    }
  }

  /// A function of SPECIAL that a bit in another field makes another instruction: a shift a rotation, MOVF a
  /// MOVT.
  private static func isMarked(_ word: UInt32) -> Bool {
    switch word & 63 {
    case 1: word >> 16 & 1 != 0
    case 2, 58, 62: word >> 21 & 1 != 0
    case 6, 22: word >> 6 & 1 != 0
    default: false
    }
  }

  func decode(_ word: UInt32) -> Instruction {
    let form = form(of: word)
    let rs = UInt8(word >> 21 & 31)
    let rt = UInt8(word >> 16 & 31)
    let rd = UInt8(word >> 11 & 31)
    let signed = Int32(Int16(truncatingIfNeeded: word))
    func written(_ register: UInt8) -> UInt8 { register == 0 ? 32 : register }
    var result = Instruction(operation: form.operation)
    if form.operation == .reserved {
      return decodeForeign(word)
    }
    switch form.operands {
    case .none: break
    case .code: result.immediate = Int32(word >> 6 & 0xFFFFF)
    case .jump: result.immediate = Int32(word & 0x3FF_FFFF) << 2
    case .rdRsRt, .rdRtRs: (result.a, result.b, result.immediate) = (rs, rt, Int32(written(rd)))
    case .rdRtSa: (result.a, result.b, result.immediate) = (UInt8(word >> 6 & 31), rt, Int32(written(rd)))
    case .rsRt: (result.a, result.b) = (rs, rt)
    case .rd: result.immediate = Int32(written(rd))
    case .rs: result.a = rs
    case .rdRs: (result.a, result.immediate) = (rs, Int32(written(rd)))
    case .rtRsSigned, .load, .loadMerging: (result.a, result.b, result.immediate) = (rs, written(rt), signed)
    case .rtRsUnsigned: (result.a, result.b, result.immediate) = (rs, written(rt), Int32(word & 0xFFFF))
    case .rtUpper: (result.b, result.immediate) = (written(rt), signed << 16)
    case .rsImmediate: (result.a, result.immediate) = (rs, signed)
    case .branchRsRt, .branchRs: (result.a, result.b, result.immediate) = (rs, rt, signed << 2)
    case .store, .storeConditional, .cache: (result.a, result.b, result.immediate) = (rs, rt, signed)
    case .fromControl: (result.a, result.b) = (rd | selection(word), written(rt))
    case .toControl: (result.a, result.b) = (rd | selection(word), rt)
    case .fromFloat: (result.a, result.b) = (rd, written(rt))
    case .toFloat: (result.a, result.b) = (rd, rt)
    case .floatLoad, .floatStore: (result.a, result.b, result.immediate) = (rs, rt, signed)
    case .floatBranch: (result.a, result.immediate) = (rt >> 2, signed << 2)
    case .fdFsFt, .fdFs, .fdFsRt, .fdFsCondition, .fdFrFsFt, .fdFsFtRs:
      // Function and format (or a further register) go along: the unit decides by them.
      (result.a, result.b, result.immediate) = (rd, rt, Int32(word >> 6 & 31 | (word & 63) << 8 | UInt32(rs) << 16))
    case .fsFt:
      let condition = isRelease2 ? word >> 6 & 31 : 0
      (result.a, result.b, result.immediate) = (rd, rt, Int32(condition | (word & 63) << 8 | UInt32(rs) << 16))
    case .rdRsBoth: (result.a, result.immediate) = (rs, Int32(written(rd)))
    case .rdRt, .rdRtShadow: (result.b, result.immediate) = (rt, Int32(written(rd)))
    case .bitField: (result.a, result.b, result.immediate) = (rs, written(rt), Self.bitField(form.operation, word))
    case .rt: result.b = written(rt)
    case .rtRd: (result.a, result.b) = (rd, written(rt))
    case .rdRsCondition: (result.a, result.b, result.immediate) = (rs, rt >> 2, Int32(written(rd)))
    case .hint, .indexedHint: break
    case .addressOnly: (result.a, result.immediate) = (rs, signed)
    case .indexedLoad: (result.a, result.b, result.immediate) = (rs, rt, Int32(word >> 6 & 31))
    case .indexedStore: (result.a, result.b, result.immediate) = (rs, rt, Int32(rd))
    }
    return result
  }

  /// The selector of a control register, above its number.
  private func selection(_ word: UInt32) -> UInt8 { isRelease2 ? UInt8(word & 7) << 5 : 0 }

  /// Position of a bit field, and its size above that.
  private static func bitField(_ operation: Operation, _ word: UInt32) -> Int32 {
    let (most, least) = (Int32(word >> 11 & 31), Int32(word >> 6 & 31))
    switch operation {
    case .ext, .dext: return least | (most + 1) << 8
    case .dextm: return least | (most + 33) << 8
    case .dextu: return least + 32 | (most + 1) << 8
    case .ins, .dins: return least | max(most - least + 1, 0) << 8
    case .dinsm: return least | (most + 33 - least) << 8
    default: return least + 32 | max(most - least + 1, 0) << 8
    }
  }

  /// What is not in the table: an instruction of a coprocessor, or none at all.
  private func decodeForeign(_ word: UInt32) -> Instruction {
    switch word >> 26 {
    case 16: Instruction(operation: .reserved, immediate: 1)  // usable or not is the first question
    case 17:
      // Arithmetic or not decides what it raises; from MIPS IV on all are reserved.
      Instruction(
        operation: .coprocessor,
        immediate: !isRelease2 && (word >> 21 & 0x1E == 16 || word >> 21 & 0x1E == 20) ? 1 | 16 : 1)
    case 18, 50, 54, 58, 62: Instruction(operation: .coprocessor, immediate: 2)
    case 19: Instruction(operation: .coprocessor, immediate: isRelease2 ? 1 : 3)
    default: Instruction(operation: .reserved)
    }
  }

  /// The registers that an instruction needs at issue. What LWL and its like merge into is forwarded and
  /// never waited for.
  private func sources(of word: UInt32) -> (UInt8, UInt8) {
    let rs = UInt8(word >> 21 & 31)
    let rt = UInt8(word >> 16 & 31)
    switch form(of: word).operands {
    case .none, .code, .jump, .rd, .rtUpper, .fromControl, .fromFloat, .floatBranch, .fdFsFt, .fdFs, .fsFt, .rt, .rtRd,
      .fdFsCondition, .fdFrFsFt:
      return (Interlock.noSource, Interlock.noSource)
    case .rdRsRt, .rdRtRs, .rsRt, .branchRsRt, .store, .storeConditional, .indexedLoad, .indexedStore, .indexedHint:
      return (rs, rt)
    case .rdRtSa, .toControl, .toFloat, .rdRt, .rdRtShadow, .fdFsRt: return (rt, Interlock.noSource)
    case .bitField:
      // What a field is inserted into is read too; bit 2 of the function tells.
      return (rs, word & 4 != 0 ? rt : Interlock.noSource)
    case .rs, .rdRs, .rtRsSigned, .rtRsUnsigned, .rsImmediate, .branchRs, .load, .loadMerging, .cache,
      .floatLoad, .floatStore, .rdRsBoth, .rdRsCondition, .hint, .addressOnly, .fdFsFtRs:
      return (rs, Interlock.noSource)
    }
  }

  /// The register whose use must wait, or why there is none.
  func loaded(by word: UInt32) -> UInt8 {
    let form = form(of: word)
    if form.operation.isBranch { return Interlock.branch }
    let rt = UInt8(word >> 16 & 31)
    return (form.operands == .load || form.operands == .loadMerging) && rt != 0 ? rt : Interlock.none
  }

  /// Stall of an instruction that reads `sources` when the one before it loaded `last`, and the one before
  /// that `lastButOne`.
  @inline(__always)
  private func stall(_ sources: (UInt8, UInt8), last: UInt8, lastButOne: UInt8) -> Int {
    if sources.0 == last || sources.1 == last { return loadDelay - 1 }
    if sources.0 == lastButOne || sources.1 == lastButOne { return max(loadDelay - 2, 0) }
    return 0
  }

  /// Makes the 64-bit instructions of a decoded line reserved.
  func narrow(_ line: UnsafeMutablePointer<Instruction>, count: Int) {
    for index in 0..<count where line[index].operation.is64Bit {
      line[index].operation = .reserved
      line[index].immediate = 0
    }
  }

  /// Decodes the `count` instruction words of a line.
  func decodeLine(_ words: UnsafePointer<UInt32>, count: Int, into line: UnsafeMutablePointer<Instruction>) {
    let credits = UnsafeMutableRawPointer(line + count + 1).assumingMemoryBound(to: UInt8.self)
    var last = Interlock.none
    var lastButOne = Interlock.none
    var previousStall = 0
    for index in 0..<count {
      let word = words[index]
      line[index] = decode(word)
      let sources = sources(of: word)
      // A stall of the instruction between has already covered one of the two cycles that a load two places
      // before costs.
      var stall = stall(sources, last: last, lastButOne: Interlock.none)
      stall = max(stall, self.stall(sources, last: Interlock.none, lastButOne: lastButOne) - previousStall)
      line[index].cycles = UInt8(1 + stall)
      (lastButOne, last, previousStall) = (last, loaded(by: word), stall)
      credits[index] = UInt8(stall)
    }
    // Credit for what the successor no longer waits for: a load just before the instruction that the jump
    // enters at.
    for index in 0..<count - 1 where index > 0 {
      let load = loaded(by: words[index - 1])
      let after = sources(of: words[index + 1])
      let own = loaded(by: words[index])
      let afresh = stall(after, last: own, lastButOne: Interlock.none)
      if load < 32, after.0 == load || after.1 == load {
        credits[index] &+= UInt8(max(Int(line[index + 1].cycles) - 1 - afresh, 0))
      }
    }
    let first = sources(of: words[0])
    let second = sources(of: words[1])
    // Where the last instruction stalls, the load before it is done with.
    let before = line[count - 1].cycles > 1 ? Interlock.none : loaded(by: words[count - 2])
    line[count] = Instruction(
      operation: .nextLine, cycles: 0, a: loaded(by: words[count - 1]), b: before,
      immediate: Int32(
        bitPattern: UInt32(first.0) | UInt32(first.1) << 8 | UInt32(second.0) << 16 | UInt32(second.1) << 24))
  }

  /// Stall for loads in the last two instructions of the line before, on running on into `line`.
  @inline(__always)
  func crossingStall(_ last: UInt8, _ lastButOne: UInt8, into line: UnsafePointer<Instruction>, count: Int) -> UInt64 {
    let heads = UInt32(bitPattern: line[count].immediate)
    let first = (UInt8(truncatingIfNeeded: heads), UInt8(truncatingIfNeeded: heads >> 8))
    let second = (UInt8(truncatingIfNeeded: heads >> 16), UInt8(truncatingIfNeeded: heads >> 24))
    let ofFirst = stall(first, last: last, lastButOne: lastButOne)
    let ofSecond = stall(second, last: Interlock.none, lastButOne: last) - ofFirst - Int(line[1].cycles) + 1
    return UInt64(ofFirst + max(ofSecond, 0))
  }
}
