/// Bookings of something that serves one user at a time: a bus, a bank of memory. A booked slot never moves;
/// a later booking may take an earlier gap that fits it.
struct SlotCalendar {
  private struct Slot: BitwiseCopyable {
    var start: UInt64
    var end: UInt64
  }
  /// Sorted, without overlap.
  private let slots: FlatBuffer<Slot>
  private let booked: StateValue<Int>
  private let faults: FaultRecord

  init(_ state: StateSpace, capacity: Int = 256, faults: FaultRecord = FaultRecord()) {
    self.faults = faults
    slots = state.buffer("slots", count: capacity)
    booked = state.value("booked", 0)
  }

  /// Takes the first gap of `length` ticks that begins at `earliest` or later.
  ///
  /// - Parameter now: bookings that ended before this tick can no longer matter: nobody books before it.
  /// - Returns: the slot's first tick.
  func book(earliest: UInt64, length: UInt64, now: UInt64) -> UInt64 {
    var count = booked.value
    var past = 0
    while past < count, slots[past].end <= now { past &+= 1 }
    if past > 0 {
      count &-= past
      for index in 0..<count { slots[index] = slots[index &+ past] }
    }
    var start = earliest
    var position = 0
    while position < count {
      if slots[position].end > start {
        if slots[position].start >= start &+ length { break }
        start = slots[position].end
      }
      position &+= 1
    }
    guard faults.holds(count < slots.count, "the bus has more bookings than it can") else { return start }
    var index = count
    while index > position {
      slots[index] = slots[index &- 1]
      index &-= 1
    }
    slots[position] = Slot(start: start, end: start &+ length)
    booked.value = count &+ 1
    return start
  }
}

extension SlotCalendar {
  /// Whether what was restored are bookings.
  var isSound: Bool {
    guard 0...slots.count ~= booked.value else { return false }
    var end: UInt64 = 0
    for index in 0..<booked.value {
      guard slots[index].start >= end, slots[index].end >= slots[index].start else { return false }
      end = slots[index].end
    }
    return end < PacketCheck.lastTick
  }
}
