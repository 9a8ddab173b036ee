/// What follows from a profile's latencies: how far stations, and processors of a station, can run without
/// hearing of each other.
public struct LatencyBudget: Equatable, Sendable {
  /// Length of a window in ticks, L: nothing that is decided in a station at time t is felt in another before
  /// t + L. It is rounded down to whole processor cycles.
  public let window: Int
  /// The kind of message that makes L no longer.
  public let limitingPath: String
  /// Ticks that a processor may run ahead of the slowest of its station.
  public let lookahead: Int
  /// The least time from a packet at its sender's output to its effect anywhere.
  public let flight: Int
  /// The least time from a decision to the packet at the ring interface's output.
  public let ringLead: Int

  /// The least (first effect − decision) over all kinds of message that the profile's protocol sends. A
  /// request is decided when its instruction issues, an answer of a home when the request has its slot on the
  /// home's bus, an answer of a processor when it has been snooped, what a ring interface or network cache
  /// does by itself at that moment.
  public init(_ profile: MachineProfile) {
    let isPlain = profile.network == .plain
    flight = isPlain ? profile.networkTransit + profile.networkOccupancy : profile.ringHop + profile.ringIn
    let out = isPlain ? 0 : profile.ringOut
    let command = profile.issueToBus + profile.busCommand
    var paths = [
      ("a request or interrupt", command + profile.networkLookup + out),
      ("a write-back", command + profile.busHeader + profile.networkLookup + out),
      ("a processor's answer", profile.intervention + profile.busHeader + out),
      (
        "a home's invalidation, intervention or grant",
        isPlain
          ? profile.directory + profile.memoryOutput
          : profile.busCommand + profile.directory + profile.memoryOutput + profile.busHeader + out
      ),
    ]
    if profile.coherence == .numachine {
      paths += [
        ("a retry, refusal or ejection by a ring interface", profile.retryTurnaround + out),
        ("a network cache's answer", profile.networkCacheDRAM + profile.networkCacheOutput + out),
      ]
    }
    let least = paths.min { $0.1 < $1.1 }!
    window = (least.1 + flight) / profile.processorCycle * profile.processorCycle
    limitingPath = least.0
    lookahead = command
    ringLead = window - flight
  }
}
