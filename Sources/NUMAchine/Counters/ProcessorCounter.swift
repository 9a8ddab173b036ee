/// A number that the machine's monitor keeps: its name in every output, its unit, and what it counts.
public protocol Counter: CaseIterable, RawRepresentable where RawValue == Int {
  /// `snake_case` name, as in `tctl counters --json`.
  var name: String { get }
  var unit: String { get }
  /// One sentence for the documentation.
  var meaning: String { get }
}

/// The counters of one processor, in the order of the `MONITOR` registers.
public enum ProcessorCounter: Int, Counter {
  case cycles, instructions
  case idleCycles, stallSecondaryCycles, stallMemoryCycles, stallUncachedCycles, stallPipelineCycles
  case primaryInstructionMisses, primaryDataMisses
  case secondaryInstructionMisses, secondaryReadMisses, secondaryWriteMisses, upgrades
  case servedByCache, servedByLocalMemory, servedByRemoteMemory
  case missesCold, missesReplacement, missesTrueSharing, missesFalseSharing
  case missesHome0, missesHome1, missesHome2, missesHome3, missesHome4, missesHome5, missesHome6, missesHome7
  case missesHome8, missesHome9, missesHome10, missesHome11, missesHome12, missesHome13, missesHome14, missesHome15
  case writeBacks, invalidationsReceived, interventionsReceived
  case linkedLoads, conditionalFailures
  case tlbRefills, exceptionsInterrupt, exceptionsTLB, exceptionsAddress, exceptionsBus, exceptionsSystemCall
  case exceptionsBreakpoint, exceptionsTrap, exceptionsReserved, exceptionsCoprocessor, exceptionsFloatingPoint,
    exceptionsWatch
  case exceptionsOther
  case servedByNetworkCache, servedByStationCache

  private var definition: (String, String, String) {
    switch self {
    case .cycles: ("cycles", "cycles", "Processor cycles since reset: where the processor has come to.")
    case .instructions: ("instructions", "instructions", "Instructions completed.")
    case .idleCycles: ("idle_cycles", "cycles", "Cycles spent in reads of the IDLE register, the present one included.")
    case .stallSecondaryCycles:
      ("stall_secondary_cycles", "cycles", "Stalled for primary misses that the secondary cache served.")
    case .stallMemoryCycles: ("stall_memory_cycles", "cycles", "Stalled for secondary misses and upgrades.")
    case .stallUncachedCycles: ("stall_uncached_cycles", "cycles", "Stalled for uncached accesses, idling excepted.")
    case .stallPipelineCycles:
      (
        "stall_pipeline_cycles", "cycles",
        "What the others leave of `cycles`, lost in the pipeline: waiting for results of earlier instructions and for units, after taken jumps, to exceptions, for the next whole cycle after a stall."
      )
    case .primaryInstructionMisses:
      ("primary_instruction_misses", "misses", "Fetches that missed the primary instruction cache.")
    case .primaryDataMisses: ("primary_data_misses", "misses", "Loads and stores that missed the primary data cache.")
    case .secondaryInstructionMisses:
      ("secondary_instruction_misses", "misses", "Fetches that missed the secondary cache.")
    case .secondaryReadMisses: ("secondary_read_misses", "misses", "Loads that missed the secondary cache.")
    case .secondaryWriteMisses:
      (
        "secondary_write_misses", "misses",
        "Stores that missed the secondary cache, also as upgrades whose line was lost before they were served."
      )
    case .upgrades: ("upgrades", "requests", "Stores to a line held shared: ownership asked for without data.")
    case .servedByCache:
      (
        "served_by_cache", "misses",
        "Secondary misses that the line's owner supplied: another processor's cache, or another station's network cache."
      )
    case .servedByLocalMemory:
      ("served_by_local_memory", "misses", "Secondary misses that the own station's memory supplied.")
    case .servedByRemoteMemory:
      ("served_by_remote_memory", "misses", "Secondary misses that another station's memory supplied.")
    case .missesCold: ("misses_cold", "misses", "Secondary misses on lines that this processor never held.")
    case .missesReplacement:
      ("misses_replacement", "misses", "Secondary misses on lines that this processor had replaced.")
    case .missesTrueSharing:
      (
        "misses_true_sharing", "misses",
        "Secondary misses on lines that another's write had taken away, at words that another has written since."
      )
    case .missesFalseSharing:
      (
        "misses_false_sharing", "misses",
        "Secondary misses on lines that another's write had taken away, at words that nobody else has written since."
      )
    case .missesHome0: Self.home(0)
    case .missesHome1: Self.home(1)
    case .missesHome2: Self.home(2)
    case .missesHome3: Self.home(3)
    case .missesHome4: Self.home(4)
    case .missesHome5: Self.home(5)
    case .missesHome6: Self.home(6)
    case .missesHome7: Self.home(7)
    case .missesHome8: Self.home(8)
    case .missesHome9: Self.home(9)
    case .missesHome10: Self.home(10)
    case .missesHome11: Self.home(11)
    case .missesHome12: Self.home(12)
    case .missesHome13: Self.home(13)
    case .missesHome14: Self.home(14)
    case .missesHome15: Self.home(15)
    case .writeBacks: ("write_backs", "lines", "Dirty lines written back on replacement.")
    case .invalidationsReceived: ("invalidations_received", "lines", "Lines lost to another processor's write.")
    case .interventionsReceived:
      ("interventions_received", "requests", "Requests of others for a line held exclusively here.")
    case .linkedLoads: ("linked_loads", "instructions", "LL and LLD completed.")
    case .conditionalFailures: ("conditional_failures", "instructions", "SC and SCD that failed.")
    case .tlbRefills: ("tlb_refills", "exceptions", "TLB and XTLB refill exceptions.")
    case .exceptionsInterrupt: ("exceptions_interrupt", "exceptions", "Interrupts taken.")
    case .exceptionsTLB: ("exceptions_tlb", "exceptions", "TLB invalid and modified exceptions.")
    case .exceptionsAddress: ("exceptions_address", "exceptions", "Address errors.")
    case .exceptionsBus: ("exceptions_bus", "exceptions", "Bus errors.")
    case .exceptionsSystemCall: ("exceptions_system_call", "exceptions", "SYSCALL instructions.")
    case .exceptionsBreakpoint: ("exceptions_breakpoint", "exceptions", "BREAK instructions.")
    case .exceptionsTrap:
      ("exceptions_trap", "exceptions", "Trap instructions whose condition held, and integer overflows.")
    case .exceptionsReserved: ("exceptions_reserved", "exceptions", "Reserved instructions.")
    case .exceptionsCoprocessor:
      ("exceptions_coprocessor", "exceptions", "Instructions of a coprocessor that was not usable.")
    case .exceptionsFloatingPoint: ("exceptions_floating_point", "exceptions", "Floating-point exceptions.")
    case .exceptionsWatch: ("exceptions_watch", "exceptions", "Accesses to the watched address.")
    case .servedByNetworkCache:
      (
        "served_by_network_cache", "misses",
        "Secondary misses on other stations' lines that the station's network cache supplied."
      )
    case .servedByStationCache:
      ("served_by_station_cache", "misses", "Of `served_by_cache`, those by a processor of the same station.")
    case .exceptionsOther: ("exceptions_other", "exceptions", "All other exceptions.")
    }
  }
  private static func home(_ station: Int) -> (String, String, String) {
    (
      "misses_home_\(station)", "misses",
      "Secondary misses on lines of station \(station)'s memory, whoever served them."
    )
  }
  public var name: String { definition.0 }
  public var unit: String { definition.1 }
  public var meaning: String { definition.2 }
}
