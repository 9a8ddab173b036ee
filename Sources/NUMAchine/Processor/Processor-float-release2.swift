/// What `mips64r2`'s floating-point unit has beyond the R4400's: eight conditions, moves on them, indexed
/// loads and stores, multiply-add, paired singles.
///
/// A multiply-add rounds twice, as a product and a sum would.
enum FloatFunction {
  static let moveOnCondition = 17
  static let moveOnZero = 18
  static let moveOnNotZero = 19
  static let reciprocal = 21
  static let reciprocalRoot = 22
  static let upperToSingle = 32
  static let pair = 38
  static let lowerToSingle = 40
  static let firstPick = 44
}

extension Processor {
  /// The control registers of the unit: all but FCR0 are FCR31 or parts of it.
  func floatControlRegister(_ number: Int) -> UInt32 {
    let control = float.control
    switch number {
    case 31: return control
    case 0: return model.floatImplementation
    case 25 where isRelease2: return control >> 24 & 0xFE | control >> 23 & 1
    case 26 where isRelease2: return control & Self.flagsAndCause
    case 28 where isRelease2: return control & Self.enablesAndRounding | control >> 22 & 4
    default: return 0
    }
  }

  private static var flagsAndCause: UInt32 { 0x0003_F07C }
  private static var enablesAndRounding: UInt32 { 0x0000_0F83 }

  /// - Returns: what becomes of FCR31; nil where nothing is written.
  func floatControl(_ value: UInt32, writtenTo number: Int) -> UInt32? {
    let old = float.control
    switch number {
    case 31: return value & model.floatControlWritable
    case 25 where isRelease2: return old & 0x017F_FFFF | (value & 0xFE) << 24 | (value & 1) << 23
    case 26 where isRelease2: return old & ~Self.flagsAndCause | value & Self.flagsAndCause
    case 28 where isRelease2:
      return old & ~(Self.enablesAndRounding | FloatControl.flush) | value & Self.enablesAndRounding | (value & 4) << 22
    default: return nil
    }
  }

  /// - Returns: false when the interpreter must be left.
  func release2Float(_ i: Instruction) -> Bool {
    let immediate = Int(i.immediate)
    switch i.operation {
    case .movf, .movt:
      waitFor(float.ready[FloatUnit.condition])
      if holds(Int(i.b)) == (i.operation == .movt) { registers[immediate] = registers[Int(i.a)] }
    case .mfhc1:
      waitFor(register: Int(i.a))
      registers[Int(i.b)] = Self.signExtended(upperWord(Int(i.a)).pointee)
    case .mthc1:
      upperWord(Int(i.a)).pointee = UInt32(truncatingIfNeeded: registers[Int(i.b)])
      setReady(floatPlace(Int(i.a)), issueTime &+ 2 &* cycle)
    case .lwxc1, .ldxc1, .luxc1, .swxc1, .sdxc1, .suxc1:
      var address = registers[Int(i.a)] &+ registers[Int(i.b)]
      if i.operation == .luxc1 || i.operation == .suxc1 { address &= ~7 }
      let isLoad = i.operation == .lwxc1 || i.operation == .ldxc1 || i.operation == .luxc1
      return floatAccess(
        address, register: immediate, isWide: i.operation != .lwxc1 && i.operation != .swxc1, isLoad: isLoad)
    case .prefx: break
    case .alnvPS: return alignPair(i)
    case .multiplyAdd: return multiplyAdd(i)
    default:
      let function = immediate >> 8 & 63
      if 17...19 ~= function { return conditionalMove(i) }
      if immediate >> 16 == FloatFormatField.paired.rawValue || function == FloatFunction.pair {
        return pairedOperation(i)
      }
      return floatOperation(i)
    }
    return true
  }

  private func holds(_ condition: Int) -> Bool { float.control & FloatControl.condition(condition) != 0 }

  private func upperWord(_ number: Int) -> UnsafeMutablePointer<UInt32> {
    hasWideFloats ? floatWord(number) + 1 : floatWord(number | 1)
  }

  /// MOVF.fmt, MOVT.fmt, MOVZ.fmt, MOVN.fmt; of a pair, each half on a condition of its own.
  private func conditionalMove(_ i: Instruction) -> Bool {
    let (fields, b) = (Int(i.immediate), Int(i.b))
    let (destination, function, format) = (
      fields & 31, fields >> 8 & 63, FloatFormatField(rawValue: UInt32(fields >> 16)).unsafelyUnwrapped
    )
    if format == .paired && !pairsAreThere() { return false }
    waitFor(register: Int(i.a))
    let (lower, upper): (Bool, Bool)
    if function == FloatFunction.moveOnCondition {
      waitFor(float.ready[FloatUnit.condition])
      lower = holds(b >> 2) == (b & 1 != 0)
      upper = format == .paired ? holds(b >> 2 | 1) == (b & 1 != 0) : lower
    } else {
      lower = (registers[b] == 0) == (function == FloatFunction.moveOnZero)
      upper = lower
    }
    let value = floatValue(Int(i.a), isWide: format != .single)
    if format == .paired {
      let words = floatWord(destination)
      if lower { words[0] = UInt32(truncatingIfNeeded: value) }
      if upper { words[1] = UInt32(value >> 32) }
    } else if lower {
      setFloat(destination, value, isWide: format == .double)
    }
    setReady(floatPlace(destination), issueTime &+ Self.latency(6, format: format) &* cycle)
    return true
  }

  /// MADD and its like.
  private func multiplyAdd(_ i: Instruction) -> Bool {
    let fields = Int(i.immediate)
    let (destination, function, addend) = (fields & 31, fields >> 8 & 63, fields >> 16)
    let (isPaired, isDouble) = (function & 7 == 6, function & 7 == 1)
    if isPaired && !pairsAreThere() { return false }
    waitFor(max(float.ready[floatPlace(Int(i.a))], float.ready[FloatUnit.multiplier]))
    waitFor(max(float.ready[floatPlace(Int(i.b))], float.ready[floatPlace(addend)]))
    let isWide = isPaired || isDouble
    let (a, b, c) = (
      floatValue(Int(i.a), isWide: isWide), floatValue(Int(i.b), isWide: isWide), floatValue(addend, isWide: isWide)
    )
    var arithmetic = floatArithmetic
    func sum(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ format: FloatFormat) -> UInt64 {
      let product = arithmetic.product(a, b, format)
      let sum = function & 8 == 0 ? arithmetic.sum(product, c, format) : arithmetic.difference(product, c, format)
      return function & 16 == 0 ? sum : sum ^ format.signBit
    }
    let result =
      isPaired
      ? Self.halves(a, b) { sum($0, $1, $2 ? c >> 32 : c & 0xFFFF_FFFF, .single) }
      : sum(a, b, c, isDouble ? .double : .single)
    guard accrue(arithmetic.raised) else { return false }
    setFloat(destination, result, isWide: isWide)
    let format: FloatFormatField = isDouble ? .double : .single
    float.ready[FloatUnit.multiplier] = issueTime &+ (isDouble ? 4 : 3) &* cycle
    setReady(
      floatPlace(destination),
      issueTime &+ (Self.latency(2, format: format) &+ Self.latency(0, format: format)) &* cycle)
    return true
  }

  // MARK: Paired singles

  /// They need registers of 64 bits.
  private func pairsAreThere() -> Bool {
    if hasWideFloats { return true }
    raise(.reservedInstruction)
    return false
  }

  /// The same on both halves of two pairs.
  ///
  /// - Parameter body: what to do; its last argument says that it is the upper half.
  @inline(__always)
  private static func halves(_ a: UInt64, _ b: UInt64, _ body: (UInt64, UInt64, Bool) -> UInt64) -> UInt64 {
    let lower = body(a & 0xFFFF_FFFF, b & 0xFFFF_FFFF, false)
    return lower | body(a >> 32, b >> 32, true) << 32
  }

  private func pairedOperation(_ i: Instruction) -> Bool {
    guard pairsAreThere() else { return false }
    let fields = Int(i.immediate)
    let (destination, function) = (fields & 31, fields >> 8 & 63)
    let unit = function == 2 ? FloatUnit.multiplier : FloatUnit.adder
    waitFor(max(float.ready[Int(i.a)], float.ready[unit]))
    let isUnary =
      5...7 ~= function || function == FloatFunction.upperToSingle || function == FloatFunction.lowerToSingle
    if !isUnary { waitFor(register: Int(i.b)) }
    let (a, b) = (float.register[Int(i.a)], float.register[Int(i.b)])
    var arithmetic = floatArithmetic
    var result: UInt64 = 0
    switch function {
    case 0: result = Self.halves(a, b) { x, y, _ in arithmetic.sum(x, y, .single) }
    case 1: result = Self.halves(a, b) { x, y, _ in arithmetic.difference(x, y, .single) }
    case 2: result = Self.halves(a, b) { x, y, _ in arithmetic.product(x, y, .single) }
    case 5: result = a & 0x7FFF_FFFF_7FFF_FFFF
    case 6: result = a
    case 7: result = a ^ 0x8000_0000_8000_0000
    case FloatFunction.upperToSingle: result = a >> 32
    case FloatFunction.lowerToSingle: result = a & 0xFFFF_FFFF
    case FloatFunction.pair: result = a << 32 | b & 0xFFFF_FFFF
    case FloatFunction.firstPick...FloatFunction.firstPick + 3:
      // Bit 1 of the function: the upper half of the first; bit 0: of the second.
      let (first, second) = (
        function & 2 != 0 ? a >> 32 : a & 0xFFFF_FFFF, function & 1 != 0 ? b >> 32 : b & 0xFFFF_FFFF
      )
      result = first << 32 | second
    default:
      result = Self.halves(a, b) { x, y, _ in arithmetic.compares(x, y, .single, condition: function & 15) ? 1 : 0 }
    }
    let isMove =
      5...7 ~= function || function == FloatFunction.pair
      || FloatFunction.firstPick...FloatFunction.firstPick + 3 ~= function
    if !isMove { guard accrue(arithmetic.raised) else { return false } }
    let latency = isMove ? Self.latency(6, format: .single) : Self.latency(function, format: .single)
    float.ready[unit] = issueTime &+ (function == 2 ? 3 : latency &- 1) &* cycle
    if function >= 48 {
      setCondition(destination >> 2, result & 1 != 0)
      setCondition(destination >> 2 | 1, result >> 32 != 0)
      setReady(FloatUnit.condition, issueTime &+ latency &* cycle)
    } else {
      let isWide = function != FloatFunction.upperToSingle && function != FloatFunction.lowerToSingle
      setFloat(destination, result, isWide: isWide)
      setReady(destination, issueTime &+ latency &* cycle)
    }
    return true
  }

  /// ALNV.PS: eight bytes from a multiple of four in two neighbouring doublewords.
  private func alignPair(_ i: Instruction) -> Bool {
    guard pairsAreThere() else { return false }
    waitFor(max(float.ready[Int(i.a)], float.ready[Int(i.b)]))
    let (a, b) = (float.register[Int(i.a)], float.register[Int(i.b)])
    let destination = Int(i.immediate) & 31
    float.register[destination] = registers[Int(i.immediate) >> 16] & 4 == 0 ? a : b << 32 | a >> 32
    setReady(destination, issueTime &+ Self.latency(6, format: .single) &* cycle)
    return true
  }
}
