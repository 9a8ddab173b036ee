// Locks in a bit of any word (paper, Section 5.1: "require only two dedicated bits from any word").
//
// Bit 0: held. Bit 1 is kept for "threads wait". Inside the objects they protect, never held across a call to another object, never while
// waiting for another processor: so who spins waits for a bounded piece of another processor's code, and interrupts stay off.

import CMachine

struct SpinLock {
  private var word: UInt = 0
  static let held: UInt = 1

  @inline(__always) static func acquire(_ lock: UnsafeMutablePointer<SpinLock>) {
    if atomic_try_lock(lock) != 0 { acquireSlowly(lock) }
  }

  /// Polls the own copy of the line, and asks for it only when the lock looks free.
  @inline(never) private static func acquireSlowly(_ lock: UnsafeMutablePointer<SpinLock>) {
    repeat {
      while atomic_load(lock) & held != 0 {}
    } while atomic_try_lock(lock) != 0
  }

  @inline(__always) static func release(_ lock: UnsafeMutablePointer<SpinLock>) {
    atomic_store(lock, atomic_load(lock) & ~held)
  }
}

/// A lock for an object: a line of its own.
struct PaddedLock {
  var lock = SpinLock()
  private var padding:
    (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}
