// The dispatcher: which thread runs on a processor. A clustered object with a representative for each
// processor, whose ready queue no other processor touches (paper, Section 3: "By partitioning the dispatch
// queue so that each processor has a private list, contention is eliminated").
//
// A thread stays on its processor. To make a thread of another processor ready, it is put on that processor's
// incoming list (one compare-exchange) and the processor is told by an interrupt if the list was empty.

import CMachine

/// The dispatcher of the own processor.
@inline(__always) var dispatcher: Reference<Dispatcher> { Reference(slot: 0) }

open class Dispatcher {
  private var first: ThreadPointer?
  private var last: ThreadPointer?
  /// The last of the threads at the front that were woken and go first, and how many have done so one after
  /// the other: others may wait for what they hold, and should not wait for a slice of a thread that
  /// computes; nor may the latter be kept from running at all.
  private var lastHurried: ThreadPointer?
  private var hurried: UInt = 0
  private static let hurriedAtMost: UInt = 8
  /// The thread that runs has used up its time, or is to give way.
  private var isSliceOver = false

  init() {}

  /// Makes a thread of this processor ready to run.
  open func makeReady(_ thread: ThreadPointer) {
    let hurries = thread.pointee.hurries && hurried < Dispatcher.hurriedAtMost
    thread.pointee.hurries = false
    if hurries {
      putFirst(thread)
      if local.pointee.current != local.pointee.idle {
        isSliceOver = true
        local.pointee.attention = 1
      }
      return
    }
    thread.pointee.next = 0
    if let last { last.pointee.next = thread.word } else { first = thread }
    last = thread
    if local.pointee.current != local.pointee.idle { TimeSlice.begin() }
  }

  /// Before all threads but those that came this way.
  private func putFirst(_ thread: ThreadPointer) {
    hurried &+= 1
    if let before = lastHurried {
      thread.pointee.next = before.pointee.next
      before.pointee.next = thread.word
    } else {
      thread.pointee.next = first?.word ?? 0
      first = thread
    }
    if thread.pointee.next == 0 { last = thread }
    lastHurried = thread
  }

  /// Makes a thread of this processor ready to run before all others.
  open func makeReadyFirst(_ thread: ThreadPointer) {
    thread.pointee.next = first?.word ?? 0
    first = thread
    if last == nil { last = thread }
    if local.pointee.current != local.pointee.idle { TimeSlice.begin() }
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
    if last == place { last = current }
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
      yield()
    }
  }

  /// Lets the other ready threads run first.
  open func yield() {
    takeIncoming()
    if first == nil { return }
    makeReady(currentThread)
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
    let next: ThreadPointer
    if let ready = first {
      next = ready
      first = ThreadPointer(word: ready.pointee.next)
      if first == nil { last = nil }
      if lastHurried == nil { hurried = 0 } else if lastHurried == next { lastHurried = nil }
    } else {
      next = local.pointee.idle.unsafelyUnwrapped.assumingMemoryBound(to: ThreadRecord.self)
    }
    isSliceOver = false
    if first != nil && next.pointee.process != 0 { TimeSlice.begin() } else { TimeSlice.cancel() }
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
