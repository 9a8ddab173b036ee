/// The system control coprocessor's instructions.
extension Processor {
  /// Time of the instruction at hand.
  private var now: UInt64 { core.pointee.time &+ frame.pointee.cycles &* cycle }

  private var random: UInt64 {
    let wired = UInt64(core.pointee.control.wired & 63)
    return wired < 47 ? 47 &- (atHand.completed &- core.pointee.randomBase) % (48 &- wired) : 47
  }

  /// Kernel mode, or Status.CU0: else the exception is raised.
  private func controlUsable() -> Bool {
    if mode == .kernel || core.pointee.control.status & Status.cu0 != 0 { return true }
    raise(.coprocessorUnusable)
    return false
  }

  /// What is not an instruction of this machine.
  @inline(never)
  func reserved(_ instruction: Instruction) {
    // A word of coprocessor 0 that means nothing.
    if instruction.immediate == 1 && !controlUsable() { return }
    raise(.reservedInstruction)
  }

  /// A word of another coprocessor that means nothing; 2 and 3 have no instructions at all.
  ///
  /// - Parameter code: the coprocessor's number, and 16 where it is arithmetic.
  @inline(never)
  func coprocessor(_ code: UInt32) {
    let number = code & 3
    if core.pointee.control.status >> (28 + number) & 1 == 0 {
      raise(.coprocessorUnusable, coprocessor: number)
    } else if number == 1 {
      undefinedFloat(isArithmetic: code & 16 != 0)
    } else {
      raise(.reservedInstruction)
    }
  }

  /// Executes an instruction of coprocessor 0 or CACHE.
  ///
  /// - Returns: false when it raised an exception. Otherwise the interpreter must be left after it, except
  ///   for moves from coprocessor 0.
  @inline(never)
  func control(_ instruction: Instruction) -> Bool {
    guard controlUsable() else { return false }
    switch instruction.operation {
    case .mfc0:
      registers[Int(instruction.b)] = Self.signExtended(UInt32(truncatingIfNeeded: controlRegister(instruction.a)))
    case .dmfc0: registers[Int(instruction.b)] = controlRegister(instruction.a)
    case .mtc0, .dmtc0: setControlRegister(instruction.a, registers[Int(instruction.b)])
    case .tlbr: readEntry()
    case .tlbwi: return writeEntryOrFail(Int(core.pointee.control.index & 63))
    case .tlbwr: return writeEntryOrFail(Int(random))
    case .tlbp:
      let found = matchingEntry(core.pointee.control.entryHi)
      core.pointee.control.index = found >= 0 ? UInt32(found) : 1 << 31
    case .di, .ei: setInterruptEnable(instruction)
    case .rdpgpr, .wrpgpr: registers[Int(instruction.immediate)] = registers[Int(instruction.b)]
    case .wait: break
    default:
      return cacheOperation(
        registers[Int(instruction.a)] &+ UInt64(bitPattern: Int64(instruction.immediate)), Int(instruction.b))
    }
    return true
  }

  /// ERET: `core.pc` becomes where to go on.
  @inline(never)
  func exceptionReturn() {
    guard controlUsable() else { return }
    stopBeforeCurrent()
    core.pointee.instructions &+= 1
    if core.pointee.control.status & Status.erl != 0 {
      core.pointee.pc = core.pointee.control.errorEPC
      core.pointee.control.status &= ~Status.erl
    } else {
      core.pointee.pc = core.pointee.control.epc
      core.pointee.control.status &= ~Status.exl
    }
    core.pointee.delay = .none
    core.pointee.jumped = true
    core.pointee.linked = false
    core.pointee.time &+= Self.jumpCycles &* cycle
    updateContext()
  }

  /// A control register as DMFC0 reads it; `frame` must be valid for Random and Count.
  func controlRegister(_ number: UInt8) -> UInt64 {
    if isRelease2, let value = release2Register(number) { return value }
    let control = core.pointee.control
    switch ControlRegister(rawValue: number) {
    case .index: return UInt64(control.index)
    case .random: return random
    case .entryLo0: return control.entryLo0
    case .entryLo1: return control.entryLo1
    case .context: return control.context
    case .pageMask: return control.pageMask
    case .wired: return UInt64(control.wired)
    case .badVAddr: return control.badVAddr
    case .count: return Self.signExtended(countRegister(now))
    case .entryHi: return control.entryHi
    case .compare: return Self.signExtended(control.compare)
    case .status: return Self.signExtended(control.status)
    case .cause:
      return Self.signExtended(now >= core.pointee.timer ? control.cause | Cause.timer : control.cause)
    case .epc: return control.epc
    case .processorId: return model.identification
    case .config: return Self.signExtended(control.config)
    case .llAddr: return Self.signExtended(control.llAddr)
    case .watchLo: return Self.signExtended(control.watchLo)
    case .watchHi: return Self.signExtended(control.watchHi)
    case .xContext: return control.xContext
    case .ecc: return Self.signExtended(control.ecc)
    case .cacheError: return Self.signExtended(control.cacheError)
    case .tagLo: return Self.signExtended(control.tagLo)
    case .tagHi: return Self.signExtended(control.tagHi)
    case .errorEPC: return control.errorEPC
    case nil: return 0
    }
  }

  static func signExtended(_ value: UInt32) -> UInt64 { UInt64(bitPattern: Int64(Int32(bitPattern: value))) }

  func setControlRegister(_ number: UInt8, _ value: UInt64) {
    if isRelease2 && setRelease2Register(number, value) { return }
    let word = UInt32(truncatingIfNeeded: value)
    switch ControlRegister(rawValue: number) {
    case .index: core.pointee.control.index = core.pointee.control.index & 1 << 31 | word & 63
    case .entryLo0: core.pointee.control.entryLo0 = value & TLB.lowBits
    case .entryLo1: core.pointee.control.entryLo1 = value & TLB.lowBits
    case .context: core.pointee.control.context = value & ~0x7F_FFFF | core.pointee.control.context & 0x7F_FFF0
    case .pageMask: core.pointee.control.pageMask = value & TLB.pageMaskBits
    case .wired:
      core.pointee.control.wired = word & 63
      core.pointee.randomBase = atHand.completed &+ 1
    case .count:
      core.pointee.countOffset = 0
      core.pointee.countOffset = word &- countRegister(now)
      setTimer(now)
    case .entryHi:
      core.pointee.control.entryHi = value & (TLB.pageNumberBits | 0xFF)
      updateContext()
    case .compare:
      core.pointee.control.compare = word
      core.pointee.control.cause &= ~Cause.timer
      setTimer(now)
    case .status:
      // TS can be cleared where it is a report of something that was prevented.
      let shut = core.pointee.control.status & Status.ts
      core.pointee.control.status =
        isRelease2 ? word & (Status.writable | Status.px) | shut & word : word & Status.writable | shut
      updateContext()
    case .cause: core.pointee.control.cause = core.pointee.control.cause & ~Cause.software | word & Cause.software
    case .epc: core.pointee.control.epc = value
    case .config:
      if (core.pointee.control.config ^ word) & 7 != 0 { clearTables() }
      core.pointee.control.config = core.pointee.control.config & ~7 | word & 7
    case .llAddr: core.pointee.control.llAddr = word
    case .watchLo:
      core.pointee.control.watchLo = word & ~4
      watchChanged()
    case .watchHi:
      core.pointee.control.watchHi = word & 15
      watchChanged()
    case .xContext:
      core.pointee.control.xContext = value & ~0x1_FFFF_FFFF | core.pointee.control.xContext & 0x1_FFFF_FFF0
    case .ecc: core.pointee.control.ecc = word & 0xFF
    case .tagLo: core.pointee.control.tagLo = word
    case .tagHi: core.pointee.control.tagHi = word
    case .errorEPC: core.pointee.control.errorEPC = value
    case .random, .badVAddr, .processorId, .cacheError, nil: break
    }
  }

  private func readEntry() {
    let index = Int(core.pointee.control.index & 63)
    guard index < TLB.size else { return }
    let entry = tlb.entry[index]
    let global: UInt64 = entry.high & TLB.global != 0 ? 1 : 0
    core.pointee.control.pageMask = entry.pageMask
    core.pointee.control.entryHi = entry.high & (TLB.pageNumberBits | 0xFF)
    core.pointee.control.entryLo0 = entry.low0 | global
    core.pointee.control.entryLo1 = entry.low1 | global
    updateContext()
  }

  /// TLBWI.
  func writeIndexedEntry() { writeEntry(Int(core.pointee.control.index & 63)) }

  /// What EntryHi, EntryLo and PageMask make.
  private var newEntry: TLB.Entry {
    let control = core.pointee.control
    let global = control.entryLo0 & control.entryLo1 & 1
    return TLB.Entry(
      pageMask: control.pageMask, high: control.entryHi & ~control.pageMask | (global != 0 ? TLB.global : 0),
      low0: control.entryLo0 & ~1,
      low1: control.entryLo1 & ~1)
  }

  /// Writes an entry for an instruction.
  ///
  /// `mips64r2` checks it at once: one that would match an address that another matches is a machine check,
  /// and is not written. (The R4400 looks when an address is translated: `matchingEntry`.)
  ///
  /// - Returns: false when it raised an exception.
  private func writeEntryOrFail(_ index: Int) -> Bool {
    if isRelease2 && index < TLB.size && tlb.overlaps(newEntry, besides: index) {
      core.pointee.control.status |= Status.ts
      raise(.machineCheck)
      return false
    }
    writeEntry(index)
    return true
  }

  private func writeEntry(_ index: Int) {
    guard index < TLB.size else { return }
    dropTables(of: index)
    let overlaps = tlb.write(index, newEntry)
    // Accesses that have hit must see the second entry too.
    if overlaps { clearTables() }
  }

  /// Drops what the hit tables know through a TLB entry.
  private func dropTables(of index: Int) {
    var groups = tlb.touched[index]
    while groups != 0 {
      let group = groups.trailingZeroBitCount
      fetchTable.drop(group: group)
      loadTable.drop(group: group)
      storeTable.drop(group: group)
      groups &= groups &- 1
    }
    tlb.touched[index] = 0
  }
}
