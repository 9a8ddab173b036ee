import GuestCompiler
import NUMAchine

/// What processors lost by sharing lines, the dearest lines first: `tctl sharing --json`, schema
/// `tornado.sharing/1`.
public struct SharingReport: Codable, Equatable {
  public static let schemaName = "tornado.sharing/1"
  /// How many lines may be asked for.
  public static let topRange = 1...1000
  /// For how long from now may be asked, in seconds.
  public static let secondsRange = 1...300

  /// What all of a line's, or a word's, or the machine's misses come to.
  public struct Cost: Codable, Equatable {
    /// Processor cycles of waiting for these misses and upgrades, summed over processors.
    public var cycles: UInt64 = 0
    /// Coherence misses at words that another processor had written since.
    public var trueSharing: UInt64 = 0
    /// Coherence misses at words that no other had written since.
    public var falseSharing: UInt64 = 0
    /// Stores that had to take copies of the line away from others.
    public var upgrades: UInt64 = 0
    public var misses: UInt64 { trueSharing + falseSharing }

    static func + (a: Cost, b: Cost) -> Cost {
      Cost(
        cycles: a.cycles + b.cycles, trueSharing: a.trueSharing + b.trueSharing,
        falseSharing: a.falseSharing + b.falseSharing,
        upgrades: a.upgrades + b.upgrades)
    }
  }

  public struct Word: Codable, Equatable {
    /// Of the word in its line, in bytes.
    public var offset: Int
    /// The virtual address by which it was accessed, in hexadecimal.
    public var address: String
    /// What has a name there, and the word's distance from its start in bytes.
    public var symbol: String?
    public var symbolOffset: UInt64?
    /// Who missed there.
    public var processors: [Int]
    /// Address and name of the code that missed there last on the processor that lost most.
    public var instruction: String
    public var code: String?
    public var cost: Cost
  }

  public struct Line: Codable, Equatable {
    /// Physical address, in hexadecimal.
    public var address: String
    /// Whose memory it is in.
    public var station: Int
    /// The virtual address by which its dearest word was accessed, less the word's place in the line, in
    /// hexadecimal.
    public var virtualAddress: String
    /// In words, whose memory it is.
    public var place: String
    public var processors: [Int]
    public var cost: Cost
    /// In order of their offsets.
    public var words: [Word]

    /// The word that cost most.
    public var dearest: Word { words.max { ($0.cost.cycles, $1.offset) < ($1.cost.cycles, $0.offset) }! }
  }

  public var schema = Self.schemaName
  /// Processor cycles since reset.
  public var cycle: UInt64
  /// The program over which this is; nil for all since boot.
  public var program: String?
  public var total: Cost
  public var lines: [Line]
  /// Lines with sharing misses that are not in `lines`, as far as they are known one by one, and the cost of
  /// all that is not there.
  public var furtherLines: Int
  public var furtherCost: Cost
}

extension SharingReport {
  /// - Parameters:
  ///   - entries: of all processors.
  ///   - names: what is at an address.
  ///   - top: how many lines.
  public init(
    cycle: UInt64, program: String?, entries: [SharingEntry], names: SharingNames, profile: MachineProfile, top: Int
  ) {
    let mask = UInt64(profile.secondaryLineBytes - 1)
    let known = entries.filter { $0.word != SharingEntry.rest }
    let cost = { (entries: [SharingEntry]) in entries.reduce(Cost()) { $0 + Cost($1, profile) } }
    var lines: [(address: UInt64, entries: [SharingEntry], cost: Cost)] = []
    for (address, entries) in Dictionary(grouping: known, by: { $0.word & ~mask }) {
      let sum = cost(entries)
      // Upgrades alone are no sign of harm: others read, and do not come back.
      if sum.misses > 0 { lines.append((address, entries, sum)) }
    }
    lines.sort { ($1.cost.cycles, $0.address) < ($0.cost.cycles, $1.address) }
    let rest = cost(entries.filter { $0.word == SharingEntry.rest })
    self.cycle = cycle
    self.program = program
    total = lines.reduce(rest) { $0 + $1.cost }
    self.lines = lines.prefix(top).map { Line($0.address, $0.entries, cost: $0.cost, names: names, profile: profile) }
    furtherLines = max(0, lines.count - top)
    furtherCost = lines.dropFirst(top).reduce(rest) { $0 + $1.cost }
  }
}

extension SharingReport.Cost {
  fileprivate init(_ entry: SharingEntry, _ profile: MachineProfile) {
    self.init(
      cycles: entry.ticks / UInt64(profile.processorCycle), trueSharing: UInt64(entry.trueSharing),
      falseSharing: UInt64(entry.falseSharing),
      upgrades: UInt64(entry.upgrades))
  }
}

extension SharingReport.Line {
  fileprivate init(
    _ address: UInt64, _ entries: [SharingEntry], cost: SharingReport.Cost, names: SharingNames, profile: MachineProfile
  ) {
    self.address = hexadecimal(address)
    station = Int(address >> 32)
    self.cost = cost
    processors = Set(entries.map { Int($0.processor) }).sorted()
    struct Key: Hashable {
      var word: UInt64
      var virtual: UInt64
      var asid: UInt16
    }
    let groups = Dictionary(grouping: entries) { Key(word: $0.word, virtual: $0.virtual, asid: $0.asid) }
    let order = groups.sorted {
      ($0.key.word, $0.key.virtual, $0.key.asid) < ($1.key.word, $1.key.virtual, $1.key.asid)
    }
    words = order.map { key, entries in
      let most = entries.max { ($0.ticks, $1.processor) < ($1.ticks, $0.processor) }!
      let symbol = names.symbol(key.virtual)
      let code = names.symbol(most.instruction)
      return SharingReport.Word(
        offset: Int(key.word - address), address: hexadecimal(key.virtual), symbol: symbol?.name,
        symbolOffset: symbol?.offset,
        processors: entries.map { Int($0.processor) }.sorted(), instruction: hexadecimal(most.instruction),
        code: code?.name, cost: entries.reduce(SharingReport.Cost()) { $0 + SharingReport.Cost($1, profile) })
    }
    let most = entries.max { ($0.ticks, $1.word) < ($1.ticks, $0.word) }!
    virtualAddress = hexadecimal(most.virtual & ~UInt64(profile.secondaryLineBytes - 1))
    place = names.place(most.virtual, physical: most.word, asid: most.asid)
  }
}

func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
