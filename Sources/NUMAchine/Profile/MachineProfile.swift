/// A machine, in numbers. Every time and size of the emulated machine comes from here; none is a constant in
/// code.
///
/// Times are in ticks unless the name says cycles. A profile is read from a text of `name = value` lines; see
/// `Sources/Profiles/numachine.profile` for what each number is and where it comes from.
public struct MachineProfile: Equatable, Sendable {
  /// How caches are kept coherent.
  public enum CoherenceProtocol: String, CaseIterable, Sendable {
    /// A directory of processors at each line's home, which serves one request at a time (the paper's
    /// simulated machine).
    case flat
    /// NUMAchine's own: two levels of directory, network caches, selective broadcast.
    case numachine
  }

  /// What joins the stations.
  public enum Network: String, CaseIterable, Sendable {
    /// Slotted rings, one or two levels of them.
    case ring
    /// Any message takes the same time; those for one station are served in order.
    case plain
  }

  public var name = ""
  public var processor = ProcessorModel.r4400
  public var summary = ""
  public var coherence = CoherenceProtocol.flat
  public var network = Network.ring
  public var stations = 0
  public var processorsPerStation = 0
  public var memoryBytes = 0
  public var ticksPerSecond = 0
  /// Ticks in a processor cycle.
  public var processorCycle = 0

  public var primaryInstructionBytes = 0
  public var primaryDataBytes = 0
  public var primaryLineBytes = 0
  public var secondaryBytes = 0
  public var secondaryLineBytes = 0
  /// Of both primary caches; 1 is direct-mapped.
  public var primaryWays = 0
  public var secondaryWays = 0
  public var readFillsExclusive = 0

  public var loadDelayCycles = 0
  /// From issue to the next load of a dependent chain, for a load that the secondary cache serves.
  public var secondaryHit = 0
  /// From an instruction's issue to its request on the bus (P in the latency budget).
  public var issueToBus = 0
  /// Arbitration, command and address (A).
  public var busCommand = 0
  /// Arbitration and header of an answer (H).
  public var busHeader = 0
  public var busBeat = 0
  public var busBeatBytes = 0
  public var memoryBanks = 0
  public var directory = 0
  public var dram = 0
  public var memoryOutput = 0
  /// From the end of the command to the answer of a processor that is asked for a line.
  public var intervention = 0
  /// From the last beat on the bus to the restart of the processor (F).
  public var fill = 0
  /// The same where the answer carries no line: a grant, a refusal, a register.
  public var restart = 0
  /// From the end of a command for another station's memory until the ring interface has it: the network
  /// cache's tags are looked up meanwhile.
  public var networkLookup = 0
  public var networkFill = 0
  public var networkCacheBytes = 0
  public var networkCacheDRAM = 0
  public var networkCacheOutput = 0
  /// The least time from when a ring interface or network cache decides by itself to send something until
  /// that is ready for the ring.
  public var retryTurnaround = 0
  /// Commands that the queue of sinkable packets holds before its station halts invalidations.
  public var inputQueue = 0
  /// Stations of a local ring. A machine with more has several, joined by a central ring.
  public var stationsPerRing = 0
  public var ringOut = 0
  public var ringHop = 0
  public var ringIn = 0
  public var ringBeat = 0
  /// What passing the sequencing point costs a multicast.
  public var ringSequencing = 0
  /// From a local ring to the central ring or back.
  public var interRingCrossing = 0
  /// On a plain network: from one station's interface to any other's.
  public var networkTransit = 0
  /// On a plain network: what a message takes the receiving interface for.
  public var networkOccupancy = 0
  /// From the end of the command to the answer of a device register.
  public var device = 0
  /// From the end of the command to the interrupt at the processor.
  public var interruptRaise = 0

  public init() {}
}

extension MachineProfile {
  public var processors: Int { stations * processorsPerStation }

  /// The integer fields, by the name they have in a profile's text, with the values that make sense.
  static let fields: [(name: String, path: WritableKeyPath<MachineProfile, Int> & Sendable, range: ClosedRange<Int>)] =
    commonFields + numachineFields + ringFields + plainFields

  private typealias Fields = [(
    name: String, path: WritableKeyPath<MachineProfile, Int> & Sendable, range: ClosedRange<Int>
  )]

  private static let commonFields: Fields = [
    ("stations", \.stations, 1...16),
    ("processors_per_station", \.processorsPerStation, 1...4),
    ("memory_bytes", \.memoryBytes, (8 << 20)...(496 << 20)),
    ("ticks_per_second", \.ticksPerSecond, 1_000_000...100_000_000_000),
    ("processor_cycle", \.processorCycle, 1...1000),
    ("primary_instruction_bytes", \.primaryInstructionBytes, 1024...(1 << 20)),
    ("primary_data_bytes", \.primaryDataBytes, 1024...(1 << 20)),
    ("primary_line_bytes", \.primaryLineBytes, 16...32),
    ("secondary_bytes", \.secondaryBytes, 16384...(16 << 20)),
    ("secondary_line_bytes", \.secondaryLineBytes, 16...128),
    ("primary_ways", \.primaryWays, 1...16),
    ("secondary_ways", \.secondaryWays, 1...16),
    ("read_fills_exclusive", \.readFillsExclusive, 0...1),
    ("load_delay_cycles", \.loadDelayCycles, 1...3),
    ("secondary_hit", \.secondaryHit, 1...100_000),
    ("issue_to_bus", \.issueToBus, 1...100_000),
    ("bus_command", \.busCommand, 1...100_000),
    ("bus_header", \.busHeader, 1...100_000),
    ("bus_beat", \.busBeat, 1...100_000),
    ("bus_beat_bytes", \.busBeatBytes, 1...128),
    ("memory_banks", \.memoryBanks, 1...16),
    ("directory", \.directory, 1...100_000),
    ("dram", \.dram, 1...100_000),
    ("memory_output", \.memoryOutput, 1...100_000),
    ("intervention", \.intervention, 1...100_000),
    ("fill", \.fill, 1...100_000),
    ("restart", \.restart, 1...100_000),
    ("network_lookup", \.networkLookup, 1...100_000),
    ("device", \.device, 1...100_000),
    ("interrupt_raise", \.interruptRaise, 1...100_000),
  ]

  /// Needed for `protocol = numachine` alone.
  private static let numachineFields: Fields = [
    ("network_cache_bytes", \.networkCacheBytes, 4096...(64 << 20)),
    ("network_cache_dram", \.networkCacheDRAM, 1...100_000),
    ("network_cache_output", \.networkCacheOutput, 1...100_000),
    ("retry_turnaround", \.retryTurnaround, 1...100_000),
    ("input_queue", \.inputQueue, 1...256),
  ]

  /// Needed for `network = ring` alone.
  private static let ringFields: Fields = [
    ("stations_per_ring", \.stationsPerRing, 1...16),
    ("network_fill", \.networkFill, 1...100_000),
    ("ring_out", \.ringOut, 1...100_000),
    ("ring_hop", \.ringHop, 1...100_000),
    ("ring_in", \.ringIn, 1...100_000),
    ("ring_beat", \.ringBeat, 1...100_000),
    ("ring_sequencing", \.ringSequencing, 1...100_000),
    ("inter_ring_crossing", \.interRingCrossing, 1...100_000),
  ]

  /// Needed for `network = plain` alone.
  private static let plainFields: Fields = [
    ("network_transit", \.networkTransit, 1...100_000),
    ("network_occupancy", \.networkOccupancy, 1...100_000),
  ]

  /// The names that this profile must give.
  private var needed: [String] {
    ["name"] + Self.commonFields.map(\.name) + ["protocol", "network"]
      + (coherence == .numachine ? Self.numachineFields.map(\.name) : [])
      + (network == .ring ? Self.ringFields : Self.plainFields).map(\.name)
  }

  /// What is wrong with a profile: one line that names the line or the field, and what it may be.
  public struct Problem: Error, CustomStringConvertible {
    public var description: String
  }

  /// Reads a profile from its text.
  ///
  /// - Throws: `Problem` for a line that is no `name = value`, an unknown, repeated or missing name, a value
  ///   out of range, and numbers that contradict each other.
  public init(text: some StringProtocol) throws(Problem) {
    var seen: Set<String> = []
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let statement = line.prefix { $0 != "#" }
      guard statement.contains(where: { !$0.isWhitespace }) else { continue }
      guard let equals = statement.firstIndex(of: "=") else {
        throw Problem(description: "line \(number): expected 'name = value', found '\(Self.trim(statement))'")
      }
      let name = Self.trim(statement[..<equals])
      let value = Self.trim(statement[statement.index(after: equals)...])
      guard seen.insert(name).inserted else {
        throw Problem(description: "line \(number): '\(name)' stands here for the second time")
      }
      if name == "name" {
        self.name = value
      } else if name == "summary" {
        summary = value
      } else if name == "processor" {
        processor = try Self.choice(value, name, line: number)
      } else if name == "protocol" {
        coherence = try Self.choice(value, name, line: number)
      } else if name == "network" {
        network = try Self.choice(value, name, line: number)
      } else if let field = Self.fields.first(where: { $0.name == name }) {
        guard let integer = Int(value) else {
          throw Problem(description: "line \(number): '\(name)' must be an integer, not '\(value)'")
        }
        guard field.range.contains(integer) else {
          throw Problem(
            description:
              "line \(number): '\(name)' must be \(field.range.lowerBound) to \(field.range.upperBound), not \(integer)"
          )
        }
        self[keyPath: field.path] = integer
      } else {
        throw Problem(description: "line \(number): no field is called '\(name)'")
      }
    }
    for name in needed where !seen.contains(name) {
      throw Problem(description: "'\(name)' is missing")
    }
    try checkAgreement()
  }

  /// A text that gives the same profile.
  public var text: String {
    let words = [
      "name = \(name)", "processor = \(processor.rawValue)", "protocol = \(coherence.rawValue)",
      "network = \(network.rawValue)",
    ]
    let numbers = Self.fields.filter { needed.contains($0.name) }.map { "\($0.name) = \(self[keyPath: $0.path])" }
    return (words + (summary.isEmpty ? [] : ["summary = \(summary)"]) + numbers).joined(separator: "\n") + "\n"
  }

  private static func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ value: String, _ name: String, line: Int
  ) throws(Problem) -> Choice {
    guard let choice = Choice(rawValue: value) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: " or ")
      throw Problem(description: "line \(line): '\(name)' must be \(all), not '\(value)'")
    }
    return choice
  }

  private static func trim(_ text: some StringProtocol) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Numbers that are each possible and together are not.
  private func checkAgreement() throws(Problem) {
    for (name, value) in [
      ("primary_instruction_bytes", primaryInstructionBytes), ("primary_data_bytes", primaryDataBytes),
      ("primary_line_bytes", primaryLineBytes), ("secondary_bytes", secondaryBytes),
      ("secondary_line_bytes", secondaryLineBytes),
      ("bus_beat_bytes", busBeatBytes), ("memory_banks", memoryBanks), ("primary_ways", primaryWays),
      ("secondary_ways", secondaryWays),
    ] where value & (value - 1) != 0 {
      throw Problem(description: "'\(name)' must be a power of two, not \(value)")
    }
    guard primaryLineBytes <= secondaryLineBytes else {
      throw Problem(
        description:
          "'primary_line_bytes' (\(primaryLineBytes)) must not exceed 'secondary_line_bytes' (\(secondaryLineBytes))")
    }
    guard max(primaryInstructionBytes, primaryDataBytes) <= secondaryBytes else {
      throw Problem(
        description:
          "'secondary_bytes' (\(secondaryBytes)) must be at least the size of each primary cache, which it includes")
    }
    let ways = [
      ("primary_ways", primaryWays, min(primaryInstructionBytes, primaryDataBytes) / primaryLineBytes),
      ("secondary_ways", secondaryWays, secondaryBytes / secondaryLineBytes),
    ]
    for (name, value, lines) in ways where value > lines {
      throw Problem(description: "'\(name)' (\(value)) must not exceed the cache's lines (\(lines))")
    }
    guard busBeatBytes <= secondaryLineBytes else {
      throw Problem(
        description: "'bus_beat_bytes' (\(busBeatBytes)) must not exceed 'secondary_line_bytes' (\(secondaryLineBytes))"
      )
    }
    let lineTransfer = busHeader + secondaryLineBytes / busBeatBytes * busBeat
    if coherence == .numachine {
      guard network == .ring else {
        throw Problem(description: "'protocol = numachine' orders its multicasts by 'network = ring'")
      }
      guard networkCacheBytes & (networkCacheBytes - 1) == 0 else {
        throw Problem(description: "'network_cache_bytes' must be a power of two, not \(networkCacheBytes)")
      }
    }
    guard networkLookup <= lineTransfer + intervention else {
      // Else an owner's "I have nothing" could reach the home before the write-back that it sent earlier.
      let most = lineTransfer + intervention
      throw Problem(
        description:
          "'network_lookup' (\(networkLookup)) must not exceed a line's transfer and 'intervention' together (\(most))")
    }
    guard memoryBytes % (1 << 20) == 0 else {
      throw Problem(description: "'memory_bytes' must be a multiple of 1048576, not \(memoryBytes)")
    }
    guard secondaryHit >= loadDelayCycles * processorCycle else {
      throw Problem(
        description:
          "'secondary_hit' (\(secondaryHit) ticks) must be at least the load delay (\(loadDelayCycles * processorCycle) ticks)"
      )
    }
    guard fill >= loadDelayCycles * processorCycle else {
      throw Problem(
        description:
          "'fill' (\(fill) ticks) must be at least the load delay (\(loadDelayCycles * processorCycle) ticks)")
    }
  }
}
