// The threads that wait for locks: a hash table by the lock's address (paper, Section 5.1, footnote 11), a
// part of it in each station for the locks that lie there. A list has its own lock, which only spins.
//
// A waiting thread stays in the list until it has the lock. Who opens a lock wakes the first of those that
// wait for it; all others that come keep behind it, but for those that cannot wait: if one of them has been
// faster, the thread goes back to sleep in its place.

import CMachine

/// A list of the table: a line.
struct Waiters {
  private var lock: SpinLock
  private var first: UInt
  private var last: UInt
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt)

  /// Lists of a station.
  static let lists: UInt = 16

  private static func list(of lock: UnsafeMutablePointer<Lock>) -> UnsafeMutablePointer<Waiters> {
    let address = UInt(bitPattern: lock)
    // What is not in xkphys is in kseg0, which is station 0's memory.
    let station = address >> 62 == 3 ? 0 : PhysicalAddress(of: lock).station
    let table = withUnsafeMutablePointer(to: &StationData.of(station: station).pointee.waiters) {
      UnsafeMutableRawPointer($0)
    }
    return table.assumingMemoryBound(to: Waiters.self)
      + Int(bitPattern: (address >> 7 ^ address >> 11 ^ address >> 3) & (lists &- 1))
  }

  /// Whether there is a thread that can wait: the idle one cannot, nor one whose access to its program's
  /// memory the kernel is just mending, for it may be in the middle of anything.
  static var canWait: Bool { local.pointee.current != local.pointee.idle && !processor.pointee.isMending }

  /// Returns when the current thread holds the lock.
  static func wait(for lock: UnsafeMutablePointer<Lock>) {
    let list = list(of: lock)
    let thread = currentThread
    SpinLock.acquire(&list.pointee.lock)
    while true {
      let word = atomic_load(lock)
      if word & (Lock.held | Lock.waiting) == 0 {
        if atomic_try_lock_behind_waiters(lock) == 0 { return SpinLock.release(&list.pointee.lock) }
      } else if atomic_compare_exchange(lock, word, word | Lock.waiting) == word {
        break
      }
    }
    thread.pointee.waitsFor = UInt(bitPattern: lock)
    thread.pointee.nextWaiter = 0
    if let last = ThreadPointer(word: list.pointee.last) {
      last.pointee.nextWaiter = thread.word
    } else {
      list.pointee.first = thread.word
    }
    list.pointee.last = thread.word
    repeat {
      thread.pointee.isWoken = false
      SpinLock.release(&list.pointee.lock)
      dispatcher.call { $0.block() }
      SpinLock.acquire(&list.pointee.lock)
    } while atomic_try_lock(lock) != 0
    remove(thread, from: list)
    if firstWaiter(for: lock, in: list) == nil { _ = atomic_and(lock, ~Lock.waiting) }
    SpinLock.release(&list.pointee.lock)
  }

  /// Opens a lock for which threads wait.
  @inline(never) static func open(_ lock: UnsafeMutablePointer<Lock>) {
    let list = list(of: lock)
    SpinLock.acquire(&list.pointee.lock)
    _ = atomic_and(lock, ~Lock.held)
    let thread = firstWaiter(for: lock, in: list)
    let isToBeWoken = thread.map { !$0.pointee.isWoken } ?? false
    thread?.pointee.isWoken = true
    SpinLock.release(&list.pointee.lock)
    // Making a thread ready may interrupt its processor: not with the lock held.
    if let thread, isToBeWoken { thread.wake() }
  }

  private static func firstWaiter(for lock: UnsafeMutablePointer<Lock>, in list: UnsafeMutablePointer<Waiters>)
    -> ThreadPointer?
  {
    var next = ThreadPointer(word: list.pointee.first)
    while let thread = next {
      if thread.pointee.waitsFor == UInt(bitPattern: lock) { return thread }
      next = ThreadPointer(word: thread.pointee.nextWaiter)
    }
    return nil
  }

  private static func remove(_ thread: ThreadPointer, from list: UnsafeMutablePointer<Waiters>) {
    var before: ThreadPointer?
    var next = ThreadPointer(word: list.pointee.first)
    while let other = next, other != thread {
      before = other
      next = ThreadPointer(word: other.pointee.nextWaiter)
    }
    if let before {
      before.pointee.nextWaiter = thread.pointee.nextWaiter
    } else {
      list.pointee.first = thread.pointee.nextWaiter
    }
    if thread.pointee.nextWaiter == 0 { list.pointee.last = before?.word ?? 0 }
  }
}
