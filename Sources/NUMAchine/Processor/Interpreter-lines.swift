/// Where the interpreter is in its decoded lines.
struct InterpreterPosition {
  /// After the current instruction.
  var next: UnsafePointer<Instruction>?
  /// Where the sequence of instructions began that `next` is in, within its line.
  var start: UnsafePointer<Instruction>?
  /// `pc` = this + half the address of the decoded instruction.
  var bias: UInt64 = 0
  /// What `core.instructions` does not count yet are as many instructions as lie from here to the current
  /// one.
  var origin: UInt64 = 0
  /// When the interpreter looks up, in cycles; 0 while the current instruction is in the delay slot of a
  /// taken branch to `target`.
  var stop: UInt64 = 0
  var target: UInt64 = 0
  /// The instruction at `start` is in the delay slot of a branch that was not taken. Means nothing where a
  /// jump has landed there.
  var afterBranch = false
  /// Where the last jump entered a line.
  var landed: UnsafePointer<Instruction>?
}

/// How the 64-bit instructions of a decoded line have been decoded.
enum WideUse: UInt8 {
  /// There are none.
  case irrelevant
  case allowed
  case reserved
}

/// The interpreter's decoded lines, of which nobody else knows: how they are made and found, and what the
/// interpreter's place in one says of the instruction at hand.
extension Processor {
  private var stride: Int { lineInstructions + 2 }

  private func decodedLine(_ index: Int) -> UnsafeMutablePointer<Instruction> { decoded + index * stride }

  // MARK: The instruction at hand

  /// The instruction before `next`, where the interpreter has published its place.
  var interpreted: InstructionAtHand {
    let position = frame.pointee.position
    let current = position.next! - 1
    let pc = position.bias &+ UInt64(UInt(bitPattern: current)) >> 1
    let isHeld = current == UnsafePointer(scratch)
    let (line, place) = (current - UnsafePointer(decoded)).quotientAndRemainder(dividingBy: stride)
    return InstructionAtHand(
      pc: pc, word: isHeld ? core.pointee.heldWord : instructionWords[line * lineInstructions + place],
      delay: delaySlot(current, start: position.start!, delayed: position.stop == 0), target: position.target,
      completed: core.pointee.instructions &+ (pc &- position.origin) >> 2, stall: UInt64(current.pointee.cycles) &- 1,
      credit: current == position.landed && !isHeld ? credit(of: current, place) : nil, isResumed: isHeld)
  }

  /// What arriving at this instruction by a jump has taken off the time, in cycles.
  private func credit(of instruction: UnsafePointer<Instruction>, _ place: Int) -> UInt64 {
    UInt64(UnsafeRawPointer(instruction + (lineInstructions + 1 - place)).load(fromByteOffset: place, as: UInt8.self))
  }

  /// Whether an instruction that was reached in sequence from `start` is in a delay slot.
  func delaySlot(_ instruction: UnsafePointer<Instruction>, start: UnsafePointer<Instruction>, delayed: Bool)
    -> DelaySlot
  {
    if delayed { return .taken }
    let position = frame.pointee.position
    let follows =
      instruction > start
      ? (instruction - 1).pointee.operation.isBranch : position.landed != start && position.afterBranch
    return follows ? .untaken : .none
  }

  // MARK: Lines

  /// Finds the decoded line for `core.pc`, whose delay state is set, or makes the fetch wait or fault.
  ///
  /// - Returns: the decoded instruction, or nil: the interpreter must be left.
  @inline(never)
  func fetch(_ address: UInt64) -> UnsafePointer<Instruction>? {
    switch fetchLine(address) {
    case .line(let index, let entry):
      if wideUse[index] != .irrelevant && (wideUse[index] == .reserved) != isNarrow { decode(index) }
      let line = decodedLine(index)
      if let debugger, !debugger.breakpoints.isEmpty { markBreakpoints(line, of: address, debugger) }
      fetchTable.set(address, context: contexts.current, base: UInt64(UInt(bitPattern: line)))
      if entry >= 0 { tlb.touched[entry] |= 1 << UInt64(fetchTable.index(address) >> 3) }
      return UnsafePointer(line + Int(address >> 2) & (lineInstructions - 1))
    case .held: return heldInstruction()
    case nil: return nil
    }
  }

  /// The instruction in hand as a line of its own.
  func heldInstruction() -> UnsafePointer<Instruction> {
    let address = core.pointee.pc
    let word = core.pointee.heldWord
    scratch[0] = decoder.decode(word)
    if isNarrow { decoder.narrow(scratch, count: 1) }
    // Its stall was counted when it was issued.
    scratch[0].cycles = 1
    let none = UInt32(Interlock.noSource)
    let isBranch = scratch[0].operation.isBranch
    scratch[1] = Instruction(
      operation: .nextLine, cycles: 0, a: isBranch ? Interlock.branch : Interlock.none, b: Interlock.none,
      immediate: Int32(bitPattern: none | none << 8 | none << 16 | none << 24))
    if Int(address >> 2) & (lineInstructions - 1) == lineInstructions - 1 && !isBranch {
      scratch[1].a = decoder.loaded(by: word)
    }
    return UnsafePointer(scratch)
  }

  /// Decodes a line of the instruction cache for the present mode.
  func decode(_ index: Int) {
    let line = decodedLine(index)
    dropDecodedLine(index)
    decoder.decodeLine(instructionWords + index * lineInstructions, count: lineInstructions, into: line)
    wideUse[index] = .irrelevant
    for place in 0..<lineInstructions where line[place].operation.is64Bit { wideUse[index] = .allowed }
    if wideUse[index] == .allowed && isNarrow {
      wideUse[index] = .reserved
      decoder.narrow(line, count: lineInstructions)
    }
  }

  /// A line of the instruction cache is no longer what it was: every fetch must look at the tags again.
  func dropDecodedLine(_ index: Int) {
    fetchTable.drop(
      decoded: UInt64(UInt(bitPattern: decodedLine(index))), physical: instructionCache.tag[index])
  }

  /// A decoded line is about to be entered at a virtual address: its instructions with breakpoints become
  /// stops.
  @inline(never)
  func markBreakpoints(_ line: UnsafeMutablePointer<Instruction>, of address: UInt64, _ debugger: Debugger) {
    let first = address & ~UInt64(lineBytes - 1)
    var part = first
    while part < first &+ UInt64(lineBytes) {
      for breakpoint in debugger.lines[part] ?? [] where !(debugging.passes && breakpoint == core.pointee.pc) {
        line[Int(breakpoint >> 2) & (lineInstructions - 1)].operation = .debugStop
      }
      part &+= Debugger.linePart
    }
  }
}
