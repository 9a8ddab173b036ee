/// The local window: what its registers answer and do.
extension Station {
  /// A processor's uncached access has been on the bus in full.
  func accessDevice(_ local: Int, at time: UInt64) {
    let request = processors[local].request
    let offset = request.address &- LocalWindow.base
    if request.kind == .uncachedWrite {
      store(request.value, at: offset, local, time: time)
      return events.insert(.answer, at: time, index: local)
    }
    if offset == LocalWindow.idle {
      cards[local].answer = 0
      if processors[local].interruptPending {
        answerRead(local, at: time)
      } else {
        cards[local].isIdle = true
      }
      return
    }
    cards[local].answer = load(offset, local, time: time)
    answerRead(local, at: time)
  }

  /// The register's value goes back over the bus.
  private func answerRead(_ local: Int, at time: UInt64) {
    let length = profile.busHeader + profile.busBeat
    let slot = bookBus(earliest: time &+ UInt64(profile.device), length: length)
    events.insert(.answer, at: slot &+ UInt64(length), index: local)
  }

  func answer(_ local: Int, at time: UInt64) {
    cards[local].isIssued = false
    let processor = processors[local]
    if cards[local].isBusError {
      cards[local].isBusError = false
      return processor.busError(resumeAt: time)
    }
    if processor.request.kind == .giveUp { return processor.finishGivingUp(resumeAt: time) }
    let isRead = processor.request.kind == .uncachedRead
    let resume =
      isRead ? time &+ UInt64(max(0, profile.restart - profile.loadDelayCycles * profile.processorCycle)) : time
    processor.answerUncached(value: cards[local].answer, resumeAt: resume)
  }

  /// Idle processors that an interrupt can wake by now go on.
  func wakeIdle(at time: UInt64) {
    for local in 0..<processors.count
    where cards[local].isIdle && (processors[local].interruptPending || processors[local].nextTimer <= time) {
      cards[local].isIdle = false
      answerRead(local, at: time)
    }
  }

  func setLine(_ line: Int, _ level: Bool, _ local: Int, at time: UInt64) {
    processors[local].setInterruptLine(line, level)
    if level { wakeIdle(at: time) }
  }

  func raiseHostLine(at time: UInt64) { setLine(LocalWindow.hostLine, host.interrupts, 0, at: time) }

  private func load(_ offset: UInt64, _ local: Int, time: UInt64) -> UInt64 {
    switch offset {
    case LocalWindow.processor: return UInt64(firstProcessor + local)
    case LocalWindow.station: return UInt64(number)
    case LocalWindow.stations: return UInt64(stations)
    case LocalWindow.processorsPerStation: return UInt64(profile.processorsPerStation)
    case LocalWindow.memory: return UInt64(profile.memoryBytes)
    case LocalWindow.interrupts:
      let bits = cards[local].interrupts
      cards[local].interrupts = 0
      setLine(LocalWindow.crossProcessorLine, false, local, at: time)
      return bits
    case LocalWindow.clock: return time / UInt64(profile.processorCycle)
    case LocalWindow.frequency: return UInt64(profile.ticksPerSecond / profile.processorCycle)
    case LocalWindow.hostStatus: return host.status
    case LocalWindow.hostLength: return host.length
    case LocalWindow.monitor:
      let counted = processors[local].counted(by: time)
      let index = Int(offset - LocalWindow.monitor.lowerBound) >> 3
      return index < counted.count ? counted[index] : 0
    case LocalWindow.monitorStation:
      let index = Int(offset - LocalWindow.monitorStation.lowerBound) >> 3
      return index < StationCounter.allCases.count ? stationCounters[index] : 0
    default: return 0
    }
  }

  private func store(_ value: UInt64, at offset: UInt64, _ local: Int, time: UInt64) {
    let processor = UInt8(firstProcessor + local)
    switch offset {
    case LocalWindow.hostTransfer:
      let isOurs =
        home(of: value) == number && isMemory(value)
        && Int(value & 0xFFFF_FFFF) + Int(host.length) <= profile.memoryBytes
      if isOurs, value & UInt64(profile.secondaryLineBytes - 1) == 0, host.startTransfer(to: value) {
        continueTransfer(at: time)
      }
      raiseHostLine(at: time)
    case LocalWindow.hostPop:
      host.pop()
      raiseHostLine(at: time)
    case LocalWindow.hostEvent: host.event(value, processor: processor, time: time)
    case LocalWindow.hostStream: host.select(value, processor: local)
    case LocalWindow.hostOutput:
      host.write(
        value, count: Int(offset - LocalWindow.hostOutput.lowerBound) / 8 + 1, local: local, processor: processor,
        time: time)
    case LocalWindow.software:
      let index = StationCounter.programsStarted.rawValue + Int(offset - LocalWindow.software.lowerBound) / 8
      stationCounters[index] &+= value
    default: break
    }
  }

  /// The next line of the host port's transfer goes to memory, as a write that the home makes known to
  /// whoever holds the line.
  func continueTransfer(at time: UInt64) {
    let message = makeMessage(.deviceWrite, 0, requester: Station.deviceRequester)
    guard
      let address = host.nextLine(
        into: UnsafeMutableRawBufferPointer(start: line(message), count: profile.secondaryLineBytes))
    else {
      freeMessage(message)
      return raiseHostLine(at: time)
    }
    messages[message].packet.address = address
    messages[message].packet.dataBytes = UInt16(profile.secondaryLineBytes)
    messages[message].packet.value = time
    let slot = bookBus(earliest: time &+ UInt64(profile.busCommand), length: lineTransfer)
    events.insert(.home, at: slot, index: message)
  }
}
