/// The home of NUMAchine's protocol: this station's memory with the first level of the directory.
///
/// The home never makes a request wait: one that finds its line locked is refused and comes again. A line is
/// locked while something that the home has sent for it is on its way: a broadcast invalidation, a question
/// to the owner's station, or one to a processor of this station.
extension NUMAchineProtocol {
  /// A message has its slot on the home's bus.
  func decide(_ index: Int, at time: UInt64, in station: Station) {
    station.commandTicks = UInt64(station.profile.busCommand)
    let packet = station.messages[index].packet
    switch packet.kind {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .deviceWrite:
      var request = HomeRequest()
      request.address = packet.address
      request.kind = packet.kind
      request.requester = packet.requester
      request.retries = packet.retries
      request.issued = packet.value
      if packet.kind == .deviceWrite { request.message = Int32(index) } else { station.freeMessage(index) }
      return take(request, at: time, in: station)
    case .writeBack: takeWriteBackAtHome(index, at: time, in: station)
    case .invalidate: takeReturnedInvalidation(packet.address, at: time, in: station)
    case .ownerData: takeOwnerDataAtHome(index, at: time, in: station)
    case .notFound: takeNotFoundAtHome(packet, at: time, in: station)
    default: station.faults.note("a \(packet.kind) message is not for a home")
    }
    station.freeMessage(index)
  }

  private func take(_ request: HomeRequest, at time: UInt64, in station: Station) {
    let entry = station.memory.homeEntry(request.address)
    let bank = station.memory.bank(request.address)
    if entry.pointee.lock != 0 || reservations[bank].excludes(request) { return refuse(request, at: time, in: station) }
    reservations[bank].serve(request)
    serve(request, at: time, in: station)
  }

  /// The line is locked, or kept for somebody else: the requester has to ask again.
  private func refuse(_ request: HomeRequest, at time: UInt64, in station: Station) {
    station.count(.refusals)
    reservations[station.memory.bank(request.address)].refuse(request)
    let again = time &+ UInt64(station.profile.busCommand + station.profile.retryTurnaround)
    if request.requester == Station.deviceRequester {
      let index = Int(request.message)
      station.messages[index].packet.retries = request.retries &+ (request.retries < .max ? 1 : 0)
      station.events.insert(.home, at: station.bookBus(earliest: again, length: station.lineTransfer), index: index)
    } else if isLocal(request, in: station) {
      refuseLocally(Int(request.requester) - station.firstProcessor, again: again, in: station)
    } else {
      answer(.retry, request, ready: station.lookUp(request.address, at: time), in: station)
    }
  }

  /// Serves a request on a line that is not locked.
  func serve(_ request: HomeRequest, at time: UInt64, in station: Station) {
    let entry = station.memory.homeEntry(request.address)
    let holding = holding(of: request, entry, in: station)
    let others = entry.pointee.stations & ~ownStations(request, in: station)
    let locals = entry.pointee.processors & ~ownProcessors(request, in: station)
    switch HomeDecision.of(request.kind, entry.pointee.state, holding, hasOthers: others != 0) {
    case .refuse: answer(.refuse, request, ready: station.lookUp(request.address, at: time), in: station)
    case .retry: refuse(request, at: time, in: station)
    case .forgetOwner:
      setHome(entry, request.address, .localValid, processors: 0, stations: 0, in: station)
      serve(request, at: time, in: station)
    case .askLocalOwner: askLocalOwner(request, entry, at: time, in: station)
    case .askOwnersStation:
      if holding == .yes { station.count(.falseRemotes) }
      askOwnersStation(request, entry, at: time, in: station)
    case .share: serveRead(request, entry, at: time, in: station)
    case .grant:
      let ready = station.lookUp(request.address, at: time)
      invalidateLocals(request.address, locals, ready: ready, in: station)
      setHome(entry, request.address, exclusiveTo: request, in: station)
      answer(.grant, request, flags: LineState.dirtyExclusive.rawValue, ready: ready, in: station)
    case .broadcast: broadcastInvalidation(request, entry, dataFollows: false, at: time, in: station)
    case .broadcastAndGive: broadcastInvalidation(request, entry, dataFollows: true, at: time, in: station)
    case .giveToWriter:
      let (directory, data) = station.readMemory(request.address, at: time)
      invalidateLocals(request.address, locals, ready: directory, in: station)
      let takesFromNobody = locals == 0 && entry.pointee.stations == 0
      setHome(entry, request.address, exclusiveTo: request, in: station)
      let flags = LineState.dirtyExclusive.rawValue | (takesFromNobody ? Packet.takenFromNobody : 0)
      answer(.data, request, flags: flags, ready: data, in: station)
    case .storeDeviceLine:
      let told = invalidateLocals(
        request.address, locals, ready: station.lookUp(request.address, at: time), in: station)
      storeDeviceLine(request, entry, at: time, after: told, wasTaken: locals != 0, in: station)
    }
  }

  private func holding(
    of request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, in station: Station
  ) -> HomeDecision.Holding {
    let own = ownStations(request, in: station)
    let requester = ownProcessors(request, in: station)
    switch entry.pointee.state {
    case .localInvalid: return entry.pointee.processors == requester ? .yes : .no
    case .globalInvalid: return entry.pointee.stations == own ? .yes : .no
    case .localValid, .globalValid:
      if requester != 0 { return entry.pointee.processors & requester != 0 ? .yes : .no }
      guard entry.pointee.stations & own != 0 else { return .no }
      return station.network.topology.isExact(entry.pointee.stations) ? .yes : .maybe
    }
  }

  private func serveRead(
    _ request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, at time: UInt64, in station: Station
  ) {
    let requester = ownProcessors(request, in: station)
    let isUnheld = entry.pointee.state == .localValid && entry.pointee.processors & ~requester == 0
    var state = LineState.shared
    if isUnheld, station.profile.readFillsExclusive != 0 {
      setHome(entry, request.address, exclusiveTo: request, in: station)
      state = .cleanExclusive
    } else if requester != 0 {
      setHome(
        entry, request.address, entry.pointee.state, processors: entry.pointee.processors | requester,
        stations: entry.pointee.stations, in: station)
    } else {
      setHome(
        entry, request.address, .globalValid, processors: entry.pointee.processors,
        stations: station.network.topology.routingMask(of: entry.pointee.stations | ownStations(request, in: station)),
        in: station)
    }
    answer(
      .data, request, flags: state.rawValue, ready: station.readMemory(request.address, at: time).data, in: station)
  }

  // MARK: Questions

  /// Other stations have copies: one sequenced packet tells them all, the requester and this home.
  private func broadcastInvalidation(
    _ request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, dataFollows: Bool, at time: UInt64,
    in station: Station
  ) {
    guard lockLine(entry, request, .awaitsInvalidation) != nil else { return refuse(request, at: time, in: station) }
    let targets = station.network.topology.routingMask(
      of: entry.pointee.stations | ownStations(request, in: station) | 1 << UInt16(station.number))
    station.count(.invalidationsSent)
    station.count(.linesInvalidated, UInt64(targets.nonzeroBitCount))
    let needsData = dataFollows && request.kind != .deviceWrite && !isLocal(request, in: station)
    let directory: UInt64
    var data: UInt64 = 0
    if needsData {
      (directory, data) = station.readMemory(request.address, at: time)
    } else {
      directory = station.lookUp(request.address, at: time)
    }
    let message = station.makeMessage(.invalidate, request.address, requester: request.requester)
    station.messages[message].packet.isSequenced = true
    station.messages[message].packet.flags = dataFollows ? Packet.dataFollows : 0
    station.messages[message].packet.stations = targets
    let slot = bookOutput(ready: directory, length: station.profile.busHeader, in: station)
    station.sendPacket(message, ready: slot &+ station.answerLead)
    station.freeMessage(message)
    if needsData {
      answer(
        .data, request, flags: LineState.dirtyExclusive.rawValue | Packet.awaitInvalidation, ready: data, in: station)
    }
  }

  private func askLocalOwner(
    _ request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, at time: UInt64, in station: Station
  ) {
    guard let lock = lockLine(entry, request, .awaitsLocal) else { return refuse(request, at: time, in: station) }
    station.count(.interventionsSent)
    lockedLines[lock].owner = UInt8(entry.pointee.processors.trailingZeroBitCount)
    let message = station.makeMessage(
      request.kind == .read ? .intervene : .interveneExclusive, request.address, requester: request.requester)
    station.messages[message].packet.processors = UInt64(entry.pointee.processors) << UInt64(station.firstProcessor)
    let slot = bookOutput(
      ready: station.lookUp(request.address, at: time), length: station.profile.busCommand, in: station)
    station.events.insert(.processors, at: slot &+ UInt64(station.profile.busCommand), index: message)
  }

  private func askOwnersStation(
    _ request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, at time: UInt64, in station: Station
  ) {
    guard let lock = lockLine(entry, request, .awaitsOwner) else { return refuse(request, at: time, in: station) }
    station.count(.interventionsSent)
    lockedLines[lock].owner = UInt8(entry.pointee.stations.trailingZeroBitCount)
    sendQuestion(request, to: entry.pointee.stations, at: time, in: station)
  }

  func sendQuestion(_ request: HomeRequest, to target: UInt16, at time: UInt64, in station: Station) {
    let message = station.makeMessage(
      request.kind == .read ? .intervene : .interveneExclusive, request.address, requester: request.requester)
    station.messages[message].packet.stations = target
    let slot = bookOutput(
      ready: station.lookUp(request.address, at: time), length: station.profile.busHeader, in: station)
    station.sendPacket(message, ready: slot &+ station.answerLead)
    station.freeMessage(message)
  }

  /// Copies of this station's processors go, on a slot of the bus in front of whatever the home sends next.
  ///
  /// - Returns: the tick when they are gone.
  @discardableResult
  private func invalidateLocals(_ address: UInt64, _ locals: UInt8, ready: UInt64, in station: Station) -> UInt64 {
    guard locals != 0 else { return 0 }
    let message = station.makeMessage(.invalidate, address, requester: Station.deviceRequester)
    station.messages[message].packet.processors = UInt64(locals) << UInt64(station.firstProcessor)
    let end =
      bookOutput(ready: ready, length: station.profile.busCommand, in: station) &+ UInt64(station.profile.busCommand)
    station.events.insert(.processors, at: end, index: message)
    return end
  }

  // MARK: Locks and states

  private func lockLine(_ entry: UnsafeMutablePointer<HomeEntry>, _ request: HomeRequest, _ lock: HomeLock) -> Int? {
    for candidate in 0..<lockedLines.count where lockedLines[candidate].lock == .none {
      var transaction = LockedLine()
      transaction.request = request
      transaction.lock = lock
      lockedLines[candidate] = transaction
      entry.pointee.lock = UInt8(candidate + 1)
      return candidate
    }
    return nil
  }

  /// The locked line that waits for an answer of the kind that has come.
  ///
  /// - Returns: nil where there is none, and a rule is broken.
  func locked(
    _ entry: UnsafeMutablePointer<HomeEntry>, in station: Station, _ isAwaited: (LockedLine) -> Bool
  ) -> LockedLine? {
    let lock = Int(entry.pointee.lock) - 1
    let isThere = lock >= 0 && isAwaited(lockedLines[lock])
    return station.faults.holds(isThere, "an answer to something that the home has not asked")
      ? lockedLines[lock] : nil
  }

  func unlockLine(_ entry: UnsafeMutablePointer<HomeEntry>) {
    lockedLines[Int(entry.pointee.lock) - 1].lock = .none
    entry.pointee.lock = 0
  }

  func setHome(
    _ entry: UnsafeMutablePointer<HomeEntry>, _ address: UInt64, _ state: HomeEntry.State, processors: UInt8,
    stations: UInt16, in station: Station
  ) {
    if entry.pointee.state != state { station.count(.directoryTransitions) }
    entry.pointee.state = state
    entry.pointee.processors = processors
    entry.pointee.stations = stations
  }

  /// The requester has the line to itself: LI or GI.
  func setHome(
    _ entry: UnsafeMutablePointer<HomeEntry>, _ address: UInt64, exclusiveTo request: HomeRequest, in station: Station
  ) {
    let requester = ownProcessors(request, in: station)
    setHome(
      entry, address, requester != 0 ? .localInvalid : .globalInvalid, processors: requester,
      stations: ownStations(request, in: station), in: station)
  }

  func isLocal(_ request: HomeRequest, in station: Station) -> Bool { ownProcessors(request, in: station) != 0 }

  /// The requester, if it is one of this station's processors, as a mask.
  func ownProcessors(_ request: HomeRequest, in station: Station) -> UInt8 {
    guard request.requester != Station.deviceRequester, station.stationNumber(of: request.requester) == station.number
    else { return 0 }
    return 1 << UInt8(Int(request.requester) - station.firstProcessor)
  }

  /// The requester's station, if it is another one, as a mask.
  func ownStations(_ request: HomeRequest, in station: Station) -> UInt16 {
    guard request.requester != Station.deviceRequester, station.stationNumber(of: request.requester) != station.number
    else { return 0 }
    return 1 << UInt16(station.stationNumber(of: request.requester))
  }

  func fillState(_ request: HomeRequest) -> LineState { request.kind == .read ? .shared : .dirtyExclusive }

  // MARK: Time

  /// Takes the bus for something that the home sends; what it sends keeps the order of its decisions.
  private func bookOutput(ready: UInt64, length: Int, in station: Station) -> UInt64 {
    let slot = station.bookBus(earliest: max(ready, station.moment.pointee.lastOutput), length: length)
    station.moment.pointee.lastOutput = slot
    return slot
  }

  func answer(_ kind: MessageKind, _ request: HomeRequest, flags: UInt8 = 0, ready: UInt64, in station: Station) {
    let message = station.makeMessage(kind, request.address, requester: request.requester)
    station.messages[message].packet.flags = flags
    station.messages[message].packet.retries = request.retries
    if kind == .data { station.setDataFromMemory(message, request.address) }
    let length = kind == .data ? station.lineTransfer : station.profile.busHeader
    let slot = bookOutput(ready: ready, length: length, in: station)
    if isLocal(request, in: station) {
      // A broadcast may come back before the copy has reached its reader.
      if kind == .data, flags == LineState.shared.rawValue {
        expectFill(Int(request.requester) - station.firstProcessor, request.address, in: station)
      }
      return station.events.insert(.processors, at: slot &+ UInt64(length), index: message)
    }
    station.messages[message].packet.stations = ownStations(request, in: station)
    station.sendPacket(message, ready: slot &+ station.answerLead)
    station.freeMessage(message)
  }
}
