/// A processor's registers, for tests and debuggers. Not to be used while it runs.
extension Processor {
  public subscript(register: Int) -> UInt64 {
    get { registers[register] }
    set { if register != 0 { registers[register] = newValue } }
  }
  public var hi: UInt64 {
    get { core.pointee.hi }
    set { core.pointee.hi = newValue }
  }
  public var lo: UInt64 {
    get { core.pointee.lo }
    set { core.pointee.lo = newValue }
  }
  /// Address of the next instruction. Setting it leaves a delay slot as a jump does.
  public var pc: UInt64 {
    get { core.pointee.pc }
    set {
      core.pointee.pc = newValue
      core.pointee.delay = .none
      core.pointee.held = .none
      core.pointee.jumped = true
    }
  }
  /// Floating-point register `number`, all 64 bits of it.
  public subscript(float number: Int) -> UInt64 {
    get { float.register[number] }
    set { float.register[number] = newValue }
  }
  /// FCR31, the control and status register of the floating-point unit.
  public var floatControl: UInt32 {
    get { float.control }
    set { float.control = newValue & model.floatControlWritable }
  }
  /// A control register as DMFC0 and DMTC0 see it.
  public subscript(control register: ControlRegister) -> UInt64 {
    get {
      betweenInstructions()
      return controlRegister(register.rawValue)
    }
    set {
      betweenInstructions()
      setControlRegister(register.rawValue, newValue)
    }
  }

  private func betweenInstructions() {
    frame.pointee.cycles = 0
    frame.pointee.described = InstructionAtHand(
      pc: core.pointee.pc, word: 0, completed: core.pointee.instructions)
  }

  /// Hands over everything that makes up the processor's state, in a fixed order, for a digest: two
  /// processors that behave alike from here on give the same bytes.
  public func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    scalars().withUnsafeBytes(body)
    body(UnsafeRawBufferPointer(start: registers, count: 32 * 8))
    body(float.state)
    body(UnsafeRawBufferPointer(start: tlb.entry, count: TLB.size * MemoryLayout<TLB.Entry>.stride))
    instructionCache.state(body)
    dataCache.state(body)
    for index in 0..<instructionCache.lines where instructionCache.tag[index] != PrimaryCache.invalid {
      body(UnsafeRawBufferPointer(start: instructionWords + index * lineInstructions, count: lineBytes))
    }
    secondary.state(body)
    sharing.state(body)
    history.forEachBlock { number, fates in
      withUnsafeBytes(of: UInt64(number)) { body($0) }
      body(fates)
    }
  }

  private func scalars() -> [UInt64] {
    let state = core.pointee
    let request = state.request
    let control = state.control
    let waits = state.status == .waiting
    var values: [UInt64] = [
      state.time, UInt64(state.status.rawValue), state.pc, UInt64(state.delay.rawValue),
      state.delay == .taken ? state.target : 0,
      UInt64(state.held.rawValue), state.held == .none ? 0 : UInt64(state.heldWord), state.jumped ? 1 : 0,
      UInt64(state.lastLoaded),
      UInt64(state.lastButOneLoaded), state.hi, state.lo, state.multiplierReady, state.instructions, state.randomBase,
      UInt64(state.countOffset), state.timer, state.linked ? 1 : 0, state.linked ? state.linkLine : 0,
    ]
    if waits {
      values += [
        UInt64(request.kind.rawValue), request.isInstruction ? 1 : 0, request.hasVictim ? 1 : 0, request.address,
        request.value, request.time,
        request.victim, request.virtualAddress, UInt64(request.firstWord), UInt64(request.words),
      ]
    }
    values += [
      control.entryLo0, control.entryLo1, control.pageMask, control.entryHi, control.context, control.xContext,
      control.badVAddr,
    ]
    values += [control.epc, control.errorEPC]
    let words = [
      control.index, control.wired, control.compare, control.status, control.cause, control.config, control.llAddr,
      control.watchLo,
      control.watchHi, control.ecc, control.cacheError, control.tagLo, control.tagHi, state.watchIsPending ? 1 : 0,
      control.exceptionBase,
      control.hardwareEnable,
    ]
    values.append(control.userLocal)
    return values + words.map { UInt64($0) }
  }
}
