/// The network cache's side of a station's own requests, in NUMAchine's protocol: what processors ask of
/// other stations' memory is looked up here when their instruction issues.
extension NUMAchineProtocol {
  func serveFromNetworkCache(
    _ request: HomeRequest, _ local: Int, _ entry: UnsafeMutablePointer<NetworkCacheEntry>, issue: UInt64,
    commandEnd: UInt64, in station: Station
  ) {
    let isHeld = entry.pointee.state != .notIn && entry.pointee.tag == request.address
    let state = isHeld ? entry.pointee.state : .notIn
    let mask: UInt8 = 1 << UInt8(local)
    switch NetworkCacheDecision.of(request.kind, state, isOnly: isHeld && entry.pointee.processors == mask) {
    case .hit:
      entry.pointee.processors |= mask
      hit(request, local, commandEnd: commandEnd, in: station)
    case .hitOfOwner:
      setFrame(entry, .localValid, processors: mask)
      hit(request, local, commandEnd: commandEnd, in: station)
    case .askProcessor:
      station.count(.networkCacheHits)
      lockFrame(entry, .localPending, request, in: station)
      let message = station.makeMessage(
        request.kind == .read ? .intervene : .interveneExclusive, request.address, requester: request.requester)
      let ready = commandEnd &+ UInt64(station.profile.networkLookup + station.profile.networkCacheOutput)
      let slot = station.bookBus(earliest: ready, length: station.profile.busCommand)
      station.events.insert(.networkCache, at: slot &+ UInt64(station.profile.busCommand), index: message)
    case .grantLocally:
      station.count(.networkCacheHits)
      lockFrame(entry, .localPending, request, in: station)
      let message = station.makeMessage(.grant, request.address, requester: request.requester)
      let ready = commandEnd &+ UInt64(station.profile.networkLookup + station.profile.networkCacheOutput)
      let slot = station.bookBus(earliest: ready, length: station.profile.busHeader)
      station.events.insert(.networkCache, at: slot &+ UInt64(station.profile.busHeader), index: message)
    case .giveLocally:
      station.count(.networkCacheHits)
      lockFrame(entry, .localPending, request, in: station)
      let message = station.makeMessage(.data, request.address, requester: request.requester)
      station.messages[message].packet.flags = LineState.dirtyExclusive.rawValue
      answerFromNetworkCache(message, commandEnd: commandEnd, in: station)
    case .askHome:
      station.count(.networkCacheMisses)
      if state == .notIn {
        eject(entry, issue: issue, in: station)
        entry.pointee.tag = request.address
        // Copies may have outlived the frame that knew of them.
        setFrame(entry, .globalInvalid, processors: station.allProcessors)
      }
      switch request.kind {
      case .read: lockFrame(entry, .readPending, request, in: station)
      case .readExclusive: lockFrame(entry, .readExclusivePending, request, in: station)
      default: lockFrame(entry, .upgradePending, request, in: station)
      }
      sendRequest(entry, ready: commandEnd &+ station.networkLead, in: station)
    case .impossible: station.faults.note("an upgrade of a line that the requester does not share")
    }
  }

  /// The network cache has the line for a reader.
  private func hit(_ request: HomeRequest, _ local: Int, commandEnd: UInt64, in station: Station) {
    station.count(.networkCacheHits)
    expectFill(local, request.address, in: station)
    let message = station.makeMessage(.data, request.address, requester: request.requester)
    station.messages[message].packet.flags = LineState.shared.rawValue
    station.setData(message, fromRecord: networkCache.line(of: request.address))
    answerFromNetworkCache(message, commandEnd: commandEnd, in: station)
  }

  private func answerFromNetworkCache(_ message: Int, commandEnd: UInt64, in station: Station) {
    let start = networkCache.occupy(
      earliest: commandEnd &+ UInt64(station.profile.networkLookup), ticks: station.profile.networkCacheDRAM)
    let slot = station.bookBus(
      earliest: start &+ UInt64(station.profile.networkCacheDRAM + station.profile.networkCacheOutput),
      length: station.lineTransfer)
    station.events.insert(.networkCache, at: slot &+ UInt64(station.lineTransfer), index: message)
  }

  func sendRequest(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, ready: UInt64, in station: Station) {
    let message = station.makeMessage(
      entry.pointee.kind, entry.pointee.tag, requester: UInt8(station.firstProcessor + Int(entry.pointee.requester)))
    station.messages[message].packet.retries = entry.pointee.retries
    station.messages[message].packet.value = entry.pointee.issued
    station.messages[message].packet.stations = 1 << UInt16(station.home(of: entry.pointee.tag))
    station.sendPacket(message, ready: ready)
    station.freeMessage(message)
  }

  /// Makes room in a frame. A line that this station owns goes home; what a processor has to itself stays
  /// with that.
  private func eject(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, issue: UInt64, in station: Station) {
    guard entry.pointee.state != .notIn else { return }
    station.count(.networkCacheEjections)
    entry.pointee.isAsked = false
    guard entry.pointee.state == .localValid else { return }
    let message = station.makeMessage(.writeBack, entry.pointee.tag, requester: Station.deviceRequester)
    station.messages[message].packet.flags = Packet.stillShared
    station.setData(message, fromRecord: networkCache.line(of: entry.pointee.tag))
    sendWriteBack(
      message, ready: issue &+ UInt64(station.profile.retryTurnaround + station.profile.ringOut), in: station)
  }

  // MARK: Transactions inside the station

  /// Something of the network cache's own has been on the bus in full.
  func actInNetworkCache(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    guard let local = station.waiting(for: packet) else {
      return station.freeMessage(index)
    }
    let frame = networkCache.frame(packet.address)
    let entry = networkCache.entry(frame)
    let isPending = entry.pointee.lock == .localPending && entry.pointee.tag == packet.address
    switch packet.kind {
    case .refuse: refuseConditional(local, at: time, in: station)
    case .data where packet.flags == LineState.shared.rawValue:
      // A hit: the frame may have gone since.
      station.count(.servedByNetworkCache, local)
      fill(local, .shared, station.line(index), at: time, in: station)
    case .data, .grant:
      guard station.faults.holds(isPending, "the network cache answers what it was not asked") else { break }
      snoopAll(packet.address, entry.pointee.processors & ~(1 << UInt8(local)), in: station)
      unlockFrame(entry, .localInvalid, processors: 1 << UInt8(local))
      if packet.kind == .grant {
        grant(local, at: time, in: station)
      } else {
        station.count(.servedByNetworkCache, local)
        fill(local, .dirtyExclusive, networkCache.line(frame), at: time, in: station)
      }
    case .intervene, .interveneExclusive: return askInStation(index, entry, at: time, in: station)
    case .ownerData:
      guard station.faults.holds(isPending, "the network cache answers what it was not asked") else { break }
      let isRead = entry.pointee.kind == .read
      let sharers =
        packet.processors == 0 ? 0 : UInt8(truncatingIfNeeded: packet.processors >> UInt64(station.firstProcessor))
      networkCache.line(frame).copyMemory(from: station.line(index), byteCount: station.lineRecord.bytes)
      unlockFrame(entry, isRead ? .localValid : .localInvalid, processors: (isRead ? sharers : 0) | 1 << UInt8(local))
      if packet.flags == 0 {
        station.count(.servedByNetworkCache, local)
      } else {
        station.countServed(byOwner: packet, local)
      }
      fill(local, isRead ? .shared : .dirtyExclusive, station.line(index), at: time, in: station)
    default: station.faults.note("a \(packet.kind) message is not for a network cache")
    }
    station.freeMessage(index)
  }

  /// The processor of this station that has the line to itself is asked for it; it may have lost it on the
  /// way.
  private func askInStation(
    _ index: Int, _ entry: UnsafeMutablePointer<NetworkCacheEntry>, at time: UInt64, in station: Station
  ) {
    let packet = station.messages[index].packet
    let owner = Int(entry.pointee.processors.trailingZeroBitCount)
    guard station.faults.holds(owner < station.processors.count, "a processor is asked that is not here") else {
      return station.freeMessage(index)
    }
    let held = snoop(owner, packet.address, invalidate: packet.kind == .interveneExclusive, in: station)
    let wasHeld = held == .cleanExclusive || held == .dirtyExclusive
    station.messages[index].packet.kind = .ownerData
    station.messages[index].packet.flags = wasHeld ? 1 : 0
    // A reader leaves the owner's copy, or its link, where it is.
    station.messages[index].packet.processors =
      packet.kind == .intervene ? UInt64(entry.pointee.processors) << UInt64(station.firstProcessor) : 0
    var ready = time &+ UInt64(station.profile.intervention)
    if wasHeld {
      station.setData(index, from: station.processors[owner], packet.address)
    } else {
      station.setData(index, fromRecord: networkCache.line(of: packet.address))
      ready =
        networkCache.occupy(earliest: ready, ticks: station.profile.networkCacheDRAM)
        &+ UInt64(station.profile.networkCacheDRAM + station.profile.networkCacheOutput)
    }
    let slot = station.bookBus(earliest: ready, length: station.lineTransfer)
    station.events.insert(.networkCache, at: slot &+ UInt64(station.lineTransfer), index: index)
  }

  // MARK: Frames

  func setFrame(_ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ state: NetworkCacheEntry.State, processors: UInt8) {
    entry.pointee.state = state
    entry.pointee.processors = processors
  }

  private func lockFrame(
    _ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ lock: NetworkCacheEntry.Lock, _ request: HomeRequest,
    in station: Station
  ) {
    entry.pointee.lock = lock
    entry.pointee.kind = request.kind
    entry.pointee.requester = UInt8(Int(request.requester) - station.firstProcessor)
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
