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

  /// What the state holds of things that are over becomes zero: processors that go on alike are then equal
  /// byte for byte, however their time was divided among calls.
  func settle() {
    if core.pointee.status == .running { core.pointee.request = ExternalRequest() }
    if core.pointee.held == .none { core.pointee.heldWord = 0 }
    if core.pointee.delay != .taken { core.pointee.target = 0 }
    if !core.pointee.linked { core.pointee.linkLine = 0 }
    core.pointee.uncachedValue = 0
    registers[32] = 0
  }
}
