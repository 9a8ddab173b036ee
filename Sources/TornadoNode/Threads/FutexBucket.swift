// Threads that wait for an address of their process: a list, with its lock in a line of its own (`FutexTable`).

import CMachine

struct FutexBucket {
  var lock: SpinLock
  private var first: UInt
  private var last: UInt

  /// With the lock held.
  static func append(_ bucket: UnsafeMutablePointer<FutexBucket>, _ thread: ThreadPointer) {
    thread.pointee.next = 0
    if let last = ThreadPointer(word: bucket.pointee.last) {
      last.pointee.next = thread.word
    } else {
      bucket.pointee.first = thread.word
    }
    bucket.pointee.last = thread.word
  }

  /// Wakes up to `count` threads that wait for `address`, in the order in which they came. Returns how many
  /// there were.
  static func wake(_ bucket: UnsafeMutablePointer<FutexBucket>, _ address: Address, _ count: UInt) -> Int {
    take(bucket, count) { $0.pointee.waitsFor == address }
  }

  /// Calls `body` with each thread that waits, with the lock held.
  static func forEach(_ bucket: UnsafeMutablePointer<FutexBucket>, _ body: (ThreadPointer) -> Void) {
    SpinLock.acquire(&bucket.pointee.lock)
    var thread = ThreadPointer(word: bucket.pointee.first)
    while let t = thread {
      body(t)
      thread = ThreadPointer(word: t.pointee.next)
    }
    SpinLock.release(&bucket.pointee.lock)
  }

  static func wakeAll(_ bucket: UnsafeMutablePointer<FutexBucket>) {
    _ = take(bucket, UInt(Int.max)) { _ in true }
  }

  @inline(__always) private static func take(
    _ bucket: UnsafeMutablePointer<FutexBucket>, _ count: UInt, _ matches: (ThreadPointer) -> Bool
  ) -> Int {
    var woken: UInt = 0
    var list: UInt = 0
    var listEnd: ThreadPointer?
    SpinLock.acquire(&bucket.pointee.lock)
    var before: ThreadPointer?
    var thread = ThreadPointer(word: bucket.pointee.first)
    while let t = thread, woken < count {
      let next = t.pointee.next
      if matches(t) {
        if let before { before.pointee.next = next } else { bucket.pointee.first = next }
        if next == 0 { bucket.pointee.last = before?.word ?? 0 }
        t.pointee.next = 0
        if let listEnd { listEnd.pointee.next = t.word } else { list = t.word }
        listEnd = t
        woken &+= 1
      } else {
        before = t
      }
      thread = ThreadPointer(word: next)
    }
    SpinLock.release(&bucket.pointee.lock)
    // Making a thread ready may interrupt its processor: not with the lock held.
    while let t = ThreadPointer(word: list) {
      list = t.pointee.next
      t.wake()
    }
    return Int(bitPattern: woken)
  }
}
