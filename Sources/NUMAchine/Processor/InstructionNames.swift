/// How the manuals write instructions and encodings.
extension InstructionForm {
  /// As in assembly language: `ADD.S` for `addS`, `C.OLT.PS` for `cOltPS`.
  public var mnemonic: String {
    var parts: [String] = [""]
    for letter in name {
      let joinsPair =
        (letter == "S" || letter == "L" || letter == "U") && parts[parts.count - 1] == "P" && parts.count > 1
      if letter.isUppercase && !joinsPair { parts.append("") }
      parts[parts.count - 1] += letter.uppercased()
    }
    return parts.joined(separator: ".")
  }
}

extension FloatFormatField: CustomStringConvertible {
  public var description: String {
    switch self {
    case .single: "S"
    case .double: "D"
    case .word: "W"
    case .long: "L"
    case .paired: "PS"
    }
  }
}

extension InstructionForm.Encoding: CustomStringConvertible {
  /// Class of the opcode map and place in it.
  public var description: String {
    switch self {
    case .major(let code): "\(code)"
    case .special(let code): "SPECIAL \(code)"
    case .branchImmediate(let code): "REGIMM \(code)"
    case .controlMove(let code): "COP0 \(code)"
    case .control(let code): "COP0 CO \(code)"
    case .floatMove(let code): "COP1 \(code)"
    case .floatBranch(let code): "COP1 BC \(code)"
    case .float(let format, let code): "COP1.\(format) \(code)"
    case .special2(let code): "SPECIAL2 \(code)"
    case .special3(let code): "SPECIAL3 \(code)"
    case .shuffle(let code, let which): "SPECIAL3 \(code), \(which)"
    case .rotation(let code): "SPECIAL \(code), bit 21"
    case .rotationByRegister(let code): "SPECIAL \(code), bit 6"
    case .moveOnCondition(let state): "SPECIAL 1, \(state)"
    case .floatMoveOnCondition(let format, let state): "COP1.\(format) 17, \(state)"
    case .floatIndexed(let code): "COP1X \(code)"
    case .interruptEnable(let state): "COP0 11, \(state)"
    }
  }
}
