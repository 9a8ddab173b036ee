/// The flat protocol (`docs/coherence.md`): a home knows for each line which processors may have it, and
/// serves one request for it at a time.
///
/// - `FlatProtocol`: its state; what goes out to homes and how it comes in.
/// - `-home`: this station's memory and directory decide.
/// - `-processors`: what processors are told.
final class FlatProtocol {
  let transactions: FlatBuffer<HomeTransaction>

  init(_ state: StateSpace) {
    transactions = state.buffer("transactions", count: Station.transactionCount)
    for index in 0..<transactions.count { transactions[index] = HomeTransaction() }
  }

  /// Homes are told who has invalidated.
  static let packetRules = PacketRules(kinds: [.invalidated], sequenced: [], asksProcessors: true)

  /// A processor's request goes out: over the bus to this station's memory, or on to another's.
  func issue(_ kind: MessageKind, _ local: Int, _ request: ExternalRequest, in station: Station) {
    guard station.isMemory(request.address) else { return station.refuseAddress(local, request) }
    // One write-back fits the agent's buffer: a request waits until the last one has left, and so never
    // overtakes it.
    let earliest = max(request.time &+ UInt64(station.profile.issueToBus), station.cards[local].writeBackEnd)
    let slot = station.bookBus(earliest: earliest, length: station.profile.busCommand)
    let commandEnd = slot &+ UInt64(station.profile.busCommand)
    let message = station.makeMessage(kind, request.address, requester: UInt8(station.firstProcessor + local))
    toHome(message, slot: slot, ready: commandEnd &+ station.networkLead, in: station)
    if request.hasVictim { giveUpVictim(request, local, after: commandEnd, in: station) }
  }

  /// A dirty line leaves a processor behind a command on the bus.
  func giveUpVictim(_ request: ExternalRequest, _ local: Int, after commandEnd: UInt64, in station: Station) {
    let victim = station.makeMessage(.writeBack, request.victim, requester: UInt8(station.firstProcessor + local))
    station.messages[victim].packet.flags = request.keepsCopy ? Packet.stillShared : 0
    station.setData(victim, from: station.processors[local], request.victim)
    let dataSlot = station.bookBus(earliest: commandEnd, length: station.lineTransfer)
    station.cards[local].writeBackLine = request.victim
    station.cards[local].writeBackEnd = dataSlot &+ UInt64(station.lineTransfer)
    toHome(
      victim, slot: dataSlot, ready: dataSlot &+ UInt64(station.profile.busHeader) &+ station.networkLead, in: station)
  }

  /// Sends a message that has the bus from `slot` to its line's home: over the bus where it is this station,
  /// else on by the ring, at whose interface it is `ready`.
  func toHome(_ message: Int, slot: UInt64, ready: UInt64, in station: Station) {
    let home = station.home(of: station.messages[message].packet.address)
    if home == station.number {
      station.events.insert(.home, at: slot, index: message)
    } else {
      station.messages[message].packet.stations = 1 << UInt16(home)
      station.sendPacket(message, ready: ready)
      station.freeMessage(message)
    }
  }

  /// A packet has come through the station's interface: it takes the next slot on the bus, behind those that
  /// came before it. On a plain network what is for the home goes straight to memory.
  func arrive(_ index: Int, at time: UInt64, in station: Station) {
    let packet = station.messages[index].packet
    if station.isPlain {
      let isAnswer =
        packet.kind == .ownerData
        && (station.isDeviceRequest(packet) || station.stationNumber(of: packet.requester) != station.number)
      if packet.kind.isForHome || isAnswer { return station.events.insert(.home, at: time, index: index) }
    }
    var earliest = max(time, station.moment.pointee.lastInput)
    let length: Int
    switch packet.kind {
    case .data, .ownerData, .grant, .refuse:
      if station.stationNumber(of: packet.requester) == station.number,
        packet.kind != .ownerData || !station.isDeviceRequest(packet)
      {
        earliest = max(station.moment.pointee.lastInput, time &+ UInt64(station.profile.networkFill))
      }
      length = packet.dataBytes > 0 ? station.lineTransfer : station.profile.busHeader
    case .writeBack:
      length = station.lineTransfer
    default:
      length = station.profile.busCommand
    }
    let slot = station.bookBus(earliest: earliest, length: length)
    station.count(packet.kind.isSinkable ? .sinkableWaitTicks : .nonSinkableWaitTicks, slot &- time)
    station.moment.pointee.lastInput = slot
    let end = slot &+ UInt64(length)
    switch packet.kind {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .writeBack, .deviceWrite, .invalidated, .notFound:
      station.events.insert(.home, at: slot, index: index)
    case .ownerData:
      station.spreadOwnerData(index, slot: slot, end: end)
    case .interrupt:
      station.events.insert(.processors, at: end &+ UInt64(station.profile.interruptRaise), index: index)
    case .invalidate, .intervene, .interveneExclusive, .data, .grant, .refuse, .retry, .halt, .resume:
      station.events.insert(.processors, at: end, index: index)
    }
  }
}

extension FlatProtocol {
  /// Whether what was restored is what a home of this machine can know.
  func isSound(in station: Station) -> Bool {
    let count = station.stations * station.processors.count
    let processors: UInt64 = count == 64 ? .max : (1 << UInt64(count)) - 1
    return (0..<transactions.count).allSatisfy { isSound(transactions[$0], number: $0, in: station) }
      && station.memory.directory.touchedElements { index, entry in
        entry.holders & ~processors == 0 && (entry.state != .exclusive || entry.holders.nonzeroBitCount == 1)
          && Int(entry.lock) <= transactions.count
          && (entry.lock == 0
            || !transactions[Int(entry.lock) - 1].isFree
              && transactions[Int(entry.lock) - 1].address == station.lineAddress(index))
      }
  }

  private func isSound(_ transaction: HomeTransaction, number: Int, in station: Station) -> Bool {
    guard !transaction.isFree else { return true }
    guard station.isOwnLine(transaction.address),
      Int(station.memory.entry(transaction.address).pointee.lock) == number + 1,
      Int(transaction.owner) < station.stations * station.processors.count,
      station.isMessage(Int(transaction.request))
    else { return false }
    var last = Int32(-1)
    var next = transaction.firstWaiting
    var count = 0
    while next >= 0 {
      guard station.isMessage(Int(next)), count < Station.poolSize else { return false }
      last = next
      next = station.messages[Int(next)].next
      count += 1
    }
    return next == -1 && (last < 0 || last == transaction.lastWaiting)
  }
}
