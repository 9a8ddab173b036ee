/// Something that happens in a station at a tick.
struct Event: BitwiseCopyable {
  enum Kind: UInt8, StateChoice, CaseIterable {
    /// A packet has come in from the ring: it asks for a slot on the bus.
    case arrival
    /// A message has its slot on the home's bus, where it is decided.
    case home
    /// A message has been on the bus in full: the processors that it is for take notice.
    case processors
    /// A processor's uncached access has been on the bus in full.
    case device
    /// The answer to an uncached access has reached the processor.
    case answer
    /// Something of the network cache's own has been on the bus in full.
    case networkCache
    /// A processor whose request was refused asks again.
    case retry
    /// The queue of what comes in from the ring has been worked off to half.
    case drained
    /// A device's line has been written: the next one can follow.
    case transfer

    /// `Event.index` is a message's.
    var isOfMessage: Bool {
      switch self {
      case .arrival, .home, .processors, .networkCache: true
      case .device, .answer, .retry, .drained, .transfer: false
      }
    }
  }

  var time: UInt64 = 0
  /// Counts the station's events: equal times are served in the order of creation.
  var order: UInt64 = 0
  var kind: Kind = .arrival
  /// Index of the message in the station's pool, or of a processor.
  var index: Int32 = 0
}

/// The station's events to come: a binary heap by time and order of creation, in a flat buffer.
struct EventQueue {
  private struct Counts: BitwiseCopyable {
    var due = 0
    var created: UInt64 = 0
  }
  private let heap: FlatBuffer<Event>
  private let counts: StateValue<Counts>
  private let faults: FaultRecord

  init(_ state: StateSpace, capacity: Int, faults: FaultRecord) {
    self.faults = faults
    heap = state.buffer("heap", count: capacity)
    counts = state.value("counts", Counts())
  }

  var count: Int { counts.value.due }

  /// Time of the next event, `UInt64.max` where none is due.
  var nextTime: UInt64 { count == 0 ? .max : heap[0].time }

  func insert(_ kind: Event.Kind, at time: UInt64, index: Int) {
    guard faults.holds(count < heap.count, "the station's event queue is full") else { return }
    var event = Event()
    event.time = time
    event.order = counts.value.created
    event.kind = kind
    event.index = Int32(truncatingIfNeeded: index)
    counts.value.created &+= 1
    var hole = count
    counts.value.due &+= 1
    while hole > 0 {
      let parent = (hole &- 1) >> 1
      guard Self.precedes(event, heap[parent]) else { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    heap[hole] = event
  }

  func removeFirst() -> Event {
    let first = heap[0]
    let count = self.count &- 1
    counts.value.due = count
    let last = heap[count]
    var hole = 0
    while true {
      var child = 2 &* hole &+ 1
      guard child < count else { break }
      if child &+ 1 < count, Self.precedes(heap[child &+ 1], heap[child]) { child &+= 1 }
      guard Self.precedes(heap[child], last) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = last
    return first
  }

  private static func precedes(_ a: Event, _ b: Event) -> Bool {
    a.time < b.time || (a.time == b.time && a.order < b.order)
  }
}

extension EventQueue {
  /// Whether what was restored are events in their order, none before `now`, and each has what it is about.
  func isSound(now: UInt64, _ hasSubject: (Event) -> Bool) -> Bool {
    guard 0...heap.count ~= count else { return false }
    for index in 0..<count {
      let event = heap[index]
      guard event.time >= now, event.time < PacketCheck.lastTick, hasSubject(event),
        index == 0 || !Self.precedes(event, heap[(index - 1) >> 1])
      else { return false }
    }
    return true
  }
}
