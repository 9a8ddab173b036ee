/// Exceptions (R4400 User's Manual, ch. 5).
enum ExceptionCode: UInt32 {
  case interrupt = 0
  case modified, tlbLoad, tlbStore, addressLoad, addressStore, busErrorInstruction, busErrorData
  case systemCall, breakpoint, reservedInstruction, coprocessorUnusable, overflow, trap
  case floatingPoint = 15
  case watch = 23
  /// Only on `mips64r2`.
  case machineCheck = 24
}

extension Processor {
  /// Cycles that a taken jump, an exception and ERET lose after the instruction (and its delay slot).
  static let jumpCycles: UInt64 = 2

  /// An exception of the instruction at hand; `core.time` and the rest have not been saved yet.
  @inline(never)
  func raise(_ code: ExceptionCode, coprocessor: UInt32 = 0) {
    stopBeforeCurrent()
    exception(code, coprocessor: coprocessor)
  }

  func addressError(_ address: UInt64, _ access: Access) {
    core.pointee.control.badVAddr = address
    raise(access == .store ? .addressStore : .addressLoad)
  }

  func translationFails(_ problem: Translation, _ address: UInt64, _ access: Access) {
    if case .addressError = problem { return addressError(address, access) }
    stopBeforeCurrent()
    tlbException(problem, address, access)
  }

  /// A fetch that fails; `core.pc` and delay state are set, the time is not.
  func fetchFails(_ problem: Translation, _ address: UInt64) {
    core.pointee.time &+= frame.pointee.cycles &* cycle
    frame.pointee.cycles = 0
    switch problem {
    case .addressError:
      core.pointee.control.badVAddr = address
      exception(.addressLoad)
    case .uncached: exception(.busErrorInstruction)
    default: tlbException(problem, address, .fetch)
    }
  }

  private func tlbException(_ problem: Translation, _ address: UInt64, _ access: Access) {
    core.pointee.control.badVAddr = address
    core.pointee.control.entryHi = address & TLB.pageNumberBits | core.pointee.control.entryHi & 0xFF
    core.pointee.control.context = core.pointee.control.context & ~0x7F_FFFF | address >> 9 & 0x7F_FFF0
    core.pointee.control.xContext =
      core.pointee.control.xContext & ~0x1_FFFF_FFFF | (address >> 62) << 31 | address >> 9 & 0x7FFF_FFF0
    let code: ExceptionCode = access == .store ? .tlbStore : .tlbLoad
    switch problem {
    case .modified: exception(.modified)
    case .refill: exception(code, refill: address)
    default: exception(code)
    }
  }

  /// Goes to the handler: from `core.pc`, at `core.time`, which the exception makes later by a jump's cycles.
  ///
  /// - Parameter refill: the address that matched nothing in the TLB.
  func exception(_ code: ExceptionCode, coprocessor: UInt32 = 0, refill: UInt64? = nil) {
    countException(code, isRefill: refill != nil)
    var vector: UInt64 = 0x180
    var control = core.pointee.control
    if control.status & Status.exl == 0 {
      let inSlot = core.pointee.delay != .none
      control.epc = inSlot ? core.pointee.pc &- 4 : core.pointee.pc
      control.cause = inSlot ? control.cause | Cause.branchDelay : control.cause & ~Cause.branchDelay
      if let refill { vector = usesExtendedVector(refill) ? 0x080 : 0 }
    }
    control.cause =
      control.cause & ~(Cause.exceptionMask | 3 << Cause.coprocessorShift) | code.rawValue << 2 | coprocessor
      << Cause.coprocessorShift
    control.status |= Status.exl
    if code == .interrupt && control.cause & Cause.specialVector != 0 { vector = 0x200 }
    core.pointee.control = control
    core.pointee.pc =
      (control.status & Status.bev != 0 ? 0xFFFF_FFFF_BFC0_0200 : Self.signExtended(control.exceptionBase)) &+ vector
    core.pointee.delay = .none
    core.pointee.held = .none
    core.pointee.jumped = true
    core.pointee.time &+= Self.jumpCycles &* cycle
    updateContext()
  }

  /// 64-bit addresses are on for the space that the address is in.
  private func usesExtendedVector(_ address: UInt64) -> Bool {
    let bit =
      switch address >> 62 {
      case 0: Status.ux
      case 1: Status.sx
      default: Status.kx
      }
    return core.pointee.control.status & bit != 0
  }

  private func countException(_ code: ExceptionCode, isRefill: Bool) {
    switch code {
    case .interrupt: count(.exceptionsInterrupt)
    case .tlbLoad, .tlbStore, .modified: count(isRefill ? .tlbRefills : .exceptionsTLB)
    case .addressLoad, .addressStore: count(.exceptionsAddress)
    case .busErrorInstruction, .busErrorData: count(.exceptionsBus)
    case .systemCall: count(.exceptionsSystemCall)
    case .breakpoint: count(.exceptionsBreakpoint)
    case .trap, .overflow: count(.exceptionsTrap)
    case .reservedInstruction: count(.exceptionsReserved)
    case .coprocessorUnusable: count(.exceptionsCoprocessor)
    case .floatingPoint: count(.exceptionsFloatingPoint)
    case .watch: count(.exceptionsWatch)
    default: count(.exceptionsOther)
    }
  }

  var interruptAdmitted: Bool {
    let status = core.pointee.control.status
    return status & (Status.ie | Status.exl | Status.erl) == Status.ie
      && core.pointee.control.cause & status & Status.interruptMask != 0
  }

  func takeInterrupt() { exception(.interrupt) }

  /// Count has reached Compare.
  func timerMatches() {
    core.pointee.control.cause |= Cause.timer
    setTimer(core.pointee.time)
  }

  /// Count at a time in ticks.
  func countRegister(_ time: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: time / (2 &* cycle)) &+ core.pointee.countOffset
  }

  /// Computes when Count next equals Compare; not now, if it does now.
  func setTimer(_ now: UInt64) {
    var distance = UInt64(core.pointee.control.compare &- countRegister(now))
    if distance == 0 { distance = 1 << 32 }
    core.pointee.timer = (now / (2 &* cycle) &+ distance) &* 2 &* cycle
  }
}
