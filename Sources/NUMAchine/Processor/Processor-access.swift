/// Where an access is.
struct Place {
  /// The effective address.
  var virtual: UInt64
  /// What that is translated to.
  var physical: UInt64
}

/// Where an instruction comes from.
enum Fetched {
  /// A line of the instruction cache, found through this entry of the TLB, or -1.
  case line(Int, entry: Int)
  /// The instruction in hand, `core.heldWord`: its line has been taken away since it was fetched.
  case held
}

/// Accesses that the hit tables do not settle: translation, cache tags, requests.
extension Processor {
  /// Finds the data of a load or store, or makes the instruction wait or fault.
  ///
  /// - Parameter alignment: bits of the address that must be zero.
  /// - Returns: host address of the data, or 0: the state has been saved and the interpreter must be left.
  @inline(never)
  func data(_ address: UInt64, _ access: Access, alignment: UInt64) -> UInt64 {
    guard address & alignment == 0 else {
      addressError(address, access)
      return 0
    }
    if debugger != nil, meetsWatchpoint(address, access) { return 0 }
    switch translate(address, access) {
    case .cached(let physical, let entry, let writable):
      if isWatched(physical, access) && !watchAdmits() { return 0 }
      guard makeAvailable(Place(virtual: address, physical: physical), access, conditional: false) else { return 0 }
      let data = UInt64(UInt(bitPattern: secondary.pointer(physical)))
      if access == .store { secondary.mark(host: data, doubleword: alignment == 7) }
      if debugger != nil, isWatched(lineOf: address) { return data }
      let base = data &- address
      // Every access to a watched line must come here.
      if isWatchedLine(physical) { return data }
      loadTable.set(address, context: contexts.current, base: base)
      if writable && secondary.state(physical) == .dirtyExclusive {
        storeTable.set(address, context: contexts.current, base: base)
      }
      if entry >= 0 { tlb.touched[entry] |= 1 << UInt64(loadTable.index(address) >> 3) }
      return data
    case .uncached(let physical):
      if isWatched(physical, access) && !watchAdmits() { return 0 }
      return uncached(physical, access, doubleword: alignment == 7)
    case let problem:
      translationFails(problem, address, access)
      return 0
    }
  }

  /// Sees to it that the line is in the primary data cache, exclusive and dirty for a store.
  ///
  /// - Returns: false when the instruction has to wait for that.
  func makeAvailable(_ place: Place, _ access: Access, conditional: Bool) -> Bool {
    let physical = place.physical
    let answered = core.pointee.answer == .line
    let inPrimary = dataCache.holds(physical)
    if !inPrimary && !answered { count(.primaryDataMisses) }
    let state = secondary.state(physical)
    if state == .invalid {
      miss(place, access == .store ? .readExclusive : .read, isInstruction: false)
      wait(.issued)
      return false
    }
    if access == .store {
      if state == .shared {
        count(.upgrades)
        ask(conditional ? .conditionalUpgrade : .upgrade, secondary.line(physical), for: place)
        wait(.issued)
        return false
      }
      if state == .cleanExclusive { secondary.set(physical, .dirtyExclusive) }
    }
    if !inPrimary {
      if !answered { stallForSecondary() }
      secondary.touch(physical)
      let index = dataCache.index(physical)
      let old = dataCache.tag[index]
      if old != PrimaryCache.invalid { dropFromTables(old) }
      dataCache.put(physical, slot: index)
    }
    return true
  }

  /// Sees to it that the secondary cache holds the line, in any state.
  ///
  /// - Returns: false when the instruction has to wait for that.
  func makePresent(_ place: Place) -> Bool {
    if secondary.state(place.physical) != .invalid { return true }
    miss(place, .read, isInstruction: false)
    wait(.issued)
    return false
  }

  /// The issue time as others see it: on arriving by a jump, what the successor will not stall has been taken
  /// off already, and a request before the time that the station knows would be in its past.
  private func requestTime(_ instruction: InstructionAtHand) -> UInt64 {
    guard let credit = instruction.credit else { return issueTime }
    return issueTime &+ (credit &- instruction.stall) &* cycle
  }

  private func stallForSecondary() {
    frame.pointee.cycles &+= secondaryStall
    counters[ProcessorCounter.stallSecondaryCycles.rawValue] &+= secondaryStall
  }

  /// The only uncached accesses that reach a device are doublewords; the bus has no other.
  private func uncached(_ physical: UInt64, _ access: Access, doubleword: Bool) -> UInt64 {
    if core.pointee.answer == .uncached {
      return UInt64(UInt(bitPattern: UnsafeMutableRawPointer(core)))
        &+ UInt64(MemoryLayout<ProcessorState>.offset(of: \.uncachedValue)!)
    }
    guard doubleword else {
      raise(.busErrorData)
      return 0
    }
    ask(access == .store ? .uncachedWrite : .uncachedRead, physical)
    if access == .store {
      core.pointee.request.value = storedDoubleword(decoder.decode(atHand.word))
    }
    wait(.issued)
    return 0
  }

  /// The rest of LL and LLD: the link.
  @inline(never)
  func linkedData(_ address: UInt64, alignment: UInt64) -> UInt64 {
    let found = data(address, .load, alignment: alignment)
    guard found != 0, case .cached(let physical, _, _) = translate(address, .load) else { return found }
    core.pointee.linked = true
    core.pointee.linkLine = secondary.line(physical)
    core.pointee.control.llAddr = UInt32(truncatingIfNeeded: physical >> 4)
    count(.linkedLoads)
    return found
  }

  /// SC and SCD.
  ///
  /// - Returns: false when the interpreter must be left.
  @inline(never)
  func storeConditional(_ address: UInt64, register: Int, doubleword: Bool) -> Bool {
    guard address & (doubleword ? 7 : 3) == 0 else {
      addressError(address, .store)
      return false
    }
    if debugger != nil, meetsWatchpoint(address, .store) { return false }
    let translation = translate(address, .store)
    switch translation {
    case .cached(let physical, _, _):
      if isWatched(physical, .store) && !watchAdmits() { return false }
      let success =
        core.pointee.linked && core.pointee.linkLine == secondary.line(physical) && core.pointee.answer != .refused
      if success {
        guard makeAvailable(Place(virtual: address, physical: physical), .store, conditional: true) else {
          return false
        }
        let data = secondary.pointer(physical)
        secondary.mark(host: UInt64(UInt(bitPattern: data)), doubleword: doubleword)
        if doubleword {
          data.storeBytes(of: registers[register], as: UInt64.self)
        } else {
          data.storeBytes(of: UInt32(truncatingIfNeeded: registers[register]), as: UInt32.self)
        }
      } else {
        count(.conditionalFailures)
      }
      core.pointee.linked = false
      if register != 0 { registers[register] = success ? 1 : 0 }
      return true
    case .uncached:
      raise(.busErrorData)
    default:
      translationFails(translation, address, .store)
    }
    return false
  }

  /// Finds the line of the instruction cache for `core.pc`, whose delay state is set, or makes the fetch wait
  /// or fault.
  ///
  /// - Returns: nil where nothing can be executed now.
  func fetchLine(_ address: UInt64) -> Fetched? {
    guard address & 3 == 0 else {
      fetchFails(.addressError, address)
      return nil
    }
    switch translate(address, .fetch) {
    case .cached(let physical, let entry, _):
      let index = instructionCache.index(physical)
      if instructionCache.tag[index] != instructionCache.line(physical) {
        if core.pointee.held == .fetched { return .held }
        count(.primaryInstructionMisses)
        guard secondary.state(physical) != .invalid else {
          core.pointee.time &+= frame.pointee.cycles &* cycle
          frame.pointee.cycles = 1
          miss(Place(virtual: address, physical: physical), .read, isInstruction: true)
          core.pointee.status = .waiting
          return nil
        }
        stallForSecondary()
        secondary.touch(physical)
        install(instructionLine: physical)
      }
      return .line(index, entry: entry)
    case .uncached:
      fetchFails(.uncached(physical: 0), address)
    case let problem:
      fetchFails(problem, address)
    }
    return nil
  }

  /// Copies a line from the secondary cache into the instruction cache and decodes it.
  func install(instructionLine physical: UInt64) {
    let index = instructionCache.index(physical)
    if instructionCache.tag[index] != PrimaryCache.invalid { dropInstructionLine(index) }
    let words = instructionWords + index * lineInstructions
    UnsafeMutableRawPointer(words).copyMemory(
      from: secondary.pointer(instructionCache.line(physical)), byteCount: lineBytes)
    instructionCache.put(physical, slot: index)
    decode(index)
  }

  func dropInstructionLine(_ index: Int) {
    dropDecodedLine(index)
    instructionCache.tag[index] = PrimaryCache.invalid
  }

  /// Makes every access to a primary data line look at the tags again.
  func dropFromTables(_ line: UInt64) {
    let data = UInt64(UInt(bitPattern: secondary.pointer(line)))
    loadTable.drop(data: data, physical: line)
    storeTable.drop(data: data, physical: line)
  }

  /// Takes all parts of a secondary line out of the primary caches, which it must include.
  func dropPrimaryLines(_ line: UInt64) {
    var part = line
    while part < line &+ UInt64(secondary.lineBytes) {
      if dataCache.holds(part) {
        dropFromTables(part)
        dataCache.tag[dataCache.index(part)] = PrimaryCache.invalid
      }
      if instructionCache.holds(part) { dropInstructionLine(instructionCache.index(part)) }
      part &+= UInt64(lineBytes)
    }
  }

  /// Asks for a line that the secondary cache does not hold, whose slot it clears at once.
  private func miss(_ place: Place, _ kind: ExternalRequest.Kind, isInstruction: Bool) {
    count(isInstruction ? .secondaryInstructionMisses : kind == .read ? .secondaryReadMisses : .secondaryWriteMisses)
    ask(kind, secondary.line(place.physical), for: place, isInstruction: isInstruction)
    let victim = secondary.held(slot: secondary.slot(place.physical))
    guard victim.state != .invalid else { return }
    dropPrimaryLines(victim.line)
    secondary.set(victim.line, .invalid)
    if victim.state == .dirtyExclusive {
      secondary.settle(victim.line)
      count(.writeBacks)
      core.pointee.request.hasVictim = true
      core.pointee.request.victim = victim.line
      // A link survives the silent loss of a clean line, because its home goes on telling this processor of
      // writes; not this.
      if core.pointee.linkLine == victim.line { core.pointee.linked = false }
    }
  }

  /// A CACHE operation takes a dirty line out of the caches, or shares it, and makes the instruction wait for
  /// its station.
  ///
  /// - Parameters:
  ///   - isWritten: its data go where a victim's go; else they are lost.
  ///   - keepsCopy: a shared copy stays.
  func giveUp(_ line: UInt64, isWritten: Bool, keepsCopy: Bool) {
    ask(.giveUp, line)
    secondary.settle(line)
    if keepsCopy {
      share(line)
    } else {
      dropPrimaryLines(line)
      secondary.set(line, .invalid)
      if core.pointee.linkLine == line { core.pointee.linked = false }
    }
    if isWritten {
      count(.writeBacks)
      core.pointee.request.hasVictim = true
      core.pointee.request.victim = line
      core.pointee.request.keepsCopy = keepsCopy
    }
    wait(.issued)
  }

  private func ask(
    _ kind: ExternalRequest.Kind, _ address: UInt64, for place: Place? = nil, isInstruction: Bool = false
  ) {
    core.pointee.request.kind = kind
    core.pointee.request.isInstruction = isInstruction
    core.pointee.request.hasVictim = false
    core.pointee.request.keepsCopy = false
    core.pointee.request.address = address
    core.pointee.request.value = 0
    core.pointee.request.victim = 0
    let (virtual, physical) = (place?.virtual ?? 0, place?.physical ?? 0)
    // A fetch comes before there is an instruction at hand.
    let instruction = isInstruction ? nil : atHand
    let accessed = place == nil ? nil : instruction.flatMap { accessedBytes(of: $0, at: virtual) }
    let bytes = accessed ?? (first: virtual, count: 1)
    let offset = physical &+ bytes.first &- virtual &- address
    let wordBytes = UInt64(LineRecord.wordBytes)
    core.pointee.request.virtualAddress = bytes.first
    core.pointee.request.firstWord = UInt8(truncatingIfNeeded: offset / wordBytes)
    core.pointee.request.words = UInt8(
      truncatingIfNeeded: (offset % wordBytes &+ bytes.count &+ wordBytes &- 1) / wordBytes)
    core.pointee.request.time = instruction.map(requestTime) ?? issueTime
  }

  /// Leaves the current instruction waiting for an answer.
  private func wait(_ held: HeldInstruction) {
    let (time, instruction) = (issueTime, atHand)
    core.pointee.heldWord = instruction.word
    stop(before: instruction)
    core.pointee.time = time
    core.pointee.held = held
    core.pointee.status = .waiting
  }

  /// The bytes that an instruction accesses, if it is a load or store, with this effective address.
  func accessedBytes(of instruction: InstructionAtHand, at address: UInt64) -> (first: UInt64, count: UInt64)? {
    decoder.decode(instruction.word).operation.extent?.bytes(at: address)
  }
}
