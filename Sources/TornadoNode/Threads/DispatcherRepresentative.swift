// The dispatcher of one processor: its ready queue, and the share of the processor that each thread has had.

import CMachine

final class DispatcherRepresentative: Dispatcher {
  /// The ready threads, by the time that they have used; the one with the least is the next to run.
  private var first: ThreadPointer?
  /// What who runs has used, up to `chargedAt`, in units of Count. A call passes the processor on with its
  /// time: what a worker used counts for who called.
  private var used: UInt = DispatcherRepresentative.beginning
  private var chargedAt: UInt = 0
  /// What the thread had used that was the next to run last time: it never goes back. Who sleeps or is new is
  /// at most a slice behind it, so that he runs at once, and for no longer than that.
  private var present: UInt = DispatcherRepresentative.beginning
  private static let beginning: UInt = 1 << 32
  /// The thread that runs has used up its time, or one that has used less is ready.
  private var isSliceOver = false

  override func makeReady(_ thread: ThreadPointer) {
    charge()
    // A thread that its own process has just made here does not keep its maker from making others.
    let isChild = thread.pointee.used == 0 && thread.pointee.process == currentThread.pointee.process
    thread.pointee.used = max(thread.pointee.used, isChild ? used : present &- TimeSlice.counts)
    insert(thread)
    if local.pointee.current == local.pointee.idle { return }
    if thread.pointee.used < used {
      isSliceOver = true
      local.pointee.attention = 1
    }
    beginSlice()
  }

  /// Behind those that have used no more.
  private func insert(_ thread: ThreadPointer) {
    var before: ThreadPointer?
    var place = first
    while let p = place, p.pointee.used <= thread.pointee.used {
      before = p
      place = ThreadPointer(word: p.pointee.next)
    }
    thread.pointee.next = place?.word ?? 0
    if let before { before.pointee.next = thread.word } else { first = thread }
  }

  private func charge() {
    let now = cp0_count()
    used &+= (now &- chargedAt) & 0xFFFF_FFFF
    chargedAt = now
  }

  /// The timer comes when who runs is a slice ahead of the next.
  private func beginSlice() {
    guard let first else { return TimeSlice.cancel() }
    let slice = Int(bitPattern: TimeSlice.counts)
    let left = slice &- Int(bitPattern: used &- first.pointee.used)
    TimeSlice.begin(UInt(bitPattern: max(slice / 8, min(slice &* 2, left))))
  }

  override func makeReadyFirst(_ thread: ThreadPointer) {
    // No more than who waits or runs, or if it has to wait for something it waits for their time too: they may
    // only be spinning until this is done.
    var least = max(thread.pointee.used, present &- TimeSlice.counts)
    if let first { least = min(least, first.pointee.used) }
    let isIdle = local.pointee.current == local.pointee.idle
    if !isIdle {
      charge()
      least = min(least, used)
    }
    thread.pointee.used = least
    thread.pointee.next = first?.word ?? 0
    first = thread
    if !isIdle { beginSlice() }
  }

  override func giveWay(to count: UInt) {
    var place = first
    var left = count
    while left > 1, let p = place {
      place = ThreadPointer(word: p.pointee.next)
      left &-= 1
    }
    guard let place else { return }
    let current = currentThread
    current.pointee.next = place.pointee.next
    place.pointee.next = current.word
    switchToNext()
  }

  override func takeIncoming() {
    let list = PublicPage.own.incoming
    if atomic_load(list) == 0 { return }
    var head = atomic_load(list)
    while true {
      let seen = atomic_compare_exchange(list, head, 0)
      if seen == head { break }
      head = seen
    }
    // The list has the latest first.
    var inOrder: UInt = 0
    while let thread = ThreadPointer(word: head) {
      head = thread.pointee.next
      thread.pointee.next = inOrder
      inOrder = thread.word
    }
    while let thread = ThreadPointer(word: inOrder) {
      inOrder = thread.pointee.next
      makeReady(thread)
    }
  }

  override func sliceEnded() { isSliceOver = true }

  override func yieldIfSliceIsOver() {
    if isSliceOver {
      isSliceOver = false
      takeTurn()
    }
  }

  override func yield() {
    takeIncoming()
    charge()
    var place = first
    while let p = place {
      used = max(used, p.pointee.used)
      place = ThreadPointer(word: p.pointee.next)
    }
    takeTurn()
  }

  private func takeTurn() {
    if first == nil { return }
    charge()
    currentThread.pointee.used = used
    insert(currentThread)
    switchToNext()
  }

  override func block() { switchToNext() }

  override func end() -> Never {
    local.pointee.ended = local.pointee.current
    switchToNext()
    panic("a thread went on after its end")
  }

  override func hasReady() -> Bool { first != nil }

  override func switched() {
    if let ended = local.pointee.ended {
      local.pointee.ended = nil
      FloatingPoint.forget(ended)
      keep(ended.assumingMemoryBound(to: ThreadRecord.self))
    }
  }

  /// Threads that have ended, with their objects, whoever's they were: to be begun anew takes less than to be
  /// made. In a chain by `next`.
  private var ended: ThreadPointer?
  private var endedCount: UInt = 0
  private static let keepsAtMost: UInt = 4

  private func keep(_ thread: ThreadPointer) {
    if endedCount == DispatcherRepresentative.keepsAtMost || !thread.canBeginAnew { return ThreadRecord.free(thread) }
    thread.pointee.next = ended?.word ?? 0
    ended = thread
    endedCount &+= 1
  }

  override func takeEnded() -> ThreadPointer? {
    guard let thread = ended else { return nil }
    ended = ThreadPointer(word: thread.pointee.next)
    endedCount &-= 1
    return thread
  }

  override func freeEnded() { while let thread = takeEnded() { ThreadRecord.free(thread) } }

  private func switchToNext() {
    takeIncoming()
    let old = currentThread
    charge()
    old.pointee.used = used
    let next: ThreadPointer
    if let ready = first {
      next = ready
      first = ThreadPointer(word: ready.pointee.next)
      present = max(present, ready.pointee.used)
    } else {
      next = local.pointee.idle.unsafelyUnwrapped.assumingMemoryBound(to: ThreadRecord.self)
    }
    used = next.pointee.used
    isSliceOver = false
    beginSlice()
    if next == old { return }
    if old.pointee.canary != ThreadRecord.intact { panic("a kernel stack has overflowed", old.word) }
    local.pointee.current = UnsafeMutableRawPointer(next)
    local.pointee.kernelStack = next.kernelStack
    // Whatever happened to its process meanwhile is looked at before it goes back to user mode.
    local.pointee.attention = 1
    AddressSpaces.activate(next)
    FloatingPoint.willRun(next)
    switch_context(&old.pointee.stackPointer, next.pointee.stackPointer)
    switched()
  }
}

/// Behind the dispatcher: a representative for each processor.
final class DispatcherMissHandler: Clustered {
  init() { super.init(.perProcessor) }
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(DispatcherRepresentative()).toOpaque()
  }
}
