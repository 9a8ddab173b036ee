import Foundation
import Testing

@testable import ringbus

/// All tests of the ring, one after the other: each has threads of its own, and some watch the clock.
@Suite(.serialized) struct RingTests {}

/// A folder for sockets, short enough for their paths, gone with its last user.
final class SocketFolder: Sendable {
  let path: String
  init() {
    var template = Array("/tmp/ringtest-XXXXXX".utf8CString)
    mkdtemp(&template)
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func socket(_ name: Int) -> RingAddress { .unix(path: "\(path)/\(name)") }
}

/// Lines that rings reported, from any thread.
final class Lines: @unchecked Sendable {
  private let condition = NSCondition()
  private var lines: [String] = []
  func add(_ line: String) {
    condition.withLock {
      lines.append(line)
      condition.broadcast()
    }
  }
  var all: [String] { condition.withLock { lines } }

  /// Waits, up to five seconds, for a line that contains the text.
  func waitFor(_ text: String) -> Bool {
    let deadline = Date() + 5
    return condition.withLock {
      while !lines.contains(where: { $0.contains(text) }) {
        guard condition.wait(until: deadline) else { return false }
      }
      return true
    }
  }
}

/// Several daemons' rings in one process, each on a thread of its own.
struct TestRing {
  var daemons: Int
  var each = 1
  var tcp = false
  var adjust: (inout RingConfiguration, Int) -> Void = { _, _ in }
  let folder = SocketFolder()
  let reported = Lines()
  /// Those of `run`, from when they have joined.
  let threads = RingThreads()

  func configuration(_ index: Int) -> RingConfiguration {
    let reported = self.reported
    var configuration = RingConfiguration(
      cluster: "a cluster", profileHash: [1, 2, 3], imageHash: [4, 5, 6], stations: daemons * each,
      local: (index * each)..<((index + 1) * each),
      listen: tcp ? .tcp(host: "127.0.0.1", port: 0) : folder.socket(index),
      successor: daemons == 1 ? nil : folder.socket((index + 1) % daemons))
    configuration.joinTimeout = 10_000
    configuration.silenceTimeout = 5_000
    configuration.report = { reported.add($0) }
    adjust(&configuration, index)
    return configuration
  }

  /// Runs `body` for each daemon on a joined ring, and returns what each threw, or nil. A ring that `body`
  /// leaves open is closed.
  @discardableResult
  func run(_ body: @escaping (_ ring: UVRing, _ index: Int) throws -> Void) throws -> [RingError?] {
    let rings = try (0..<daemons).map { try UVRing(configuration($0)) }
    let errors = Collected<RingError>(daemons)
    let group = DispatchGroup()
    for (index, ring) in rings.enumerated() {
      let next = tcp ? rings[(index + 1) % daemons].address : nil
      onThread(group) {
        do {
          try ring.join(successor: next)
          threads.begin(index)
          try body(ring, index)
        } catch let error as RingError {
          errors.put(index, error)
        } catch {
          Issue.record(error)
        }
        ring.close()
      }
    }
    #expect(group.wait(timeout: .now() + 60) == .success, "a ring hangs")
    return errors.all
  }
}

/// One value a thread.
final class Collected<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Value?]
  init(_ count: Int) { values = Array(repeating: nil, count: count) }
  func put(_ index: Int, _ value: Value) { lock.withLock { values[index] = value } }
  var all: [Value?] { lock.withLock { values } }
}

func onThread(_ group: DispatchGroup, _ body: @escaping () -> Void) {
  struct Box: @unchecked Sendable { var body: () -> Void }
  let box = Box(body: body)
  group.enter()
  Thread {
    box.body()
    group.leave()
  }.start()
}

/// What a station says in a round, to be told from every other frame: different in content and in length.
func sample(_ station: Int, _ round: Int, size: Int = 100) -> [UInt8] {
  let pattern = (0..<997).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ station &* 101 &+ round &* 7) }
  var frame: [UInt8] = []
  let count = size + station * 3 + round % 17
  while frame.count + pattern.count <= count { frame += pattern }
  return frame + pattern.prefix(count - frame.count)
}

/// Exchanges sample frames for some rounds, and records an issue when one came wrong.
func checkSamples(_ ring: UVRing, _ rounds: Range<Int>, size: Int = 100, patience: RingPatience = .busy) throws {
  var frames = [[UInt8]](repeating: [], count: ring.stations)
  for round in rounds {
    for station in ring.local { frames[station] = sample(station, round, size: size) }
    try ring.exchange(&frames, patience: patience)
    let wrong = (0..<ring.stations).filter { frames[$0] != sample($0, round, size: size) }
    guard wrong.isEmpty else {
      Issue.record("round \(round): the frames of stations \(wrong) came wrong")
      return
    }
  }
}

extension UVRing {
  /// A whole round.
  func exchange(_ frames: inout [[UInt8]], patience: RingPatience) throws {
    try put(frames)
    try take(&frames, patience: patience)
  }
}
