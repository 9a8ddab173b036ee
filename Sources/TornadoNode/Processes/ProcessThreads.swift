// The threads of a process on one processor, and its end.
//
// A process ends from within: once it is marked as ending, each of its threads finds that out on its own
// processor before it would go back to user mode, and leaves. The last one to leave takes the rest down. So
// no processor ever handles another's running thread.
//
// Each representative counts the threads of its own processor and gives them numbers that it has taken ahead:
// to make a thread and to end it touches nothing that another processor writes, as long as one more is there.

import CMachine

class ProcessThreads: ProcessMemory {
  /// The threads on this processor, but for workers. All of them together count once in `Line.threads`.
  private final var threads: UInt = 0
  /// Numbers that no thread has yet, and how many to take the next time.
  private final var nextNumber: UInt = 0
  private final var numbersEnd: UInt = 0
  private final var numbersAhead: UInt = 1
  private static let numbersAtMost: UInt = 256

  private final func takeNumber() -> UInt {
    if nextNumber == numbersEnd {
      numbersEnd = atomic_add(shared.line(.threadNumbers), numbersAhead) &+ 1
      nextNumber = numbersEnd &- numbersAhead
      if numbersAhead < ProcessThreads.numbersAtMost { numbersAhead &*= 2 }
    }
    nextNumber &+= 1
    return nextNumber &- 1
  }

  final override func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int {
    if shared.isEnding { return -Errno.again }
    let number = takeNumber()
    guard
      let thread = ThreadRecord.make(
        process: shared.reference, number: number, processor: processor, entry: entry, argument: argument, stack: stack)
    else { return -Errno.noMemory }
    if processor != local.pointee.number {
      _ = atomic_add(shared.line(.threads), 1)
      thread.pointee.isArriving = true
    } else {
      // (A worker makes threads where there may be none.)
      if threads == 0 { _ = atomic_add(shared.line(.threads), 1) }
      threads &+= 1
    }
    Dispatch.makeReady(thread)
    return Int(bitPattern: number)
  }

  /// The current thread was made elsewhere, and counts in `Line.threads` for itself until now.
  final override func threadArrives() {
    currentThread.pointee.isArriving = false
    if threads != 0 { _ = atomic_add(shared.line(.threads), ~0) }
    threads &+= 1
  }

  final override func threadsHere() -> UInt { threads }

  final override func wait(_ address: Address, _ expected: UInt) -> Int {
    // Without memory for a list: as if the word had another value.
    guard let bucket = shared.waiters.makeBucket(address) else { return -Errno.again }
    let thread = currentThread
    var value: UInt = 0
    // So that the word is there when it is read with the list locked: to get it would call other objects.
    if load_user_word(address, &value) != 0 { return -Errno.fault }
    SpinLock.acquire(&bucket.pointee.lock)
    let fault = load_user_word(address, &value)
    if fault != 0 || UInt32(truncatingIfNeeded: value) != UInt32(truncatingIfNeeded: expected) || shared.isEnding {
      SpinLock.release(&bucket.pointee.lock)
      return fault != 0 ? -Errno.fault : shared.isEnding ? -Errno.interrupted : -Errno.again
    }
    thread.pointee.waitsFor = address
    FutexBucket.append(bucket, thread)
    SpinLock.release(&bucket.pointee.lock)
    dispatcher.call { $0.block() }
    return 0
  }

  final override func wake(_ address: Address, _ count: UInt) -> Int {
    guard let bucket = shared.waiters.bucket(address) else { return 0 }
    return FutexBucket.wake(bucket, address, count)
  }

  /// After the count has gone down this representative may go at any moment that this processor serves others;
  /// so nothing of it is touched any more.
  final override func endThread(status: UInt) -> Never {
    let thread = currentThread
    // (It is none any more once it has left.)
    let isWorker = thread.isWorker
    if isWorker { Completion.workerLeaves(thread) }
    if thread.pointee.ownStack != 0 && !shared.isEnding { keepStack(thread.pointee.ownStack) }
    let shared = self.shared
    if !isWorker { threads &-= 1 }
    if isWorker || threads == 0 {
      shared.note(leavingStatus: status)
      if atomic_add(shared.line(.threads), ~0) == 0 { shared.end() }
    }
    dispatcher.call { $0.end() }
  }

  final override func endThreadIfEnding() { if shared.isEnding { endThread(status: 0) } }
  final override func isEnding() -> Bool { shared.isEnding }

  final override func endProgram(status: UInt) -> Never {
    shared.beginEnding(status: status)
    endThread(status: status)
  }

  final override func endProgram(status: UInt, message: StaticString) -> Never {
    if !shared.isEnding {
      var text = Text(of: shared)
      text.put(message)
      text.put("\n")
      text.flush()
      SoftwareCounter.programsKilled.add()
    }
    endProgram(status: status)
  }

  /// `tornado: NAME: WHAT FAULT (thread …, processor …)`
  final func describe(_ fault: ProgramFault, _ what: StaticString) {
    var text = Text(of: shared)
    text.put(what)
    fault.describe(&text)
    text.put(" (thread ")
    text.put(decimal: currentThread.pointee.number)
    text.put(", processor ")
    text.put(decimal: local.pointee.number)
    text.put(")\n")
    text.flush()
  }

  final override func endProgram(by fault: ProgramFault) -> Never {
    if !shared.isEnding {
      describe(fault, "killed by ")
      SoftwareCounter.programsKilled.add()
    }
    endProgram(status: 128 &+ fault.signal.rawValue)
  }
}
