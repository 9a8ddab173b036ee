/// This station's memory and directory: a flat, blocking directory protocol.
///
/// The home serves one request for a line at a time. While copies are invalidated or the owner is asked, the
/// line is locked and later requests wait in order of arrival, so none starves. A writer goes on only when
/// every copy has been invalidated, which the home knows from the answers: memory is sequentially consistent.
extension FlatProtocol {
  /// A message has its slot on the home's bus.
  func decide(_ index: Int, at time: UInt64, in station: Station) {
    station.commandTicks =
      station.isPlain && Int(station.messages[index].packet.source) != station.number
      ? 0 : UInt64(station.profile.busCommand)
    switch station.messages[index].packet.kind {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .deviceWrite:
      let entry = station.memory.entry(station.messages[index].packet.address)
      if entry.pointee.lock != 0 {
        wait(index, for: Int(entry.pointee.lock) - 1, in: station)
      } else {
        serve(index, at: time, in: station)
      }
      return
    case .writeBack: takeWriteBack(index, at: time, in: station)
    case .invalidated:
      acknowledge(
        line: station.messages[index].packet.address, from: Int(station.messages[index].packet.source), at: time,
        in: station)
    case .ownerData: takeOwnerData(index, at: time, in: station)
    case .notFound: takeNotFound(index, at: time, in: station)
    default: station.faults.note("a \(station.messages[index].packet.kind) message is not for a home")
    }
    station.freeMessage(index)
  }

  private func serve(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let entry = station.memory.entry(packet.address)
    let requester: UInt64 = station.isDeviceRequest(packet) ? 0 : 1 << UInt64(packet.requester)
    let others = entry.pointee.holders & ~requester
    let decision = FlatDecision.of(
      packet.kind, entry.pointee.state, isHolder: entry.pointee.holders & requester != 0, hasOthers: others != 0)
    switch decision {
    case .grant:
      setDirectory(packet.address, .exclusive, entry.pointee.holders, in: station)
      respond(index, .grant, ready: station.lookUp(packet.address, at: time), in: station)
    case .refuse: respond(index, .refuse, ready: station.lookUp(packet.address, at: time), in: station)
    case .invalidateCopies: invalidateCopies(index, others, at: time, in: station)
    case .askOwner: askOwner(index, others, at: time, in: station)
    case .share:
      entry.pointee.holders |= requester
      respond(index, .data, state: .shared, ready: station.readMemory(packet.address, at: time).data, in: station)
    case .giveToReader:
      let isExclusive = station.profile.readFillsExclusive != 0
      setDirectory(packet.address, isExclusive ? .exclusive : .shared, requester, in: station)
      respond(
        index, .data, state: isExclusive ? .cleanExclusive : .shared,
        ready: station.readMemory(packet.address, at: time).data, in: station)
    case .giveToWriter:
      setDirectory(packet.address, .exclusive, requester, in: station)
      respond(
        index, .data, state: .dirtyExclusive, takesFromNobody: true,
        ready: station.readMemory(packet.address, at: time).data, in: station)
    case .storeDeviceLine: storeDeviceLine(index, wasTaken: false, at: time, in: station)
    }
  }

  private func setDirectory(_ address: UInt64, _ state: DirectoryEntry.State, _ holders: UInt64, in station: Station) {
    let entry = station.memory.entry(address)
    if entry.pointee.state != state { station.count(.directoryTransitions) }
    entry.pointee.state = state
    entry.pointee.holders = holders
  }

  // MARK: Answers

  /// Answers a request and forgets it. The memory's output keeps the order of decisions.
  ///
  /// - Parameter takesFromNobody: no processor has lost the line for it.
  private func respond(
    _ index: Int, _ kind: MessageKind, state: LineState = .invalid, takesFromNobody: Bool = false, ready: UInt64,
    in station: Station
  ) {
    let request = station.messages[index].packet
    let answer = station.makeMessage(kind, request.address, requester: request.requester)
    station.messages[answer].packet.flags = state.rawValue | (takesFromNobody ? Packet.takenFromNobody : 0)
    if kind == .data { station.setDataFromMemory(answer, request.address) }
    let target = station.stationNumber(of: request.requester)
    let length = kind == .data ? station.lineTransfer : station.profile.busHeader
    let slot =
      station.isPlain && target != station.number
      ? max(ready, station.moment.pointee.lastOutput)
      : station.bookBus(earliest: max(ready, station.moment.pointee.lastOutput), length: length)
    station.moment.pointee.lastOutput = slot
    if target == station.number {
      station.events.insert(.processors, at: slot &+ UInt64(length), index: answer)
    } else {
      station.messages[answer].packet.stations = 1 << UInt16(target)
      station.sendPacket(answer, ready: slot &+ station.answerLead)
      station.freeMessage(answer)
    }
    station.freeMessage(index)
  }

  /// Puts a question to processors: one slot on the bus, one packet on the ring for all other stations.
  private func ask(
    _ kind: MessageKind, _ request: Packet, processors targets: UInt64, flags: UInt8, ready: UInt64, in station: Station
  ) {
    let message = station.makeMessage(kind, request.address, requester: request.requester)
    station.messages[message].packet.processors = targets
    station.messages[message].packet.flags = flags
    let mask = station.routingMask(of: targets)
    let isLocal = mask & (1 << UInt16(station.number)) != 0
    let length = isLocal ? station.profile.busCommand : station.profile.busHeader
    let slot =
      station.isPlain && !isLocal
      ? max(ready, station.moment.pointee.lastOutput)
      : station.bookBus(earliest: max(ready, station.moment.pointee.lastOutput), length: length)
    station.moment.pointee.lastOutput = slot
    station.messages[message].packet.stations = mask & ~(1 << UInt16(station.number))
    if station.messages[message].packet.stations != 0 {
      station.sendPacket(message, ready: slot &+ station.answerLead)
    }
    if isLocal {
      station.events.insert(.processors, at: slot &+ UInt64(length), index: message)
    } else {
      station.freeMessage(message)
    }
  }

  // MARK: Transactions

  private func lock(_ index: Int, in station: Station) -> Int? {
    for candidate in 0..<transactions.count where transactions[candidate].isFree {
      var transaction = HomeTransaction()
      transaction.isFree = false
      transaction.address = station.messages[index].packet.address
      transaction.request = Int32(index)
      transactions[candidate] = transaction
      station.memory.entry(transaction.address).pointee.lock = UInt8(candidate + 1)
      return candidate
    }
    station.faults.note("a home has no room for another transaction")
    return nil
  }

  private func wait(_ index: Int, for transaction: Int, in station: Station) {
    station.count(.directoryWaits)
    station.messages[index].next = -1
    if transactions[transaction].firstWaiting < 0 {
      transactions[transaction].firstWaiting = Int32(index)
    } else {
      station.messages[Int(transactions[transaction].lastWaiting)].next = Int32(index)
    }
    transactions[transaction].lastWaiting = Int32(index)
  }

  /// Ends a transaction; those that waited are served in order, until one of them locks the line again.
  private func unlock(_ transaction: Int, at time: UInt64, in station: Station) {
    let address = transactions[transaction].address
    var next = Int(transactions[transaction].firstWaiting)
    transactions[transaction].isFree = true
    station.memory.entry(address).pointee.lock = 0
    while next >= 0 {
      let following = Int(station.messages[next].next)
      station.messages[next].next = -1
      serve(next, at: time, in: station)
      let lock = Int(station.memory.entry(address).pointee.lock)
      if lock != 0 {
        var waiting = following
        while waiting >= 0 {
          let after = Int(station.messages[waiting].next)
          wait(waiting, for: lock - 1, in: station)
          waiting = after
        }
        return
      }
      next = following
    }
  }

  /// The transaction that has a line locked and waits for an answer of the kind that has come.
  ///
  /// - Returns: nil where there is none, and a rule is broken.
  private func transaction(
    of address: UInt64, in station: Station, _ isAwaited: (HomeTransaction) -> Bool
  ) -> Int? {
    let transaction = Int(station.memory.entry(address).pointee.lock) - 1
    let isThere = transaction >= 0 && isAwaited(transactions[transaction])
    return station.faults.holds(isThere, "an answer to something that the home has not asked") ? transaction : nil
  }

  /// Whether a message is of the station whose processor a home has asked.
  private func isOwners(_ packet: Packet, _ transaction: HomeTransaction, in station: Station) -> Bool {
    transaction.awaitsAnswer && station.stationNumber(of: transaction.owner) == Int(packet.source)
  }

  private func invalidateCopies(_ index: Int, _ copies: UInt64, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    station.count(.invalidationsSent)
    station.count(.linesInvalidated, UInt64(copies.nonzeroBitCount))
    guard let transaction = lock(index, in: station) else { return }
    transactions[transaction].awaitedStations = station.routingMask(of: copies)
    let holders = station.memory.entry(packet.address).pointee.holders
    let needsData =
      packet.kind == .readExclusive || (packet.kind == .upgrade && holders & (1 << UInt64(packet.requester)) == 0)
    let ready = station.lookUp(packet.address, at: time)
    if needsData { transactions[transaction].dataReady = station.readMemory(packet.address, at: time).data }
    ask(.invalidate, packet, processors: copies, flags: 0, ready: ready, in: station)
  }

  /// All processors of a station have invalidated their copies.
  func acknowledge(line address: UInt64, from sender: Int, at time: UInt64, in station: Station) {
    guard
      let transaction = transaction(
        of: address, in: station, { $0.awaitedStations & 1 << UInt16(sender) != 0 })
    else { return }
    transactions[transaction].awaitedStations &= ~(1 << UInt16(sender))
    guard transactions[transaction].awaitedStations == 0 else { return }
    let index = Int(transactions[transaction].request)
    let packet = station.messages[index].packet
    if station.isDeviceRequest(packet) {
      storeDeviceLine(index, wasTaken: true, at: time, in: station)
    } else {
      let ready = max(station.lookUp(address, at: time), transactions[transaction].dataReady)
      let isGrant = transactions[transaction].dataReady == 0
      setDirectory(address, .exclusive, 1 << UInt64(packet.requester), in: station)
      respond(index, isGrant ? .grant : .data, state: .dirtyExclusive, ready: ready, in: station)
    }
    unlock(transaction, at: time, in: station)
  }

  private func askOwner(_ index: Int, _ owner: UInt64, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    station.count(.interventionsSent)
    guard let transaction = lock(index, in: station) else { return }
    transactions[transaction].owner = UInt8(owner.trailingZeroBitCount)
    transactions[transaction].awaitsAnswer = true
    let isRead = packet.kind == .read
    let state: LineState = isRead ? .shared : .dirtyExclusive
    ask(
      isRead ? .intervene : .interveneExclusive, packet, processors: owner, flags: state.rawValue,
      ready: station.lookUp(packet.address, at: time), in: station)
  }

  private func takeOwnerData(_ index: Int, at time: UInt64, in station: Station) {
    let answer = station.messages[index].packet
    let address = answer.address
    guard let transaction = transaction(of: address, in: station, { isOwners(answer, $0, in: station) }) else {
      return
    }
    let request = Int(transactions[transaction].request)
    let packet = station.messages[request].packet
    let entry = station.memory.entry(address)
    station.writeLine(address, station.line(index), at: time)
    if station.isDeviceRequest(packet) {
      storeDeviceLine(request, wasTaken: true, at: time, in: station)
    } else {
      let requester: UInt64 = 1 << UInt64(packet.requester)
      let isRead = packet.kind == .read
      setDirectory(
        address, isRead ? .shared : .exclusive, isRead ? entry.pointee.holders | requester : requester, in: station)
      station.freeMessage(request)
    }
    unlock(transaction, at: time, in: station)
  }

  private func takeNotFound(_ index: Int, at time: UInt64, in station: Station) {
    let answer = station.messages[index].packet
    guard let transaction = transaction(of: answer.address, in: station, { isOwners(answer, $0, in: station) }) else {
      return
    }
    transactions[transaction].awaitsAnswer = false
    if answer.flags & Packet.writeBackComing != 0, !transactions[transaction].hasWriteBack {
      transactions[transaction].awaitsWriteBack = true
    } else {
      let isLinked = answer.flags & Packet.linkRetained != 0
      serveWithoutOwner(
        transaction, sharer: isLinked ? 1 << UInt64(transactions[transaction].owner) : 0, at: time, in: station)
    }
  }

  private func takeWriteBack(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let entry = station.memory.entry(packet.address)
    let isOwners = entry.pointee.state == .exclusive && entry.pointee.holders == 1 << UInt64(packet.requester)
    guard station.faults.holds(isOwners, "a write-back from a processor that does not own the line") else { return }
    station.writeLine(packet.address, station.line(index), at: time)
    let isShared = packet.flags & Packet.stillShared != 0
    if entry.pointee.lock == 0 {
      return setDirectory(
        packet.address, isShared ? .shared : .uncached, isShared ? entry.pointee.holders : 0, in: station)
    }
    let transaction = Int(entry.pointee.lock) - 1
    transactions[transaction].hasWriteBack = true
    guard transactions[transaction].awaitsWriteBack else { return }
    // A question by a writer has taken the copy.
    let isRead = station.messages[Int(transactions[transaction].request)].packet.kind == .read
    serveWithoutOwner(transaction, sharer: isShared && isRead ? entry.pointee.holders : 0, at: time, in: station)
  }

  /// The owner has nothing (any more): memory is valid, and the request is served as if nobody had held the
  /// line, or, where the owner still has a link to it, as if it shared it.
  private func serveWithoutOwner(_ transaction: Int, sharer: UInt64 = 0, at time: UInt64, in station: Station) {
    let index = Int(transactions[transaction].request)
    setDirectory(transactions[transaction].address, sharer == 0 ? .uncached : .shared, sharer, in: station)
    serve(index, at: time, in: station)
    unlock(transaction, at: time, in: station)
  }

  private func storeDeviceLine(_ index: Int, wasTaken: Bool, at time: UInt64, in station: Station) {
    let address = station.messages[index].packet.address
    setDirectory(address, .uncached, 0, in: station)
    station.occupyForWrite(address, at: time)
    station.memory.storeDeviceLine(address, data: station.line(index), wasTaken: wasTaken)
    station.events.insert(
      .transfer, at: time &+ UInt64(station.profile.busCommand + station.profile.directory + station.profile.dram),
      index: 0)
    station.freeMessage(index)
  }
}
