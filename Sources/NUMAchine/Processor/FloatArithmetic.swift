/// The two formats of floating-point numbers (IEEE 754), as the unit needs to know them.
///
/// Bit patterns of either are in the low bits of a `UInt64`.
struct FloatFormat {
  let fractionBits: Int
  /// The exponent of infinities and NaNs, all ones.
  let exponentMask: Int

  static var single: FloatFormat { FloatFormat(fractionBits: 23, exponentMask: 0xFF) }
  static var double: FloatFormat { FloatFormat(fractionBits: 52, exponentMask: 0x7FF) }

  var bias: Int { exponentMask >> 1 }
  var signBit: UInt64 { UInt64(exponentMask + 1) << UInt64(fractionBits) }
  var infinity: UInt64 { UInt64(exponentMask) << UInt64(fractionBits) }
  var one: UInt64 { UInt64(bias) << UInt64(fractionBits) }
  var signalBit: UInt64 { 1 << UInt64(fractionBits - 1) }
  /// The only NaN that the unit makes.
  var defaultNaN: UInt64 { infinity | (signalBit - 1) }

  func isNegative(_ x: UInt64) -> Bool { x & signBit != 0 }
  func isNaN(_ x: UInt64) -> Bool { x & (signBit - 1) > infinity }
  /// The MIPS of these years has the bit the other way round than IEEE 754 recommends since 2008.
  func isSignalling(_ x: UInt64) -> Bool { isNaN(x) && x & signalBit != 0 }
}

/// Rounding modes, as FCR31.RM numbers them.
enum Rounding: UInt32 {
  case nearest = 0
  case zero, up, down
}

/// IEEE exceptions, as the fields of FCR31 order them.
enum FloatFlag {
  static let inexact: UInt32 = 1
  static let underflow: UInt32 = 2
  static let overflow: UInt32 = 4
  static let divisionByZero: UInt32 = 8
  static let invalid: UInt32 = 16
  /// Unimplemented operation; only in the cause field.
  static let unimplemented: UInt32 = 32
}

/// Arithmetic as IEEE 754 has it, in integers: results and exceptions are the same on every host.
///
/// Numbers are taken apart into a sign, a power of two, and a significand whose first one is bit 62; what
/// does not fit into 63 bits is or-ed into the last ("jammed"), so that one final rounding sees whether
/// something is behind it.
struct FloatArithmetic {
  var rounding: Rounding
  /// FCR31.FS: results too small for a normal number become zero.
  var flushes: Bool
  /// Underflow is enabled as a trap: then a tiny result raises it even if it is exact (IEEE 754-1985, 7.4).
  var trapsUnderflow = false
  /// The exceptions of the operation.
  var raised: UInt32 = 0

  struct Number {
    var isNegative: Bool
    /// The value is significand × 2^(exponent − 62); of zero and infinity the exponent means nothing.
    var exponent = 0
    var significand: UInt64 = 0
    var isInfinite = false
    var isZero: Bool { significand == 0 && !isInfinite }
  }

  // MARK: Apart and together

  @inline(__always)
  private static func jammed(_ x: UInt64, right: Int) -> UInt64 {
    if right <= 0 { return x }
    if right > 63 { return x != 0 ? 1 : 0 }
    let shift = UInt64(right)
    return x &>> shift | (x & ((1 &<< shift) &- 1) != 0 ? 1 : 0)
  }

  /// Takes apart what is no NaN.
  @inline(__always)
  private func number(_ x: UInt64, _ format: FloatFormat) -> Number {
    let field = Int(x >> UInt64(format.fractionBits)) & format.exponentMask
    let fraction = x & (1 << UInt64(format.fractionBits) - 1)
    var result = Number(isNegative: format.isNegative(x))
    if field == format.exponentMask {
      result.isInfinite = true
    } else if field != 0 {
      result.exponent = field - format.bias
      result.significand = (fraction | 1 << UInt64(format.fractionBits)) << UInt64(62 - format.fractionBits)
    } else if fraction != 0 {
      let shift = fraction.leadingZeroBitCount - 1
      result.exponent = 1 - format.bias - (shift - (62 - format.fractionBits))
      result.significand = fraction << UInt64(shift)
    }
    return result
  }

  private func infinity(_ isNegative: Bool, _ format: FloatFormat) -> UInt64 {
    format.infinity | (isNegative ? format.signBit : 0)
  }
  private func zero(_ isNegative: Bool, _ format: FloatFormat) -> UInt64 { isNegative ? format.signBit : 0 }

  /// Whether a part of the last place, of which `remainder` is left in units whose whole is 2 × `half`,
  /// rounds away from zero.
  @inline(__always)
  private func roundsAway(_ remainder: UInt64, half: UInt64, isOdd: Bool, isNegative: Bool) -> Bool {
    switch rounding {
    case .nearest: remainder > half || remainder == half && isOdd
    case .zero: false
    case .up: remainder != 0 && !isNegative
    case .down: remainder != 0 && isNegative
    }
  }

  /// Rounds a number whose significand has its first one at bit 62.
  @inline(__always)
  private mutating func rounded(_ isNegative: Bool, _ exponent: Int, _ significand: UInt64, _ format: FloatFormat)
    -> UInt64
  {
    let shift = UInt64(62 - format.fractionBits)
    let mask: UInt64 = 1 << shift - 1
    let half: UInt64 = 1 << (shift - 1)
    let sign = zero(isNegative, format)
    var field = exponent + format.bias
    var significand = significand
    var isTiny = false
    if field <= 0 {
      if flushes { return sign }
      // Tiny or not is asked after rounding, as if the exponent had no bound.
      let carries =
        (significand | mask) == UInt64.max >> 1
        && roundsAway(significand & mask, half: half, isOdd: true, isNegative: isNegative)
      isTiny = field < 0 || !carries
      significand = Self.jammed(significand, right: 1 - field)
      field = 1
    }
    let remainder = significand & mask
    var result = significand >> shift
    if roundsAway(remainder, half: half, isOdd: result & 1 != 0, isNegative: isNegative) { result += 1 }
    // The first one of a normal number adds 1 to the exponent's field; so does a carry out of the fraction.
    result = result &+ UInt64(bitPattern: Int64(field - 1)) << UInt64(format.fractionBits)
    if field >= format.exponentMask || result >= format.infinity {
      raised |= FloatFlag.overflow | FloatFlag.inexact
      let staysFinite = rounding == .zero || rounding == (isNegative ? .up : .down)
      return sign | (staysFinite ? format.infinity - 1 : format.infinity)
    }
    if remainder != 0 { raised |= isTiny ? FloatFlag.inexact | FloatFlag.underflow : FloatFlag.inexact }
    if isTiny && trapsUnderflow { raised |= FloatFlag.underflow }
    return sign | result
  }

  // MARK: NaNs

  private mutating func invalid(_ format: FloatFormat) -> UInt64 {
    raised |= FloatFlag.invalid
    return format.defaultNaN
  }

  /// What comes of an operation of which an operand is a NaN: always the same one, and it is invalid only if
  /// an operand signals.
  private mutating func ofNaN(_ isSignalling: Bool, _ format: FloatFormat) -> UInt64 {
    isSignalling ? invalid(format) : format.defaultNaN
  }

  // MARK: Operations

  mutating func sum(_ a: UInt64, _ b: UInt64, _ format: FloatFormat) -> UInt64 {
    if format.isNaN(a) || format.isNaN(b) { return ofNaN(format.isSignalling(a) || format.isSignalling(b), format) }
    var x = number(a, format)
    var y = number(b, format)
    if x.isInfinite || y.isInfinite {
      if x.isInfinite && y.isInfinite && x.isNegative != y.isNegative { return invalid(format) }
      return x.isInfinite ? a : b
    }
    if x.isZero && y.isZero {
      return zero(x.isNegative == y.isNegative ? x.isNegative : rounding == .down, format)
    }
    if x.isZero || y.isZero {
      let sole = x.isZero ? y : x
      return rounded(sole.isNegative, sole.exponent, sole.significand, format)
    }
    if x.exponent < y.exponent || x.exponent == y.exponent && x.significand < y.significand { swap(&x, &y) }
    let other = Self.jammed(y.significand, right: x.exponent - y.exponent)
    if x.isNegative == y.isNegative {
      let significand = x.significand + other
      if significand >> 63 == 0 { return rounded(x.isNegative, x.exponent, significand, format) }
      return rounded(x.isNegative, x.exponent + 1, Self.jammed(significand, right: 1), format)
    }
    let significand = x.significand - other
    if significand == 0 { return zero(rounding == .down, format) }
    let shift = significand.leadingZeroBitCount - 1
    return rounded(x.isNegative, x.exponent - shift, significand << UInt64(shift), format)
  }

  mutating func difference(_ a: UInt64, _ b: UInt64, _ format: FloatFormat) -> UInt64 {
    if format.isNaN(a) || format.isNaN(b) { return ofNaN(format.isSignalling(a) || format.isSignalling(b), format) }
    return sum(a, b ^ format.signBit, format)
  }

  mutating func product(_ a: UInt64, _ b: UInt64, _ format: FloatFormat) -> UInt64 {
    if format.isNaN(a) || format.isNaN(b) { return ofNaN(format.isSignalling(a) || format.isSignalling(b), format) }
    let x = number(a, format)
    let y = number(b, format)
    let isNegative = x.isNegative != y.isNegative
    if x.isInfinite || y.isInfinite {
      return x.isZero || y.isZero ? invalid(format) : infinity(isNegative, format)
    }
    if x.isZero || y.isZero { return zero(isNegative, format) }
    let (high, low) = x.significand.multipliedFullWidth(by: y.significand)
    let significand = high << 2 | low >> 62 | (low << 2 != 0 ? 1 : 0)
    if significand >> 63 == 0 { return rounded(isNegative, x.exponent + y.exponent, significand, format) }
    return rounded(isNegative, x.exponent + y.exponent + 1, Self.jammed(significand, right: 1), format)
  }

  mutating func quotient(_ a: UInt64, _ b: UInt64, _ format: FloatFormat) -> UInt64 {
    if format.isNaN(a) || format.isNaN(b) { return ofNaN(format.isSignalling(a) || format.isSignalling(b), format) }
    let x = number(a, format)
    let y = number(b, format)
    let isNegative = x.isNegative != y.isNegative
    if x.isInfinite { return y.isInfinite ? invalid(format) : infinity(isNegative, format) }
    if y.isInfinite { return zero(isNegative, format) }
    if y.isZero {
      if x.isZero { return invalid(format) }
      raised |= FloatFlag.divisionByZero
      return infinity(isNegative, format)
    }
    if x.isZero { return zero(isNegative, format) }
    let isLess = x.significand < y.significand
    let dividend = isLess ? x.significand << 1 : x.significand
    let (quotient, remainder) = y.significand.dividingFullWidth((dividend >> 2, dividend << 62))
    return rounded(isNegative, x.exponent - y.exponent - (isLess ? 1 : 0), quotient | (remainder != 0 ? 1 : 0), format)
  }

  mutating func squareRoot(_ a: UInt64, _ format: FloatFormat) -> UInt64 {
    if format.isNaN(a) { return ofNaN(format.isSignalling(a), format) }
    let x = number(a, format)
    if x.isZero { return a }
    if x.isNegative { return invalid(format) }
    if x.isInfinite { return a }
    // An even power of two outside; inside, the root of significand × 2^62, whose first one is at bit 62 too.
    let isOdd = x.exponent & 1 != 0
    let significand = isOdd ? x.significand << 1 : x.significand
    let square = (high: significand >> 2, low: significand << 62)
    // Right to some 50 bits; a step of Newton's method gives the rest but for the last place.
    var root = UInt64(min(Double(significand).squareRoot() * 2_147_483_648, 9_223_372_036_854_774_784))
    root = (root + root.dividingFullWidth(square).quotient) >> 1
    func isTooLarge(_ root: UInt64) -> Bool {
      let product = root.multipliedFullWidth(by: root)
      return product.high > square.high || product.high == square.high && product.low > square.low
    }
    while isTooLarge(root) { root -= 1 }
    while !isTooLarge(root + 1) { root += 1 }
    let product = root.multipliedFullWidth(by: root)
    let isExact = product.high == square.high && product.low == square.low
    return rounded(false, (x.exponent - (isOdd ? 1 : 0)) / 2, root | (isExact ? 0 : 1), format)
  }

  /// From one format to the other.
  mutating func converted(_ a: UInt64, from: FloatFormat, to: FloatFormat) -> UInt64 {
    if from.isNaN(a) { return ofNaN(from.isSignalling(a), to) }
    let x = number(a, from)
    if x.isInfinite { return infinity(x.isNegative, to) }
    if x.isZero { return zero(x.isNegative, to) }
    return rounded(x.isNegative, x.exponent, x.significand, to)
  }

  mutating func converted(_ value: Int64, to format: FloatFormat) -> UInt64 {
    if value == 0 { return 0 }
    let magnitude = value.magnitude
    if magnitude >> 63 != 0 { return rounded(true, 63, magnitude >> 1, format) }
    let shift = magnitude.leadingZeroBitCount - 1
    return rounded(value < 0, 62 - shift, magnitude << UInt64(shift), format)
  }

  /// To an integer of 32 or 64 bits; what does not fit becomes the largest, and is invalid.
  mutating func integer(_ a: UInt64, _ format: FloatFormat, bits: Int) -> Int64 {
    let limit: UInt64 = 1 << UInt64(bits - 1)
    func overflow() -> Int64 {
      raised |= FloatFlag.invalid
      return Int64(limit - 1)
    }
    if format.isNaN(a) { return overflow() }
    let x = number(a, format)
    if x.isInfinite { return overflow() }
    if x.isZero { return 0 }
    if x.exponent > 63 { return overflow() }
    var magnitude: UInt64
    var isInexact = false
    if x.exponent >= 62 {
      magnitude = x.significand << UInt64(x.exponent - 62)
    } else {
      // Two bits stay behind the point: one half, and whether there is more.
      let fixed = Self.jammed(x.significand, right: 60 - x.exponent)
      let scaled = x.exponent >= 60 ? x.significand << UInt64(x.exponent - 60) : fixed
      magnitude = scaled >> 2
      isInexact = scaled & 3 != 0
      if roundsAway(scaled & 3, half: 2, isOdd: magnitude & 1 != 0, isNegative: x.isNegative) { magnitude += 1 }
    }
    if magnitude > (x.isNegative ? limit : limit - 1) { return overflow() }
    if isInexact { raised |= FloatFlag.inexact }
    return x.isNegative ? Int64(bitPattern: 0 &- magnitude) : Int64(magnitude)
  }

  /// The sixteen comparisons: bit 0 holds for unordered, 1 for equal, 2 for less; with bit 3, every NaN is
  /// invalid.
  mutating func compares(_ a: UInt64, _ b: UInt64, _ format: FloatFormat, condition: Int) -> Bool {
    if format.isNaN(a) || format.isNaN(b) {
      if condition & 8 != 0 || format.isSignalling(a) || format.isSignalling(b) { raised |= FloatFlag.invalid }
      return condition & 1 != 0
    }
    func ordered(_ x: UInt64) -> Int64 {
      let magnitude = Int64(x & (format.signBit - 1))
      return format.isNegative(x) ? -magnitude : magnitude
    }
    let (x, y) = (ordered(a), ordered(b))
    return x < y ? condition & 4 != 0 : x == y ? condition & 2 != 0 : false
  }
}
