/// Which packets the stations of a machine send each other: its protocol says so, and `PacketCheck` asks.
struct PacketRules: Sendable {
  private let kinds: UInt32
  private let sequenced: UInt32
  /// A home asks one processor for a line; else it asks a station.
  private let asksProcessors: Bool

  /// - Parameters:
  ///   - kinds: those that not every protocol has.
  ///   - sequenced: those that pass the sequencing point.
  init(kinds: [MessageKind], sequenced: [MessageKind], asksProcessors: Bool) {
    let common: [MessageKind] = [
      .read, .readExclusive, .upgrade, .conditionalUpgrade, .writeBack, .invalidate, .intervene, .interveneExclusive,
      .ownerData, .notFound, .data, .grant, .refuse, .interrupt,
    ]
    self.kinds = Self.mask(common + kinds)
    self.sequenced = Self.mask(sequenced)
    self.asksProcessors = asksProcessors
  }

  private static func mask(_ kinds: [MessageKind]) -> UInt32 {
    kinds.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
  }

  /// Whether stations send each other such packets at all.
  func has(_ kind: MessageKind) -> Bool { kinds & 1 << UInt32(kind.rawValue) != 0 }
  func isSequenced(_ kind: MessageKind) -> Bool { sequenced & 1 << UInt32(kind.rawValue) != 0 }

  /// Whether a packet about a line goes where one of its kind can.
  ///
  /// - Parameters:
  ///   - home: of the line.
  ///   - requester: the requester's station, nil for a device.
  ///   - perStation: processors of a station.
  func canGo(_ packet: Packet, home: Int, requester: Int?, perStation: Int) -> Bool {
    let homeMask: UInt16 = 1 << UInt16(home)
    let requesterMask: UInt16 = requester.map { 1 << UInt16($0) } ?? 0
    switch packet.kind {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .writeBack, .notFound, .invalidated:
      return packet.stations == homeMask
    case .ownerData: return packet.stations & ~(homeMask | requesterMask) == 0
    case .invalidate: return true
    case .intervene, .interveneExclusive:
      guard packet.stations.nonzeroBitCount == 1, packet.stations != homeMask else { return false }
      return !asksProcessors
        || packet.processors.nonzeroBitCount == 1
          && packet.processors.trailingZeroBitCount / perStation == packet.stations.trailingZeroBitCount
    case .data, .grant, .refuse, .retry: return packet.stations == requesterMask && requester != home
    case .deviceWrite, .interrupt, .halt, .resume: return false
    }
  }
}

extension MessageKind {
  /// Whether a station can be the sender of a message of this kind about a line.
  ///
  /// - Parameters:
  ///   - home: of the line.
  ///   - requester: the requester's station, nil for a device.
  func canCome(from station: Int, home: Int, requester: Int?) -> Bool {
    switch self {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade: station == requester
    case .writeBack: requester == nil || station == requester
    case .invalidate, .intervene, .interveneExclusive, .data, .grant, .refuse, .retry: station == home
    case .invalidated, .ownerData, .notFound, .deviceWrite, .interrupt, .halt, .resume: true
    }
  }
}
