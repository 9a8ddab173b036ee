/// The secondary cache: unified, direct-mapped, with the data.
struct SecondaryCache {
  let bytes: Int
  let lineBytes: Int
  let slots: Int
  let data: UnsafeMutableRawPointer
  /// Physical line address and, in the low bits, the `LineState`; 0 for an empty slot.
  private let tags: UnsafeMutablePointer<UInt64>
  private let shift: UInt64

  init(_ state: StateSpace, bytes: Int, lineBytes: Int) {
    self.bytes = bytes
    self.lineBytes = lineBytes
    slots = bytes / lineBytes
    shift = UInt64(lineBytes.trailingZeroBitCount)
    data = UnsafeMutableRawPointer(state.buffer("data", count: bytes, of: UInt8.self).base)
    tags = state.buffer("tags", count: slots).base
  }

  func clear() { tags.update(repeating: 0, count: slots) }

  @inline(__always) func line(_ physical: UInt64) -> UInt64 { physical & ~UInt64(lineBytes - 1) }

  @inline(__always) func slot(_ physical: UInt64) -> Int { Int(truncatingIfNeeded: physical >> shift) & (slots - 1) }

  /// State in which the line of this address is held.
  @inline(__always) func state(_ physical: UInt64) -> LineState {
    let tag = tags[slot(physical)]
    return tag & ~3 == line(physical) ? Self.state(tag) : .invalid
  }

  /// What a slot holds, if the state is not invalid.
  @inline(__always) func held(slot: Int) -> (line: UInt64, state: LineState) { (tags[slot] & ~3, Self.state(tags[slot])) }

  @inline(__always) func set(_ physical: UInt64, _ state: LineState) {
    tags[slot(physical)] = state == .invalid ? 0 : line(physical) | UInt64(state.rawValue)
  }

  /// Where the byte of this address is if its line is held.
  @inline(__always) func pointer(_ physical: UInt64) -> UnsafeMutableRawPointer { data + Int(truncatingIfNeeded: physical) & (bytes - 1) }

  /// Hands over tags, states, and the data of the lines that are held, in order.
  func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    body(UnsafeRawBufferPointer(start: tags, count: slots * 8))
    for slot in 0..<slots where tags[slot] & 3 != 0 { body(UnsafeRawBufferPointer(start: data + slot * lineBytes, count: lineBytes)) }
  }

  @inline(__always) private static func state(_ tag: UInt64) -> LineState {
    switch tag & 3 {
    case 1: .shared
    case 2: .cleanExclusive
    case 3: .dirtyExclusive
    default: .invalid
    }
  }
}
