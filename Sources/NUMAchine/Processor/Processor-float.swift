/// Coprocessor 1: the registers of the floating-point unit, its instructions, and when their results are
/// ready (R4400 User's Manual, ch. 6 and 7).
///
/// It is apart from the interpreter's loop, which only comes here when it meets one of these instructions.
struct FloatUnit {
  /// FGR0 to FGR31.
  let register: UnsafeMutablePointer<UInt64>
  /// When each register's value, and what follows here, can be used, in ticks.
  let ready: UnsafeMutablePointer<UInt64>
  static let condition = 32
  static let adder = 33, multiplier = 34, divider = 35
  /// All results there are.
  static let everything = 36
  static let readyCount = 37
  private let controlWord: UnsafeMutablePointer<UInt64>

  init(_ state: StateSpace) {
    register = state.buffer("floating point", count: 32 + Self.readyCount + 1).base
    ready = register + 32
    controlWord = ready + Self.readyCount
  }

  func clear() { register.update(repeating: 0, count: 32 + Self.readyCount + 1) }

  /// FCR31.
  var control: UInt32 {
    get { UInt32(truncatingIfNeeded: controlWord.pointee) }
    nonmutating set { controlWord.pointee = UInt64(newValue) }
  }
}

/// Fields of FCR31.
enum FloatControl {
  static let rounding: UInt32 = 3
  static let flagShift: UInt32 = 2
  static let enableShift: UInt32 = 7
  static let causeShift: UInt32 = 12
  static let cause: UInt32 = 0x3F << causeShift
  static let condition: UInt32 = 1 << 23
  static let flush: UInt32 = 1 << 24
  static let writable: UInt32 = 0x0183_FFFF

  /// The bit of one of eight conditions, of which the R4400 has the first.
  @inline(__always) static func condition(_ number: Int) -> UInt32 {
    number == 0 ? condition : 1 << UInt32(24 + number)
  }
}

extension ProcessorModel {
  /// FCR0. The R4400's unit, revision 0; what there is, from release 2 on: 64-bit registers, all four
  /// formats, paired singles.
  var floatImplementation: UInt32 { self == .r4400 ? 0x0500 : 0x0077_0000 }

  /// What of FCR31 can be written.
  var floatControlWritable: UInt32 { self == .r4400 ? FloatControl.writable : FloatControl.writable | 0xFE00_0000 }
}

extension Processor {
  var hasWideFloats: Bool { core.pointee.control.status & Status.fr != 0 }

  /// The register that holds one of the present mode: with Status.FR = 0, an odd one is the upper half of its
  /// even neighbour.
  @inline(__always) func floatPlace(_ number: Int) -> Int { hasWideFloats ? number : number & ~1 }

  @inline(__always) func floatWord(_ number: Int) -> UnsafeMutablePointer<UInt32> {
    let words = UnsafeMutableRawPointer(float.register).assumingMemoryBound(to: UInt32.self)
    return words + (hasWideFloats ? number * 2 : (number & ~1) * 2 + (number & 1))
  }

  /// What a register holds in a format of 32 or 64 bits.
  @inline(__always) func floatValue(_ number: Int, isWide: Bool) -> UInt64 {
    isWide ? float.register[floatPlace(number)] : UInt64(floatWord(number).pointee)
  }

  /// A result of 32 bits leaves the others of its register as they are.
  @inline(__always) func setFloat(_ number: Int, _ value: UInt64, isWide: Bool) {
    if isWide {
      float.register[floatPlace(number)] = value
    } else {
      floatWord(number).pointee = UInt32(truncatingIfNeeded: value)
    }
  }

  @inline(__always) func waitFor(_ time: UInt64) {
    let issue = issueTime
    if issue < time { frame.pointee.cycles &+= cyclesRoundedUp(time &- issue) }
  }

  func waitFor(register: Int) { waitFor(float.ready[floatPlace(register)]) }

  func setReady(_ place: Int, _ time: UInt64) {
    float.ready[place] = time
    float.ready[FloatUnit.everything] = max(float.ready[FloatUnit.everything], time)
  }

  /// Executes an instruction of coprocessor 1 that is no branch; `frame` says where the interpreter is.
  ///
  /// - Returns: false when the interpreter must be left.
  @inline(never)
  func floatingPoint(_ i: Instruction) -> Bool {
    guard core.pointee.control.status & Status.cu1 != 0 else {
      raise(.coprocessorUnusable, coprocessor: 1)
      return false
    }
    switch i.operation {
    case .lwc1, .ldc1, .swc1, .sdc1:
      let address = registers[Int(i.a)] &+ UInt64(bitPattern: Int64(i.immediate))
      return floatAccess(
        address, register: Int(i.b), isWide: i.operation == .ldc1 || i.operation == .sdc1,
        isLoad: i.operation == .lwc1 || i.operation == .ldc1)
    case .mfc1, .dmfc1:
      waitFor(register: Int(i.a))
      let value = floatValue(Int(i.a), isWide: i.operation == .dmfc1)
      registers[Int(i.b)] = i.operation == .dmfc1 ? value : Self.signExtended(UInt32(truncatingIfNeeded: value))
    case .mtc1, .dmtc1:
      setFloat(Int(i.a), registers[Int(i.b)], isWide: i.operation == .dmtc1)
      setReady(floatPlace(Int(i.a)), issueTime &+ Self.moveLatency &* cycle)
    case .cfc1:
      waitFor(float.ready[FloatUnit.everything])
      registers[Int(i.b)] = Self.signExtended(floatControlRegister(Int(i.a)))
    case .ctc1:
      waitFor(float.ready[FloatUnit.everything])
      guard let control = floatControl(UInt32(truncatingIfNeeded: registers[Int(i.b)]), writtenTo: Int(i.a)) else {
        break
      }
      float.control = control
      let cause = (float.control & FloatControl.cause) >> FloatControl.causeShift
      if cause & (enabledFlags | FloatFlag.unimplemented) != 0 {
        raise(.floatingPoint)
        return false
      }
    case .floatArithmetic: return floatOperation(i)
    default: return release2Float(i)
    }
    return true
  }

  var enabledFlags: UInt32 { float.control >> FloatControl.enableShift & 31 }

  /// BC1F and its like.
  ///
  /// - Returns: whether the branch is taken; nil when the interpreter must be left.
  @inline(never)
  func floatBranch(_ i: Instruction) -> Bool? {
    guard core.pointee.control.status & Status.cu1 != 0 else {
      raise(.coprocessorUnusable, coprocessor: 1)
      return nil
    }
    waitFor(float.ready[FloatUnit.condition])
    let condition = float.control & FloatControl.condition(Int(i.a)) != 0
    return condition == (i.operation == .bc1t || i.operation == .bc1tl)
  }

  /// A word of coprocessor 1 that means nothing: for formats that the unit has, it is an operation that it
  /// does not implement.
  func undefinedFloat(isArithmetic: Bool) {
    guard isArithmetic else { return raise(.reservedInstruction) }
    float.control = float.control & ~FloatControl.cause | FloatFlag.unimplemented << FloatControl.causeShift
    raise(.floatingPoint)
  }

  // MARK: Loads and stores

  /// What a store of a doubleword writes, for the bus.
  func storedDoubleword(_ i: Instruction) -> UInt64 {
    switch i.operation {
    case .sdc1: floatValue(Int(i.b), isWide: true)
    case .sdxc1, .suxc1: floatValue(Int(i.immediate), isWide: true)
    default: registers[Int(i.b)]
    }
  }

  /// A load or store of a register of the unit.
  ///
  /// - Returns: false when the interpreter must be left.
  func floatAccess(_ address: UInt64, register: Int, isWide: Bool, isLoad: Bool) -> Bool {
    let alignment: UInt64 = isWide ? 7 : 3
    if !isLoad { waitFor(register: register) }
    let table = isLoad ? loadTable : storeTable
    let found = table.entry[table.index(address)]
    let place: UInt64
    if found.tag == (address & ~(UInt64(lineBytes - 1) & ~alignment)) ^ contexts.current {
      place = found.base &+ address
      if !isLoad { secondary.mark(host: place, doubleword: isWide) }
    } else {
      place = data(address, isLoad ? .load : .store, alignment: alignment)
      if place == 0 { return false }
    }
    let memory = UnsafeMutableRawPointer(bitPattern: UInt(place)).unsafelyUnwrapped
    if isLoad {
      let value = isWide ? memory.load(as: UInt64.self) : UInt64(memory.load(as: UInt32.self))
      setFloat(register, value, isWide: isWide)
      setReady(floatPlace(register), issueTime &+ loadLatency)
    } else if isWide {
      memory.storeBytes(of: floatValue(register, isWide: true), as: UInt64.self)
    } else {
      memory.storeBytes(of: UInt32(truncatingIfNeeded: floatValue(register, isWide: false)), as: UInt32.self)
    }
    return true
  }

  // MARK: Arithmetic

  /// Cycles until a moved value can be used.
  private static var moveLatency: UInt64 { 2 }

  /// Cycles until the result can be used. Until the next operation of the unit may begin it is one fewer;
  /// only the multiplier takes them faster.
  static func latency(_ function: Int, format: FloatFormatField) -> UInt64 {
    let isSingle = format == .single
    switch function {
    case 0, 1: return 4
    case 2: return isSingle ? 7 : 8
    case 3, FloatFunction.reciprocal: return isSingle ? 23 : 36
    case 4: return isSingle ? 54 : 112
    case FloatFunction.reciprocalRoot: return isSingle ? 54 + 23 : 112 + 36
    case 5, 7: return 2
    case 6: return 1
    case 32:
      switch format {
      case .double: return 4
      case .word: return 6
      default: return 7
      }
    case 33:
      switch format {
      case .single: return 2
      case .word: return 5
      default: return 4
      }
    case 48...: return 3
    default: return 4
    }
  }

  /// Arithmetic as FCR31 wants it.
  var floatArithmetic: FloatArithmetic {
    FloatArithmetic(
      rounding: Rounding(rawValue: float.control & FloatControl.rounding).unsafelyUnwrapped,
      flushes: float.control & FloatControl.flush != 0,
      trapsUnderflow: enabledFlags & FloatFlag.underflow != 0)
  }

  /// Enters an operation's exceptions in FCR31.
  ///
  /// - Returns: false when one of them is enabled: then it has been raised.
  func accrue(_ raised: UInt32) -> Bool {
    float.control = float.control & ~FloatControl.cause | raised << FloatControl.causeShift
    if raised & enabledFlags != 0 {
      raise(.floatingPoint)
      return false
    }
    float.control |= raised << FloatControl.flagShift
    return true
  }

  func setCondition(_ number: Int, _ value: Bool) {
    let bit = FloatControl.condition(number)
    float.control = value ? float.control | bit : float.control & ~bit
  }

  func floatOperation(_ i: Instruction) -> Bool {
    let fields = Int(i.immediate)
    let (destination, function, format) = (
      fields & 31, fields >> 8 & 63, FloatFormatField(rawValue: UInt32(fields >> 16)).unsafelyUnwrapped
    )
    let isWide = format == .double || format == .long
    let isCompare = function >= 48
    let isBinary = function < 4 || isCompare

    // In order: the instruction begins when its operands and its part of the unit are there.
    let unit =
      function == 2
      ? FloatUnit.multiplier
      : function == 3 || function == FloatFunction.reciprocal ? FloatUnit.divider : FloatUnit.adder
    waitFor(max(float.ready[floatPlace(Int(i.a))], float.ready[unit]))
    if isBinary { waitFor(register: Int(i.b)) }

    let a = floatValue(Int(i.a), isWide: isWide)
    let b = isBinary ? floatValue(Int(i.b), isWide: isWide) : 0
    let numbers: FloatFormat = isWide ? .double : .single
    var arithmetic = floatArithmetic
    var result: UInt64 = 0
    var isResultWide = isWide
    switch function {
    case 0: result = arithmetic.sum(a, b, numbers)
    case 1: result = arithmetic.difference(a, b, numbers)
    case 2: result = arithmetic.product(a, b, numbers)
    case 3: result = arithmetic.quotient(a, b, numbers)
    case 4: result = arithmetic.squareRoot(a, numbers)
    case 5: result = a & ~numbers.signBit
    case 6: result = a
    case 7: result = a ^ numbers.signBit
    case 8...15, 36, 37:
      isResultWide = function < 12 || function == 37
      // ROUND, TRUNC, CEIL and FLOOR are in the order of the modes; CVT takes the mode in force.
      if function < 16 { arithmetic.rounding = Rounding(rawValue: UInt32(function & 3)).unsafelyUnwrapped }
      result = UInt64(bitPattern: arithmetic.integer(a, numbers, bits: isResultWide ? 64 : 32))
    case FloatFunction.reciprocal: result = arithmetic.quotient(numbers.one, a, numbers)
    case FloatFunction.reciprocalRoot:
      result = arithmetic.quotient(numbers.one, arithmetic.squareRoot(a, numbers), numbers)
    case 32, 33:
      isResultWide = function == 33
      let wanted: FloatFormat = isResultWide ? .double : .single
      switch format {
      case .word: result = arithmetic.converted(Int64(Int32(truncatingIfNeeded: a)), to: wanted)
      case .long: result = arithmetic.converted(Int64(bitPattern: a), to: wanted)
      default: result = arithmetic.converted(a, from: numbers, to: wanted)
      }
    default: result = arithmetic.compares(a, b, numbers, condition: function & 15) ? 1 : 0
    }

    // ABS, MOV and NEG only touch the sign, and leave FCR31 alone.
    if function < 5 || function > 7 { guard accrue(arithmetic.raised) else { return false } }
    let latency = Self.latency(function, format: format)
    float.ready[unit] = issueTime &+ (function == 2 ? (isWide ? 4 : 3) : latency &- 1) &* cycle
    if isCompare {
      setCondition(destination >> 2, result != 0)
      setReady(FloatUnit.condition, issueTime &+ latency &* cycle)
    } else {
      setFloat(destination, result, isWide: isResultWide)
      setReady(floatPlace(destination), issueTime &+ latency &* cycle)
    }
    return true
  }
}
