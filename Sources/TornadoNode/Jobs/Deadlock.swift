// Jobs that wait for ever. When the machine stands still, the host asks about each job that has not ended
// (docs/machine.md, Records from outside): if all its threads wait, and none for what could come from outside,
// it is said what for, and the job is ended if that is wished.
//
// Each processor tells of its own threads in calls, one processor after the other; the threads that wait for
// words are in the process's lists. What is found is compared with the threads that there are: one that is not
// waiting may yet wake the others.

import CMachine

/// What a thread waits for.
struct WaitingThread {
  enum Kind: UInt {
    /// For its word to be woken.
    case word
    /// For the end of a call to a worker here, or of one to a worker of another processor.
    case call
    case remoteCall
    /// Idle workers of a port: for calls.
    case idle
  }
  let kind: Kind
  /// Of the thread; of idle workers how many there are.
  let number: UInt
  let processor: UInt
  var isWorker = false
  /// Where it goes on.
  var programCounter: Address = 0
  /// The word's address, or the port.
  let object: UInt
  /// The worker that serves the call, or the processor that was called.
  var by: UInt = 0
}

/// Room for what the threads of a process wait for, and how many have been found.
struct WaitingList {
  static let atMost: UInt = 1000
  private(set) var entries: UInt = 0
  private(set) var threads: UInt = 0
  /// Threads that there are, but for workers, and the processors on which they are.
  private(set) var threadsThere: UInt = 0
  private(set) var processors: UInt = 0

  private static func place(_ list: UnsafeMutablePointer<WaitingList>, _ number: UInt) -> UnsafeMutablePointer<
    WaitingThread
  > {
    (UnsafeMutableRawPointer(list) + Int(bitPattern: lineBytes)).assumingMemoryBound(to: WaitingThread.self)
      + Int(bitPattern: number)
  }

  /// A processor has so many threads.
  static func count(_ list: UnsafeMutablePointer<WaitingList>, _ threads: UInt) {
    if threads == 0 { return }
    list.pointee.threadsThere &+= threads
    list.pointee.processors &+= 1
  }

  static func add(_ list: UnsafeMutablePointer<WaitingList>, _ thread: WaitingThread) {
    list.pointee.threads &+= thread.kind == .idle ? thread.number : 1
    if list.pointee.entries == atMost { return }
    place(list, list.pointee.entries).initialize(to: thread)
    list.pointee.entries &+= 1
  }

  static func forEach(_ list: UnsafeMutablePointer<WaitingList>, _ body: (WaitingThread) -> Void) {
    var number: UInt = 0
    while number < list.pointee.entries {
      body(place(list, number).pointee)
      number &+= 1
    }
  }
}

enum Deadlock {
  /// The exit status of a job that was ended because it would have waited for ever.
  static let status: UInt = 124

  /// Looks whether a job waits for ever, of which `first` is the first process: says so, once, and ends the job
  /// if it is to be ended. In `list` there is room for `WaitingList.atMost` threads.
  static func look(at first: ProcessMissHandler, ends: Bool, _ list: UnsafeMutablePointer<WaitingList>) {
    var isStuck = !first.isEnding
    first.forEachOfJob { process in
      if !isStuck { return }
      gather(process, into: list)
      // Where it has threads they count together; what is on its way to a processor is not waiting.
      let all = atomic_load(process.line(.threads)) &+ list.pointee.threadsThere &- list.pointee.processors
      isStuck = list.pointee.threads == all && !process.isCalledByEveryone
    }
    if !isStuck { return }
    if !first.hasToldDeadlock {
      first.hasToldDeadlock = true
      first.forEachOfJob { process in
        gather(process, into: list)
        describe(process, list)
      }
    }
    if ends {
      SoftwareCounter.programsKilled.add()
      first.beginEnding(status: status)
    }
  }

  private static func gather(_ process: ProcessMissHandler, into list: UnsafeMutablePointer<WaitingList>) {
    list.initialize(to: WaitingList())
    process.waiters.forEach { bucket in
      FutexBucket.forEach(bucket) { thread in
        WaitingList.add(
          list,
          WaitingThread(
            kind: .word, number: thread.pointee.number, processor: thread.pointee.processor,
            isWorker: thread.isWorker, programCounter: trapFrame(thread).pointee.epc, object: thread.pointee.waitsFor))
      }
    }
    let (process, users) = (process.reference.raw, process.users)
    if users & 1 << local.pointee.number != 0 { gatherCalls(of: process, into: list) }
    var rest = users & ~(1 << local.pointee.number)
    while rest != 0 {
      Mailbox.ask(rest & (0 &- rest), .calls, process, UInt(bitPattern: list))
      rest &= rest &- 1
    }
  }

  /// The own processor's part: the threads of a process that wait for calls, or for the end of one.
  static func gatherCalls(of process: UInt, into list: UnsafeMutablePointer<WaitingList>) {
    let number = local.pointee.number
    WaitingList.count(list, Reference<Process>(raw: process).call { $0.threadsHere() })
    var port = processor.pointee.calls.ports
    while let p = port {
      if p.shared.process.reference.raw == process && p.words.idleCount > 0 {
        WaitingList.add(
          list, WaitingThread(kind: .idle, number: p.words.idleCount, processor: number, object: p.shared.id))
      }
      var worker = p.workers
      while let w = worker {
        worker = w.pointee.nextWorker
        if let caller = w.caller ?? w.failed, caller != w, caller.pointee.process == process {
          WaitingList.add(
            list,
            WaitingThread(
              kind: .call, number: caller.pointee.number, processor: number, isWorker: caller.isWorker,
              programCounter: caller.pointee.link.pc, object: p.shared.id, by: w.pointee.number))
        }
      }
      port = p.next
    }
    var sleeper = processor.pointee.calls.sleepers
    while let s = sleeper {
      sleeper = s.pointee.nextSleeper
      if s.pointee.process == process, let call = RemoteCallPointer(bitPattern: s.pointee.awaits) {
        let frame = trapFrame(s)
        WaitingList.add(
          list,
          WaitingThread(
            kind: .remoteCall, number: s.pointee.number, processor: number, isWorker: s.isWorker,
            programCounter: frame.pointee.epc, object: call.pointee.port,
            by: UnsafeMutableRawPointer(frame).word(12).pointee))
      }
    }
  }

  /// The registers with which a thread that sleeps in a system call goes back.
  private static func trapFrame(_ thread: ThreadPointer) -> UnsafeMutablePointer<TrapFrame> {
    fixed(thread.kernelStack &- UInt(FRAME_SIZE), as: TrapFrame.self)
  }

  /// Lines for the error stream, in which the host gives names to the addresses of the job's own file.
  private static func describe(_ process: ProcessMissHandler, _ list: UnsafeMutablePointer<WaitingList>) {
    let stream = process.hasNameOfFirst ? HostStream.named : HostStream.errors
    var text = Text(of: process, stream: stream)
    text.put("deadlock: every thread waits, and nothing can wake one\n")
    text.flush()
    WaitingList.forEach(list) { thread in
      var text = Text(of: process, stream: stream)
      describe(thread, &text)
      text.flush()
    }
  }

  private static func describe(_ thread: WaitingThread, _ text: inout Text) {
    if thread.kind == .idle {
      text.put(decimal: thread.number)
      text.put(thread.number == 1 ? " idle worker" : " idle workers")
    } else {
      text.put(thread.isWorker ? "worker thread " : "thread ")
      text.put(decimal: thread.number)
    }
    text.put(" on processor ")
    text.put(decimal: thread.processor)
    switch thread.kind {
    case .word:
      text.put(" waits for the word at ")
      text.put(hexadecimal: thread.object)
    case .call:
      text.put(" waits for thread ")
      text.put(decimal: thread.by)
      text.put(", which serves its call to port ")
      text.put(decimal: thread.object)
    case .remoteCall:
      text.put(" waits for processor ")
      text.put(decimal: thread.by)
      text.put(", which serves its call to port ")
      text.put(decimal: thread.object)
    case .idle:
      text.put(thread.number == 1 ? " waits for calls to port " : " wait for calls to port ")
      text.put(decimal: thread.object)
    }
    if thread.kind != .idle {
      text.put(", at pc ")
      text.put(hexadecimal: thread.programCounter)
    }
    text.put("\n")
  }
}

extension ProcessMissHandler {
  /// Somebody outside its job may call it.
  fileprivate var isCalledByEveryone: Bool {
    lockRegions()
    var port = ports
    while let p = port, p.callers != 0 { port = p.nextOfProcess }
    unlockRegions()
    return port != nil
  }

  /// Most likely the same program file, too.
  fileprivate var hasNameOfFirst: Bool {
    let first = firstOfJob
    if nameBytes != first.nameBytes { return false }
    var i = 0
    while i < Int(bitPattern: nameBytes) {
      if name.load(fromByteOffset: i, as: UInt8.self) != first.name.load(fromByteOffset: i, as: UInt8.self) {
        return false
      }
      i &+= 1
    }
    return true
  }
}
