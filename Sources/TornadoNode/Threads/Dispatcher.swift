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

/// The interface of the clustered object.
open class Dispatcher {
  init() {}

  // ---- Threads of this processor that become ready
  open func makeReady(_ thread: ThreadPointer) { abstract() }
  /// Before all others.
  open func makeReadyFirst(_ thread: ThreadPointer) { abstract() }
  /// Takes in what other processors have made ready.
  open func takeIncoming() { abstract() }
  /// Something waits to run.
  open func hasReady() -> Bool { abstract() }

  // ---- The current thread stops
  /// Lets the other ready threads run first: who waits by looking again and again is charged as much as the
  /// one of them that has used most.
  open func yield() { abstract() }
  /// Lets another thread run if the one that runs has used up its time.
  open func yieldIfSliceIsOver() { abstract() }
  /// Lets the `count` threads that were made ready first run before the current one, and all others after it.
  open func giveWay(to count: UInt) { abstract() }
  /// The current thread does not go on before it is made ready again. It must be known to who will do that.
  open func block() { abstract() }
  /// The current thread has ended; once the processor is on another stack its page is freed, or kept for the
  /// next thread that is made here.
  open func end() -> Never { abstract() }

  // ---- Threads of this processor that have ended
  /// One that is kept, to be begun anew; nil if there is none.
  open func takeEnded() -> ThreadPointer? { abstract() }
  /// Memory has run out: what is kept goes.
  open func freeEnded() { abstract() }

  // ---- What the dispatcher is told
  /// By the timer: the thread that runs has used up its time.
  open func sliceEnded() { abstract() }
  /// To be called first on the other side of a switch.
  open func switched() { abstract() }
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
