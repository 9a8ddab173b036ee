import Foundation
import TestSupport
import ringbus

/// Rings of several daemons in this process, without links: what one puts comes to the others when the clock
/// says so, and nobody sleeps for that.
///
/// The clock is the test's, which advances it. Where it is `automatic`, it goes on to what is due next
/// whenever all daemons wait.
final class FakeLinks: @unchecked Sendable {
  private struct Letter {
    var due: UInt64
    var frame: [UInt8]
  }
  /// What a daemon waits for: the frames of a round, since when, or a wake or any of the next.
  private enum Wait {
    case round(since: UInt64)
    case wake
  }
  private struct End {
    var local: Range<Int>
    var round: UInt64 = 0
    /// The frames that have been put for this daemon in this round and the next, which others may be in, by station.
    var letters: [[Letter?]]
    var wait: Wait?
    var isWoken = false
    var isClosed = false

    /// Those of its round.
    var frames: [Letter?] { letters[Int(round & 1)] }
  }

  let stations: Int
  /// Ticks of the clock for which a daemon waits for a frame.
  let silence: UInt64 = 1_000_000
  private let condition = NSCondition()
  private let isAutomatic: Bool
  private let longest: Int
  private var random: SeededRandom
  private var now: UInt64 = 0
  private var ends: [End]
  private var failure: RingError?

  /// - Parameter longest: a frame takes up to so many ticks of the clock, drawn from the seed.
  init(stations: Int, daemons: Int, automatic: Bool = true, longest: Int = 0, seed: UInt64 = 1) {
    self.stations = stations
    isAutomatic = automatic
    self.longest = longest
    random = SeededRandom(seed: seed)
    let share = stations / daemons
    let none = [[Letter?]](repeating: Array(repeating: nil, count: stations), count: 2)
    ends = (0..<daemons).map { End(local: ($0 * share)..<(($0 + 1) * share), letters: none) }
  }

  func ring(_ daemon: Int) -> any Ring { FakeRing(links: self, daemon: daemon, local: ends[daemon].local) }

  /// - Parameter ticks: of the clock.
  func advance(by ticks: UInt64) {
    condition.withLock {
      now += ticks
      // Before anything else can come: who is late is late, whichever thread runs first.
      for daemon in ends.indices { try? judge(daemon) }
      tell()
    }
  }

  /// Returns when each of these daemons has put its frames and waits for others'.
  func waitUntilInRound(_ daemons: [Int]) {
    condition.withLock {
      while !daemons.allSatisfy({ if case .round? = ends[$0].wait { true } else { false } }) { condition.wait() }
    }
  }

  // MARK: What rings do

  fileprivate func put(_ frames: [[UInt8]], from daemon: Int) throws(RingError) {
    try locked { () throws(RingError) in
      if let failure { throw failure }
      let round = ends[daemon].round
      for other in ends.indices where other != daemon {
        for station in ends[daemon].local {
          let due = now + UInt64(random.below(longest + 1))
          ends[other].letters[Int(round & 1)][station] = Letter(due: due, frame: frames[station])
        }
      }
      tell()
    }
  }

  fileprivate func take(_ frames: inout [[UInt8]], at daemon: Int) throws(RingError) {
    try locked { () throws(RingError) in
      try wait(.round(since: now), daemon)
      let half = Int(ends[daemon].round & 1)
      for station in 0..<stations {
        guard let letter = ends[daemon].letters[half][station] else { continue }
        frames[station] = letter.frame
        ends[daemon].letters[half][station] = nil
      }
      ends[daemon].round += 1
    }
  }

  fileprivate func waitForWake(_ daemon: Int) throws(RingError) {
    try locked { () throws(RingError) in
      try wait(.wake, daemon)
      ends[daemon].isWoken = false
    }
  }

  fileprivate func wake(_ daemon: Int) {
    condition.withLock {
      ends[daemon].isWoken = true
      tell()
    }
  }

  fileprivate func close(_ daemon: Int) {
    condition.withLock {
      ends[daemon].isClosed = true
      goOn()
      tell()
    }
  }

  private func locked<Result>(_ body: () throws(RingError) -> Result) throws(RingError) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }

  private func wait(_ wait: Wait, _ daemon: Int) throws(RingError) {
    ends[daemon].wait = wait
    defer { ends[daemon].wait = nil }
    tell()
    while true {
      if let failure { throw failure }
      if isOver(daemon) { return }
      try judge(daemon)
      if goOn() { tell() } else { condition.wait() }
    }
  }

  /// Something has changed.
  private func tell() { condition.broadcast() }

  /// What a daemon waits for is there.
  private func isOver(_ daemon: Int) -> Bool {
    let end = ends[daemon]
    let come = end.frames.reduce(0) { $0 + ($1.map { $0.due <= now } == true ? 1 : 0) }
    return if case .round = end.wait { come == stations - end.local.count } else { end.isWoken || come > 0 }
  }

  /// The end of the ring for a daemon whose frames cannot come, or have not come in time.
  private func judge(_ daemon: Int) throws(RingError) {
    let letters = ends[daemon].frames
    for end in ends where letters[end.local.lowerBound] == nil && end.local != ends[daemon].local {
      let station = end.local.lowerBound
      if end.isClosed { failure = RingError(.left, station: station, "station \(station) has left the ring") }
      if case .round(let since)? = ends[daemon].wait, now >= since + silence {
        failure = RingError(.silent, station: station, "station \(station) says nothing")
      }
    }
    guard let failure else { return }
    tell()
    throw failure
  }

  /// Where all daemons wait and the clock is nobody's, it goes on to what is due next.
  ///
  /// - Returns: whether it has.
  @discardableResult private func goOn() -> Bool {
    let open = ends.indices.filter { !ends[$0].isClosed }
    guard isAutomatic, failure == nil, open.allSatisfy({ ends[$0].wait != nil && !isOver($0) }) else { return false }
    let due = open.flatMap { ends[$0].frames.compactMap { $0?.due } }.filter { $0 > now }.min()
    guard let due else { return false }
    now = due
    return true
  }
}

private final class FakeRing: Ring {
  private let links: FakeLinks
  private let daemon: Int
  let local: Range<Int>
  var stations: Int { links.stations }

  init(links: FakeLinks, daemon: Int, local: Range<Int>) {
    self.links = links
    self.daemon = daemon
    self.local = local
  }

  func put(_ frames: [[UInt8]]) throws(RingError) { try links.put(frames, from: daemon) }
  func take(_ frames: inout [[UInt8]], patience: RingPatience) throws(RingError) { try links.take(&frames, at: daemon) }
  func waitForWake() throws(RingError) { try links.waitForWake(daemon) }
  func wake() { links.wake(daemon) }
  func close() { links.close(daemon) }
}
