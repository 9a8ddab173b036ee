/// What homes answer to the pending request of a network cache's frame, in NUMAchine's protocol, and how the
/// processor gets it.
extension NUMAchineProtocol {
  /// What the home, or the owner it has asked, says to this station's pending request has been on the bus in
  /// full.
  func takeAnswer(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let frame = networkCache.frame(packet.address)
    let entry = networkCache.entry(frame)
    guard let local = station.waiting(for: packet) else { return }
    let isPending =
      entry.pointee.isHomePending && entry.pointee.tag == packet.address && Int(entry.pointee.requester) == local
    guard station.faults.holds(isPending, "an answer that nobody waits for") else { return }
    let state = LineState(rawValue: packet.flags & 3)!
    switch packet.kind {
    case .data where packet.flags & Packet.awaitInvalidation != 0 && !entry.pointee.hasInvalidation:
      networkCache.line(frame).copyMemory(from: station.line(index), byteCount: station.lineRecord.bytes)
      entry.pointee.hasData = true
    case .data, .ownerData:
      networkCache.line(frame).copyMemory(from: station.line(index), byteCount: station.lineRecord.bytes)
      if packet.kind == .ownerData {
        station.countServed(byOwner: packet, local)
      } else {
        station.count(.servedByRemoteMemory, local)
      }
      complete(
        entry, local, state,
        takesFromNobody: packet.flags & Packet.takenFromNobody != 0, at: time, in: station)
    case .grant: complete(entry, local, .dirtyExclusive, isGrant: true, at: time, in: station)
    case .refuse:
      unlockFrame(entry, entry.pointee.state, processors: entry.pointee.processors)
      refuseConditional(local, at: time, in: station)
    case .retry:
      station.count(.retries)
      if entry.pointee.retries < .max { entry.pointee.retries &+= 1 }
      sendRequest(entry, ready: time &+ UInt64(station.profile.retryTurnaround + station.profile.ringOut), in: station)
    default: station.faults.note("a \(packet.kind) message is no answer")
    }
  }

  /// The broadcast that this station's writer waits for has come round.
  func takeOwnInvalidation(
    _ packet: Packet, _ entry: UnsafeMutablePointer<NetworkCacheEntry>, at time: UInt64, in station: Station
  ) {
    let local = Int(entry.pointee.requester)
    let others = entry.pointee.processors & ~(1 << UInt8(local))
    if packet.flags & Packet.dataFollows == 0 {
      return complete(entry, local, .dirtyExclusive, isGrant: true, at: time, in: station)
    }
    snoopAll(packet.address, others, in: station)
    if entry.pointee.hasData {
      station.count(.servedByRemoteMemory, local)
      complete(entry, local, .dirtyExclusive, at: time, in: station)
    } else {
      entry.pointee.hasInvalidation = true
    }
  }

  /// The pending request is fulfilled: all in one moment, others of the station lose their copies if it is to
  /// have the line to itself.
  ///
  /// - Parameter isGrant: it needs no line.
  private func complete(
    _ entry: UnsafeMutablePointer<NetworkCacheEntry>, _ local: Int, _ state: LineState, isGrant: Bool = false,
    takesFromNobody: Bool = false,
    at time: UInt64, in station: Station
  ) {
    let mask: UInt8 = 1 << UInt8(local)
    let address = entry.pointee.tag
    if state == .shared {
      unlockFrame(entry, .globalValid, processors: entry.pointee.processors | mask)
    } else {
      let isUpgrade = entry.pointee.kind == .upgrade || entry.pointee.kind == .conditionalUpgrade
      let isFit = !isGrant || isUpgrade && !entry.pointee.lostCopy
      guard station.faults.holds(isFit, "a grant for a copy that has been taken away") else { return }
      snoopAll(address, entry.pointee.processors & ~mask, in: station)
      unlockFrame(entry, .localInvalid, processors: mask)
    }
    if isGrant { return grant(local, at: time, in: station) }
    fill(local, state, networkCache.line(of: address), takesFromNobody: takesFromNobody, at: time, in: station)
  }

  // MARK: Processors

  /// The home, which is this station's memory, or a processor that it asked, has answered a processor of this
  /// station.
  func answerProcessor(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    guard let local = station.waiting(for: packet) else { return }
    switch packet.kind {
    case .data, .ownerData:
      if packet.kind == .ownerData {
        station.countServed(byOwner: packet, local)
      } else {
        station.count(.servedByLocalMemory, local)
      }
      let takesFromNobody = packet.kind == .data && packet.flags & Packet.takenFromNobody != 0
      fill(
        local, LineState(rawValue: packet.flags & 3)!, station.line(index), takesFromNobody: takesFromNobody, at: time,
        in: station)
    case .grant: grant(local, at: time, in: station)
    case .refuse: refuseConditional(local, at: time, in: station)
    default: station.faults.note("a \(packet.kind) message is no answer")
    }
  }

  func fill(
    _ local: Int, _ state: LineState, _ record: UnsafeRawPointer, takesFromNobody: Bool = false, at time: UInt64,
    in station: Station
  ) {
    station.cards[local].isIssued = false
    let address = station.processors[local].request.address
    let isLost = station.cards[local].fillUnderWay == address && station.cards[local].usedOnce
    station.cards[local].fillUnderWay = Station.noLine
    station.cards[local].usedOnce = false
    station.processors[local].fill(
      state: state, data: record, provenance: record + station.lineRecord.lineBytes, takesFromNobody: takesFromNobody,
      resumeAt: station.resumeTime(at: time, after: station.profile.fill))
    if isLost { _ = station.processors[local].snoop(line: address, invalidate: true) }
  }

  func grant(_ local: Int, at time: UInt64, in station: Station) {
    station.cards[local].isIssued = false
    station.processors[local].grant(resumeAt: station.resumeTime(at: time, after: station.profile.restart))
  }

  func refuseConditional(_ local: Int, at time: UInt64, in station: Station) {
    station.cards[local].isIssued = false
    station.processors[local].refuseConditional(resumeAt: station.resumeTime(at: time, after: station.profile.restart))
  }

  /// A shared copy is on its way to the processor, which may lose it before it comes.
  func expectFill(_ local: Int, _ address: UInt64, in station: Station) {
    station.cards[local].fillUnderWay = address
    station.cards[local].usedOnce = false
  }

  /// A processor's caches are looked up for somebody else.
  func snoop(_ local: Int, _ address: UInt64, invalidate: Bool, in station: Station) -> LineState {
    if invalidate, station.cards[local].fillUnderWay == address { station.cards[local].usedOnce = true }
    return station.processors[local].snoop(line: address, invalidate: invalidate)
  }

  /// Processors of this station lose their copies of a line.
  func snoopAll(_ address: UInt64, _ mask: UInt8, in station: Station) {
    for local in 0..<station.processors.count where mask & (1 << UInt8(local)) != 0 {
      _ = snoop(local, address, invalidate: true, in: station)
    }
  }

}
