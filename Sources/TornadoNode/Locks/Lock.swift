// Spin-then-block locks (paper, Section 5.1) in "two dedicated bits from any word": bit 0 says that the lock
// is held, bit 1 that threads wait for it. Who waits is in a hash table elsewhere (`Waiters`).
//
// Who wants a lock that is held spins for about the time that blocking takes, and then blocks: its processor
// does something else. While threads wait, nobody else takes the lock before them: everybody's turn comes.
// Who holds a lock does not block, so the holder always runs.
//
// While it spins, a processor answers others: who asks all processors of a process would else wait for all of
// them to get the lock. So a lock of this kind is taken with nothing half done.

import CMachine

struct Lock {
  private var word: UInt = 0
  static let held: UInt = 1
  static let waiting: UInt = 2

  /// Turns of four cycles for which it pays to spin: blocking and being woken by another processor takes some
  /// 2000 cycles.
  private static let spin: UInt = 500

  @inline(__always) static func acquire(_ lock: UnsafeMutablePointer<Lock>) {
    if atomic_try_lock_behind_waiters(lock) != 0 { acquireSlowly(lock) }
  }

  @inline(__always) static func release(_ lock: UnsafeMutablePointer<Lock>) {
    if atomic_try_unlock(lock) != 0 { Waiters.open(lock) }
  }

  @inline(never) private static func acquireSlowly(_ lock: UnsafeMutablePointer<Lock>) {
    var spent: UInt = 0
    var turns: UInt = 8
    while true {
      if Waiters.canWait {
        if spent >= spin || atomic_load(lock) & waiting != 0 { return Waiters.wait(for: lock) }
        if atomic_load(lock) & held == 0 && atomic_try_lock_behind_waiters(lock) == 0 { return }
      } else if atomic_load(lock) & held == 0 && atomic_try_lock(lock) == 0 {
        return
      }
      Mailbox.answerIfAsked()
      // Different pauses on each processor, so that a release is not answered by everybody at once.
      pause_processor(turns &+ local.pointee.number)
      spent &+= turns
      if turns < 128 { turns &+= turns }
    }
  }
}
