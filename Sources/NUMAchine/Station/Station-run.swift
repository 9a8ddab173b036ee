extension Station {
  /// Earliest tick at which something is due in this station, `UInt64.max` where nothing is: its promise to
  /// the others.
  public var nextTime: UInt64 {
    var next = events.nextTime
    for local in 0..<bank.count {
      if bank.status(local) == .running {
        next = min(next, max(time, bank.time(local)))
      } else if cards[local].isIdle {
        next = min(next, max(time, bank.with(local) { $0.nextTimer }))
      }
    }
    return next
  }

  /// Earliest tick at which a packet that is under way can arrive anywhere; the same in all stations.
  public var nextPacketTime: UInt64 { network.nextTime }

  /// Takes the packets that a station sent in the last window.
  public func accept(packets: UnsafeRawBufferPointer) {
    var offset = 0
    while offset < packets.count {
      let packet = packets.loadUnaligned(fromByteOffset: offset, as: Packet.self)
      offset += MemoryLayout<Packet>.size
      network.accept(packet, data: packets.baseAddress! + offset)
      offset += packet.recordBytes
    }
  }

  /// Forgets what has been sent and put out: a frame has taken it.
  public func clearSent() {
    sent.removeAll(keepingCapacity: true)
    host.clearOutput()
  }

  /// Whether there is anything for a frame: packets, output or events, or a `fault`.
  public var hasSent: Bool { !sent.isEmpty || !host.output.isEmpty || faults.rule != nil }

  /// Output and events since the last frame: `HostRecord`s, each followed by its bytes.
  public var output: [UInt8] { host.output }

  /// Runs one window.
  ///
  /// - Parameters:
  ///   - start: its first tick, a multiple of L, not before the end of the last window.
  ///   - end: `start` + L.
  /// - Precondition: the packets that any station sent in earlier windows have been accepted.
  public func run(from start: UInt64, to end: UInt64) {
    time = start
    now = start
    deliver(from: start)
    while true {
      var running = 0
      var hasRequests = false
      var slowest = UInt64.max
      var wake = UInt64.max
      for local in 0..<bank.count {
        if bank.status(local) == .running {
          running &+= 1
          slowest = min(slowest, bank.time(local))
        } else if cards[local].isIdle {
          wake = min(wake, max(start, bank.with(local) { $0.nextTimer }))
        } else if !cards[local].isIssued {
          hasRequests = true
        }
      }
      let due = min(events.nextTime, wake)
      if slowest < min(due, end) {
        // One that runs alone has nobody to wait for.
        let ahead = running > 1 ? slowest &+ UInt64(budget.lookahead) : .max
        let limit = min(end, due, ahead)
        for local in 0..<bank.count where bank.status(local) == .running && bank.time(local) < limit {
          bank.with(local) { $0.run(until: limit) }
          if bank.status(local) == .waiting { hasRequests = true }
        }
        now = slowest
        if hasRequests { issueRequests() }
      } else if due < end {
        if wake < events.nextTime {
          now = wake
          wakeIdle(at: wake)
        } else {
          handle(events.removeFirst())
        }
      } else {
        break
      }
    }
    time = end
  }

  private func handle(_ event: Event) {
    let index = Int(event.index)
    now = event.time
    if let log { noteEvent(event, log) }
    switch event.kind {
    case .arrival: coherence.arrive(index, at: event.time, in: self)
    case .home: coherence.decide(index, at: event.time, in: self)
    case .processors: coherence.notice(index, at: event.time, in: self)
    case .networkCache, .retry, .drained: coherence.goOn(event, in: self)
    case .device: accessDevice(index, at: event.time)
    case .answer: answer(index, at: event.time)
    case .transfer: continueTransfer(at: event.time)
    }
    if faults.rule != nil { faults.blame(event.kind.isOfMessage ? Int(messages[index].packet.source) : number) }
  }

  /// Moves packets on as far as all of them are known, and takes those that are for this station.
  private func deliver(from start: UInt64) {
    guard network.nextTime != .max else { return }
    network.advance(to: start &+ UInt64(budget.ringLead)) { packet, node, ticks in
      guard node == number else { return }
      count(.ringLinkBusyTicks, ticks)
      guard Int(packet.pointee.source) != number, !isPlain else { return }
      count(.ringPacketsPassed)
      count(.packets(.passed, packet.pointee.kind.group))
    } delivered: { packet, data, station, time in
      guard station == number else { return }
      guard faults.holds(time >= start, "a packet has come too late") else { return }
      count(.ringPacketsReceived)
      count(.packets(.received, packet.pointee.kind.group))
      let index = makeMessage(packet.pointee.kind, packet.pointee.address, requester: packet.pointee.requester)
      messages[index].packet = packet.pointee
      if packet.pointee.dataBytes > 0 { line(index).copyMemory(from: data, byteCount: packet.pointee.recordBytes) }
      events.insert(.arrival, at: time, index: index)
      if faults.rule != nil { faults.blame(Int(packet.pointee.source)) }
    }
  }

  /// Takes new requests from the processors, in order of time and processor.
  private func issueRequests() {
    while true {
      var first = -1
      for local in 0..<bank.count where bank.status(local) == .waiting && !cards[local].isIssued {
        if first < 0 || bank.requestTime(local) < bank.requestTime(first) { first = local }
      }
      guard first >= 0 else { return }
      cards[first].isIssued = true
      issue(first)
    }
  }
}
