import NUMAchine

/// Sections on their way to station 0's runner: with each round a part of the rest, so that a round stays
/// short and the machine goes on meanwhile.
struct CheckpointCourier {
  /// What follows a part of a section.
  enum Place: UInt8 {
    case moreFollows = 0
    /// It is its section's last.
    case last = 1
    /// It is the last of what the station has to send.
    case lastOfAll = 3
  }

  private struct Load {
    var id: UInt64
    var bytes: [UInt8]
    var sent = 0
  }
  /// For each local station, oldest first.
  private var loads: [[Load]]
  /// Bytes of a station in a round.
  private let part: Int

  /// - Parameter isWhole: nothing leaves this process.
  init(stations: Int, isWhole: Bool) {
    loads = Array(repeating: [], count: stations)
    part = isWhole ? Int.max / 2 : 256 << 10
  }

  /// Nothing is on its way.
  var isEmpty: Bool { loads.allSatisfy(\.isEmpty) }

  mutating func add(_ bytes: [UInt8], query id: UInt64, station index: Int) {
    loads[index].append(Load(id: id, bytes: bytes))
  }

  /// Says the next part of each station's load in its frame.
  mutating func fill(_ say: (_ record: ControlRecord, _ index: Int) -> Void) {
    for index in loads.indices where !loads[index].isEmpty {
      let load = loads[index][0]
      let end = min(load.bytes.count, load.sent + part)
      let isLast = end == load.bytes.count
      let place: Place = !isLast ? .moreFollows : loads[index].count == 1 ? .lastOfAll : .last
      say(.part(Array(load.bytes[load.sent..<end]), id: load.id, place), index)
      if isLast { loads[index].removeFirst() } else { loads[index][0].sent = end }
    }
  }
}

/// A checkpoint as it was gathered; what makes a file of it takes its time, and is not the runner's business.
public struct CheckpointParts: Sendable {
  var profile: MachineProfile
  var image: [UInt8]
  var host: [UInt8]
  var sections: [[UInt8]]

  /// A `CheckpointFile`'s bytes.
  public var file: [UInt8] {
    let now = (try? StationSection(sections[0], profile: profile, stations: sections.count))?.now ?? 0
    return CheckpointFile.encode(
      profile: profile.text, cycle: now / UInt64(profile.processorCycle), image: image, host: host, sections: sections)
  }
}
