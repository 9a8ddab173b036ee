/// What processors ask for is decided when their instruction issues: slots are booked at once, and never
/// move.
extension Station {
  func issue(_ local: Int) {
    let request = processors[local].request
    switch request.kind {
    case .none: faults.note("a processor waits for nothing")
    case .uncachedRead, .uncachedWrite: issueUncached(local, request)
    case .read: issueCached(.read, local, request)
    case .readExclusive: issueCached(.readExclusive, local, request)
    case .upgrade: issueCached(.upgrade, local, request)
    case .conditionalUpgrade: issueCached(.conditionalUpgrade, local, request)
    case .giveUp: giveUp(local, request)
    }
  }

  /// A CACHE operation gives a dirty line up; the processor goes on when the bus has carried it.
  private func giveUp(_ local: Int, _ request: ExternalRequest) {
    noteRequest(local, .writeBack, request.address, at: request.time)
    var end = request.time &+ UInt64(budget.lookahead)
    if request.hasVictim {
      let earliest = max(request.time &+ UInt64(profile.issueToBus), cards[local].writeBackEnd)
      let commandEnd = bookBus(earliest: earliest, length: profile.busCommand) &+ UInt64(profile.busCommand)
      coherence.giveUpVictim(request, local, after: commandEnd, in: self)
      end = cards[local].writeBackEnd
    } else {
      coherence.forgetOwner(of: request.address, local, in: self)
    }
    events.insert(.answer, at: end, index: local)
  }

  private func issueCached(_ kind: MessageKind, _ local: Int, _ request: ExternalRequest) {
    noteRequest(local, kind, request.address, at: request.time)
    coherence.issue(kind, local, request, in: self)
  }

  func refuseAddress(_ local: Int, _ request: ExternalRequest) {
    cards[local].isBusError = true
    events.insert(.answer, at: request.time &+ UInt64(budget.lookahead), index: local)
  }

  private func issueUncached(_ local: Int, _ request: ExternalRequest) {
    let offset = request.address &- LocalWindow.base
    guard offset < LocalWindow.bytes else { return refuseAddress(local, request) }
    let isWrite = request.kind == .uncachedWrite
    let earliest = max(request.time &+ UInt64(profile.issueToBus), cards[local].writeBackEnd)
    let length = profile.busCommand + (isWrite ? profile.busBeat : 0)
    let slot = bookBus(earliest: earliest, length: length)
    if isWrite, LocalWindow.interruptSend.contains(offset) {
      sendInterrupt(
        request, targets: (offset &- LocalWindow.interruptSend.lowerBound) >> 3,
        commandEnd: slot &+ UInt64(profile.busCommand), requester: local)
    }
    events.insert(.device, at: slot &+ UInt64(length), index: local)
  }

  /// `INTERRUPT_SEND`: bits 3:0 of `targets` name processors of a station, the bits above name stations.
  private func sendInterrupt(_ request: ExternalRequest, targets: UInt64, commandEnd: UInt64, requester: Int) {
    count(.interruptsSent)
    let perStation = UInt64(profile.processorsPerStation)
    let mask = targets & 15 & ((1 << perStation) - 1)
    let selected = UInt16(truncatingIfNeeded: targets >> 4) & UInt16(truncatingIfNeeded: (1 << stations) - 1)
    guard mask != 0, selected != 0 else { return }
    let message = makeMessage(.interrupt, 0, requester: UInt8(firstProcessor + requester))
    messages[message].packet.value = request.value
    for station in 0..<stations where selected & (1 << UInt16(station)) != 0 {
      messages[message].packet.processors |= mask << (UInt64(station) * perStation)
    }
    let others = selected & ~(1 << UInt16(number))
    if others != 0 {
      messages[message].packet.stations = others
      sendPacket(message, ready: commandEnd &+ networkLead)
    }
    if selected & (1 << UInt16(number)) != 0 {
      events.insert(.processors, at: commandEnd &+ UInt64(profile.interruptRaise), index: message)
    } else {
      freeMessage(message)
    }
  }

  /// The owner's line on a station's bus: the home takes it, the requester takes it, or both do.
  func spreadOwnerData(_ index: Int, slot: UInt64, end: UInt64) {
    let packet = messages[index].packet
    let forRequester = !isDeviceRequest(packet) && stationNumber(of: packet.requester) == number
    let forHome = home(of: packet.address) == number
    if forRequester { events.insert(.processors, at: end, index: forHome ? copyMessage(index) : index) }
    if forHome { events.insert(.home, at: slot, index: index) }
  }

  /// The line was asked for by a device, which is always at its home.
  func isDeviceRequest(_ packet: Packet) -> Bool { packet.requester == Station.deviceRequester }
  static var deviceRequester: UInt8 { 255 }
}
