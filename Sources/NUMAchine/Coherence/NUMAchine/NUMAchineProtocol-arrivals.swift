/// What comes in from the ring, in NUMAchine's protocol: two orders of packets, and a limit to what waits
/// for the bus.
extension NUMAchineProtocol {
  /// A packet has come through the ring interface: it takes the next slot on the bus. What its receiver can
  /// always take (*sinkable*) passes what may make it send more, but is never passed by that.
  func arrive(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    let isHome = station.home(of: packet.address) == station.number
    var earliest = time
    var length = station.profile.busCommand
    switch packet.kind {
    case .data, .ownerData, .grant, .refuse, .retry:
      if !isHome { earliest = time &+ UInt64(station.profile.networkFill) }
      length = packet.dataBytes > 0 ? station.lineTransfer : station.profile.busHeader
    case .writeBack: length = station.lineTransfer
    case .invalidate
    where !isHome && packet.requester != Station.deviceRequester
      && station.stationNumber(of: packet.requester) == station.number:
      // To its writer it is an answer.
      earliest = time &+ UInt64(station.profile.networkFill)
      length = station.profile.busHeader
    default: break
    }
    let slot: UInt64
    if packet.kind.isSinkable {
      slot = station.bookBus(earliest: max(earliest, station.moment.pointee.lastInput), length: length)
      station.moment.pointee.lastInput = slot
      station.count(.sinkableWaitTicks, slot &- earliest)
      if slot > time &+ UInt64(station.profile.inputQueue * station.profile.busCommand), !input.value.isInputHalted {
        haltInput(at: time, in: station)
      }
    } else {
      slot = station.bookBus(
        earliest: max(earliest, station.moment.pointee.lastInput, input.value.lastNonSinkable), length: length)
      input.value.lastNonSinkable = slot
      station.count(.nonSinkableWaitTicks, slot &- earliest)
    }
    let end = slot &+ UInt64(length)
    if packet.kind == .interrupt {
      station.events.insert(.processors, at: end &+ UInt64(station.profile.interruptRaise), index: index)
    } else if packet.kind == .ownerData && isHome {
      station.spreadOwnerData(index, slot: slot, end: end)
    } else if isHome {
      station.events.insert(.home, at: slot, index: index)
    } else {
      station.events.insert(.processors, at: end, index: index)
    }
  }

  // MARK: Flow control

  /// What comes in is nearly more than the queue holds: the sequencing points hold back invalidations for
  /// this station. All else that can come is bounded by the requests that there are.
  private func haltInput(at time: UInt64, in station: Station) {
    station.count(.ringHalts)
    input.value.isInputHalted = true
    signalRings(.halt, at: time, in: station)
    station.events.insert(.drained, at: station.moment.pointee.lastInput &- halfQueue(of: station), index: 0)
  }

  func resumeInput(at time: UInt64, in station: Station) {
    if station.moment.pointee.lastInput > time &+ halfQueue(of: station) {
      return station.events.insert(.drained, at: station.moment.pointee.lastInput &- halfQueue(of: station), index: 0)
    }
    input.value.isInputHalted = false
    signalRings(.resume, at: time, in: station)
  }

  private func signalRings(_ kind: MessageKind, at time: UInt64, in station: Station) {
    let message = station.makeMessage(kind, 0, requester: Station.deviceRequester)
    station.sendPacket(message, ready: time &+ UInt64(station.profile.retryTurnaround + station.profile.ringOut))
    station.freeMessage(message)
  }

  private func halfQueue(of station: Station) -> UInt64 {
    UInt64(station.profile.inputQueue * station.profile.busCommand / 2)
  }
}
