// The dispatcher: which thread runs on a processor. A clustered object with a representative for each
// processor, whose ready queue no other processor touches (paper, Section 3: "By partitioning the dispatch
// queue so that each processor has a private list, contention is eliminated").
//
// A thread stays on its processor. To make a thread of another processor ready, it is put on that processor's
// incoming list (one compare-exchange) and the processor is told by an interrupt if the list was empty.
//
// Who has used least of the processor runs next, and is interrupted when he is a slice ahead of the next. So
// threads that compute have equal shares, and one that seldom needs the processor has it when he does.

import CMachine

/// The dispatcher of the own processor.
@inline(__always) var dispatcher: Reference<Dispatcher> { Reference(slot: 0) }

open class Dispatcher {
  /// The ready threads, by the time that they have used; the one with the least is the next to run.
  private var first: ThreadPointer?
  /// What who runs has used, up to `chargedAt`, in units of Count. A call passes the processor on with its
  /// time: what a worker used counts for who called.
  private var used: UInt = Dispatcher.beginning
  private var chargedAt: UInt = 0
  /// What the thread had used that was the next to run last time: it never goes back. Who sleeps or is new is
  /// at most a slice behind it, so that he runs at once, and for no longer than that.
  private var present: UInt = Dispatcher.beginning
  private static let beginning: UInt = 1 << 32
  /// The thread that runs has used up its time, or one that has used less is ready.
  private var isSliceOver = false

  init() {}

  /// Makes a thread of this processor ready to run.
  open func makeReady(_ thread: ThreadPointer) {
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

  /// Makes a thread of this processor ready to run before all others.
  open func makeReadyFirst(_ thread: ThreadPointer) {
    thread.pointee.used = first.map { min($0.pointee.used, present) } ?? present
    thread.pointee.next = first?.word ?? 0
    first = thread
    if local.pointee.current != local.pointee.idle {
      charge()
      beginSlice()
    }
  }

  /// Lets the threads that were made ready first run before the current one, and all others after it.
  open func giveWay(to count: UInt) {
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

  /// Takes in what other processors have made ready.
  open func takeIncoming() {
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

  open func sliceEnded() { isSliceOver = true }

  /// Lets another thread run if the one that runs has used up its time.
  open func yieldIfSliceIsOver() {
    if isSliceOver {
      isSliceOver = false
      takeTurn()
    }
  }

  /// Lets the other ready threads run first: who waits by looking again and again is charged as much as the
  /// one of them that has used most.
  open func yield() {
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

  /// The current thread does not go on before it is made ready again. It must be known to who will do that.
  open func block() { switchToNext() }

  /// The current thread has ended; its page is freed once the processor is on another stack.
  open func end() -> Never {
    local.pointee.ended = local.pointee.current
    switchToNext()
    panic("a thread went on after its end")
  }

  /// Something waits to run.
  open func hasReady() -> Bool { first != nil }

  /// To be called first on the other side of a switch.
  open func switched() {
    if let ended = local.pointee.ended {
      local.pointee.ended = nil
      FloatingPoint.forget(ended)
      ThreadRecord.free(ended.assumingMemoryBound(to: ThreadRecord.self))
    }
  }

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
    Unmanaged.passRetained(Dispatcher()).toOpaque()
  }
}

enum Dispatch {
  /// Makes a thread ready on its own processor, whichever that is.
  static func makeReady(_ thread: ThreadPointer) {
    if thread.pointee.processor == local.pointee.number {
      dispatcher.call { $0.makeReady(thread) }
      return
    }
    // Once it is in the list, the thread may come to its end at any time.
    let number = thread.pointee.processor
    let list = PublicPage(of: number).incoming
    var head = atomic_load(list)
    while true {
      thread.pointee.next = head
      let seen = atomic_compare_exchange(list, head, thread.word)
      if seen == head { break }
      head = seen
    }
    if head == 0 { Mailbox.poke(number) }
  }

  /// What a processor does when no thread is ready. Never ends.
  static func idle() -> Never {
    Operation.begin()
    while true {
      local.pointee.attention = 0
      _ = RemoteCalls.takeIn()
      dispatcher.call { $0.takeIncoming() }
      if dispatcher.call({ $0.hasReady() }) {
        dispatcher.call { $0.block() }
      } else {
        Operation.end()
        _ = LocalWindow.idle.read()
        Operation.begin()
        Interrupts.serve()
      }
    }
  }
}

/// The last thing before user mode, for every way back: does what has come up meanwhile.
@inline(__always) func beforeUserMode() {
  if local.pointee.attention != 0 { attend() }
  Operation.end()
}

@inline(never) private func attend() {
  while local.pointee.attention != 0 {
    local.pointee.attention = 0
    currentThread.process.call { $0.endThreadIfEnding() }
    Workers.trim()
    let calls = RemoteCalls.takeIn()
    if calls != 0 { dispatcher.call { $0.giveWay(to: calls) } }
    dispatcher.call { $0.takeIncoming() }
    dispatcher.call { $0.yieldIfSliceIsOver() }
  }
}
