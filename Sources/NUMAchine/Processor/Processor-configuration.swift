/// What a processor says of itself: PRId and Config (R4400 User's Manual, ch. 4), and for `mips64r2` Config1
/// to Config3.
extension ProcessorModel {
  /// PRId.
  var identification: UInt64 {
    switch self {
    case .r4400: 0x0440
    case .mips64r2: 0x1_0000
    }
  }
}

extension Processor {
  /// Config at reset: little-endian, kseg0 cached.
  var initialConfiguration: UInt32 {
    let cached: UInt32 = 5
    if isRelease2 {
      let (more, mips64, release, tlb): (UInt32, UInt32, UInt32, UInt32) = (1 << 31, 2 << 13, 1 << 10, 1 << 7)
      return more | mips64 | release | tlb | cached
    }
    func size(_ cache: PrimaryCache) -> UInt32 {
      UInt32(max((cache.lines * cache.lineBytes).trailingZeroBitCount - 12, 0)) & 7
    }
    let longLine: UInt32 = lineBytes == 32 ? 1 : 0
    let secondaryLine = UInt32(max(secondary.lineBytes.trailingZeroBitCount - 4, 0)) & 3
    return secondaryLine << 22 | size(instructionCache) << 9 | size(dataCache) << 6 | longLine << 5 | longLine << 4
      | cached
  }

  /// Bits of Config1 and Config2 for a cache: sets and line size as powers of two, ways less one.
  private func geometry(lines: Int, lineBytes: Int, ways: Int) -> (sets: UInt32, line: UInt32, ways: UInt32) {
    (
      UInt32(max((lines / ways).trailingZeroBitCount - 6, 0)), UInt32(lineBytes.trailingZeroBitCount - 1),
      UInt32(ways - 1)
    )
  }

  private var configuration1: UInt32 {
    let (more, float): (UInt32, UInt32) = (1 << 31, 1)
    let instruction = geometry(lines: instructionCache.lines, lineBytes: lineBytes, ways: instructionCache.ways)
    let data = geometry(lines: dataCache.lines, lineBytes: lineBytes, ways: dataCache.ways)
    let (first, second) = (
      instruction.sets << 22 | instruction.line << 19 | instruction.ways << 16,
      data.sets << 13 | data.line << 10 | data.ways << 7
    )
    return more | UInt32(TLB.size - 1) << 25 | first | second | float
  }

  private var configuration2: UInt32 {
    let second = geometry(lines: secondary.slots, lineBytes: secondary.lineBytes, ways: secondary.ways)
    return 1 << 31 | second.sets << 8 | second.line << 4 | second.ways
  }

  /// UserLocal is there.
  private static var configuration3: UInt32 { 1 << 13 }

  /// Registers of `mips64r2` that the R4400 does not have, or has otherwise. Numbers of those with a selector
  /// are that × 32 more.
  ///
  /// - Returns: nil for what is as on the R4400.
  func release2Register(_ number: UInt8) -> UInt64? {
    let control = core.pointee.control
    switch Release2Register(rawValue: number) {
    case .userLocal: return control.userLocal
    case .hardwareEnable: return UInt64(control.hardwareEnable)
    case .interruptControl: return Self.signExtended(7 << 29 | 7 << 26)
    case .cause:
      let isDue = core.pointee.time &+ frame.pointee.cycles &* cycle >= core.pointee.timer
      let cause = isDue ? control.cause | Cause.timer : control.cause
      return Self.signExtended(cause & Cause.timer != 0 ? cause | Cause.timerInterrupt : cause)
    case .exceptionBase: return Self.signExtended(control.exceptionBase | UInt32(self.number))
    case .config1: return Self.signExtended(configuration1)
    case .config2: return Self.signExtended(configuration2)
    case .config3: return UInt64(Self.configuration3)
    case .watchLo, .watchHi: return 0
    case nil: return number >= 32 ? 0 : nil
    }
  }

  /// - Returns: false for what is as on the R4400.
  func setRelease2Register(_ number: UInt8, _ value: UInt64) -> Bool {
    let word = UInt32(truncatingIfNeeded: value)
    switch Release2Register(rawValue: number) {
    case .userLocal: core.pointee.control.userLocal = value
    case .hardwareEnable: core.pointee.control.hardwareEnable = word & HardwareRegister.all
    case .cause:
      let writable = Cause.software | Cause.specialVector
      core.pointee.control.cause = core.pointee.control.cause & ~writable | word & writable
    case .exceptionBase: core.pointee.control.exceptionBase = 0x8000_0000 | word & 0x3FFF_F000
    case .interruptControl, .config1, .config2, .config3, .watchLo, .watchHi: break
    case nil: return number >= 32
    }
    return true
  }

  /// DI and EI.
  func setInterruptEnable(_ i: Instruction) {
    let status = core.pointee.control.status
    registers[Int(i.b)] = Self.signExtended(status)
    core.pointee.control.status = i.operation == .ei ? status | Status.ie : status & ~Status.ie
  }
}

/// Number, and selector × 32, of control registers that `mips64r2` has of its own.
enum Release2Register: UInt8 {
  case hardwareEnable = 7
  case cause = 13
  case watchLo = 18
  case watchHi = 19
  case interruptControl = 44
  case exceptionBase = 47
  case config1 = 48
  case config2 = 80
  case config3 = 112
  case userLocal = 68
}
