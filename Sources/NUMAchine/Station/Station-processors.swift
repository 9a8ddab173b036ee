/// What processors are told: lines to give up, lines and grants that have come, interrupts.
extension Station {
  func notice(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    switch packet.kind {
    case .invalidate: invalidate(index, at: time)
    case .intervene, .interveneExclusive: intervene(index, at: time)
    case .data, .ownerData: fill(index, at: time)
    case .grant, .refuse:
      let local = Int(packet.requester) - firstProcessor
      let resume = resumeTime(at: time, after: profile.restart)
      cards[local].isIssued = false
      if packet.kind == .grant {
        processors[local].grant(resumeAt: resume)
      } else {
        processors[local].refuseConditional(resumeAt: resume)
      }
    case .interrupt: raiseInterrupts(packet, at: time)
    default: fatalError("a \(packet.kind) message is not for processors")
    }
    freeMessage(index)
  }

  func raiseInterrupts(_ packet: Packet, at time: UInt64) {
    for local in 0..<processors.count where packet.processors & (1 << UInt64(firstProcessor + local)) != 0 {
      count(.interruptsReceived)
      cards[local].interrupts |= packet.value
      setLine(LocalWindow.crossProcessorLine, cards[local].interrupts != 0, local, at: time)
    }
  }

  /// When the processor goes on: its instruction begins again then, so the load delay, which the latencies of
  /// a profile include, is still to come.
  func resumeTime(at time: UInt64, after ticks: Int) -> UInt64 {
    time &+ UInt64(max(0, ticks - profile.loadDelayCycles * profile.processorCycle))
  }

  private func fill(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    let local = Int(packet.requester) - firstProcessor
    if packet.kind == .ownerData {
      countServed(byOwner: packet, local)
    } else {
      count(home(of: packet.address) == number ? .servedByLocalMemory : .servedByRemoteMemory, local)
    }
    cards[local].isIssued = false
    processors[local].fill(
      state: LineState(rawValue: packet.flags & 3)!, data: line(index), provenance: line(index) + lineRecord.lineBytes,
      takesFromNobody: packet.flags & Packet.takenFromNobody != 0, resumeAt: resumeTime(at: time, after: profile.fill))
  }

  /// A processor's miss has been served by the line's owner.
  func countServed(byOwner packet: Packet, _ local: Int) {
    count(.servedByCache, local)
    if Int(packet.source) == number { count(.servedByStationCache, local) }
  }

  private func invalidate(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    for local in 0..<processors.count where packet.processors & (1 << UInt64(firstProcessor + local)) != 0 {
      _ = processors[local].snoop(line: packet.address, invalidate: true)
    }
    if home(of: packet.address) == number {
      commandTicks = UInt64(profile.busCommand)
      return acknowledge(line: packet.address, station: number, at: time)
    }
    count(.invalidationsReceived)
    let answer = makeMessage(.invalidated, packet.address, requester: packet.requester)
    let slot = bookBus(earliest: time &+ UInt64(profile.intervention), length: profile.busHeader)
    toHome(answer, slot: slot, ready: slot &+ processorAnswerLead)
  }

  /// The home asks the owner for a line. What the owner has goes to the home and to the requester at once.
  private func intervene(_ index: Int, at time: UInt64) {
    let packet = messages[index].packet
    let owner = packet.processors.trailingZeroBitCount - firstProcessor
    let held = processors[owner].snoop(line: packet.address, invalidate: packet.kind == .interveneExclusive)
    let earliest = time &+ UInt64(profile.intervention)
    if held != .cleanExclusive && held != .dirtyExclusive {
      let answer = makeMessage(.notFound, packet.address, requester: packet.requester)
      if cards[owner].writeBackEnd > time, cards[owner].writeBackLine == packet.address {
        messages[answer].packet.flags = Packet.writeBackComing
      }
      if packet.kind == .intervene, held == .shared || processors[owner].retainsLink(line: packet.address) {
        // It has written the line back and shares it, or had it clean and has a link to it.
        messages[answer].packet.flags |= Packet.linkRetained
      }
      let slot = bookBus(earliest: earliest, length: profile.busHeader)
      return toHome(answer, slot: slot, ready: slot &+ processorAnswerLead)
    }
    let answer = makeMessage(.ownerData, packet.address, requester: packet.requester)
    messages[answer].packet.flags = packet.flags
    setData(answer, from: processors[owner], packet.address)
    let slot = bookBus(earliest: earliest, length: lineTransfer)
    var targets: UInt16 = 1 << UInt16(home(of: packet.address))
    if !isDeviceRequest(packet) { targets |= 1 << UInt16(station(of: packet.requester)) }
    let others = targets & ~(1 << UInt16(number))
    if others != 0 {
      messages[answer].packet.stations = others
      sendPacket(answer, ready: slot &+ processorAnswerLead)
    }
    if targets & (1 << UInt16(number)) != 0 {
      spreadOwnerData(answer, slot: slot, end: slot &+ UInt64(lineTransfer))
    } else {
      freeMessage(answer)
    }
  }
}
