/// Multiplication and division: HI and LO, and when they are ready.
extension Processor {
  /// From issue until HI and LO can be read, in cycles (R4400 User's Manual, ch. 3).
  private static func latency(_ operation: Operation) -> UInt64 {
    switch operation {
    case .mult, .multu, .mul, .madd, .maddu, .msub, .msubu: 10
    case .dmult, .dmultu: 20
    case .div, .divu: 69
    default: 133
    }
  }

  /// Waits for the multiplier and starts an operation on it.
  ///
  /// - Parameter cycles: from `core.time` to the end of the instruction if it does not stall.
  /// - Returns: the same with the stall.
  @inline(never)
  func multiply(_ i: Instruction, cycles: UInt64) -> UInt64 {
    let n = waitForMultiplier(cycles)
    if i.operation == .mul {
      // Its result is an ordinary register, which has no interlock: the processor waits for it.
      registers[Int(i.immediate)] = Self.signExtended(
        UInt32(truncatingIfNeeded: registers[Int(i.a)] &* registers[Int(i.b)]))
      return n &+ Self.latency(.mul) &- 1
    }
    core.pointee.multiplierReady = core.pointee.time &+ (n &- 1 &+ Self.latency(i.operation)) &* cycle
    let a = registers[Int(i.a)]
    let b = registers[Int(i.b)]
    switch i.operation {
    case .mult: setProduct32(Int64(Int32(truncatingIfNeeded: a)) &* Int64(Int32(truncatingIfNeeded: b)))
    case .multu:
      setProduct32(Int64(bitPattern: UInt64(UInt32(truncatingIfNeeded: a)) &* UInt64(UInt32(truncatingIfNeeded: b))))
    case .madd, .maddu, .msub, .msubu: accumulate(i.operation, a, b)
    case .dmult:
      let product = Int64(bitPattern: a).multipliedFullWidth(by: Int64(bitPattern: b))
      set(UInt64(bitPattern: product.high), product.low)
    case .dmultu:
      let product = a.multipliedFullWidth(by: b)
      set(product.high, product.low)
    case .div: divide(Int32(truncatingIfNeeded: a), Int32(truncatingIfNeeded: b))
    case .divu:
      let (x, y) = (UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b))
      set(Self.signExtended(y == 0 ? x : x % y), Self.signExtended(y == 0 ? .max : x / y))
    case .ddiv: divide(Int64(bitPattern: a), Int64(bitPattern: b))
    default: set(b == 0 ? a : a % b, b == 0 ? .max : a / b)
    }
    return n
  }

  /// The cycles with which an instruction that needs HI, LO or the multiplier ends.
  @inline(never)
  func waitForMultiplier(_ cycles: UInt64) -> UInt64 {
    let issue = core.pointee.time &+ (cycles &- 1) &* cycle
    guard issue < core.pointee.multiplierReady else { return cycles }
    return cycles &+ cyclesRoundedUp(core.pointee.multiplierReady &- issue)
  }

  private func set(_ hi: UInt64, _ lo: UInt64) {
    core.pointee.hi = hi
    core.pointee.lo = lo
  }

  /// Adds to, or subtracts from, the 64 bits in the lower halves of HI and LO.
  private func accumulate(_ operation: Operation, _ a: UInt64, _ b: UInt64) {
    let isSigned = operation == .madd || operation == .msub
    let product =
      isSigned
      ? Int64(Int32(truncatingIfNeeded: a)) &* Int64(Int32(truncatingIfNeeded: b))
      : Int64(bitPattern: UInt64(UInt32(truncatingIfNeeded: a)) &* UInt64(UInt32(truncatingIfNeeded: b)))
    let old = Int64(bitPattern: core.pointee.hi << 32 | core.pointee.lo & 0xFFFF_FFFF)
    setProduct32(operation == .madd || operation == .maddu ? old &+ product : old &- product)
  }

  private func setProduct32(_ product: Int64) {
    set(UInt64(bitPattern: product >> 32), UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: product))))
  }

  /// What the manual leaves undefined comes out as on the R4000 family: a quotient of -1 or 1 by zero, and no
  /// trap on overflow.
  private func divide<T: FixedWidthInteger & SignedInteger>(_ x: T, _ y: T) {
    if y == 0 {
      set(UInt64(bitPattern: Int64(x)), UInt64(bitPattern: x < 0 ? 1 : -1))
    } else if y == -1 {
      set(0, UInt64(bitPattern: Int64(0 &- x)))
    } else {
      set(UInt64(bitPattern: Int64(x % y)), UInt64(bitPattern: Int64(x / y)))
    }
  }
}

/// LWL, LWR and their like, in a little-endian machine: the left part of a register comes from, or goes to,
/// the bytes at and below the address in its aligned unit, the right part those at and above it.
extension Processor {
  static func merged(left memory: UInt32, _ address: UInt64, into register: UInt64) -> UInt64 {
    let shift = UInt32(24 &- (address & 3) &* 8)
    return signExtended(memory &<< shift | UInt32(truncatingIfNeeded: register) & ((1 &<< shift) &- 1))
  }

  static func merged(right memory: UInt32, _ address: UInt64, into register: UInt64) -> UInt64 {
    let shift = UInt32((address & 3) &* 8)
    return signExtended(memory &>> shift | UInt32(truncatingIfNeeded: register) & ~(UInt32.max &>> shift))
  }

  static func merged(left memory: UInt64, _ address: UInt64, into register: UInt64) -> UInt64 {
    let shift = 56 &- (address & 7) &* 8
    return memory &<< shift | register & ((1 &<< shift) &- 1)
  }

  static func merged(right memory: UInt64, _ address: UInt64, into register: UInt64) -> UInt64 {
    let shift = (address & 7) &* 8
    return memory &>> shift | register & ~(UInt64.max &>> shift)
  }

  static func merged(left register: UInt64, _ address: UInt64, over memory: UInt32) -> UInt32 {
    let shift = UInt32(24 &- (address & 3) &* 8)
    return UInt32(truncatingIfNeeded: register) &>> shift | memory & ~(UInt32.max &>> shift)
  }

  static func merged(right register: UInt64, _ address: UInt64, over memory: UInt32) -> UInt32 {
    let shift = UInt32((address & 3) &* 8)
    return UInt32(truncatingIfNeeded: register) &<< shift | memory & ((1 &<< shift) &- 1)
  }

  static func merged(left register: UInt64, _ address: UInt64, over memory: UInt64) -> UInt64 {
    let shift = 56 &- (address & 7) &* 8
    return register &>> shift | memory & ~(UInt64.max &>> shift)
  }

  static func merged(right register: UInt64, _ address: UInt64, over memory: UInt64) -> UInt64 {
    let shift = (address & 7) &* 8
    return register &<< shift | memory & ((1 &<< shift) &- 1)
  }
}
