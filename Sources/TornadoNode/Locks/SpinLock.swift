// Locks in a bit of any word (paper, Section 5.1: "require only two dedicated bits from any word").
//
// Bit 0: held. Bit 1 is kept for "threads wait". Inside the objects they protect, never held across a call to another object, never while
// waiting for another processor: so who spins waits for a bounded piece of another processor's code, and interrupts stay off.

import CMachine

struct SpinLock {
  private var word: UInt = 0
  static let held: UInt = 1

  @inline(__always) static func acquire(_ lock: UnsafeMutablePointer<SpinLock>) {
    if atomic_try_lock(lock) != 0 { acquireSlowly(lock, isAnswering: false) }
  }

  /// As `acquire`, for locks that are taken with nothing half done: answers other processors' requests while it waits. Else who
  /// asks all processors of a process would wait for all of them to get the lock first.
  @inline(__always) static func acquireAnswering(_ lock: UnsafeMutablePointer<SpinLock>) {
    if atomic_try_lock(lock) != 0 { acquireSlowly(lock, isAnswering: true) }
  }

  /// Looks again after longer and longer pauses, different ones on each processor, so that a release is not answered by everybody at once.
  @inline(never) private static func acquireSlowly(_ lock: UnsafeMutablePointer<SpinLock>, isAnswering: Bool) {
    var turns: UInt = 8
    repeat {
      while atomic_load(lock) & held != 0 {
        if isAnswering { Mailbox.answerIfAsked() }
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
