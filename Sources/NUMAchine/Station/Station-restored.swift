/// What a station's state must be for nothing in it to lead out of the machine: indices of what there is,
/// lists that end, addresses of its memory, times that do not overflow.
///
/// It need not be one to which a machine can come. What contradicts itself breaks a rule of the model when
/// its turn comes (`Station.fault`).
extension Station {
  /// The part of what was restored that no station of this machine has, or nil.
  var unsoundPart: String? {
    let check = PacketCheck(profile: profile, stations: stations)
    // What others refer to comes before them.
    let parts: [(name: String, isSound: () -> Bool)] = [
      ("moment", { self.isMomentSound }),
      ("messages", { self.areMessagesSound }),
      ("cards", { self.areCardsSound }),
      ("memory", { self.memory.isSound }),
      ("bus", { self.bus.isSound }),
      ("events", { self.events.isSound(now: self.time, self.hasSubject) }),
      ("network", { self.network.isSound(check) }),
      ("coherence", { self.coherence.isSound(in: self) }),
      ("host port", { self.host.isSound(lineBytes: self.profile.secondaryLineBytes, self.isTarget) }),
    ]
    if let part = parts.first(where: { !$0.isSound() }) { return part.name }
    let processor = processors.first { !$0.isSound(now: time, isMemory) }
    return processor.map { "processor \($0.number - firstProcessor)" }
  }

  /// Whether a line of the machine's memory begins at a physical address.
  func isLine(_ address: UInt64) -> Bool {
    isMemory(address) && address & UInt64(profile.secondaryLineBytes - 1) == 0
  }

  /// Whether the line is of this station's memory.
  func isOwnLine(_ address: UInt64) -> Bool { isLine(address) && home(of: address) == number }

  /// The address of a line of this station's memory, by its number there.
  func lineAddress(_ index: Int) -> UInt64 {
    UInt64(number) << 32 | UInt64(index) * UInt64(profile.secondaryLineBytes)
  }

  /// Whether there is such a message.
  func isMessage(_ index: Int) -> Bool { 0..<Station.poolSize ~= index && messages[index].isUsed }

  private var isMomentSound: Bool {
    let moment = moment.pointee
    return [moment.time, moment.now, moment.lastOutput, moment.lastInput].allSatisfy { $0 < PacketCheck.lastTick }
      && moment.now <= moment.time
  }

  private var areMessagesSound: Bool {
    let free = moment.pointee.freeMessages
    guard 0...Station.poolSize ~= free else { return false }
    var isFree = [Bool](repeating: false, count: Station.poolSize)
    for place in 0..<free {
      let index = Int(freeMessages[place])
      guard 0..<Station.poolSize ~= index, !isFree[index] else { return false }
      isFree[index] = true
    }
    return (0..<Station.poolSize).allSatisfy {
      messages[$0].isUsed != isFree[$0] && (isFree[$0] || isSound(messages[$0]))
    }
  }

  private func isSound(_ message: Message) -> Bool {
    let packet = message.packet
    let isRequester =
      Int(packet.requester) < stations * processors.count || packet.requester == Station.deviceRequester
      || packet.requester == Station.bookkeeping
    return isRequester && -1..<Int32(Station.poolSize) ~= message.next && isLine(packet.address)
      && packet.source < stations && !packet.stations.hasOthers(than: stations)
      && (packet.dataBytes == 0 || Int(packet.dataBytes) == profile.secondaryLineBytes)
  }

  private var areCardsSound: Bool {
    (0..<processors.count).allSatisfy {
      let card = cards[$0]
      let isWaiting = processors[$0].status == .waiting
      return card.writeBackEnd < PacketCheck.lastTick && card.issued < PacketCheck.lastTick
        && (isWaiting || !card.isIssued && !card.isIdle)
    }
  }

  private func hasSubject(_ event: Event) -> Bool {
    let index = Int(event.index)
    switch event.kind {
    case .arrival, .home, .processors, .networkCache: return isMessage(index)
    case .device, .answer, .retry: return 0..<processors.count ~= index && cards[index].isIssued
    case .drained, .transfer: return true
    }
  }

  private func isTarget(_ address: UInt64, _ bytes: Int) -> Bool {
    isOwnLine(address) && Int(address & 0xFFFF_FFFF) + bytes <= profile.memoryBytes
  }
}
