/// What the station does to a processor: answers to its request, snoops, interrupt lines.
extension Processor {
  /// The line asked for has come, shared or exclusive (dirty exclusive when it is to be written).
  ///
  /// A waiting load or store is executed here and now, at time `resumeAt` (ticks), so that it completes even
  /// if the line is taken away at once. An instruction that was fetched starts when the processor runs on.
  /// Afterwards the processor runs, or waits again.
  ///
  /// - Parameters:
  ///   - provenance: the line's `Provenance`; nil for a line that no processor has taken from another.
  ///   - takesFromNobody: no processor has lost the line to this one. If in doubt, false.
  public func fill(
    state: LineState, data: UnsafeRawPointer, provenance: UnsafeRawPointer? = nil, takesFromNobody: Bool = false,
    resumeAt: UInt64
  ) {
    let line = core.pointee.request.address
    secondary.store(line, data: data, provenance: provenance)
    secondary.set(line, state)
    secondary.touch(line)
    countKind(ofMissOn: line, resumeAt: resumeAt)
    history[line] = .replaced
    if state == .dirtyExclusive && !takesFromNobody { secondary.provenance(line).epoch &+= 1 }
    countWait(until: resumeAt)
    guard core.pointee.request.isInstruction else {
      execute(answer: .line, resumeAt: resumeAt)
      return
    }
    core.pointee.time = resumeAt
    core.pointee.status = .running
    install(instructionLine: line | fetchOffset)
    let first = instructionWords + instructionCache.index(line | fetchOffset) * lineInstructions
    core.pointee.heldWord = first[Int(core.pointee.pc >> 2) & (lineInstructions - 1)]
    core.pointee.held = .fetched
  }

  /// Why the line that has come was not here.
  ///
  /// A line that another processor's write had taken away is a **true** sharing miss if the words accessed
  /// have been written by another processor since, else a **false** one, which smaller lines would have
  /// spared (after Dubois et al., "The Detection and Elimination of Useless Misses in Multiprocessors", ISCA
  /// 1993).
  private func countKind(ofMissOn line: UInt64, resumeAt: UInt64) {
    let request = core.pointee.request
    if line >> 32 < 16 { counters[ProcessorCounter.missesHome0.rawValue + Int(line >> 32)] &+= 1 }
    // An upgrade whose line was taken away before it was served has become a miss.
    if request.kind == .upgrade { count(.secondaryWriteMisses) }
    switch history[line] {
    case .neverHeld: count(.missesCold)
    case .replaced: count(.missesReplacement)
    case .takenAway(let epoch):
      let words = Int(request.firstWord)..<Int(request.firstWord + request.words)
      let isTrue = secondary.provenance(line).isWritten(words, since: epoch)
      count(isTrue ? .missesTrueSharing : .missesFalseSharing)
      recordSharing(isTrue ? .trueSharing : .falseSharing, resumeAt: resumeAt)
    }
  }

  /// Enters what the waiting instruction lost by sharing in the monitor's table.
  private func recordSharing(_ event: SharingTable.Event, resumeAt: UInt64) {
    let request = core.pointee.request
    let isProgram = request.virtualAddress >> 62 == 0
    sharing.record(
      event, word: request.address &+ UInt64(request.firstWord) &* UInt64(LineRecord.wordBytes),
      virtual: request.virtualAddress,
      asid: isProgram ? UInt16(truncatingIfNeeded: core.pointee.control.entryHi & 0xFF) : 0,
      instruction: core.pointee.pc,
      ticks: resumeAt &- core.pointee.time)
  }

  /// Where in its secondary line the instruction is that was asked for: pages are larger than lines.
  private var fetchOffset: UInt64 { core.pointee.pc & UInt64(secondary.lineBytes - 1) }

  /// An upgrade is granted: the line, still held shared, is dirty exclusive from now, and the waiting store
  /// is executed.
  public func grant(resumeAt: UInt64) {
    secondary.set(core.pointee.request.address, .dirtyExclusive)
    let provenance = secondary.provenance(core.pointee.request.address)
    if provenance.epoch > 0 { recordSharing(.upgrade, resumeAt: resumeAt) }
    provenance.epoch &+= 1
    countWait(until: resumeAt)
    execute(answer: .line, resumeAt: resumeAt)
  }

  /// The line that a CACHE operation has given up is where it belongs.
  public func finishGivingUp(resumeAt: UInt64) {
    countWait(until: resumeAt)
    execute(answer: .gone, resumeAt: resumeAt)
  }

  /// A conditional upgrade came too late: SC fails and writes 0.
  public func refuseConditional(resumeAt: UInt64) {
    countWait(until: resumeAt)
    execute(answer: .refused, resumeAt: resumeAt)
  }

  /// The uncached access is done, a load with this value.
  public func answerUncached(value: UInt64, resumeAt: UInt64) {
    core.pointee.uncachedValue = value
    countWait(until: resumeAt)
    execute(answer: .uncached, resumeAt: resumeAt)
  }

  /// Nothing is at the request's address: bus error exception for the waiting instruction.
  public func busError(resumeAt: UInt64) {
    countWait(until: resumeAt)
    core.pointee.time = resumeAt
    core.pointee.status = .running
    core.pointee.held = .none
    exception(core.pointee.request.isInstruction ? .busErrorInstruction : .busErrorData)
  }

  private func execute(answer: Answer, resumeAt: UInt64) {
    core.pointee.time = resumeAt
    core.pointee.status = .running
    core.pointee.answer = answer
    execute(until: resumeAt &+ 1)
    core.pointee.answer = .none
  }

  /// Another processor's request reaches this one's caches: the line is lost (`invalidate`) or becomes
  /// shared.
  ///
  /// - Returns: the state it was in. It can still be read at `lineData` and by `copyLine`.
  @discardableResult
  public func snoop(line address: UInt64, invalidate: Bool) -> LineState {
    let line = secondary.line(address)
    let state = secondary.state(line)
    if core.pointee.linkLine == line && invalidate { core.pointee.linked = false }
    guard state != .invalid else { return state }
    if state != .shared { count(.interventionsReceived) }
    if state == .dirtyExclusive { secondary.settle(line) }
    if invalidate {
      count(.invalidationsReceived)
      history[line] = .takenAway(epoch: secondary.provenance(line).epoch)
      dropPrimaryLines(line)
      secondary.set(line, .invalid)
    } else if state != .shared {
      share(line)
    }
    return state
  }

  /// A line that this processor had to itself is shared from now.
  func share(_ line: UInt64) {
    secondary.set(line, .shared)
    var part = line
    while part < line &+ UInt64(secondary.lineBytes) {
      storeTable.drop(data: UInt64(UInt(bitPattern: secondary.pointer(part))), physical: part)
      part &+= UInt64(lineBytes)
    }
  }

  /// A linked line, whether it is still held or was clean and made room. Its station goes on telling this
  /// processor of writes ("link address retained", R4400 User's Manual); else processors whose instructions
  /// take the place of the line could break each other's links by reading, and go on so for ever.
  public func retainsLink(line address: UInt64) -> Bool {
    core.pointee.linked && core.pointee.linkLine == secondary.line(address)
  }

  /// State in which the secondary cache holds the line of this physical address; changes nothing.
  public func lineState(_ physicalAddress: UInt64) -> LineState { secondary.state(physicalAddress) }

  /// Raises or lowers an interrupt line, IP2 to IP6 of Cause.
  public func setInterruptLine(_ ip: Int, _ level: Bool) {
    let bit: UInt32 = 1 << UInt32(8 + ip)
    if level {
      core.pointee.control.cause |= bit
    } else {
      core.pointee.control.cause &= ~bit
    }
  }

  /// An interrupt that Status.IM admits is pending, whether or not IE is set.
  public var interruptPending: Bool {
    core.pointee.control.cause & core.pointee.control.status & Status.interruptMask != 0
  }

  /// When Count next equals Compare (ticks), if Status.IM admits the timer's interrupt; otherwise
  /// `UInt64.max`.
  public var nextTimer: UInt64 { core.pointee.control.status & Cause.timer != 0 ? core.pointee.timer : .max }
}
