/// NUMAchine's own protocol (`docs/numachine-protocol.md`): a home knows the stations that may have a line,
/// a station's network cache its processors.
///
/// - `NUMAchineProtocol`: its state; a processor's request or its victim goes out.
/// - `-networkCache`, `-networkCacheAnswers`: the request is looked up; what the home answers to it.
/// - `-home`, `-homeAnswers`: this station's memory decides; what it is told then.
/// - `-questions`: what homes of other stations tell and ask this one.
/// - `-arrivals`: the order in which packets get on the bus.
final class NUMAchineProtocol {
  let networkCache: NetworkCache
  let lockedLines: FlatBuffer<LockedLine>
  /// One for each memory bank.
  let reservations: FlatBuffer<Reservation>
  let input: StateValue<Input>

  /// The order of what comes in and of what must not be overtaken.
  struct Input: BitwiseCopyable {
    /// What comes in from the ring and is not sinkable gets on the bus in order.
    var lastNonSinkable: UInt64 = 0
    /// When the last write-back was at the ring interface's output.
    var lastWriteBackReady: UInt64 = 0
    /// The rings have been told that this station's queue is nearly full.
    var isInputHalted = false
  }

  init(_ state: StateSpace, profile: MachineProfile) {
    networkCache = NetworkCache(state.within("network cache"), profile: profile)
    lockedLines = state.buffer("locked lines", count: Station.transactionCount)
    for index in 0..<lockedLines.count { lockedLines[index] = LockedLine() }
    reservations = state.buffer("reservations", count: profile.memoryBanks)
    for index in 0..<reservations.count { reservations[index] = Reservation() }
    input = state.value("input", Input())
  }

  /// The rings order invalidations, and are told of full queues.
  static let packetRules = PacketRules(
    kinds: [.retry, .halt, .resume], sequenced: [.invalidate], asksProcessors: false)

  /// Something that was put off is due.
  func goOn(_ event: Event, in station: Station) {
    switch event.kind {
    case .networkCache: actInNetworkCache(Int(event.index), at: event.time, in: station)
    case .retry: retry(Int(event.index), at: event.time, in: station)
    case .drained: resumeInput(at: event.time, in: station)
    default: station.faults.note("an event of the station's own")
    }
  }

  /// A processor's request, new or after a refusal.
  ///
  /// - Parameters:
  ///   - issue: when it is decided: the network cache is looked up now, and the slot on the bus booked.
  ///   - isAgain: it has been refused before; its victim, if it had one, is gone.
  func issue(
    _ kind: MessageKind, _ local: Int, _ external: ExternalRequest, at issue: UInt64, isAgain: Bool = false,
    in station: Station
  ) {
    guard station.isMemory(external.address) else { return station.refuseAddress(local, external) }
    let earliest = max(issue &+ UInt64(station.profile.issueToBus), station.cards[local].writeBackEnd)
    let slot = station.bookBus(earliest: earliest, length: station.profile.busCommand)
    let commandEnd = slot &+ UInt64(station.profile.busCommand)
    if !isAgain {
      station.cards[local].retries = 0
      station.cards[local].issued = issue
      if external.hasVictim { giveUpVictim(external, local, after: commandEnd, in: station) }
    }
    var request = HomeRequest()
    request.address = external.address
    request.kind = kind
    request.requester = UInt8(station.firstProcessor + local)
    request.retries = station.cards[local].retries
    request.issued = station.cards[local].issued
    guard station.home(of: request.address) != station.number else {
      let message = station.makeMessage(kind, request.address, requester: request.requester)
      station.messages[message].packet.retries = request.retries
      station.messages[message].packet.value = request.issued
      return station.events.insert(.home, at: slot, index: message)
    }
    let frame = networkCache.frame(request.address)
    let entry = networkCache.entry(frame)
    // Here a frame is what a request waits for, whichever line has it now.
    var place = request
    place.address = UInt64(frame)
    let isAsked = entry.pointee.isAsked && entry.pointee.tag == request.address
    guard entry.pointee.lock == .none, !isAsked, !networkCache.reservation.excludes(place) else {
      station.count(.networkCacheRefusals)
      networkCache.reservation.refuse(place)
      return refuseLocally(local, again: commandEnd &+ UInt64(station.profile.retryTurnaround), in: station)
    }
    networkCache.reservation.serve(place)
    if isAgain, station.processors[local].lineState(request.address) == .invalid {
      // The copy that was to be upgraded has been taken away meanwhile.
      if kind == .conditionalUpgrade {
        let message = station.makeMessage(.refuse, request.address, requester: request.requester)
        return station.events.insert(.networkCache, at: commandEnd, index: message)
      }
      if kind == .upgrade { request.kind = .readExclusive }
    }
    serveFromNetworkCache(request, local, entry, issue: issue, commandEnd: commandEnd, in: station)
  }

  /// The processor asks once more, as if its instruction had issued then.
  func refuseLocally(_ local: Int, again time: UInt64, in station: Station) {
    if station.cards[local].retries < .max { station.cards[local].retries &+= 1 }
    station.events.insert(.retry, at: time, index: local)
  }

  func retry(_ local: Int, at time: UInt64, in station: Station) {
    let external = station.processors[local].request
    let kind: MessageKind
    switch external.kind {
    case .read: kind = .read
    case .readExclusive: kind = .readExclusive
    case .upgrade: kind = .upgrade
    case .conditionalUpgrade: kind = .conditionalUpgrade
    default: return station.faults.note("only requests for lines are refused")
    }
    station.count(.retries)
    issue(kind, local, external, at: time, isAgain: true, in: station)
  }

  /// A dirty line makes room, or is written back: whoever keeps it next has it from now; the bus carries it
  /// when it is free.
  func giveUpVictim(_ request: ExternalRequest, _ local: Int, after commandEnd: UInt64, in station: Station) {
    let address = request.victim
    let keepers: UInt8 = request.keepsCopy ? 1 << UInt8(local) : 0
    let dataSlot = station.bookBus(earliest: commandEnd, length: station.lineTransfer)
    station.cards[local].writeBackEnd = dataSlot &+ UInt64(station.lineTransfer)
    if station.home(of: address) == station.number {
      let message = station.makeMessage(.writeBack, address, requester: Station.bookkeeping)
      station.setData(message, from: station.processors[local], address)
      storeVictim(address, from: station.line(message), local, keepers: keepers, in: station)
      station.messages[message].packet.dataBytes = 0
      return station.events.insert(.home, at: dataSlot, index: message)
    }
    if let entry = networkCache.held(address), entry.pointee.state == .localInvalid {
      let isOwners = entry.pointee.processors == 1 << UInt8(local)
      guard station.faults.holds(isOwners, "a write-back from a processor that does not own the line") else { return }
      station.processors[local].copyLine(address, to: networkCache.line(of: address))
      if entry.pointee.lock == .none { setFrame(entry, .localValid, processors: keepers) }
      _ = networkCache.occupy(
        earliest: dataSlot &+ UInt64(station.lineTransfer), ticks: station.profile.networkCacheDRAM)
      return
    }
    let message = station.makeMessage(.writeBack, address, requester: UInt8(station.firstProcessor + local))
    if request.keepsCopy { station.messages[message].packet.flags = Packet.stillShared }
    station.setData(message, from: station.processors[local], address)
    sendWriteBack(message, ready: dataSlot &+ UInt64(station.profile.busHeader) &+ station.networkLead, in: station)
  }

  /// A processor has lost its dirty line by a CACHE operation: what the network cache has of it, which may be
  /// newer than memory's, is all there is.
  func forgetOwner(of address: UInt64, _ local: Int, in station: Station) {
    guard let entry = networkCache.held(address), entry.pointee.state == .localInvalid, entry.pointee.lock == .none
    else { return }
    let isOwners = entry.pointee.processors == 1 << UInt8(local)
    guard station.faults.holds(isOwners, "a processor gives up a line that it does not own") else { return }
    setFrame(entry, .localValid, processors: 0)
  }

  func sendWriteBack(_ message: Int, ready: UInt64, in station: Station) {
    station.messages[message].packet.stations = 1 << UInt16(station.home(of: station.messages[message].packet.address))
    // A later "not found" must not overtake it.
    input.value.lastWriteBackReady = max(input.value.lastWriteBackReady, ready)
    station.sendPacket(message, ready: ready)
    station.freeMessage(message)
  }
}

extension NUMAchineProtocol {
  /// Whether what was restored is what a home and a network cache of this machine can know.
  func isSound(in station: Station) -> Bool {
    let locks = (0..<lockedLines.count).allSatisfy { isSound(lockedLines[$0], number: $0, in: station) }
    return locks && input.value.lastNonSinkable < PacketCheck.lastTick
      && input.value.lastWriteBackReady < PacketCheck.lastTick && networkCache.isSound(in: station)
      && station.memory.homeDirectory.touchedElements { index, entry in
        let owners =
          switch entry.state {
          case .localInvalid: entry.processors.nonzeroBitCount == 1
          case .globalInvalid: entry.stations.nonzeroBitCount == 1
          case .localValid, .globalValid: true
          }
        return owners && entry.processors & ~station.allProcessors == 0
          && !entry.stations.hasOthers(than: station.stations) && Int(entry.lock) <= lockedLines.count
          && (entry.lock == 0
            || lockedLines[Int(entry.lock) - 1].lock != .none
              && lockedLines[Int(entry.lock) - 1].request.address == station.lineAddress(index))
      }
  }

  private func isSound(_ line: LockedLine, number: Int, in station: Station) -> Bool {
    guard line.lock != .none else { return true }
    let request = line.request
    let owners = line.lock == .awaitsLocal ? station.processors.count : station.stations
    return station.isOwnLine(request.address)
      && Int(station.memory.homeEntry(request.address).pointee.lock) == number + 1
      && (line.lock == .awaitsInvalidation || Int(line.owner) < owners)
      && (request.kind == .deviceWrite
        ? request.requester == Station.deviceRequester && station.isMessage(Int(request.message))
        : request.kind.rawValue <= MessageKind.conditionalUpgrade.rawValue
          && Int(request.requester) < station.stations * station.processors.count)
  }
}
