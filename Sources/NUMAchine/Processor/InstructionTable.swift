/// What the interpreter can do: one case for each instruction of the table, and what the decoder makes of the
/// rest.
///
/// Jumps and branches come first, so that "is a branch" is one comparison.
public enum Operation: UInt16, BitwiseCopyable, CaseIterable, Sendable {
  case j, jal, jr, jalr, beq, bne, blez, bgtz, bltz, bgez, bltzal, bgezal
  case beql, bnel, blezl, bgtzl, bltzl, bgezl, bltzall, bgezall
  case bc1f, bc1t, bc1fl, bc1tl
  case add, addu, addi, addiu, sub, subu, dadd, daddu, daddi, daddiu, dsub, dsubu
  case and, or, xor, nor, andi, ori, xori, lui, slt, sltu, slti, sltiu
  case sll, srl, sra, sllv, srlv, srav, dsll, dsrl, dsra, dsll32, dsrl32, dsra32, dsllv, dsrlv, dsrav
  case mult, multu, div, divu, dmult, dmultu, ddiv, ddivu, mfhi, mthi, mflo, mtlo
  case lb, lbu, lh, lhu, lw, lwu, ld, lwl, lwr, ldl, ldr, ll, lld
  case sb, sh, sw, sd, swl, swr, sdl, sdr, sc, scd
  case tge, tgeu, tlt, tltu, teq, tne, tgei, tgeiu, tlti, tltiu, teqi, tnei
  case syscall, `break`, sync, cache
  case mfc0, dmfc0, mtc0, dmtc0, tlbr, tlbwi, tlbwr, tlbp, eret
  case mfc1, dmfc1, cfc1, mtc1, dmtc1, ctc1, lwc1, ldc1, swc1, sdc1
  // What `mips64r2` has beyond the R4400.
  case movz, movn, clz, clo, dclz, dclo, seb, seh, wsbh, dsbh, dshd, rotr, rotrv, drotr, drotr32, drotrv
  case ext, dext, dextm, dextu, ins, dins, dinsm, dinsu, mul, madd, maddu, msub, msubu
  case pref, synci, rdhwr, di, ei, wait, rdpgpr, wrpgpr
  case movf, movt, mfhc1, mthc1, lwxc1, ldxc1, luxc1, swxc1, sdxc1, suxc1, prefx, alnvPS
  /// Not an instruction of this model.
  case reserved
  /// A word of coprocessor 1, 2 or 3 that means nothing (`immediate`: see `Processor.coprocessor`).
  case coprocessor
  /// Not an instruction: the end of a decoded line.
  case nextLine
  /// Not an instruction: a debugger has a breakpoint here.
  case debugStop
  /// As what the decoder hands on the arithmetic of the floating-point unit, which has its fields to tell
  /// what it is: of the R4400, of `mips64r2` alone, with three operands.
  case floatArithmetic, laterFloatArithmetic, multiplyAdd

  // From here on the interpreter's loop never sees them.
  case addS, subS, mulS, divS, sqrtS, absS, movS, negS
  case addD, subD, mulD, divD, sqrtD, absD, movD, negD
  case roundLS, truncLS, ceilLS, floorLS, roundWS, truncWS, ceilWS, floorWS
  case roundLD, truncLD, ceilLD, floorLD, roundWD, truncWD, ceilWD, floorWD
  case cvtSD, cvtSW, cvtSL, cvtDS, cvtDW, cvtDL, cvtWS, cvtWD, cvtLS, cvtLD
  case cFS, cUnS, cEqS, cUeqS, cOltS, cUltS, cOleS, cUleS, cSfS, cNgleS, cSeqS, cNglS, cLtS, cNgeS, cLeS, cNgtS
  case cFD, cUnD, cEqD, cUeqD, cOltD, cUltD, cOleD, cUleD, cSfD, cNgleD, cSeqD, cNglD, cLtD, cNgeD, cLeD, cNgtD
  // Of `mips64r2` alone.
  case recipS, rsqrtS, recipD, rsqrtD, movzS, movnS, movfS, movtS, movzD, movnD, movfD, movtD
  case maddS, msubS, nmaddS, nmsubS, maddD, msubD, nmaddD, nmsubD
  case addPS, subPS, mulPS, absPS, movPS, negPS, movzPS, movnPS, movfPS, movtPS, cvtPSS, cvtSPU, cvtSPL, pllPS, pluPS,
    pulPS, puuPS
  case maddPS, msubPS, nmaddPS, nmsubPS
  case cFPS, cUnPS, cEqPS, cUeqPS, cOltPS, cUltPS, cOlePS, cUlePS, cSfPS, cNglePS, cSeqPS, cNglPS, cLtPS, cNgePS, cLePS,
    cNgtPS

  @inline(__always) var isBranch: Bool { rawValue <= Operation.bc1tl.rawValue }

  /// As what a decoded instruction has it.
  func executed(_ operands: Operands, isOfR4400: Bool) -> Operation {
    switch operands {
    case .fdFsFt, .fdFs, .fsFt: isOfR4400 ? .floatArithmetic : .laterFloatArithmetic
    case .fdFsRt, .fdFsCondition: .laterFloatArithmetic
    case .fdFrFsFt: .multiplyAdd
    default: self
    }
  }

  /// Works on 64 bits, and so is reserved in user and supervisor mode with 32-bit addresses.
  var is64Bit: Bool {
    switch self {
    case .dadd, .daddu, .daddi, .daddiu, .dsub, .dsubu, .dsll, .dsrl, .dsra, .dsll32, .dsrl32, .dsra32, .dsllv, .dsrlv,
      .dsrav:
      true
    case .dmult, .dmultu, .ddiv, .ddivu, .lwu, .ld, .ldl, .ldr, .lld, .sd, .sdl, .sdr, .scd, .dmfc0, .dmtc0, .dmfc1,
      .dmtc1:
      true
    case .dclz, .dclo, .dsbh, .dshd, .drotr, .drotr32, .drotrv, .dext, .dextm, .dextu, .dins, .dinsm, .dinsu: true
    default: false
    }
  }
}

/// Which fields an instruction has, and so how it is written, what it reads and what it writes.
public enum Operands: UInt8, Sendable {
  case none, code, jump
  case rdRsRt, rdRtSa, rdRtRs, rsRt, rd, rs, rdRs
  case rtRsSigned, rtRsUnsigned, rtUpper, rsImmediate
  case branchRsRt, branchRs
  case load, loadMerging, store, storeConditional, cache
  case fromControl, toControl
  case fromFloat, toFloat, floatLoad, floatStore, floatBranch, fdFsFt, fdFs, fsFt
  // Of `mips64r2` only.
  case rdRsBoth, rdRt, bitField, rt, rtRd, rdRtShadow, rdRsCondition, hint, addressOnly
  case fdFsRt, fdFsCondition, fdFrFsFt, fdFsFtRs, indexedLoad, indexedStore, indexedHint
}

/// The format of an operation of the floating-point unit, as its instructions name it.
public enum FloatFormatField: UInt32, Sendable {
  case single = 16
  case double = 17
  case word = 20
  /// Two singles in a register; `mips64r2` only.
  case paired = 22
  case long = 21
}

/// One instruction of the machine: the single place from which decoder, assembler, disassembler, tests and
/// documents derive.
public struct InstructionForm: Sendable {
  /// Which field tells the instruction from others, and its value there.
  public enum Encoding: Sendable {
    case major(UInt32)
    case special(UInt32)
    case branchImmediate(UInt32)
    case controlMove(UInt32)
    case control(UInt32)
    case floatMove(UInt32)
    case floatBranch(UInt32)
    case float(FloatFormatField, UInt32)
    // Of `mips64r2` only.
    case special2(UInt32)
    case special3(UInt32)
    /// Function of SPECIAL3 and, in the shift field, which operation.
    case shuffle(UInt32, UInt32)
    /// A shift by a constant with bit 21, and by a register with bit 6.
    case rotation(UInt32)
    case rotationByRegister(UInt32)
    /// On which state of a condition of the floating-point unit to move.
    case moveOnCondition(UInt32)
    case floatMoveOnCondition(FloatFormatField, UInt32)
    case floatIndexed(UInt32)
    case interruptEnable(UInt32)
  }
  public let name: String
  public let operation: Operation
  public let encoding: Encoding
  public let operands: Operands

  /// The instruction word with all operand fields zero.
  public var word: UInt32 {
    switch encoding {
    case .major(let code): code << 26
    case .special(let code): code
    case .branchImmediate(let code): 1 << 26 | code << 16
    case .controlMove(let code): 16 << 26 | code << 21
    case .control(let code): 16 << 26 | 1 << 25 | code
    case .floatMove(let code): 17 << 26 | code << 21
    case .floatBranch(let code): 17 << 26 | 8 << 21 | code << 16
    case .float(let format, let code): 17 << 26 | format.rawValue << 21 | code
    case .special2(let code): 28 << 26 | code
    case .special3(let code): 31 << 26 | code
    case .shuffle(let code, let which): 31 << 26 | which << 6 | code
    case .rotation(let code): 1 << 21 | code
    case .rotationByRegister(let code): 1 << 6 | code
    case .moveOnCondition(let state): state << 16 | 1
    case .floatMoveOnCondition(let format, let state): 17 << 26 | format.rawValue << 21 | state << 16 | 17
    case .floatIndexed(let code): 19 << 26 | code
    case .interruptEnable(let state): 16 << 26 | 11 << 21 | 12 << 11 | state << 5
    }
  }

  /// Belongs to the floating-point unit.
  public var isFloat: Bool {
    word >> 26 == 17 || word >> 26 == 19 || operands == .floatLoad || operands == .floatStore
      || operands == .rdRsCondition
  }

  /// The instructions of a model.
  public static func all(of model: ProcessorModel) -> [InstructionForm] { model == .r4400 ? r4400 : r4400 + release2 }

  /// The MIPS III instruction set, the system control coprocessor of the R4400 and its floating-point unit.
  static let r4400 = forms(rows)

  static func forms(_ rows: [(Operation, Encoding, Operands)]) -> [InstructionForm] {
    rows.map { InstructionForm(name: "\($0.0)", operation: $0.0, encoding: $0.1, operands: $0.2) }
  }

  private static let rows: [(Operation, Encoding, Operands)] = [
    (.j, .major(2), .jump), (.jal, .major(3), .jump), (.jr, .special(8), .rs), (.jalr, .special(9), .rdRs),
    (.beq, .major(4), .branchRsRt), (.bne, .major(5), .branchRsRt), (.blez, .major(6), .branchRs),
    (.bgtz, .major(7), .branchRs),
    (.bltz, .branchImmediate(0), .branchRs), (.bgez, .branchImmediate(1), .branchRs),
    (.bltzal, .branchImmediate(16), .branchRs), (.bgezal, .branchImmediate(17), .branchRs),
    (.beql, .major(20), .branchRsRt), (.bnel, .major(21), .branchRsRt), (.blezl, .major(22), .branchRs),
    (.bgtzl, .major(23), .branchRs), (.bltzl, .branchImmediate(2), .branchRs), (.bgezl, .branchImmediate(3), .branchRs),
    (.bltzall, .branchImmediate(18), .branchRs), (.bgezall, .branchImmediate(19), .branchRs),

    (.add, .special(32), .rdRsRt), (.addu, .special(33), .rdRsRt), (.addi, .major(8), .rtRsSigned),
    (.addiu, .major(9), .rtRsSigned),
    (.sub, .special(34), .rdRsRt), (.subu, .special(35), .rdRsRt), (.dadd, .special(44), .rdRsRt),
    (.daddu, .special(45), .rdRsRt),
    (.daddi, .major(24), .rtRsSigned), (.daddiu, .major(25), .rtRsSigned), (.dsub, .special(46), .rdRsRt),
    (.dsubu, .special(47), .rdRsRt),

    (.and, .special(36), .rdRsRt), (.or, .special(37), .rdRsRt), (.xor, .special(38), .rdRsRt),
    (.nor, .special(39), .rdRsRt),
    (.andi, .major(12), .rtRsUnsigned), (.ori, .major(13), .rtRsUnsigned), (.xori, .major(14), .rtRsUnsigned),
    (.lui, .major(15), .rtUpper),
    (.slt, .special(42), .rdRsRt), (.sltu, .special(43), .rdRsRt), (.slti, .major(10), .rtRsSigned),
    (.sltiu, .major(11), .rtRsSigned),

    (.sll, .special(0), .rdRtSa), (.srl, .special(2), .rdRtSa), (.sra, .special(3), .rdRtSa),
    (.sllv, .special(4), .rdRtRs), (.srlv, .special(6), .rdRtRs), (.srav, .special(7), .rdRtRs),
    (.dsll, .special(56), .rdRtSa), (.dsrl, .special(58), .rdRtSa), (.dsra, .special(59), .rdRtSa),
    (.dsll32, .special(60), .rdRtSa), (.dsrl32, .special(62), .rdRtSa), (.dsra32, .special(63), .rdRtSa),
    (.dsllv, .special(20), .rdRtRs), (.dsrlv, .special(22), .rdRtRs), (.dsrav, .special(23), .rdRtRs),

    (.mult, .special(24), .rsRt), (.multu, .special(25), .rsRt), (.div, .special(26), .rsRt),
    (.divu, .special(27), .rsRt),
    (.dmult, .special(28), .rsRt), (.dmultu, .special(29), .rsRt), (.ddiv, .special(30), .rsRt),
    (.ddivu, .special(31), .rsRt),
    (.mfhi, .special(16), .rd), (.mthi, .special(17), .rs), (.mflo, .special(18), .rd), (.mtlo, .special(19), .rs),

    (.lb, .major(32), .load), (.lbu, .major(36), .load), (.lh, .major(33), .load), (.lhu, .major(37), .load),
    (.lw, .major(35), .load), (.lwu, .major(39), .load), (.ld, .major(55), .load),
    (.lwl, .major(34), .loadMerging), (.lwr, .major(38), .loadMerging), (.ldl, .major(26), .loadMerging),
    (.ldr, .major(27), .loadMerging),
    (.ll, .major(48), .load), (.lld, .major(52), .load),
    (.sb, .major(40), .store), (.sh, .major(41), .store), (.sw, .major(43), .store), (.sd, .major(63), .store),
    (.swl, .major(42), .store), (.swr, .major(46), .store), (.sdl, .major(44), .store), (.sdr, .major(45), .store),
    (.sc, .major(56), .storeConditional), (.scd, .major(60), .storeConditional),

    (.tge, .special(48), .rsRt), (.tgeu, .special(49), .rsRt), (.tlt, .special(50), .rsRt),
    (.tltu, .special(51), .rsRt),
    (.teq, .special(52), .rsRt), (.tne, .special(54), .rsRt),
    (.tgei, .branchImmediate(8), .rsImmediate), (.tgeiu, .branchImmediate(9), .rsImmediate),
    (.tlti, .branchImmediate(10), .rsImmediate),
    (.tltiu, .branchImmediate(11), .rsImmediate), (.teqi, .branchImmediate(12), .rsImmediate),
    (.tnei, .branchImmediate(14), .rsImmediate),

    (.syscall, .special(12), .code), (.break, .special(13), .code), (.sync, .special(15), .none),
    (.cache, .major(47), .cache),
    (.mfc0, .controlMove(0), .fromControl), (.dmfc0, .controlMove(1), .fromControl),
    (.mtc0, .controlMove(4), .toControl), (.dmtc0, .controlMove(5), .toControl),
    (.tlbr, .control(1), .none), (.tlbwi, .control(2), .none), (.tlbwr, .control(6), .none),
    (.tlbp, .control(8), .none),
    (.eret, .control(24), .none),

    (.mfc1, .floatMove(0), .fromFloat), (.dmfc1, .floatMove(1), .fromFloat), (.cfc1, .floatMove(2), .fromFloat),
    (.mtc1, .floatMove(4), .toFloat), (.dmtc1, .floatMove(5), .toFloat), (.ctc1, .floatMove(6), .toFloat),
    (.bc1f, .floatBranch(0), .floatBranch), (.bc1t, .floatBranch(1), .floatBranch),
    (.bc1fl, .floatBranch(2), .floatBranch),
    (.bc1tl, .floatBranch(3), .floatBranch),
    (.lwc1, .major(49), .floatLoad), (.ldc1, .major(53), .floatLoad), (.swc1, .major(57), .floatStore),
    (.sdc1, .major(61), .floatStore),
    (.addS, .float(.single, 0), .fdFsFt), (.subS, .float(.single, 1), .fdFsFt), (.mulS, .float(.single, 2), .fdFsFt),
    (.divS, .float(.single, 3), .fdFsFt), (.sqrtS, .float(.single, 4), .fdFs), (.absS, .float(.single, 5), .fdFs),
    (.movS, .float(.single, 6), .fdFs), (.negS, .float(.single, 7), .fdFs), (.addD, .float(.double, 0), .fdFsFt),
    (.subD, .float(.double, 1), .fdFsFt), (.mulD, .float(.double, 2), .fdFsFt), (.divD, .float(.double, 3), .fdFsFt),
    (.sqrtD, .float(.double, 4), .fdFs), (.absD, .float(.double, 5), .fdFs), (.movD, .float(.double, 6), .fdFs),
    (.negD, .float(.double, 7), .fdFs),
    (.roundLS, .float(.single, 8), .fdFs), (.truncLS, .float(.single, 9), .fdFs), (.ceilLS, .float(.single, 10), .fdFs),
    (.floorLS, .float(.single, 11), .fdFs), (.roundWS, .float(.single, 12), .fdFs),
    (.truncWS, .float(.single, 13), .fdFs),
    (.ceilWS, .float(.single, 14), .fdFs), (.floorWS, .float(.single, 15), .fdFs),
    (.roundLD, .float(.double, 8), .fdFs),
    (.truncLD, .float(.double, 9), .fdFs), (.ceilLD, .float(.double, 10), .fdFs),
    (.floorLD, .float(.double, 11), .fdFs),
    (.roundWD, .float(.double, 12), .fdFs), (.truncWD, .float(.double, 13), .fdFs),
    (.ceilWD, .float(.double, 14), .fdFs),
    (.floorWD, .float(.double, 15), .fdFs), (.cvtSD, .float(.double, 32), .fdFs), (.cvtSW, .float(.word, 32), .fdFs),
    (.cvtSL, .float(.long, 32), .fdFs), (.cvtDS, .float(.single, 33), .fdFs), (.cvtDW, .float(.word, 33), .fdFs),
    (.cvtDL, .float(.long, 33), .fdFs), (.cvtWS, .float(.single, 36), .fdFs), (.cvtWD, .float(.double, 36), .fdFs),
    (.cvtLS, .float(.single, 37), .fdFs), (.cvtLD, .float(.double, 37), .fdFs), (.cFS, .float(.single, 48), .fsFt),
    (.cUnS, .float(.single, 49), .fsFt), (.cEqS, .float(.single, 50), .fsFt), (.cUeqS, .float(.single, 51), .fsFt),
    (.cOltS, .float(.single, 52), .fsFt), (.cUltS, .float(.single, 53), .fsFt), (.cOleS, .float(.single, 54), .fsFt),
    (.cUleS, .float(.single, 55), .fsFt), (.cSfS, .float(.single, 56), .fsFt), (.cNgleS, .float(.single, 57), .fsFt),
    (.cSeqS, .float(.single, 58), .fsFt), (.cNglS, .float(.single, 59), .fsFt), (.cLtS, .float(.single, 60), .fsFt),
    (.cNgeS, .float(.single, 61), .fsFt), (.cLeS, .float(.single, 62), .fsFt), (.cNgtS, .float(.single, 63), .fsFt),
    (.cFD, .float(.double, 48), .fsFt), (.cUnD, .float(.double, 49), .fsFt), (.cEqD, .float(.double, 50), .fsFt),
    (.cUeqD, .float(.double, 51), .fsFt), (.cOltD, .float(.double, 52), .fsFt), (.cUltD, .float(.double, 53), .fsFt),
    (.cOleD, .float(.double, 54), .fsFt), (.cUleD, .float(.double, 55), .fsFt), (.cSfD, .float(.double, 56), .fsFt),
    (.cNgleD, .float(.double, 57), .fsFt), (.cSeqD, .float(.double, 58), .fsFt), (.cNglD, .float(.double, 59), .fsFt),
    (.cLtD, .float(.double, 60), .fsFt), (.cNgeD, .float(.double, 61), .fsFt), (.cLeD, .float(.double, 62), .fsFt),
    (.cNgtD, .float(.double, 63), .fsFt),
  ]
}
