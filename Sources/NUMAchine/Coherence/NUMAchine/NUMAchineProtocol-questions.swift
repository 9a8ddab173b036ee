/// What homes of other stations tell and ask this one, in NUMAchine's protocol: it acts on the network cache
/// and on the processors in one moment.
extension NUMAchineProtocol {
  /// A message has been on the bus in full: processors and network cache take notice.
  func notice(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    if packet.kind == .interrupt {
      station.raiseInterrupts(packet, at: time)
    } else if station.home(of: packet.address) == station.number {
      noticeOwnHome(index, at: time, in: station)
    } else {
      switch packet.kind {
      case .invalidate: takeInvalidation(packet, at: time, in: station)
      case .intervene, .interveneExclusive: takeQuestion(packet, at: time, in: station)
      default: takeAnswer(index, at: time, in: station)
      }
    }
    station.freeMessage(index)
  }

  /// Something about a line of this station's memory.
  private func noticeOwnHome(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let named = UInt8(truncatingIfNeeded: packet.processors >> UInt64(station.firstProcessor))
    switch packet.kind {
    case .invalidate: snoopAll(packet.address, named, in: station)
    case .intervene, .interveneExclusive: takeLocalAnswer(index, at: time, in: station)
    default: answerProcessor(index, at: time, in: station)
    }
  }

  private func takeInvalidation(_ packet: Packet, at time: UInt64, in station: Station) {
    station.count(.invalidationsReceived)
    guard let entry = networkCache.held(packet.address) else {
      return snoopAll(packet.address, station.allProcessors, in: station)
    }
    let isOwn =
      packet.requester != Station.deviceRequester && station.stationNumber(of: packet.requester) == station.number
    if isOwn {
      let isPending =
        entry.pointee.isHomePending && Int(entry.pointee.requester) == Int(packet.requester) - station.firstProcessor
      guard station.faults.holds(isPending, "an invalidation for a writer that does not wait for it"),
        station.waiting(for: packet) != nil
      else { return }
      return takeOwnInvalidation(packet, entry, at: time, in: station)
    }
    let isOthers =
      entry.pointee.lock != .localPending
      && (entry.pointee.state == .globalValid || entry.pointee.state == .globalInvalid)
    guard station.faults.holds(isOthers, "a line is invalidated that this station owns") else { return }
    snoopAll(packet.address, entry.pointee.processors, in: station)
    setFrame(entry, .globalInvalid, processors: 0)
    if entry.pointee.lock != .none { entry.pointee.lostCopy = true }
  }

  /// The home takes this station for the line's owner, and wants it shared or given up.
  private func takeQuestion(_ packet: Packet, at time: UInt64, in station: Station) {
    let isExclusive = packet.kind == .interveneExclusive
    guard let entry = networkCache.held(packet.address), !entry.pointee.isHomePending else {
      return askProcessors(packet, at: time, in: station)
    }
    entry.pointee.isAsked = entry.pointee.lock == .localPending
    if entry.pointee.lock == .localPending {
      return sendNotFound(
        packet, flags: Packet.busy, ready: time &+ UInt64(station.profile.retryTurnaround + station.profile.ringOut),
        in: station)
    }
    let mask = entry.pointee.processors
    switch entry.pointee.state {
    case .localValid:
      if isExclusive { snoopAll(packet.address, mask, in: station) }
    case .localInvalid:
      let owner = mask.trailingZeroBitCount
      guard station.faults.holds(owner < station.processors.count, "a processor is asked that is not here") else {
        return
      }
      let held = snoop(owner, packet.address, invalidate: isExclusive, in: station)
      if held == .cleanExclusive || held == .dirtyExclusive {
        station.processors[owner].copyLine(packet.address, to: networkCache.line(of: packet.address))
        setFrame(entry, isExclusive ? .globalInvalid : .globalValid, processors: isExclusive ? 0 : mask)
        return sendOwnersLine(packet, owner: owner, at: time, in: station)
      }
    default: return askProcessors(packet, at: time, in: station)
    }
    setFrame(entry, isExclusive ? .globalInvalid : .globalValid, processors: isExclusive ? 0 : mask)
    sendOwnersLine(packet, owner: nil, at: time, in: station)
  }

  /// The network cache knows nothing: a processor may have the line to itself nevertheless.
  private func askProcessors(_ packet: Packet, at time: UInt64, in station: Station) {
    var isLinked = false
    for local in 0..<station.processors.count {
      let state = station.processors[local].lineState(packet.address)
      if state == .cleanExclusive || state == .dirtyExclusive {
        _ = snoop(local, packet.address, invalidate: packet.kind == .interveneExclusive, in: station)
        return sendOwnersLine(packet, owner: local, at: time, in: station)
      }
      if station.processors[local].retainsLink(line: packet.address) { isLinked = true }
    }
    let slot = station.bookBus(
      earliest: time &+ UInt64(station.profile.networkLookup + station.profile.intervention),
      length: station.profile.busHeader)
    sendNotFound(
      packet, flags: isLinked ? Packet.linkRetained : 0, ready: slot &+ station.processorAnswerLead, in: station)
  }

  private func sendNotFound(_ packet: Packet, flags: UInt8, ready: UInt64, in station: Station) {
    let message = station.makeMessage(.notFound, packet.address, requester: packet.requester)
    station.messages[message].packet.flags = flags
    station.messages[message].packet.stations = 1 << UInt16(station.home(of: packet.address))
    station.sendPacket(message, ready: max(ready, input.value.lastWriteBackReady))
    station.freeMessage(message)
  }

  /// The line goes to the home and to the requester at once.
  ///
  /// - Parameter owner: the processor that has, or has just given up, the line; nil where the network cache
  ///   has it.
  private func sendOwnersLine(_ packet: Packet, owner: Int?, at time: UInt64, in station: Station) {
    let message = station.makeMessage(.ownerData, packet.address, requester: packet.requester)
    let state: LineState = packet.kind == .intervene ? .shared : .dirtyExclusive
    station.messages[message].packet.flags = state.rawValue
    if let owner {
      station.setData(message, from: station.processors[owner], packet.address)
    } else {
      station.setData(message, fromRecord: networkCache.line(of: packet.address))
    }
    var targets: UInt16 = 1 << UInt16(station.home(of: packet.address))
    if packet.requester != Station.deviceRequester {
      targets |= 1 << UInt16(station.stationNumber(of: packet.requester))
    }
    let own: UInt16 = 1 << UInt16(station.number)
    station.messages[message].packet.stations = targets & ~own
    if owner != nil {
      let slot = station.bookBus(
        earliest: time &+ UInt64(station.profile.networkLookup + station.profile.intervention),
        length: station.lineTransfer)
      // A false remote request: the requester is another processor of this station.
      if targets & own != 0 {
        station.events.insert(
          .processors, at: slot &+ UInt64(station.lineTransfer), index: station.copyMessage(message))
      }
      station.sendPacket(message, ready: slot &+ station.processorAnswerLead)
    } else {
      guard
        station.faults.holds(
          targets & own == 0, "the network cache is asked for a line that its own station waits for")
      else { return station.freeMessage(message) }
      let start = networkCache.occupy(earliest: time, ticks: station.profile.networkCacheDRAM)
      station.sendPacket(
        message,
        ready: start
          &+ UInt64(station.profile.networkCacheDRAM + station.profile.networkCacheOutput + station.profile.ringOut))
    }
    station.freeMessage(message)
  }
}
