/// What a home of NUMAchine's protocol is told about its lines: by broadcasts that come back, by owners that
/// were asked, by whoever writes back.
extension NUMAchineProtocol {
  /// The home's own broadcast has come back: no copy is left that its writer could have been seen behind.
  func takeReturnedInvalidation(_ address: UInt64, at time: UInt64, in station: Station) {
    let entry = station.memory.homeEntry(address)
    guard let request = locked(entry, in: station, { $0.lock == .awaitsInvalidation })?.request else { return }
    let requester = ownProcessors(request, in: station)
    let locals = entry.pointee.processors & ~requester
    let keepsCopy =
      entry.pointee.processors & requester != 0 && (request.kind == .upgrade || request.kind == .conditionalUpgrade)
    unlockLine(entry)
    // At once, as in every other station: what the home still has to send would come too late for a reader
    // who learns of the write elsewhere.
    snoopAll(address, locals, in: station)
    if request.kind == .deviceWrite { return storeDeviceLine(request, entry, at: time, in: station) }
    setHome(entry, address, exclusiveTo: request, in: station)
    guard isLocal(request, in: station) else { return }
    let flags = LineState.dirtyExclusive.rawValue
    if keepsCopy {
      answer(.grant, request, flags: flags, ready: station.lookUp(address, at: time), in: station)
    } else {
      answer(.data, request, flags: flags, ready: station.readMemory(address, at: time).data, in: station)
    }
  }

  /// The asked processor of this station has been snooped.
  func takeLocalAnswer(_ index: Int, at time: UInt64, in station: Station) {
    station.commandTicks = UInt64(station.profile.busCommand)
    let question = station.messages[index].packet
    let entry = station.memory.homeEntry(question.address)
    guard let request = locked(entry, in: station, { $0.lock == .awaitsLocal })?.request else { return }
    let owner = question.processors.trailingZeroBitCount - station.firstProcessor
    guard station.faults.holds(0..<station.processors.count ~= owner, "a processor is asked that is not here") else {
      return
    }
    let held = snoop(owner, question.address, invalidate: question.kind == .interveneExclusive, in: station)
    guard held == .cleanExclusive || held == .dirtyExclusive else {
      // It has written the line back, or dropped it clean: memory is valid.
      let isTold =
        question.kind == .intervene
        && (held == .shared || station.processors[owner].retainsLink(line: question.address))
      setHome(
        entry, question.address, .localValid, processors: isTold ? 1 << UInt8(owner) : 0, stations: 0, in: station)
      unlockLine(entry)
      return serve(request, at: time, in: station)
    }
    let message = station.makeMessage(.ownerData, question.address, requester: request.requester)
    station.messages[message].packet.flags = fillState(request).rawValue
    station.setData(message, from: station.processors[owner], question.address)
    let slot = station.bookBus(earliest: time &+ UInt64(station.profile.intervention), length: station.lineTransfer)
    if isLocal(request, in: station) {
      station.events.insert(.processors, at: slot &+ UInt64(station.lineTransfer), index: station.copyMessage(message))
    } else if request.kind != .deviceWrite {
      station.messages[message].packet.stations = ownStations(request, in: station)
      station.sendPacket(message, ready: slot &+ station.answerLead)
    }
    station.events.insert(.home, at: slot, index: message)
  }

  /// The owner's line has come, from a processor of this station or from another station; the requester has
  /// it too.
  func takeOwnerDataAtHome(_ index: Int, at time: UInt64, in station: Station) {
    let answer = station.messages[index].packet
    let address = answer.address
    let entry = station.memory.homeEntry(address)
    let source = Int(answer.source)
    guard
      let transaction = locked(
        entry, in: station,
        {
          $0.lock == .awaitsLocal && source == station.number || $0.lock == .awaitsOwner && source == Int($0.owner)
        })
    else { return }
    let request = transaction.request
    station.writeLine(address, station.line(index), at: time)
    unlockLine(entry)
    guard request.kind != .deviceWrite else { return storeDeviceLine(request, entry, at: time, in: station) }
    guard request.kind == .read else { return setHome(entry, address, exclusiveTo: request, in: station) }
    let requester = ownProcessors(request, in: station)
    if transaction.lock == .awaitsLocal {
      let owner: UInt8 = 1 << transaction.owner
      setHome(
        entry, address, requester != 0 ? .localValid : .globalValid, processors: owner | requester,
        stations: ownStations(request, in: station), in: station)
    } else {
      setHome(
        entry, address, .globalValid, processors: requester,
        stations: station.network.topology.routingMask(
          of: 1 << UInt16(transaction.owner) | ownStations(request, in: station)), in: station)
    }
  }

  func takeNotFoundAtHome(_ packet: Packet, at time: UInt64, in station: Station) {
    let entry = station.memory.homeEntry(packet.address)
    guard
      let transaction = locked(
        entry, in: station, { $0.lock == .awaitsOwner && $0.owner == packet.source })
    else { return }
    let owner: UInt16 = 1 << UInt16(transaction.owner)
    if packet.flags & Packet.busy != 0 { return sendQuestion(transaction.request, to: owner, at: time, in: station) }
    let isShared = transaction.stillShared || packet.flags & Packet.linkRetained != 0
    setHome(
      entry, packet.address, isShared ? .globalValid : .localValid, processors: 0, stations: isShared ? owner : 0,
      in: station)
    unlockLine(entry)
    serve(transaction.request, at: time, in: station)
  }

  func takeWriteBackAtHome(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let entry = station.memory.homeEntry(packet.address)
    if packet.requester == Station.bookkeeping {
      // A processor of this station: memory has had the line since it left the cache; this is the time that
      // it takes.
      station.count(.memoryWrites)
      return _ = station.occupyBank(packet.address, at: time, ticks: station.profile.directory + station.profile.dram)
    }
    let source: UInt16 = 1 << UInt16(packet.source)
    let isOwners = entry.pointee.state == .globalInvalid && entry.pointee.stations == source
    guard station.faults.holds(isOwners, "a write-back from a station that does not own the line") else { return }
    station.writeLine(packet.address, station.line(index), at: time)
    let isShared = packet.flags & Packet.stillShared != 0
    if entry.pointee.lock == 0 {
      return setHome(
        entry, packet.address, isShared ? .globalValid : .localValid, processors: 0, stations: isShared ? source : 0,
        in: station)
    }
    let lock = Int(entry.pointee.lock) - 1
    let isAwaited = lockedLines[lock].lock == .awaitsOwner
    guard station.faults.holds(isAwaited, "a write-back of a line that is not its owner's") else { return }
    lockedLines[lock].hasWriteBack = true
    lockedLines[lock].stillShared = isShared
  }

  /// A processor of this station gives up a dirty line of this station's memory, which has it from now; the
  /// time on the bus comes later.
  ///
  /// - Parameter keepers: the processor, if it keeps a copy.
  func storeVictim(_ address: UInt64, from record: UnsafeRawPointer, _ local: Int, keepers: UInt8, in station: Station)
  {
    let entry = station.memory.homeEntry(address)
    let isOwners = entry.pointee.state == .localInvalid && entry.pointee.processors == 1 << UInt8(local)
    guard station.faults.holds(isOwners, "a write-back from a processor that does not own the line") else { return }
    station.memory.storeLine(address, from: record)
    if entry.pointee.lock == 0 { setHome(entry, address, .localValid, processors: keepers, stations: 0, in: station) }
  }

  func storeDeviceLine(
    _ request: HomeRequest, _ entry: UnsafeMutablePointer<HomeEntry>, at time: UInt64, after told: UInt64 = 0,
    wasTaken: Bool = true, in station: Station
  ) {
    let index = Int(request.message)
    setHome(entry, request.address, .localValid, processors: 0, stations: 0, in: station)
    station.occupyForWrite(request.address, at: time)
    station.memory.storeDeviceLine(request.address, data: station.line(index), wasTaken: wasTaken)
    station.events.insert(
      .transfer,
      at: max(told, time &+ UInt64(station.profile.busCommand + station.profile.directory + station.profile.dram)),
      index: 0)
    station.freeMessage(index)
  }
}
