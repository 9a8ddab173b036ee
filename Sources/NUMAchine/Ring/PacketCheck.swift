/// The door by which packets of other processes enter the machine: who has passed it is of the form that a
/// station of this machine sends, so that nothing it names is outside of the machine.
///
/// It does not know the protocol's state. A packet of the right form that nobody asked for breaks a rule of
/// the model when its turn comes (`Station.fault`).
public struct PacketCheck: Sendable {
  private let stations: Int
  private let perStation: Int
  private let processors: UInt64
  private let memoryBytes: UInt64
  private let lineBytes: Int
  private let recordBytes: Int
  private let rules: PacketRules
  private let window: UInt64
  private let lead: UInt64

  /// No time of a machine is later, in ticks: sums of times and latencies then never overflow.
  public static let lastTick: UInt64 = 1 << 62

  public init(profile: MachineProfile, stations: Int) {
    self.stations = stations
    perStation = profile.processorsPerStation
    let count = stations * perStation
    processors = count == 64 ? .max : (1 << UInt64(count)) - 1
    memoryBytes = UInt64(profile.memoryBytes)
    lineBytes = profile.secondaryLineBytes
    recordBytes = LineRecord(lineBytes: lineBytes).bytes
    rules = profile.coherence.packetRules
    let budget = LatencyBudget(profile)
    window = UInt64(budget.window)
    lead = UInt64(budget.ringLead)
  }

  /// What is wrong with the packets that a station is said to have sent in a window, or nil.
  ///
  /// - Parameter end: of the window, in ticks.
  public func problem(_ packets: UnsafeRawBufferPointer, from station: Int, inWindowBefore end: UInt64) -> String? {
    var offset = 0
    var count = 0
    while offset < packets.count {
      guard packets.count - offset >= MemoryLayout<Packet>.size else {
        return "a packet that was cut off after \(packets.count - offset) bytes"
      }
      let bytes = UnsafeRawBufferPointer(rebasing: packets[offset..<(offset + MemoryLayout<Packet>.size)])
      guard MessageKind(rawValue: bytes[Self.kindOffset]) != nil else {
        return "a packet of an unknown kind \(bytes[Self.kindOffset])"
      }
      guard bytes[Self.sequencedOffset] <= 1 else { return "a packet with a flag of \(bytes[Self.sequencedOffset])" }
      let packet = bytes.loadUnaligned(as: Packet.self)
      guard Int(packet.source) == station else {
        return "a \(packet.kind) packet in the name of station \(packet.source)"
      }
      if let problem = problem(packet) { return "a \(packet.kind) packet \(problem)" }
      guard packet.ready >= (end < window ? 0 : end - window) &+ lead, packet.ready < Self.lastTick else {
        return "a \(packet.kind) packet that is ready at tick \(packet.ready), in the window before \(end)"
      }
      offset += MemoryLayout<Packet>.size
      let record = packet.dataBytes > 0 ? recordBytes : 0
      guard packets.count - offset >= record else { return "a \(packet.kind) packet whose line was cut off" }
      offset += record
      count += 1
      guard count <= Station.poolSize else { return "more than \(Station.poolSize) packets in one window" }
    }
    return nil
  }

  private static let kindOffset = MemoryLayout<Packet>.offset(of: \.kind)!
  private static let sequencedOffset = MemoryLayout<Packet>.offset(of: \.isSequenced)!

  /// What is wrong with a packet's header but its time, or nil: the end of a sentence.
  func problem(_ packet: Packet) -> String? {
    guard packet.source < stations else { return "of station \(packet.source)" }
    guard rules.has(packet.kind) else { return "of a kind that this machine's stations do not send" }
    guard packet.stations & ~allStations == 0 else { return "for stations that there are not" }
    guard packet.processors & ~processors == 0 else { return "for processors that there are not" }
    let isProcessor = Int(packet.requester) < stations * perStation
    if packet.kind == .halt || packet.kind == .resume {
      return packet.stations == 0 && packet.dataBytes == 0 && !packet.isSequenced
        ? nil : "of another form than this machine's signals have"
    }
    guard packet.stations != 0 else { return "for no station" }
    if packet.kind == .interrupt {
      return isProcessor && packet.dataBytes == 0 && !packet.isSequenced
        ? nil : "of another form than this machine's interrupts have"
    }
    let home = Int(truncatingIfNeeded: min(packet.address >> 32, 0xFF))
    guard home < stations, packet.address & 0xFFFF_FFFF < memoryBytes, packet.address & UInt64(lineBytes - 1) == 0
    else { return "about address \(packet.address), which is no line's of the machine's memory" }
    guard Int(packet.dataBytes) == (Self.carriesLine(packet.kind) ? lineBytes : 0) else {
      return "with a line of \(packet.dataBytes) bytes"
    }
    guard packet.isSequenced == rules.isSequenced(packet.kind) else {
      return "in another order than its kind is in"
    }
    guard isProcessor || mayBeOfNoProcessor(packet) else { return "for processor \(packet.requester)" }
    let requester = isProcessor ? Int(packet.requester) / perStation : nil
    guard packet.kind.canCome(from: Int(packet.source), home: home, requester: requester) else {
      return "of station \(packet.source), about a line of station \(home) and processor \(packet.requester)"
    }
    return rules.canGo(packet, home: home, requester: requester, perStation: perStation)
      ? nil : "for stations \(packet.stations) and processors \(packet.processors), which its kind is not for"
  }

  private var allStations: UInt16 { UInt16(truncatingIfNeeded: (1 << stations) - 1) }

  private static func carriesLine(_ kind: MessageKind) -> Bool {
    kind == .data || kind == .ownerData || kind == .writeBack
  }

  /// Whether the packet can belong to a device's access, or to a line that a network cache has put out.
  private func mayBeOfNoProcessor(_ packet: Packet) -> Bool {
    guard packet.requester == Station.deviceRequester else { return false }
    switch packet.kind {
    case .invalidate, .intervene, .interveneExclusive, .invalidated, .ownerData, .notFound, .writeBack: return true
    default: return false
    }
  }
}
