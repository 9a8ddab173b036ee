import ControlAPI
import Foundation

/// What a program has written, for any number of readers, and how it ended.
///
/// The machine cannot be made to wait for a slow reader without stalling every station, so the log is
/// bounded: beyond `capacity` the oldest bytes are dropped, and a reader who had not come so far is told how
/// many he missed.
final class JobLog: @unchecked Sendable {
  /// Bytes of output kept of one program.
  static let capacity = 16 << 20
  /// Writes are gathered into entries of this size, so that a program that writes byte by byte costs no more
  /// than another.
  private static let entryBytes = 16 << 10

  private struct Entry {
    var stream: Int
    /// Position of the first byte in all that the program has written.
    var start: Int
    var bytes: [UInt8]
    var end: Int { start + bytes.count }
  }

  private let lock = NSLock()
  private var entries: [Entry] = []
  /// Entries before this one are dropped; the array is compacted when half of it is.
  private var first = 0
  private var kept = 0
  private var written = 0
  private var startEvent: JobEvent?
  private var endEvent: JobEvent?
  private var readers: [CheckedContinuation<Void, Never>] = []

  init() {}

  /// The log as a checkpoint kept it.
  init(_ saved: CheckpointHost.Log) {
    entries = saved.entries.map { Entry(stream: $0.stream, start: $0.start, bytes: Array($0.bytes)) }
    kept = entries.reduce(0) { $0 + $1.bytes.count }
    written = saved.written
    startEvent = saved.started
    endEvent = saved.ended
  }

  /// For a checkpoint.
  var saved: CheckpointHost.Log {
    lock.withLock {
      var saved = CheckpointHost.Log()
      saved.entries = entries[first...].map { .init(stream: $0.stream, start: $0.start, bytes: Data($0.bytes)) }
      saved.written = written
      saved.started = startEvent
      saved.ended = endEvent
      return saved
    }
  }

  /// Bytes of output held.
  var size: Int { lock.withLock { kept } }

  func started(_ event: JobEvent) { change { startEvent = event } }

  func ended(_ event: JobEvent) { change { endEvent = event } }

  func append(stream: Int, _ bytes: [UInt8]) {
    change {
      if first < entries.count, entries[entries.count - 1].stream == stream,
        entries[entries.count - 1].bytes.count < Self.entryBytes
      {
        entries[entries.count - 1].bytes += bytes
      } else {
        entries.append(Entry(stream: stream, start: written, bytes: bytes))
      }
      written += bytes.count
      kept += bytes.count
      drop(downTo: Self.capacity)
    }
  }

  /// Frees what was kept; readers are told.
  func dropOutput() { change { drop(downTo: 0) } }

  private func drop(downTo limit: Int) {
    while kept > limit, first < entries.count {
      kept -= entries[first].bytes.count
      entries[first].bytes = []
      first += 1
    }
    if first > entries.count / 2 {
      entries.removeFirst(first)
      first = 0
    }
  }

  private func change(_ body: () -> Void) {
    let waiting = lock.withLock {
      body()
      defer { readers = [] }
      return readers
    }
    for reader in waiting { reader.resume() }
  }

  /// A place in the log.
  struct Position {
    fileprivate var sawStart = false
    fileprivate var sawEnd = false
    fileprivate var offset = 0
  }

  /// The events after `position`, waiting for one; nil after the last.
  func next(_ position: inout Position) async -> [JobEvent]? {
    while true {
      let events = lock.withLock { take(&position) }
      if events == nil || events?.isEmpty == false { return events }
      await withCheckedContinuation { continuation in
        let isLate = lock.withLock {
          var probe = position
          if take(&probe)?.isEmpty == false { return true }
          readers.append(continuation)
          return false
        }
        if isLate { continuation.resume() }
      }
    }
  }

  private func take(_ position: inout Position) -> [JobEvent]? {
    guard !position.sawEnd else { return nil }
    var events: [JobEvent] = []
    if !position.sawStart, let startEvent {
      position.sawStart = true
      events.append(startEvent)
    }
    let oldest = first < entries.count ? entries[first].start : written
    if position.offset < oldest {
      var event = JobEvent(.dropped)
      event.bytes = oldest - position.offset
      position.offset = oldest
      events.append(event)
    }
    // Entries lie end to end, so the one that holds the position is found by bisection.
    var low = first
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].end <= position.offset { low = middle + 1 } else { high = middle }
    }
    var budget = 8
    while low < entries.count, budget > 0 {
      let entry = entries[low]
      events.append(.output(stream: entry.stream, entry.bytes[(position.offset - entry.start)...]))
      position.offset = entry.end
      low += 1
      budget -= 1
    }
    if position.offset == written, let endEvent {
      position.sawEnd = true
      events.append(endEvent)
    }
    return events
  }
}
