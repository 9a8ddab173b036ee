/// What follows from a profile's latencies: how far stations, and processors of a station, can run without hearing of each other.
public struct LatencyBudget: Equatable, Sendable {
  /// Length of a window in ticks, L: nothing that is decided in a station at time t is felt in another before t + L. It is rounded down to
  /// whole processor cycles.
  public let window: Int
  /// The kind of message that makes L no longer.
  public let limitingPath: String
  /// Ticks that a processor may run ahead of the slowest of its station.
  public let lookahead: Int
  /// The least time from a decision to the packet at the ring interface's output.
  public let ringLead: Int

  /// The least (first effect − decision) over all kinds of message. A request is decided when its instruction issues, an answer of a
  /// home when the request has its slot on the home's bus, an answer of a processor when it has been snooped.
  public init(_ profile: MachineProfile) {
    let flight = profile.ringHop + profile.ringIn
    let paths = [
      ("a request or interrupt", profile.issueToBus + profile.busCommand + profile.networkLookup + profile.ringOut),
      ("a write-back", profile.issueToBus + profile.busCommand + profile.busHeader + profile.networkLookup + profile.ringOut),
      (
        "a home's invalidation, intervention or grant",
        profile.busCommand + profile.directory + profile.memoryOutput + profile.busHeader + profile.ringOut
      ),
      ("a processor's answer", profile.intervention + profile.busHeader + profile.ringOut),
    ]
    let least = paths.min { $0.1 < $1.1 }!
    window = (least.1 + flight) / profile.processorCycle * profile.processorCycle
    limitingPath = least.0
    lookahead = profile.issueToBus + profile.busCommand
    ringLead = window - flight
  }
}
