// Locks that only spin, in bit 0 of any word, for a few instructions' work: inside the objects that they
// protect, never held across a call to another object, never while waiting for another processor. Interrupts
// stay off. Where it may take longer: `Lock`.

import CMachine

struct SpinLock {
  private var word: UInt = 0
  static let held: UInt = 1

  @inline(__always) static func acquire(_ lock: UnsafeMutablePointer<SpinLock>) {
    if atomic_try_lock(lock) != 0 { acquireSlowly(lock) }
  }

  /// Looks again after longer and longer pauses, different ones on each processor, so that a release is not
  /// answered by everybody at once.
  @inline(never) private static func acquireSlowly(_ lock: UnsafeMutablePointer<SpinLock>) {
    var turns: UInt = 8
    repeat {
      while atomic_load(lock) & held != 0 {
        pause_processor(turns &+ local.pointee.number)
        if turns < 128 { turns &+= turns }
      }
    } while atomic_try_lock(lock) != 0
  }

  @inline(__always) static func release(_ lock: UnsafeMutablePointer<SpinLock>) {
    atomic_store(lock, atomic_load(lock) & ~held)
  }
}

/// A lock for an object: a line of its own.
struct PaddedLock {
  var lock = SpinLock()
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  )
}
