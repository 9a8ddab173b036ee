/// A rule of the machine's model does not hold: a fault of the emulator, or the doing of bytes from outside,
/// a packet that nobody asked for or a checkpoint that no machine has written.
public struct ModelFault: Error, CustomStringConvertible {
  public var rule: String
  /// The station whose message was served then, or whose own doing it was.
  public var station: Int

  public var description: String { "a rule of the machine's model is broken, by station \(station): \(rule)" }
}

/// The first rule that was found broken in a station.
///
/// What was being done is left undone, with nothing of the host's memory touched that is not the machine's;
/// emulated results mean nothing from then on. So whoever runs windows looks here after them.
final class FaultRecord {
  private(set) var rule: String?
  private(set) var station: Int?

  /// Forgets all, for a station that becomes another.
  func clear() { (rule, station) = (nil, nil) }

  /// Notes that a rule is broken. The first counts.
  @inline(never) func note(_ rule: String) { if self.rule == nil { self.rule = rule } }

  /// Whose doing it was that is noted. The first counts.
  func blame(_ station: Int) { if rule != nil, self.station == nil { self.station = station } }

  /// - Returns: whether the rule holds; else that is noted.
  @inline(__always) func holds(_ condition: Bool, _ rule: @autoclosure () -> String) -> Bool {
    if !condition { note(rule()) }
    return condition
  }
}

extension Station {
  /// The rule that was found broken first, nil while all hold. With one the machine must not go on.
  public var fault: ModelFault? { faults.rule.map { ModelFault(rule: $0, station: faults.station ?? number) } }

  /// The processor of this station that waits for what comes with a packet, by its number here.
  ///
  /// - Returns: nil where none does, and a rule is broken.
  func waiting(for packet: Packet) -> Int? {
    let local = Int(packet.requester) - firstProcessor
    let isWaiting =
      0..<processors.count ~= local && cards[local].isIssued && bank.status(local) == .waiting
      && processors[local].request.address == packet.address
      && processors[local].request.kind.isAnswered(by: packet.kind)
    return faults.holds(isWaiting, "an answer that no processor waits for") ? local : nil
  }
}

extension ExternalRequest.Kind {
  /// Whether a message of this kind can be about such a request, which is for a line.
  func isAnswered(by kind: MessageKind) -> Bool {
    switch self {
    case .read, .readExclusive: kind != .grant && kind != .refuse
    case .upgrade: kind != .refuse
    case .conditionalUpgrade: true
    case .none, .giveUp, .uncachedRead, .uncachedWrite: false
    }
  }
}
