/// What happened to lines in a station lately, for `--check`. No part of the machine's state: nothing depends
/// on it.
public final class LineLog {
  struct Entry {
    var time: UInt64
    var address: UInt64
    var moment: Moment
    var kind: MessageKind
    var requester: UInt8
    var flags: UInt8
    var from: UInt8
  }

  enum Moment: String {
    case asks = "a processor asks"
    case arrives = "comes from the network"
    case isDecided = "is at its home"
    case isNoticed = "is noticed"
    case isInNetworkCache = "is at the network cache"
  }

  /// The last entries, `count` & capacity − 1 being the oldest.
  private var entries: [Entry] = []
  private var count = 0
  /// Lines that something has happened to since they were looked at last.
  private(set) var touched: [UInt64] = []

  private static let capacity = 1 << 15

  public init() {}

  func note(_ moment: Moment, _ packet: Packet, at time: UInt64) {
    let entry = Entry(
      time: time, address: packet.address, moment: moment, kind: packet.kind, requester: packet.requester,
      flags: packet.flags, from: packet.source)
    if entries.count < Self.capacity { entries.append(entry) } else { entries[count & (Self.capacity - 1)] = entry }
    count += 1
    if packet.kind != .interrupt, touched.last != packet.address { touched.append(packet.address) }
  }

  func clearTouched() { touched.removeAll(keepingCapacity: true) }

  /// What is known of a line, oldest first.
  func history(of line: UInt64) -> [Entry] {
    let start = entries.count < Self.capacity ? 0 : count & (Self.capacity - 1)
    return (entries[start...] + entries[..<start]).filter { $0.address == line }
  }
}

extension Station {
  /// Begins to note what happens to lines.
  public func startLog() { log = LineLog() }

  func noteEvent(_ event: Event, _ log: LineLog) {
    let packet = messages[Int(event.index)].packet
    switch event.kind {
    case .arrival: log.note(.arrives, packet, at: event.time)
    case .home: log.note(.isDecided, packet, at: event.time)
    case .processors: log.note(.isNoticed, packet, at: event.time)
    case .networkCache: log.note(.isInNetworkCache, packet, at: event.time)
    case .device, .answer, .transfer, .retry, .drained: break
    }
  }

  /// A processor's request for a line has been taken.
  func noteRequest(_ local: Int, _ kind: MessageKind, _ address: UInt64, at time: UInt64) {
    guard let log else { return }
    var packet = Packet()
    packet.kind = kind
    packet.address = address
    packet.requester = UInt8(firstProcessor + local)
    packet.source = UInt8(number)
    log.note(.asks, packet, at: time)
  }
}
