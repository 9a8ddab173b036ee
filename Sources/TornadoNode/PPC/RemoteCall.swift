// Remote calls: protected procedure calls to a worker on another processor (paper, Section 6.1: "like regular
// PPCs with a pair of remote interrupts on the call and return to connect the two sides"). Clustered objects
// ship functions to their other representatives this way.
//
// What passes is a record of one line, for which the two processors have a place (`CallLines`). The called
// processor serves it when it would next return to user mode, in a worker that runs at once. The caller first
// waits in the kernel, as the paper proposes ("to have the caller spin in the trap handler for a few
// microseconds before calling the scheduler in case the remote PPC call completes quickly"), and serves
// meanwhile what others call here; then a context switch is as well.
//
// The record is the caller's until its state is `abandoned`, which is when the caller has been ended
// meanwhile; then it is the server's, who frees it.

import CMachine

struct RemoteCall {
  enum State {
    static let free: UInt = 0
    static let underWay: UInt = 1
    /// The caller sleeps and has to be woken.
    static let awaited: UInt = 2
    static let done: UInt = 3
    static let abandoned: UInt = 4
  }

  var state: UInt = State.free
  /// The next one of the list of calls.
  var next: UInt = 0
  var caller: ThreadPointer
  var port: UInt
  var job: UInt
  /// Zero or an error, once it is done.
  var status: UInt = 0
  /// $4 … $11: what the server gets, then what the caller gets.
  var registers: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt)

  /// Writes all but the state.
  @inline(__always) static func fill(
    _ call: RemoteCallPointer, _ caller: ThreadPointer, port: UInt, job: UInt, registers: UnsafeMutableRawPointer
  ) {
    call.pointee.caller = caller
    call.pointee.port = port
    call.pointee.job = job
    RemoteCalls.copyRegisters(UnsafeMutableRawPointer(call) + Int(REMOTE_REGISTERS), registers)
  }
}

typealias RemoteCallPointer = UnsafeMutablePointer<RemoteCall>

enum RemoteCalls {
  /// How long a caller waits before it sleeps, in units of Count, which advances every second cycle: 60 µs at
  /// 150 MHz. A call takes some 30 with an idle processor, and twice that with one that calls itself.
  static let patience: UInt = 4500

  @inline(__always) static func copyRegisters(_ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer) {
    // One after the other, or the compiler calls `memcpy`.
    let (a, b, c, d) = (from.word(0).pointee, from.word(1).pointee, from.word(2).pointee, from.word(3).pointee)
    let (e, f, g, h) = (from.word(4).pointee, from.word(5).pointee, from.word(6).pointee, from.word(7).pointee)
    (to.word(0).pointee, to.word(1).pointee, to.word(2).pointee, to.word(3).pointee) = (a, b, c, d)
    (to.word(4).pointee, to.word(5).pointee, to.word(6).pointee, to.word(7).pointee) = (e, f, g, h)
  }

  @inline(__always) private static func registers(_ call: RemoteCallPointer) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(call) + Int(REMOTE_REGISTERS)
  }

  // ---- The caller's side

  /// The current thread calls a port on another processor, with $4 … $11 of its frame. 0 with the results in
  /// the frame, or an error number.
  static func call(_ frame: UnsafeMutablePointer<TrapFrame>, _ port: UInt, on target: UInt) -> Int {
    let thread = currentThread
    let own = local.pointee.number
    let process = thread.process
    let line = CallLines.line(from: own, to: target)
    let registers = UnsafeMutableRawPointer(frame) + 32
    let job = thread.pointee.link.job
    SoftwareCounter.ppcCalls.add()
    let call: RemoteCallPointer
    if atomic_load(line) == RemoteCall.State.free {
      call = line
      RemoteCall.fill(call, thread, port: port, job: job, registers: registers)
      atomic_store(call, RemoteCall.State.underWay)
      Mailbox.tell(target, Mailbox.bit(ofSender: own))
    } else {
      guard let memory = KernelHeap.allocate(lineBytes) else { return Errno.noMemory }
      call = memory.assumingMemoryBound(to: RemoteCall.self)
      RemoteCall.fill(call, thread, port: port, job: job, registers: registers)
      call.pointee.state = RemoteCall.State.underWay
      atomic_push(PublicPage(of: target).calls, call, UnsafeMutableRawPointer(call) + 8)
      // Who found the list empty tells; who did not was told for.
      if call.pointee.next == 0 { Mailbox.tell(target, Mailbox.calls) }
    }
    let turns = waitPatiently(call, process)
    (UnsafeMutableRawPointer(frame) + 13 * 8).storeBytes(of: turns, as: UInt.self)
    if atomic_load(call) != RemoteCall.State.done && !sleep(call, thread) { return Errno.interrupted }
    let status = call.pointee.status
    copyRegisters(registers, self.registers(call))
    if call == line { atomic_store(call, RemoteCall.State.free) } else { KernelHeap.free(call) }
    return Int(bitPattern: status)
  }

  /// Waits until the call is done, patience ends, or another thread is to run; serves others' calls. Returns
  /// how many times it looked.
  private static func waitPatiently(_ call: RemoteCallPointer, _ process: Reference<Process>) -> UInt {
    if dispatcher.call({ $0.hasReady() }) { return 0 }
    var attention = local.pointee.attention
    local.pointee.attention = 0
    let start = cp0_count()
    var turns: UInt = 0
    while atomic_load(call) == RemoteCall.State.underWay && (cp0_count() &- start) & 0xFFFF_FFFF < patience {
      turns &+= 1
      if cp0_cause() & InterruptBits.crossProcessor == 0 { continue }
      Mailbox.answer()
      if local.pointee.attention == 0 { continue }
      attention = 1
      let begun = takeIn()
      if begun == 0 { break }
      dispatcher.call { $0.giveWay(to: begun) }
      if process.call({ $0.isEnding() }) || dispatcher.call({ $0.hasReady() }) { break }
      local.pointee.attention = 0
    }
    local.pointee.attention |= attention
    return turns
  }

  /// Sleeps until the call is done. False when the process is ending instead, and the record is no longer the
  /// caller's.
  private static func sleep(_ call: RemoteCallPointer, _ thread: ThreadPointer) -> Bool {
    if atomic_compare_exchange(call, RemoteCall.State.underWay, RemoteCall.State.awaited) == RemoteCall.State.done {
      return true
    }
    thread.pointee.awaits = UInt(bitPattern: call)
    thread.pointee.nextSleeper = processor.pointee.calls.sleepers
    processor.pointee.calls.sleepers = thread
    // Who ends the process from now on finds the thread; who did before has not.
    if thread.process.call({ $0.isEnding() }) {
      abandon(thread)
      local.pointee.attention = 1
    } else {
      dispatcher.call { $0.block() }
    }
    // If it was abandoned the record may be anything by now.
    let isDone = thread.pointee.awaits != 0
    forget(thread)
    return isDone
  }

  private static func forget(_ thread: ThreadPointer) {
    var before: ThreadPointer?
    var sleeper = processor.pointee.calls.sleepers
    while let s = sleeper, s != thread {
      before = s
      sleeper = s.pointee.nextSleeper
    }
    if let before {
      before.pointee.nextSleeper = thread.pointee.nextSleeper
    } else {
      processor.pointee.calls.sleepers = thread.pointee.nextSleeper
    }
    thread.pointee.awaits = 0
  }

  /// Whether a sleeping thread now need not wait: the record is the server's.
  @discardableResult private static func abandon(_ thread: ThreadPointer) -> Bool {
    guard let call = UnsafeMutableRawPointer(bitPattern: thread.pointee.awaits) else { return false }
    if atomic_compare_exchange(call, RemoteCall.State.awaited, RemoteCall.State.abandoned) != RemoteCall.State.awaited {
      return false
    }
    thread.pointee.awaits = 0
    return true
  }

  /// Threads of ending processes that sleep here for the end of a call go on.
  static func releaseEnding() {
    var sleeper = processor.pointee.calls.sleepers
    while let s = sleeper {
      sleeper = s.pointee.nextSleeper
      if s.process.call({ $0.isEnding() }), abandon(s) { dispatcher.call { $0.makeReady(s) } }
    }
  }

  // ---- The server's side

  /// Remembers the processors (bit set) whose lines have a call that has not been begun.
  static func look(inLinesFrom callers: UInt) {
    var rest = callers & ~processor.pointee.calls.serving
    while rest != 0 {
      let caller = UInt(bitPattern: rest.trailingZeroBitCount)
      rest &= rest &- 1
      let state = atomic_load(CallLines.line(from: caller))
      if state == RemoteCall.State.free || state == RemoteCall.State.done { continue }
      processor.pointee.calls.arrived |= 1 &<< caller
      local.pointee.attention = 1
    }
  }

  /// Begins the calls that others have made to this processor, before anything else runs. Called where the
  /// current thread can be preempted. Returns how many workers were made ready, before all other threads.
  static func takeIn() -> UInt {
    var begun: UInt = 0
    while processor.pointee.calls.arrived != 0 {
      let caller = UInt(bitPattern: processor.pointee.calls.arrived.trailingZeroBitCount)
      processor.pointee.calls.arrived &= ~(1 &<< caller)
      processor.pointee.calls.serving |= 1 &<< caller
      if begin(CallLines.line(from: caller)) { begun &+= 1 }
    }
    let list = PublicPage.own.calls
    if atomic_load(list) == 0 { return begun }
    var call = RemoteCallPointer(bitPattern: atomic_exchange(list, 0))
    // The latest is first; each goes before those that are ready already, so the earliest is served first.
    while let c = call {
      call = RemoteCallPointer(bitPattern: c.pointee.next)
      if begin(c) { begun &+= 1 }
    }
    return begun
  }

  private static func begin(_ call: RemoteCallPointer) -> Bool {
    if atomic_load(call) == RemoteCall.State.abandoned {
      free(call)
      return false
    }
    if let worker = Workers.takeIdle(ofPort: call.pointee.port, job: call.pointee.job) {
      enter(worker, call)
      return true
    }
    // As with a call of this processor, the uncommon case makes what is missing.
    guard let port = PortDirectory.hold(call.pointee.port, job: call.pointee.job) else {
      complete(call, status: Errno.noSuchProcess)
      return false
    }
    let generation = local.pointee.generation
    let failure = PortDirectory.canRepresent(port) ? port.reference.call { $0.provideWorker() } : Errno.noMemory
    let worker = failure == 0 ? port.reference.call { $0.takeWorker() } : nil
    if local.pointee.generation != generation { AddressSpaces.reactivate() }
    if let worker { enter(worker, call) } else { complete(call, status: failure == 0 ? Errno.again : failure) }
    port.process.release()
    return worker != nil
  }

  private static func enter(_ worker: ThreadPointer, _ call: RemoteCallPointer) {
    worker.pointee.link.remote = UnsafeMutableRawPointer(call)
    Completion.setContext(
      worker, below: UnsafeMutableRawPointer(bitPattern: worker.kernelStack).unsafelyUnwrapped,
      address_of_worker_begins())
    dispatcher.call { $0.makeReadyFirst(worker) }
  }

  /// A worker has returned: its registers are the results.
  static func finish(_ worker: ThreadPointer, _ frame: UnsafeMutablePointer<TrapFrame>) {
    guard let call = worker.pointee.link.remote?.assumingMemoryBound(to: RemoteCall.self) else { return }
    worker.pointee.link.remote = nil
    complete(call, status: 0, results: UnsafeMutableRawPointer(frame) + 32)
  }

  /// The caller goes on. The record is touched no more.
  static func complete(_ call: RemoteCallPointer, status: Int, results: UnsafeMutableRawPointer? = nil) {
    let caller = call.pointee.caller
    if let sender = CallLines.caller(call) { processor.pointee.calls.serving &= ~(1 &<< sender) }
    // All at once: the caller looks at the line all the time, and what is not there yet would cost both sides
    // another miss.
    if let results { copyRegisters(registers(call), results) }
    call.pointee.status = UInt(bitPattern: status)
    let before = atomic_exchange(call, RemoteCall.State.done)
    if before == RemoteCall.State.awaited { caller.wake() }
    if before == RemoteCall.State.abandoned { free(call) }
  }

  /// A record that is the server's.
  private static func free(_ call: RemoteCallPointer) {
    guard let sender = CallLines.caller(call) else { return KernelHeap.free(call) }
    processor.pointee.calls.serving &= ~(1 &<< sender)
    atomic_store(call, RemoteCall.State.free)
  }
}

/// From `ppc.S`: the current thread calls a port on the processor in $12. 0: see the frame; 1: on its own, so
/// it is an ordinary call.
@_silgen_name("ppc_remote_call")
public func remoteCall(_ frame: UnsafeMutablePointer<TrapFrame>) -> UInt {
  let registers = UnsafeMutableRawPointer(frame)
  let target = registers.word(12).pointee
  if target == local.pointee.number { return 1 }
  Operation.begin()
  let isThere = target < currentThread.process.call { $0.processors() }
  registers.word(2).pointee = UInt(
    bitPattern: isThere ? RemoteCalls.call(frame, registers.word(3).pointee, on: target) : Errno.invalid)
  beforeUserMode()
  return 0
}
