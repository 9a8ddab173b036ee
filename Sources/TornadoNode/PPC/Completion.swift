// The end of a call that is not a plain return: a fault in the server, a server or a client that is ending, a
// caller on another processor.
//
// A thread that waits for its call has nothing on its kernel stack; where it goes on is in its `link`. To let
// it go on by way of the dispatcher, it gets a trap frame and a context to switch to.

import CMachine

enum Completion {
  /// Lets a thread of this processor go on after its call, with `status` in $2 and nothing in the other
  /// registers.
  static func resume(_ caller: ThreadPointer, status: Int) {
    let frame = trapFrame(caller, programCounter: caller.pointee.link.pc, stack: caller.pointee.link.stack)
    UnsafeMutableRawPointer(frame).word(2).pointee = UInt(bitPattern: status)
    dispatcher.call { $0.makeReady(caller) }
  }

  /// A trap frame, for a thread that has nothing on its kernel stack, with which its next switch goes to user
  /// mode.
  static func trapFrame(_ thread: ThreadPointer, programCounter: Address, stack: Address) -> UnsafeMutablePointer<
    TrapFrame
  > {
    let frame = fixed(thread.kernelStack &- UInt(FRAME_SIZE), as: TrapFrame.self)
    frame.initialize(to: TrapFrame())
    frame.pointee.epc = programCounter
    frame.pointee.status = UInt(STATUS_USER)
    let registers = UnsafeMutableRawPointer(frame)
    registers.word(29).pointee = stack
    setContext(thread, below: registers, address_of_thread_resume())
    return frame
  }

  /// Where the thread's next switch goes: to `address`, with the stack as it is below `stack` and with
  /// whatever in the registers.
  static func setContext(_ thread: ThreadPointer, below stack: UnsafeMutableRawPointer, _ address: UInt) {
    let saved = stack - 96
    saved.word(10).pointee = address
    thread.pointee.stackPointer = UInt(bitPattern: saved)
  }

  /// The current thread, a worker, has done with its call, one way or another: its caller goes on with
  /// `status`, and it waits for the next call.
  static func finish(status: Int) -> Never {
    let worker = currentThread
    Workers.unmapPair(worker)
    releaseCaller(worker, status: status)
    worker.withPort { Workers.becomeIdle(worker, $0) }
    // From here on a call may begin on this stack as soon as the processor is on another.
    dispatcher.call { $0.block() }
    panic("an idle worker went on", worker.word)
  }

  /// Who waits for a worker's call goes on with an error.
  private static func releaseCaller(_ worker: ThreadPointer, status: Int) {
    if let caller = worker.caller {
      worker.caller = nil
      resume(caller, status: status)
    }
    if let caller = worker.failed {
      worker.failed = nil
      if caller != worker { resume(caller, status: Errno.fault) }
    }
    if let call = worker.pointee.link.remote?.assumingMemoryBound(to: RemoteCall.self) {
      worker.pointee.link.remote = nil
      RemoteCalls.complete(call, status: status)
    }
  }

  /// A fault in a server, while it serves a call: the caller's error, and a line on the job's error stream.
  /// The first time in a call the worker goes to where the port has it tidy up, on its stack as at the
  /// beginning; for what it returns then, and for a second fault, the caller has the error.
  static func fail(_ fault: ProgramFault, _ frame: UnsafeMutablePointer<TrapFrame>) {
    let worker = currentThread
    worker.process.call { $0.report(fault) }
    let entry = worker.withPort { $0.shared.faultEntry }
    if entry == 0 || worker.failed != nil { finish(status: Errno.fault) }
    worker.failed = worker.caller ?? worker
    worker.caller = nil
    Workers.unmapData(worker)
    frame.pointee.epc = entry
    UnsafeMutableRawPointer(frame).word(29).pointee = worker.pointee.link.top
  }

  /// A worker ends, because its process does or because it wants to: its caller goes on with an error.
  static func workerLeaves(_ worker: ThreadPointer) {
    releaseCaller(worker, status: Errno.noSuchProcess)
    Workers.leaves(worker)
  }

  /// Something is ending that has to do with this processor. Threads that wait for a call go on if their
  /// process is ending, so that they can leave; the workers stay with their calls, which go back to nobody.
  /// Ports of ending processes are closed, and their idle workers run once more, to leave.
  static func releaseEnding() {
    RemoteCalls.releaseEnding()
    var port = processor.pointee.calls.ports
    while let p = port {
      var worker = p.workers
      while let w = worker {
        worker = w.pointee.nextWorker
        if let caller = w.caller, caller.process.call({ $0.isEnding() }) {
          Workers.unmapData(w)
          w.caller = nil
          resume(caller, status: Errno.interrupted)
        }
        if let caller = w.failed, caller != w, caller.process.call({ $0.isEnding() }) {
          w.failed = w
          resume(caller, status: Errno.interrupted)
        }
      }
      if p.shared.process.isEnding {
        p.words.id = 0
        while let idle = Workers.takeIdle(p) {
          setContext(
            idle, below: UnsafeMutableRawPointer(bitPattern: idle.kernelStack).unsafelyUnwrapped,
            address_of_worker_ends())
          dispatcher.call { $0.makeReady(idle) }
        }
      }
      port = p.next
    }
  }
}

/// From `ppc.S`: the current thread says that it returns from a call, and it is not the common case. 0:
/// again; else an error for it.
@_silgen_name("worker_returns")
public func workerReturns(_ frame: UnsafeMutablePointer<TrapFrame>) -> UInt {
  Operation.begin()
  let worker = currentThread
  if !worker.isWorker {
    beforeUserMode()
    return UInt(bitPattern: Errno.invalid)
  }
  guard let caller = worker.caller else {
    if worker.failed != nil { Completion.finish(status: Errno.fault) }
    RemoteCalls.finish(worker, frame)
    Completion.finish(status: 0)
  }
  let generation = local.pointee.generation
  caller.process.call { $0.hat() }.call { $0.renewSpace() }
  if local.pointee.generation != generation { AddressSpaces.reactivate() }
  Operation.end()
  return 0
}

/// From `thread_resume`: the dispatcher has switched to a thread that was in a call.
@_silgen_name("thread_resumed")
public func threadResumed() {
  dispatcher.call { $0.switched() }
  beforeUserMode()
}

/// From `ppc.S`: the current thread has changed by a call or a return, and there is something to do before
/// user mode.
@_silgen_name("thread_resumed_in_call")
public func threadResumedInCall() {
  Operation.begin()
  FloatingPoint.willRun(currentThread)
  beforeUserMode()
}

/// The first and last step of an idle worker of a process that is ending, on its own kernel stack.
@_silgen_name("worker_ends")
public func workerEnds() -> Never {
  dispatcher.call { $0.switched() }
  currentThread.process.call { $0.endThread(status: 0) }
}
