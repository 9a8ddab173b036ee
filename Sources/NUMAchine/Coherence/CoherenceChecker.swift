/// Checks, between two windows, that the lines to which something has happened are as the protocol says
/// (`--check`).
///
/// It sees the stations of this process. With all of them here it sees everything; of others it knows
/// nothing, and holds back where an answer would need them. Stale copies lawfully live until the invalidation
/// reaches them, so data are compared where a line is *quiet*: nobody waits for it and nothing of it is under
/// way.
public final class CoherenceChecker {
  private let stations: [Station]
  private let isWhole: Bool

  /// - Parameter stations: of this process; each begins to note what happens to its lines.
  public init(_ stations: [Station]) {
    self.stations = stations
    isWhole = stations.count == stations.first?.stations
    for station in stations { station.startLog() }
  }

  /// Looks at all lines that were touched since it looked last.
  ///
  /// - Precondition: what stations have sent has been accepted by all.
  /// - Returns: the first rule that is broken, and the line's history; nil if all is well.
  public func check() -> String? {
    for station in stations {
      guard let log = station.log else { continue }
      for line in log.touched where station.isMemory(line) {
        if let problem = problem(of: line) { return report(problem, line) }
      }
    }
    for station in stations { station.log?.clearTouched() }
    return nil
  }

  // MARK: Rules

  private struct Copies {
    /// Station and processor.
    var exclusive: [(Station, Processor)] = []
    var shared: [(Station, Processor)] = []
  }

  private func problem(of line: UInt64) -> String? {
    var copies = Copies()
    for station in stations {
      for processor in station.processors {
        switch processor.lineState(line) {
        case .invalid: break
        case .shared: copies.shared.append((station, processor))
        case .cleanExclusive, .dirtyExclusive: copies.exclusive.append((station, processor))
        }
      }
    }
    if copies.exclusive.count > 1 {
      return "processors \(copies.exclusive[0].1.number) and \(copies.exclusive[1].1.number) both have it to themselves"
    }
    if let problem = frameProblem(line) { return problem }
    guard let home = stations.first(where: { $0.number == $0.home(of: line) }) else { return nil }
    switch home.coherence {
    case .flat: return flatProblem(line, home, copies)
    case .numachine: return numachineProblem(line, home, copies)
    }
  }

  /// What the network caches of this process's stations say of the line.
  private func frameProblem(_ line: UInt64) -> String? {
    for station in stations where station.home(of: line) != station.number {
      guard let entry = station.networkCache?.held(line)?.pointee, entry.lock != .none else { continue }
      let processor = station.processors[Int(entry.requester)]
      if processor.status != .waiting || processor.request.address != line {
        return
          "station \(station.number)'s network cache waits for it in the name of processor \(processor.number), which does not"
      }
    }
    return nil
  }

  private func numachineProblem(_ line: UInt64, _ home: Station, _ copies: Copies) -> String? {
    let entry = home.memory.homeEntry(line).pointee
    guard entry.lock == 0 else { return nil }
    for (station, processor) in copies.exclusive {
      let isLocal = station === home
      let isKnown =
        isLocal
        ? entry.state == .localInvalid && entry.processors == 1 << UInt8(processor.number - home.firstProcessor)
        : entry.state == .globalInvalid && entry.stations == 1 << UInt16(station.number)
      if !isKnown { return "processor \(processor.number) has it to itself, and the home says \(describe(entry))" }
    }
    for station in stations where station !== home {
      guard let frame = station.networkCache?.held(line)?.pointee,
        frame.state == .localValid || frame.state == .localInvalid
      else { continue }
      if entry.state != .globalInvalid || entry.stations != 1 << UInt16(station.number) {
        return
          "station \(station.number)'s network cache owns it (\(frame.state)), and the home says \(describe(entry))"
      }
    }
    guard isWhole, isQuiet(line) else { return nil }
    if let (_, owner) = copies.exclusive.first, let (_, other) = copies.shared.first {
      return "processor \(owner.number) has it to itself, and processor \(other.number) a copy"
    }
    var valid = home.memory.pointer(line)
    var keeper = "memory"
    if entry.state == .globalInvalid {
      let owner = stations[entry.stations.trailingZeroBitCount]
      if let cache = owner.networkCache, let frame = cache.held(line),
        frame.pointee.state == .localValid || copies.exclusive.isEmpty && frame.pointee.state == .localInvalid
      {
        valid = cache.line(of: line)
        keeper = "station \(owner.number)'s network cache"
      }
    }
    for (station, processor) in copies.shared {
      let mask: UInt16 = 1 << UInt16(station.number)
      let isKnown =
        station === home
        ? entry.processors & (1 << UInt8(processor.number - home.firstProcessor)) != 0 : entry.stations & mask != 0
      if !isKnown { return "processor \(processor.number) has a copy, and the home says \(describe(entry))" }
      if differ(processor.lineData(line), valid) {
        return "processor \(processor.number)'s copy differs from \(keeper)"
      }
    }
    for station in stations where station !== home {
      guard let cache = station.networkCache, let frame = cache.held(line)?.pointee, frame.state == .globalValid
      else { continue }
      if entry.stations & (1 << UInt16(station.number)) == 0 {
        return "station \(station.number)'s network cache has a copy, and the home says \(describe(entry))"
      }
      if differ(cache.line(of: line), valid) {
        return "station \(station.number)'s network cache differs from \(keeper)"
      }
    }
    return nil
  }

  private func flatProblem(_ line: UInt64, _ home: Station, _ copies: Copies) -> String? {
    let entry = home.memory.entry(line).pointee
    guard isWhole, entry.lock == 0, isQuiet(line) else { return nil }
    for (_, processor) in copies.exclusive
    where entry.state != .exclusive || entry.holders != 1 << UInt64(processor.number) {
      return "processor \(processor.number) has it to itself, and the home says \(entry.state) of \(entry.holders)"
    }
    for (_, processor) in copies.shared {
      if entry.state != .shared || entry.holders & (1 << UInt64(processor.number)) == 0 {
        return "processor \(processor.number) has a copy, and the home says \(entry.state) of \(entry.holders)"
      }
      if differ(processor.lineData(line), home.memory.pointer(line)) {
        return "processor \(processor.number)'s copy differs from memory"
      }
    }
    return nil
  }

  private func isQuiet(_ line: UInt64) -> Bool {
    if stations[0].network.carries(line) { return false }
    for station in stations {
      for index in 0..<station.messages.count
      where station.messages[index].isUsed && station.messages[index].packet.address == line { return false }
      for processor in station.processors where processor.status == .waiting && processor.request.address == line {
        return false
      }
    }
    return true
  }

  private func differ(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Bool {
    for offset in stride(from: 0, to: stations[0].profile.secondaryLineBytes, by: 8)
    where a.load(fromByteOffset: offset, as: UInt64.self) != b.load(fromByteOffset: offset, as: UInt64.self) {
      return true
    }
    return false
  }

  // MARK: Words

  private func describe(_ entry: HomeEntry) -> String {
    "\(entry.state), processors \(String(entry.processors, radix: 2)), stations \(String(entry.stations, radix: 2))"
  }

  private func report(_ problem: String, _ line: UInt64) -> String {
    let home = Int(line >> 32)
    var text =
      "line 0x\(String(line & 0xFFFF_FFFF, radix: 16)) of station \(home): \(problem). What happened to it, latest last:"
    var all: [(Int, LineLog.Entry)] = []
    for station in stations {
      for entry in station.log?.history(of: line) ?? [] { all.append((station.number, entry)) }
    }
    all.sort { ($0.1.time, $0.0) < ($1.1.time, $1.0) }
    for (station, entry) in all.suffix(60) {
      let who = entry.requester == Station.deviceRequester ? "" : " for processor \(entry.requester)"
      text +=
        "\n  tick \(entry.time) station \(station): \(entry.kind)\(who) from station \(entry.from) \(entry.moment.rawValue)"
      if entry.flags != 0 { text += ", flags \(entry.flags)" }
    }
    return text
  }
}
