// The per-processor count of active operations (paper, Section 5.3: "the counter is incremented every time an
// operation is started and decremented when the operation completes"), in two generations: the way out of the
// starvation that footnote 15 worries about. New operations count in one generation while those of the other
// run out, so a token waits only for operations that were active when it came, however many follow.

/// A value of the word. Its changes are in `include/objects.h`: the word is updated by LL/SC, for a token may
/// come from another processor.
struct OperationWord {
  var raw: UInt

  static let countBits: UInt = 28
  static let attention: UInt = 1 << 62
  static let generation: UInt = 1 << 63

  init(raw: UInt) { self.raw = raw }

  /// Operations that are active in generation 0 or 1.
  func count(_ generation: UInt) -> UInt {
    raw >> (generation &* OperationWord.countBits) & (1 << OperationWord.countBits &- 1)
  }
  /// In which new operations count.
  var current: UInt { raw >> 63 }
  /// No operation is active that began before the generations last changed.
  var isDrained: Bool { count(current ^ 1) == 0 }
  var wantsAttention: Bool { raw & OperationWord.attention != 0 }
  var isIdle: Bool { raw & ~(OperationWord.attention | OperationWord.generation) == 0 }
}

/// The way of a token through a set of processors (bit set).
enum TokenPath {
  /// The next processor after `processor`, in order of their numbers and round; nil when none is left.
  @inline(__always) static func next(_ remaining: UInt, after processor: UInt) -> UInt? {
    if remaining == 0 { return nil }
    // Two shifts: by 64 at once is none at all.
    let above = (remaining &>> processor) &>> 1
    if above != 0 { return processor &+ 1 &+ UInt(bitPattern: above.trailingZeroBitCount) }
    return UInt(bitPattern: remaining.trailingZeroBitCount)
  }
}
