import NUMAchine

/// The machine's counters as `tctl counters --json` prints them, schema `tornado.counters/1`.
///
/// Names, groups and their order come from `ProcessorCounter` and `StationCounter`, which define each counter
/// once.
public struct CountersReport: Equatable {
  public static let schemaName = "tornado.counters/1"
  /// The station's groups, in the order of the documents.
  public static let groups = ["bus", "memory", "network_cache", "ring", "tornado"]

  public struct Processor: Equatable {
    /// Global processor number.
    public var processor: Int
    /// By the counter's name.
    public var values: [String: UInt64]
    public subscript(counter: ProcessorCounter) -> UInt64 { values[counter.name] ?? 0 }
  }

  public struct Station: Equatable {
    public var station: Int
    public var processors: [Processor]
    /// By group, then by the counter's name.
    public var groups: [String: [String: UInt64]]
  }

  /// Processor cycles since reset.
  public var cycle: UInt64
  public var stations: [Station]

  /// - Parameters:
  ///   - cycle: processor cycles since reset.
  ///   - stations: of each station, its processors' counters by `ProcessorCounter` index and its own by
  ///     `StationCounter` index.
  public init(cycle: UInt64, stations rows: [(processors: [[UInt64]], station: [UInt64])]) {
    self.cycle = cycle
    var number = 0
    stations = []
    for (station, row) in rows.enumerated() {
      var processors: [Processor] = []
      for values in row.processors {
        let named = ProcessorCounter.allCases.map { ($0.name, $0.rawValue < values.count ? values[$0.rawValue] : 0) }
        processors.append(Processor(processor: number, values: Dictionary(uniqueKeysWithValues: named)))
        number += 1
      }
      var groups: [String: [String: UInt64]] = [:]
      for group in Self.groups { groups[group] = [:] }
      for counter in StationCounter.allCases {
        groups[counter.group, default: [:]][counter.name] =
          counter.rawValue < row.station.count ? row.station[counter.rawValue] : 0
      }
      stations.append(Station(station: station, processors: processors, groups: groups))
    }
  }

  /// What each counter, and the cycle, has gained since an earlier report of the same stations.
  ///
  /// - Parameter seconds: between the two; the result is what one second brought.
  public func since(_ earlier: CountersReport, per seconds: Double) -> CountersReport {
    func gain(_ now: UInt64, _ before: UInt64) -> UInt64 { UInt64(Double(now - min(now, before)) / seconds + 0.5) }
    func gains(_ now: [String: UInt64], _ before: [String: UInt64]) -> [String: UInt64] {
      now.reduce(into: [:]) { $0[$1.key] = gain($1.value, before[$1.key] ?? 0) }
    }
    var result = self
    result.cycle = gain(cycle, earlier.cycle)
    for (index, before) in zip(stations.indices, earlier.stations) {
      for (place, processor) in zip(stations[index].processors.indices, before.processors) {
        result.stations[index].processors[place].values = gains(
          stations[index].processors[place].values, processor.values)
      }
      result.stations[index].groups = stations[index].groups.reduce(into: [:]) {
        $0[$1.key] = gains($1.value, before.groups[$1.key] ?? [:])
      }
    }
    return result
  }
}

// A processor's and a station's names are its keys, beside one that identifies it, so the spelling is written
// out here. They are decoded as whole dictionaries, whose keys the decoder leaves as they are.
extension CountersReport: Codable {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.schemaName, forKey: Key("schema"))
    try container.encode(cycle, forKey: Key("cycle"))
    try container.encode(stations, forKey: Key("stations"))
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let schema = try container.decode(String.self, forKey: Key("schema"))
    guard schema == Self.schemaName else {
      throw DecodingError.dataCorruptedError(forKey: Key("schema"), in: container, debugDescription: "schema \(schema)")
    }
    cycle = try container.decode(UInt64.self, forKey: Key("cycle"))
    stations = try container.decode([Station].self, forKey: Key("stations"))
  }
}

extension CountersReport.Processor: Codable {
  public func encode(to encoder: any Encoder) throws {
    var all = values
    all["processor"] = UInt64(processor)
    try all.encode(to: encoder)
  }

  public init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: UInt64].self)
    guard let number = values.removeValue(forKey: "processor") else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a processor without a number"))
    }
    processor = Int(number)
  }
}

extension CountersReport.Station: Codable {
  private enum Value: Codable {
    case number(Int)
    case processors([CountersReport.Processor])
    case group([String: UInt64])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .number(let number): try number.encode(to: encoder)
      case .processors(let processors): try processors.encode(to: encoder)
      case .group(let values): try values.encode(to: encoder)
      }
    }

    init(from decoder: any Decoder) throws {
      if let number = try? Int(from: decoder) {
        self = .number(number)
      } else if let processors = try? [CountersReport.Processor](from: decoder) {
        self = .processors(processors)
      } else {
        self = .group(try decoder.singleValueContainer().decode([String: UInt64].self))
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var all = groups.mapValues(Value.group)
    all["station"] = .number(station)
    all["processors"] = .processors(processors)
    try all.encode(to: encoder)
  }

  public init(from decoder: any Decoder) throws {
    var all = try decoder.singleValueContainer().decode([String: Value].self)
    guard case .number(let number)? = all.removeValue(forKey: "station"),
      case .processors(let list)? = all.removeValue(forKey: "processors")
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a station without number or processors"))
    }
    station = number
    processors = list
    groups = all.compactMapValues { if case .group(let values) = $0 { values } else { nil } }
  }
}
