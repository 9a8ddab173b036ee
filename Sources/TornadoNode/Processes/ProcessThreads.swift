// The threads of a process on one processor, and its end.
//
// A process ends from within: once it is marked as ending, each of its threads finds that out on its own
// processor before it would go back to user mode, and leaves. The last one to leave takes the rest down. So
// no processor ever handles another's running thread.

import CMachine

class ProcessThreads: ProcessMemory {
  final override func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int {
    if shared.isEnding { return -Errno.again }
    let number = atomic_add(shared.line(.threadNumbers), 1)
    guard
      let thread = ThreadRecord.make(
        process: shared.reference, number: number, processor: processor, entry: entry, argument: argument, stack: stack)
    else { return -Errno.noMemory }
    _ = atomic_add(shared.line(.threads), 1)
    Dispatch.makeReady(thread)
    return Int(bitPattern: number)
  }

  final override func wait(_ address: Address, _ expected: UInt) -> Int {
    let bucket = shared.bucket(address)
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
    FutexBucket.wake(shared.bucket(address), address, count)
  }

  /// After the count has gone down this representative may go at any moment that this processor serves others;
  /// so nothing of it is touched any more.
  final override func endThread(status: UInt) -> Never {
    let thread = currentThread
    if thread.isWorker { Completion.workerLeaves(thread) }
    if thread.pointee.ownStack != 0 && !shared.isEnding { keepStack(thread.pointee.ownStack) }
    let shared = self.shared
    shared.note(leavingStatus: status)
    if atomic_add(shared.line(.threads), ~0) == 0 { shared.end() }
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
