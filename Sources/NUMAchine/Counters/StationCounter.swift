/// The counters of one station, in the order of the `MONITOR_STATION` registers.
public enum StationCounter: Int, Counter {
  case busTransactions, busBusyTicks
  case memoryReads, memoryWrites, directoryWaits, memoryBusyTicks
  case interventionsSent, invalidationsSent, linesInvalidated
  case refusals, directoryTransitions, falseRemotes
  case networkCacheHits, networkCacheMisses, networkCacheEjections, networkCacheRefusals, retries, invalidationsReceived
  case ringPacketsSent, ringPacketsReceived, ringPacketsPassed, ringLinkBusyTicks
  case interruptsSent, interruptsReceived
  case sinkableWaitTicks, nonSinkableWaitTicks, ringHalts
  case programsStarted, programsKilled, threadsStarted, pageFaults, shootdowns, translationMisses, ppcCalls,
    objectsDestroyed
  case busWaitTicks, memoryWaitTicks
  // Ring packets by `PacketGroup`, in its order.
  case sentRequests, sentData, sentGrants, sentRefusals, sentInterventions
  case sentInvalidations, sentAcknowledgements, sentWriteBacks, sentInterrupts, sentSignals
  case receivedRequests, receivedData, receivedGrants, receivedRefusals, receivedInterventions
  case receivedInvalidations, receivedAcknowledgements, receivedWriteBacks, receivedInterrupts, receivedSignals
  case passedRequests, passedData, passedGrants, passedRefusals, passedInterventions
  case passedInvalidations, passedAcknowledgements, passedWriteBacks, passedInterrupts, passedSignals

  /// What a station does with a ring packet.
  public enum PacketFlow: Int, CaseIterable, Sendable {
    case sent, received, passed

    fileprivate var first: Int {
      switch self {
      case .sent: StationCounter.sentRequests.rawValue
      case .received: StationCounter.receivedRequests.rawValue
      case .passed: StationCounter.passedRequests.rawValue
      }
    }
  }

  /// The counter of a kind of ring packets.
  public static func packets(_ flow: PacketFlow, _ group: PacketGroup) -> StationCounter {
    StationCounter(rawValue: flow.first + group.rawValue).unsafelyUnwrapped
  }

  /// What this counts, if it counts ring packets by kind.
  public var packets: (flow: PacketFlow, group: PacketGroup)? {
    for flow in PacketFlow.allCases {
      if let group = PacketGroup(rawValue: rawValue - flow.first) { return (flow, group) }
    }
    return nil
  }

  /// The part of the station that counts, as in `tctl counters --json`.
  public var group: String {
    switch self {
    case .busTransactions, .busBusyTicks, .busWaitTicks: "bus"
    case .memoryReads, .memoryWrites, .directoryWaits, .memoryBusyTicks, .memoryWaitTicks, .interventionsSent,
      .invalidationsSent, .linesInvalidated,
      .refusals, .directoryTransitions, .falseRemotes:
      "memory"
    case .networkCacheHits, .networkCacheMisses, .networkCacheEjections, .networkCacheRefusals, .retries,
      .invalidationsReceived:
      "network_cache"
    case .ringPacketsSent, .ringPacketsReceived, .ringPacketsPassed, .ringLinkBusyTicks, .interruptsSent,
      .interruptsReceived,
      .sinkableWaitTicks, .nonSinkableWaitTicks, .ringHalts:
      "ring"
    case .programsStarted, .programsKilled, .threadsStarted, .pageFaults, .shootdowns, .translationMisses, .ppcCalls,
      .objectsDestroyed:
      "tornado"
    default: "ring"
    }
  }

  private var definition: (String, String, String) {
    switch self {
    case .busTransactions: ("transactions", "transfers", "Commands and answers on the station's bus.")
    case .busBusyTicks: ("busy_ticks", "ticks", "Time the bus was taken.")
    case .busWaitTicks:
      ("wait_ticks", "ticks", "Time that transfers waited for the bus: divided by time, the mean length of its queue.")
    case .memoryReads: ("reads", "lines", "Lines read from this station's memory.")
    case .memoryWrites: ("writes", "lines", "Lines written to this station's memory.")
    case .directoryWaits:
      ("directory_waits", "requests", "Requests that found their line's directory entry locked and waited.")
    case .memoryBusyTicks: ("busy_ticks", "ticks", "Time the memory's banks were taken, summed over banks.")
    case .memoryWaitTicks: ("wait_ticks", "ticks", "The same for the memory's banks.")
    case .interventionsSent: ("interventions_sent", "requests", "Lines asked back from the processor that owned them.")
    case .invalidationsSent: ("invalidations_sent", "requests", "Writes that made this home invalidate copies.")
    case .linesInvalidated: ("lines_invalidated", "lines", "Copies named by those invalidations.")
    case .refusals:
      ("refusals", "requests", "Requests refused because their line was locked or kept for an older request.")
    case .directoryTransitions:
      (
        "directory_transitions", "transitions",
        "Changes of a line's state in the directory: between LV, LI, GV and GI, or the flat protocol's."
      )
    case .falseRemotes:
      ("false_remotes", "requests", "Requests of a station that the directory takes for the line's owner.")
    case .networkCacheHits: ("hits", "requests", "Requests for other stations' memory that the network cache served.")
    case .networkCacheMisses: ("misses", "requests", "Requests for other stations' memory that went to the home.")
    case .networkCacheEjections: ("ejections", "lines", "Lines that made room in the network cache.")
    case .networkCacheRefusals:
      ("refusals", "requests", "Requests refused because their frame was locked or kept for an older request.")
    case .retries: ("retries", "requests", "Requests of this station sent again after a refusal here or at the home.")
    case .invalidationsReceived: ("invalidations_received", "packets", "Invalidations of other stations' lines.")
    case .ringPacketsSent: ("packets_sent", "packets", "Packets this station put on the ring.")
    case .ringPacketsReceived: ("packets_received", "packets", "Packets this station took from the ring.")
    case .ringPacketsPassed:
      ("packets_passed", "packets", "Packets of other stations that this station's output link carried on.")
    case .ringLinkBusyTicks: ("link_busy_ticks", "ticks", "Time the station's output link was taken.")
    case .interruptsSent: ("interrupts_sent", "interrupts", "Writes to INTERRUPT_SEND.")
    case .interruptsReceived:
      ("interrupts_received", "interrupts", "Cross-processor interrupts raised at this station's processors.")
    case .sinkableWaitTicks:
      (
        "sinkable_wait_ticks", "ticks",
        "Time that sinkable packets waited for the bus: divided by time, their queue's mean depth."
      )
    case .ringHalts:
      ("halts", "times", "Times that this station's input queue was nearly full and invalidations were held back.")
    case .nonSinkableWaitTicks: ("non_sinkable_wait_ticks", "ticks", "The same for packets that are not sinkable.")
    case .programsStarted: ("programs_started", "programs", "Programs started by processors of this station.")
    case .programsKilled: ("programs_killed", "programs", "Programs ended by a fault or from outside.")
    case .threadsStarted: ("threads_started", "threads", "Threads started on processors of this station.")
    case .pageFaults: ("page_faults", "faults", "Page faults served by processors of this station.")
    case .shootdowns: ("shootdowns", "requests", "TLB shootdowns sent.")
    case .translationMisses:
      ("translation_misses", "misses", "Clustered-object calls that missed the translation table.")
    case .ppcCalls: ("ppc_calls", "calls", "Protected procedure calls.")
    case .objectsDestroyed: ("objects_destroyed", "objects", "Clustered objects destroyed.")
    default: packetDefinition
    }
  }

  private var packetDefinition: (String, String, String) {
    guard let (flow, group) = packets else { fatalError("a counter without a definition") }
    let name = "\(flow)_\(group.name)"
    return (name, "packets", "Of `packets_\(flow)`: \(group.meaning).")
  }
  public var name: String { definition.0 }
  public var unit: String { definition.1 }
  public var meaning: String { definition.2 }
}
