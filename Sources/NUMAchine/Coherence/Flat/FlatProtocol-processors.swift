/// What processors are told, in the flat protocol: lines to give up, lines and grants that have come.
extension FlatProtocol {
  /// A message has been on the bus in full: the processors that it is for take notice.
  func notice(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    switch packet.kind {
    case .invalidate: invalidate(index, at: time, in: station)
    case .intervene, .interveneExclusive: intervene(index, at: time, in: station)
    case .data, .ownerData: fill(index, at: time, in: station)
    case .grant, .refuse:
      guard let local = station.waiting(for: packet) else { break }
      let resume = station.resumeTime(at: time, after: station.profile.restart)
      station.cards[local].isIssued = false
      if packet.kind == .grant {
        station.processors[local].grant(resumeAt: resume)
      } else {
        station.processors[local].refuseConditional(resumeAt: resume)
      }
    case .interrupt: station.raiseInterrupts(packet, at: time)
    default: station.faults.note("a \(packet.kind) message is not for processors")
    }
    station.freeMessage(index)
  }

  private func fill(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    guard let local = station.waiting(for: packet) else { return }
    if packet.kind == .ownerData {
      station.countServed(byOwner: packet, local)
    } else {
      station.count(
        station.home(of: packet.address) == station.number ? .servedByLocalMemory : .servedByRemoteMemory, local)
    }
    station.cards[local].isIssued = false
    station.processors[local].fill(
      state: LineState(rawValue: packet.flags & 3)!, data: station.line(index),
      provenance: station.line(index) + station.lineRecord.lineBytes,
      takesFromNobody: packet.flags & Packet.takenFromNobody != 0,
      resumeAt: station.resumeTime(at: time, after: station.profile.fill))
  }

  private func invalidate(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    for local in 0..<station.processors.count
    where packet.processors & (1 << UInt64(station.firstProcessor + local)) != 0 {
      _ = station.processors[local].snoop(line: packet.address, invalidate: true)
    }
    if station.home(of: packet.address) == station.number {
      station.commandTicks = UInt64(station.profile.busCommand)
      return acknowledge(line: packet.address, from: station.number, at: time, in: station)
    }
    station.count(.invalidationsReceived)
    let answer = station.makeMessage(.invalidated, packet.address, requester: packet.requester)
    let slot = station.bookBus(
      earliest: time &+ UInt64(station.profile.intervention), length: station.profile.busHeader)
    toHome(answer, slot: slot, ready: slot &+ station.processorAnswerLead, in: station)
  }

  /// The home asks the owner for a line. What the owner has goes to the home and to the requester at once.
  private func intervene(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let owner = packet.processors.trailingZeroBitCount - station.firstProcessor
    guard station.faults.holds(0..<station.processors.count ~= owner, "a processor is asked that is not here") else {
      return
    }
    let held = station.processors[owner].snoop(line: packet.address, invalidate: packet.kind == .interveneExclusive)
    let earliest = time &+ UInt64(station.profile.intervention)
    if held != .cleanExclusive && held != .dirtyExclusive {
      let answer = station.makeMessage(.notFound, packet.address, requester: packet.requester)
      if station.cards[owner].writeBackEnd > time, station.cards[owner].writeBackLine == packet.address {
        station.messages[answer].packet.flags = Packet.writeBackComing
      }
      if packet.kind == .intervene, held == .shared || station.processors[owner].retainsLink(line: packet.address) {
        // It has written the line back and shares it, or had it clean and has a link to it.
        station.messages[answer].packet.flags |= Packet.linkRetained
      }
      let slot = station.bookBus(earliest: earliest, length: station.profile.busHeader)
      return toHome(answer, slot: slot, ready: slot &+ station.processorAnswerLead, in: station)
    }
    let answer = station.makeMessage(.ownerData, packet.address, requester: packet.requester)
    station.messages[answer].packet.flags = packet.flags
    station.setData(answer, from: station.processors[owner], packet.address)
    let slot = station.bookBus(earliest: earliest, length: station.lineTransfer)
    var targets: UInt16 = 1 << UInt16(station.home(of: packet.address))
    if !station.isDeviceRequest(packet) { targets |= 1 << UInt16(station.stationNumber(of: packet.requester)) }
    let others = targets & ~(1 << UInt16(station.number))
    if others != 0 {
      station.messages[answer].packet.stations = others
      station.sendPacket(answer, ready: slot &+ station.processorAnswerLead)
    }
    if targets & (1 << UInt16(station.number)) != 0 {
      station.spreadOwnerData(answer, slot: slot, end: slot &+ UInt64(station.lineTransfer))
    } else {
      station.freeMessage(answer)
    }
  }
}
