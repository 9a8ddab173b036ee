/// The network cache's side of a station's own requests, in NUMAchine's protocol: what processors ask of
/// other stations' memory is looked up here when their instruction issues, and what the homes answer comes
/// here first.
extension Station {
  /// A processor's request, new or after a refusal.
  ///
  /// - Parameters:
  ///   - issue: when it is decided: the network cache is looked up now, and the slot on the bus booked.
  ///   - isAgain: it has been refused before; its victim, if it had one, is gone.
  func issueAsNUMAchine(
    _ kind: MessageKind, _ local: Int, _ external: ExternalRequest, at issue: UInt64, isAgain: Bool = false
  ) {
    guard isMemory(external.address) else { return refuseAddress(local, external) }
    let earliest = max(issue &+ UInt64(profile.issueToBus), cards[local].writeBackEnd)
    let slot = bookBus(earliest: earliest, length: profile.busCommand)
    let commandEnd = slot &+ UInt64(profile.busCommand)
    if !isAgain {
      cards[local].retries = 0
      cards[local].issued = issue
      if external.hasVictim { giveUpVictim(external, local, after: commandEnd) }
    }
    var request = HomeRequest()
    request.address = external.address
    request.kind = kind
    request.requester = UInt8(firstProcessor + local)
    request.retries = cards[local].retries
    request.issued = cards[local].issued
    guard home(of: request.address) != number else {
      let message = makeMessage(kind, request.address, requester: request.requester)
      messages[message].packet.retries = request.retries
      messages[message].packet.value = request.issued
      return events.insert(.home, at: slot, index: message)
    }
    let frame = networkCache.frame(request.address)
    let entry = networkCache.entry(frame)
    // Here a frame is what a request waits for, whichever line has it now.
    var place = request
    place.address = UInt64(frame)
    let isAsked = entry.pointee.isAsked && entry.pointee.tag == request.address
    guard entry.pointee.lock == .none, !isAsked, !networkCache.reservation.excludes(place) else {
      count(.networkCacheRefusals)
      networkCache.reservation.refuse(place)
      return refuseLocally(local, again: commandEnd &+ UInt64(profile.retryTurnaround))
    }
    networkCache.reservation.serve(place)
    if isAgain, processors[local].lineState(request.address) == .invalid {
      // The copy that was to be upgraded has been taken away meanwhile.
      if kind == .conditionalUpgrade {
        let message = makeMessage(.refuse, request.address, requester: request.requester)
        return events.insert(.networkCache, at: commandEnd, index: message)
      }
      if kind == .upgrade { request.kind = .readExclusive }
    }
    serveFromNetworkCache(request, local, entry, issue: issue, commandEnd: commandEnd)
  }

  /// The processor asks once more, as if its instruction had issued then.
  func refuseLocally(_ local: Int, again time: UInt64) {
    if cards[local].retries < .max { cards[local].retries &+= 1 }
    events.insert(.retry, at: time, index: local)
  }

  func retry(_ local: Int, at time: UInt64) {
    let external = processors[local].request
    let kind: MessageKind
    switch external.kind {
    case .read: kind = .read
    case .readExclusive: kind = .readExclusive
    case .upgrade: kind = .upgrade
    case .conditionalUpgrade: kind = .conditionalUpgrade
    default: fatalError("only requests for lines are refused")
    }
    count(.retries)
    issueAsNUMAchine(kind, local, external, at: time, isAgain: true)
  }

  /// A dirty line makes room, or is written back: whoever keeps it next has it from now; the bus carries it
  /// when it is free.
  func giveUpVictim(_ request: ExternalRequest, _ local: Int, after commandEnd: UInt64) {
    let address = request.victim
    let keepers: UInt8 = request.keepsCopy ? 1 << UInt8(local) : 0
    let dataSlot = bookBus(earliest: commandEnd, length: lineTransfer)
    cards[local].writeBackEnd = dataSlot &+ UInt64(lineTransfer)
    if home(of: address) == number {
      let message = makeMessage(.writeBack, address, requester: Station.bookkeeping)
      setData(message, from: processors[local], address)
      storeVictim(address, from: line(message), local, keepers: keepers)
      messages[message].packet.dataBytes = 0
      return events.insert(.home, at: dataSlot, index: message)
    }
    if let entry = networkCache.held(address), entry.pointee.state == .localInvalid {
      require(entry.pointee.processors == 1 << UInt8(local), "a write-back from a processor that does not own the line")
      processors[local].copyLine(address, to: networkCache.line(of: address))
      if entry.pointee.lock == .none { setFrame(entry, .localValid, processors: keepers) }
      _ = networkCache.occupy(earliest: dataSlot &+ UInt64(lineTransfer), ticks: profile.networkCacheDRAM)
      return
    }
    let message = makeMessage(.writeBack, address, requester: UInt8(firstProcessor + local))
    if request.keepsCopy { messages[message].packet.flags = Packet.stillShared }
    setData(message, from: processors[local], address)
    sendWriteBack(message, ready: dataSlot &+ UInt64(profile.busHeader) &+ networkLead)
  }

  /// A processor has lost its dirty line by a CACHE operation: what the network cache has of it, which may be
  /// newer than memory's, is all there is.
  func forgetOwner(of address: UInt64, _ local: Int) {
    guard let entry = networkCache.held(address), entry.pointee.state == .localInvalid, entry.pointee.lock == .none
    else { return }
    require(entry.pointee.processors == 1 << UInt8(local), "a processor gives up a line that it does not own")
    setFrame(entry, .localValid, processors: 0)
  }

  private func sendWriteBack(_ message: Int, ready: UInt64) {
    messages[message].packet.stations = 1 << UInt16(home(of: messages[message].packet.address))
    // A later "not found" must not overtake it.
    moment.pointee.lastWriteBackReady = max(moment.pointee.lastWriteBackReady, ready)
    sendPacket(message, ready: ready)
    freeMessage(message)
  }

  // MARK: Requests

  private func serveFromNetworkCache(
    _ request: HomeRequest, _ local: Int, _ entry: UnsafeMutablePointer<NetworkCacheEntry>, issue: UInt64,
    commandEnd: UInt64
  ) {
    let isHeld = entry.pointee.state != .notIn && entry.pointee.tag == request.address
    let state = isHeld ? entry.pointee.state : .notIn
    let mask: UInt8 = 1 << UInt8(local)
    switch (state, request.kind) {
    case (.globalValid, .read), (.localValid, .read):
      entry.pointee.processors |= mask
      hit(request, local, commandEnd: commandEnd)
    case (.localInvalid, .read) where entry.pointee.processors == mask:
      setFrame(entry, .localValid, processors: mask)
      hit(request, local, commandEnd: commandEnd)
    case (.localInvalid, _) where entry.pointee.processors != mask:
      require(
        request.kind == .read || request.kind == .readExclusive,
        "an upgrade of a line that another processor has to itself")
      count(.networkCacheHits)
      lockFrame(entry, .localPending, request)
      let message = makeMessage(
        request.kind == .read ? .intervene : .interveneExclusive, request.address, requester: request.requester)
      let ready = commandEnd &+ UInt64(profile.networkLookup + profile.networkCacheOutput)
      let slot = bookBus(earliest: ready, length: profile.busCommand)
      events.insert(.networkCache, at: slot &+ UInt64(profile.busCommand), index: message)
    case (.localValid, .upgrade), (.localValid, .conditionalUpgrade):
      count(.networkCacheHits)
      lockFrame(entry, .localPending, request)
      let message = makeMessage(.grant, request.address, requester: request.requester)
      let ready = commandEnd &+ UInt64(profile.networkLookup + profile.networkCacheOutput)
      let slot = bookBus(earliest: ready, length: profile.busHeader)
      events.insert(.networkCache, at: slot &+ UInt64(profile.busHeader), index: message)
    case (.localValid, _), (.localInvalid, .readExclusive):
      count(.networkCacheHits)
      lockFrame(entry, .localPending, request)
      let message = makeMessage(.data, request.address, requester: request.requester)
      messages[message].packet.flags = LineState.dirtyExclusive.rawValue
      answerFromNetworkCache(message, commandEnd: commandEnd)
    default:
      require(state != .localInvalid, "an upgrade of a line that its processor does not share")
      count(.networkCacheMisses)
      if state == .notIn {
        eject(entry, issue: issue)
        entry.pointee.tag = request.address
        // Copies may have outlived the frame that knew of them.
        setFrame(entry, .globalInvalid, processors: allProcessors)
      }
      switch request.kind {
      case .read: lockFrame(entry, .readPending, request)
      case .readExclusive: lockFrame(entry, .readExclusivePending, request)
      default: lockFrame(entry, .upgradePending, request)
      }
      sendRequest(entry, ready: commandEnd &+ networkLead)
    }
  }

  /// The network cache has the line for a reader.
  private func hit(_ request: HomeRequest, _ local: Int, commandEnd: UInt64) {
    count(.networkCacheHits)
    expectFill(local, request.address)
    let message = makeMessage(.data, request.address, requester: request.requester)
    messages[message].packet.flags = LineState.shared.rawValue
    setData(message, fromRecord: networkCache.line(of: request.address))
    answerFromNetworkCache(message, commandEnd: commandEnd)
  }

  private func answerFromNetworkCache(_ message: Int, commandEnd: UInt64) {
    let start = networkCache.occupy(
      earliest: commandEnd &+ UInt64(profile.networkLookup), ticks: profile.networkCacheDRAM)
    let slot = bookBus(
      earliest: start &+ UInt64(profile.networkCacheDRAM + profile.networkCacheOutput), length: lineTransfer)
    events.insert(.networkCache, at: slot &+ UInt64(lineTransfer), index: message)
  }

  func sendRequest(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, ready: UInt64) {
    let message = makeMessage(
      entry.pointee.kind, entry.pointee.tag, requester: UInt8(firstProcessor + Int(entry.pointee.requester)))
    messages[message].packet.retries = entry.pointee.retries
    messages[message].packet.value = entry.pointee.issued
    messages[message].packet.stations = 1 << UInt16(home(of: entry.pointee.tag))
    sendPacket(message, ready: ready)
    freeMessage(message)
  }

  /// Makes room in a frame. A line that this station owns goes home; what a processor has to itself stays
  /// with that.
  private func eject(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, issue: UInt64) {
    guard entry.pointee.state != .notIn else { return }
    count(.networkCacheEjections)
    entry.pointee.isAsked = false
    guard entry.pointee.state == .localValid else { return }
    let message = makeMessage(.writeBack, entry.pointee.tag, requester: Station.deviceRequester)
    messages[message].packet.flags = Packet.stillShared
    setData(message, fromRecord: networkCache.line(of: entry.pointee.tag))
    sendWriteBack(message, ready: issue &+ UInt64(profile.retryTurnaround + profile.ringOut))
  }

  // MARK: Transactions inside the station

  /// Something of the network cache's own has been on the bus in full.
  func actInNetworkCache(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    let local = Int(packet.requester) - firstProcessor
    let frame = networkCache.frame(packet.address)
    let entry = networkCache.entry(frame)
    switch packet.kind {
    case .refuse: refuseConditional(local, at: time)
    case .data where packet.flags == LineState.shared.rawValue:
      // A hit: the frame may have gone since.
      count(.servedByNetworkCache, local)
      fill(local, .shared, line(index), at: time)
    case .data, .grant:
      require(
        entry.pointee.lock == .localPending && entry.pointee.tag == packet.address,
        "the network cache answers what it was not asked")
      snoopAll(packet.address, entry.pointee.processors & ~(1 << UInt8(local)))
      unlockFrame(entry, .localInvalid, processors: 1 << UInt8(local))
      if packet.kind == .grant {
        grant(local, at: time)
      } else {
        count(.servedByNetworkCache, local)
        fill(local, .dirtyExclusive, networkCache.line(frame), at: time)
      }
    case .intervene, .interveneExclusive: return askInStation(index, entry, at: time)
    case .ownerData:
      require(
        entry.pointee.lock == .localPending && entry.pointee.tag == packet.address,
        "the network cache answers what it was not asked")
      let isRead = entry.pointee.kind == .read
      let sharers = packet.processors == 0 ? 0 : UInt8(truncatingIfNeeded: packet.processors >> UInt64(firstProcessor))
      networkCache.line(frame).copyMemory(from: line(index), byteCount: lineRecord.bytes)
      unlockFrame(entry, isRead ? .localValid : .localInvalid, processors: (isRead ? sharers : 0) | 1 << UInt8(local))
      if packet.flags == 0 { count(.servedByNetworkCache, local) } else { countServed(byOwner: packet, local) }
      fill(local, isRead ? .shared : .dirtyExclusive, line(index), at: time)
    default: fatalError("a \(packet.kind) message is not for a network cache")
    }
    freeMessage(index)
  }

  /// The processor of this station that has the line to itself is asked for it; it may have lost it on the
  /// way.
  private func askInStation(_ index: Int, _ entry: UnsafeMutablePointer<NetworkCacheEntry>, at time: UInt64) {
    let packet = messages[index].packet
    let owner = Int(entry.pointee.processors.trailingZeroBitCount)
    let held = snoop(owner, packet.address, invalidate: packet.kind == .interveneExclusive)
    let wasHeld = held == .cleanExclusive || held == .dirtyExclusive
    messages[index].packet.kind = .ownerData
    messages[index].packet.flags = wasHeld ? 1 : 0
    // A reader leaves the owner's copy, or its link, where it is.
    messages[index].packet.processors =
      packet.kind == .intervene ? UInt64(entry.pointee.processors) << UInt64(firstProcessor) : 0
    var ready = time &+ UInt64(profile.intervention)
    if wasHeld {
      setData(index, from: processors[owner], packet.address)
    } else {
      setData(index, fromRecord: networkCache.line(of: packet.address))
      ready =
        networkCache.occupy(earliest: ready, ticks: profile.networkCacheDRAM)
        &+ UInt64(profile.networkCacheDRAM + profile.networkCacheOutput)
    }
    let slot = bookBus(earliest: ready, length: lineTransfer)
    events.insert(.networkCache, at: slot &+ UInt64(lineTransfer), index: index)
  }

  // MARK: Frames

  func setFrame(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ state: NetworkCacheEntry.State, processors: UInt8) {
    entry.pointee.state = state
    entry.pointee.processors = processors
  }

  private func lockFrame(
    _ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ lock: NetworkCacheEntry.Lock, _ request: HomeRequest
  ) {
    entry.pointee.lock = lock
    entry.pointee.kind = request.kind
    entry.pointee.requester = UInt8(Int(request.requester) - firstProcessor)
    entry.pointee.retries = request.retries
    entry.pointee.issued = request.issued
    entry.pointee.hasData = false
    entry.pointee.hasInvalidation = false
    entry.pointee.lostCopy = false
  }

  func unlockFrame(
    _ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ state: NetworkCacheEntry.State, processors: UInt8
  ) {
    entry.pointee.lock = .none
    entry.pointee.hasData = false
    entry.pointee.hasInvalidation = false
    entry.pointee.lostCopy = false
    setFrame(entry, state, processors: processors)
  }
}
