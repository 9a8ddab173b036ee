/// What `mips64r2` has beyond the R4400, floating point apart: work on bits and bytes, and its hardware
/// registers.
extension Processor {
  var isRelease2: Bool { model == .mips64r2 }

  /// The two bytes of each halfword change places.
  @inline(__always)
  static func bytesSwapped(_ x: UInt64) -> UInt64 {
    (x & 0x00FF_00FF_00FF_00FF) &<< 8 | x &>> 8 & 0x00FF_00FF_00FF_00FF
  }

  @inline(__always)
  static func rotated(_ x: UInt64, _ places: UInt64) -> UInt64 { x &>> places | x &<< (0 &- places) }

  @inline(__always)
  static func rotated32(_ x: UInt64, _ places: UInt64) -> UInt64 {
    let (word, places) = (UInt32(truncatingIfNeeded: x), UInt32(truncatingIfNeeded: places))
    return signExtended(word &>> places | word &<< (0 &- places))
  }

  /// - Parameter field: position, and size above that, as the decoder gives them.
  @inline(__always)
  private static func mask(_ field: Int32) -> UInt64 { (field >> 8) > 63 ? .max : (1 &<< UInt64(field >> 8)) &- 1 }

  @inline(__always)
  static func extracted(_ x: UInt64, _ field: Int32) -> UInt64 { x &>> UInt64(field & 63) & mask(field) }

  @inline(__always)
  static func inserted(_ x: UInt64, into y: UInt64, _ field: Int32) -> UInt64 {
    let mask = mask(field)
    return y & ~(mask &<< UInt64(field & 63)) | (x & mask) &<< UInt64(field & 63)
  }

  /// RDHWR: in user mode, what HWREna admits.
  ///
  /// - Returns: false when it raised an exception.
  @inline(never)
  func readHardwareRegister(_ i: Instruction) -> Bool {
    let isAdmitted =
      mode == .kernel || core.pointee.control.status & Status.cu0 != 0
      || core.pointee.control.hardwareEnable >> UInt32(i.a) & 1 != 0
    guard isAdmitted, let register = HardwareRegister(rawValue: i.a) else {
      raise(.reservedInstruction)
      return false
    }
    registers[Int(i.b)] =
      switch register {
      case .processor: UInt64(number)
      case .instructionLine: UInt64(lineBytes)
      case .count: Self.signExtended(countRegister(core.pointee.time &+ frame.pointee.cycles &* cycle))
      case .countStep: 2
      case .userLocal: core.pointee.control.userLocal
      }
    return true
  }

  /// SYNCI: the line is fetched anew, with what has been stored to it.
  ///
  /// - Returns: false when it raised an exception. Otherwise the interpreter must be left after it, because
  ///   the line may be its own.
  @inline(never)
  func synchronizeInstructions(_ address: UInt64) -> Bool {
    switch translate(address, .load) {
    case .cached(let physical, _, _):
      if instructionCache.holds(physical) { dropInstructionLine(instructionCache.index(physical)) }
    case .uncached: break
    case let problem:
      translationFails(problem, address, .load)
      return false
    }
    return true
  }
}

/// Registers that RDHWR reads.
enum HardwareRegister: UInt8 {
  case processor = 0
  /// Bytes from one SYNCI to the next.
  case instructionLine
  case count
  /// Cycles in which Count goes up by one.
  case countStep
  /// What the kernel keeps for the thread: where its thread-local storage is.
  case userLocal = 29

  /// Those that HWREna can admit.
  static let all: UInt32 = 0x2000_000F
}
