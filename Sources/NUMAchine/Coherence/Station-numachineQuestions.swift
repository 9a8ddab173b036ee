/// What homes of other stations tell and ask this one, in NUMAchine's protocol: it acts on the network cache
/// and on the processors in one moment.
extension Station {
  /// A message has been on the bus in full: processors and network cache take notice.
  func noticeAsNUMAchine(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    if packet.kind == .interrupt {
      raiseInterrupts(packet, at: time)
    } else if home(of: packet.address) == number {
      noticeOwnHome(index, at: time)
    } else {
      switch packet.kind {
      case .invalidate: takeInvalidation(packet, at: time)
      case .intervene, .interveneExclusive: takeQuestion(packet, at: time)
      default: takeAnswer(index, at: time)
      }
    }
    freeMessage(index)
  }

  /// Something about a line of this station's memory.
  private func noticeOwnHome(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    let named = UInt8(truncatingIfNeeded: packet.processors >> UInt64(firstProcessor))
    switch packet.kind {
    case .invalidate: snoopAll(packet.address, named)
    case .intervene, .interveneExclusive: takeLocalAnswer(index, at: time)
    default: answerProcessor(index, at: time)
    }
  }

  private func takeInvalidation(_ packet: Packet, at time: UInt64) {
    count(.invalidationsReceived)
    guard let entry = networkCache.held(packet.address) else { return snoopAll(packet.address, allProcessors) }
    let isOwn = packet.requester != Station.deviceRequester && station(of: packet.requester) == number
    if isOwn {
      require(
        entry.pointee.isHomePending && Int(entry.pointee.requester) == Int(packet.requester) - firstProcessor,
        "an invalidation for a writer that does not wait for it")
      return takeOwnInvalidation(packet, entry, at: time)
    }
    require(
      entry.pointee.lock != .localPending
        && (entry.pointee.state == .globalValid || entry.pointee.state == .globalInvalid),
      "a line is invalidated that this station owns")
    snoopAll(packet.address, entry.pointee.processors)
    setFrame(entry, .globalInvalid, processors: 0)
    if entry.pointee.lock != .none { entry.pointee.lostCopy = true }
  }

  /// The home takes this station for the line's owner, and wants it shared or given up.
  private func takeQuestion(_ packet: Packet, at time: UInt64) {
    let isExclusive = packet.kind == .interveneExclusive
    guard let entry = networkCache.held(packet.address), !entry.pointee.isHomePending else {
      return askProcessors(packet, at: time)
    }
    entry.pointee.isAsked = entry.pointee.lock == .localPending
    if entry.pointee.lock == .localPending {
      return sendNotFound(packet, flags: Packet.busy, ready: time &+ UInt64(profile.retryTurnaround + profile.ringOut))
    }
    let mask = entry.pointee.processors
    switch entry.pointee.state {
    case .localValid:
      if isExclusive { snoopAll(packet.address, mask) }
    case .localInvalid:
      let owner = mask.trailingZeroBitCount
      let held = snoop(owner, packet.address, invalidate: isExclusive)
      if held == .cleanExclusive || held == .dirtyExclusive {
        processors[owner].copyLine(packet.address, to: networkCache.line(of: packet.address))
        setFrame(entry, isExclusive ? .globalInvalid : .globalValid, processors: isExclusive ? 0 : mask)
        return sendOwnersLine(packet, owner: owner, at: time)
      }
    default: return askProcessors(packet, at: time)
    }
    setFrame(entry, isExclusive ? .globalInvalid : .globalValid, processors: isExclusive ? 0 : mask)
    sendOwnersLine(packet, owner: nil, at: time)
  }

  /// The network cache knows nothing: a processor may have the line to itself nevertheless.
  private func askProcessors(_ packet: Packet, at time: UInt64) {
    var isLinked = false
    for local in 0..<processors.count {
      let state = processors[local].lineState(packet.address)
      if state == .cleanExclusive || state == .dirtyExclusive {
        _ = snoop(local, packet.address, invalidate: packet.kind == .interveneExclusive)
        return sendOwnersLine(packet, owner: local, at: time)
      }
      if processors[local].retainsLink(line: packet.address) { isLinked = true }
    }
    let slot = bookBus(
      earliest: time &+ UInt64(profile.networkLookup + profile.intervention), length: profile.busHeader)
    sendNotFound(packet, flags: isLinked ? Packet.linkRetained : 0, ready: slot &+ processorAnswerLead)
  }

  private func sendNotFound(_ packet: Packet, flags: UInt8, ready: UInt64) {
    let message = makeMessage(.notFound, packet.address, requester: packet.requester)
    messages[message].packet.flags = flags
    messages[message].packet.stations = 1 << UInt16(home(of: packet.address))
    sendPacket(message, ready: max(ready, moment.pointee.lastWriteBackReady))
    freeMessage(message)
  }

  /// The line goes to the home and to the requester at once.
  ///
  /// - Parameter owner: the processor that has, or has just given up, the line; nil where the network cache
  ///   has it.
  private func sendOwnersLine(_ packet: Packet, owner: Int?, at time: UInt64) {
    let message = makeMessage(.ownerData, packet.address, requester: packet.requester)
    let state: LineState = packet.kind == .intervene ? .shared : .dirtyExclusive
    messages[message].packet.flags = state.rawValue
    if let owner {
      setData(message, from: processors[owner], packet.address)
    } else {
      setData(message, fromRecord: networkCache.line(of: packet.address))
    }
    var targets: UInt16 = 1 << UInt16(home(of: packet.address))
    if packet.requester != Station.deviceRequester { targets |= 1 << UInt16(station(of: packet.requester)) }
    let own: UInt16 = 1 << UInt16(number)
    messages[message].packet.stations = targets & ~own
    if owner != nil {
      let slot = bookBus(earliest: time &+ UInt64(profile.networkLookup + profile.intervention), length: lineTransfer)
      // A false remote request: the requester is another processor of this station.
      if targets & own != 0 {
        events.insert(.processors, at: slot &+ UInt64(lineTransfer), index: copyMessage(message))
      }
      sendPacket(message, ready: slot &+ processorAnswerLead)
    } else {
      require(targets & own == 0, "the network cache is asked for a line that its own station waits for")
      let start = networkCache.occupy(earliest: time, ticks: profile.networkCacheDRAM)
      sendPacket(
        message, ready: start &+ UInt64(profile.networkCacheDRAM + profile.networkCacheOutput + profile.ringOut))
    }
    freeMessage(message)
  }

  /// A packet has come through the ring interface: it takes the next slot on the bus. What its receiver can
  /// always take (*sinkable*) passes what may make it send more, but is never passed by that.
  func arriveAsNUMAchine(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    let isHome = home(of: packet.address) == number
    var earliest = time
    var length = profile.busCommand
    switch packet.kind {
    case .data, .ownerData, .grant, .refuse, .retry:
      if !isHome { earliest = time &+ UInt64(profile.networkFill) }
      length = packet.dataBytes > 0 ? lineTransfer : profile.busHeader
    case .writeBack: length = lineTransfer
    case .invalidate
    where !isHome && packet.requester != Station.deviceRequester && station(of: packet.requester) == number:
      // To its writer it is an answer.
      earliest = time &+ UInt64(profile.networkFill)
      length = profile.busHeader
    default: break
    }
    let slot: UInt64
    if packet.kind.isSinkable {
      slot = bookBus(earliest: max(earliest, moment.pointee.lastInput), length: length)
      moment.pointee.lastInput = slot
      count(.sinkableWaitTicks, slot &- earliest)
      if slot > time &+ UInt64(profile.inputQueue * profile.busCommand), !moment.pointee.isInputHalted {
        haltInput(at: time)
      }
    } else {
      slot = bookBus(earliest: max(earliest, moment.pointee.lastInput, moment.pointee.lastNonSinkable), length: length)
      moment.pointee.lastNonSinkable = slot
      count(.nonSinkableWaitTicks, slot &- earliest)
    }
    let end = slot &+ UInt64(length)
    if packet.kind == .interrupt {
      events.insert(.processors, at: end &+ UInt64(profile.interruptRaise), index: index)
    } else if packet.kind == .ownerData && isHome {
      spreadOwnerData(index, slot: slot, end: end)
    } else if isHome {
      events.insert(.home, at: slot, index: index)
    } else {
      events.insert(.processors, at: end, index: index)
    }
  }

  // MARK: Flow control

  /// What comes in is nearly more than the queue holds: the sequencing points hold back invalidations for
  /// this station. All else that can come is bounded by the requests that there are.
  private func haltInput(at time: UInt64) {
    count(.ringHalts)
    moment.pointee.isInputHalted = true
    signalRings(.halt, at: time)
    events.insert(.drained, at: moment.pointee.lastInput &- halfQueue, index: 0)
  }

  func resumeInput(at time: UInt64) {
    if moment.pointee.lastInput > time &+ halfQueue {
      return events.insert(.drained, at: moment.pointee.lastInput &- halfQueue, index: 0)
    }
    moment.pointee.isInputHalted = false
    signalRings(.resume, at: time)
  }

  private func signalRings(_ kind: MessageKind, at time: UInt64) {
    let message = makeMessage(kind, 0, requester: Station.deviceRequester)
    sendPacket(message, ready: time &+ UInt64(profile.retryTurnaround + profile.ringOut))
    freeMessage(message)
  }

  private var halfQueue: UInt64 { UInt64(profile.inputQueue * profile.busCommand / 2) }
}
