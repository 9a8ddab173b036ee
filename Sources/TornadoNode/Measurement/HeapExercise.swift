// Blocks of the kernel's heap that change hands: each processor that does this gives what it allocates to
// whoever comes next, who looks at it and frees it. So blocks of all sizes are freed on other processors and
// stations than theirs.

import CMachine

/// The blocks on their way.
private var exchanged = InlineArray<32, UInt>(repeating: 0)

enum HeapExercise {
  /// False when there is no memory.
  static func exchange() -> Bool {
    let random = LocalWindow.memoryClock.read() &* 0x9E37_79B9_7F4A_7C15 >> 16
    let bytes = random >> 8 & 3 == 0 ? 1 &+ random >> 16 & 0xFFF : 16 &+ random >> 16 & 0x7F
    // A block that is said to be local and freed elsewhere is against the rules, and yet must come home.
    guard let block = random & 1 == 0 ? KernelHeap.allocate(bytes) : KernelHeap.allocateLocal(bytes) else {
      return false
    }
    let words = bytes / 8
    var i: UInt = 0
    while i < words {
      block.word(i).pointee = i == 0 ? bytes : UInt(bitPattern: block) &+ i
      i &+= 1
    }
    let slot = withUnsafeMutablePointer(to: &exchanged) { UnsafeMutableRawPointer($0).word(random >> 32 & 31) }
    let new = words == 0 ? 0 : UInt(bitPattern: block)
    var old = atomic_load(slot)
    while true {
      let seen = atomic_compare_exchange(slot, old, new)
      if seen == old { break }
      old = seen
    }
    if words == 0 { KernelHeap.free(block) }
    if let other = UnsafeMutableRawPointer(bitPattern: old) { check(other) }
    return true
  }

  private static func check(_ block: UnsafeMutableRawPointer) {
    let words = block.word(0).pointee / 8
    var i: UInt = 1
    while i < words {
      if block.word(i).pointee != UInt(bitPattern: block) &+ i {
        panic("a block was written by another", UInt(bitPattern: block))
      }
      i &+= 1
    }
    KernelHeap.free(block)
  }

  /// Frees what is still on its way.
  static func finish() {
    var slot: UInt = 0
    while slot < 32 {
      let place = withUnsafeMutablePointer(to: &exchanged) { UnsafeMutableRawPointer($0).word(slot) }
      let block = place.pointee
      place.pointee = 0
      if let block = UnsafeMutableRawPointer(bitPattern: block) { check(block) }
      slot &+= 1
    }
  }

  /// Frames that can be had from the stations, beside the few that processors have at hand.
  static var freeFrames: Int {
    var frames: UInt = 0
    var station: UInt = 0
    while station < local.pointee.stations {
      frames &+= StationData.of(station: station).pointee.frames.free
      station &+= 1
    }
    return Int(bitPattern: frames)
  }
}
