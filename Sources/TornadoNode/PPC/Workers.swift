// Workers: the threads that serve a port's calls on one processor, "a list of worker threads to handle calls,
// which grows and shrinks according to the demand on the server on the processor" (paper, Section 6.1). A
// worker is a thread of the server's process. It is made when a call finds none idle, goes back to the port's
// list when its call returns, and is freed when the port keeps enough without it, when memory is short, and
// when its process ends.
//
// An idle worker has nothing on its kernel stack and nothing to go on with: the next call begins at the
// port's entry, with the stack as new.

import CMachine

extension ThreadPointer {
  @inline(__always) var isWorker: Bool { pointee.link.port != nil }
  /// Of a worker. The representative does not go before its workers.
  @inline(__always) func withPort<R>(_ body: (PortRepresentative) -> R) -> R {
    Unmanaged<PortRepresentative>.fromOpaque(pointee.link.port.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
  }
  /// Worker: the thread of this processor whose call it serves.
  @inline(__always) var caller: ThreadPointer? {
    get { pointee.link.caller?.assumingMemoryBound(to: ThreadRecord.self) }
    nonmutating set { pointee.link.caller = UnsafeMutableRawPointer(newValue) }
  }
  /// Worker: whose call it served before its fault.
  @inline(__always) var failed: ThreadPointer? {
    get { pointee.link.failed?.assumingMemoryBound(to: ThreadRecord.self) }
    nonmutating set { pointee.link.failed = UnsafeMutableRawPointer(newValue) }
  }
  @inline(__always) var nextIdle: ThreadPointer? { pointee.link.nextIdle?.assumingMemoryBound(to: ThreadRecord.self) }
}

enum Workers {
  /// Makes it so that the port has an idle worker here whose address space can be entered. 0, or an error
  /// number. The process is held, or has workers.
  static func provide(_ port: PortRepresentative) -> Int {
    if port.words.id == 0 || port.shared.process.isEnding { return Errno.noSuchProcess }
    if port.words.idle == nil {
      let failure = make(port)
      if failure != 0 { return failure }
    }
    port.shared.process.hat.call { $0.renewSpace() }
    return 0
  }

  /// A new worker in the port's list.
  private static func make(_ port: PortRepresentative) -> Int {
    let process = port.shared.process
    let reference = process.reference
    // The process has a representative here, and knows of it, before it is looked whether it is ending.
    let space = reference.call { $0.hat() }.call { $0.space() }
    if process.isEnding { return Errno.noSuchProcess }
    let pair = reference.call { $0.takeWorkerPages() }
    if pair == 0 { return Errno.again }
    var top = pair &+ pageBytes
    var stack: Address = 0
    if port.words.mapsStacks == 0 {
      stack = reference.call { $0.takeStack() }
      top = stack
    }
    let number = atomic_add(process.line(.threadNumbers), 1)
    guard top != 0,
      let thread = memory({
        ThreadRecord.makeKnown(
          process: reference, number: number, processor: local.pointee.number, entry: port.shared.entry, argument: 0,
          stack: top, isWorker: true)
      })
    else {
      if stack != 0 { reference.call { $0.keepStack(stack) } }
      reference.call { $0.giveWorkerPages(pair) }
      return Errno.noMemory
    }
    _ = atomic_add(process.line(.threads), 1)
    thread.pointee.ownStack = stack
    thread.pointee.link.space = space
    thread.pointee.link.job = process.job
    thread.pointee.link.entry = port.shared.entry
    // Not where the caller's stack begins: see `ThreadRecord.offset`.
    thread.pointee.link.top = top &- 1024 &- (number & 7) &* lineBytes
    thread.pointee.link.pair = pair
    thread.pointee.link.port = Unmanaged.passUnretained(port).toOpaque()
    thread.pointee.nextWorker = port.workers
    port.workers = thread
    port.workerCount &+= 1
    becomeIdle(thread, port)
    return 0
  }

  /// Something that takes memory: once more without what idle workers hold if there is none.
  private static func memory<T>(_ body: () -> T?) -> T? {
    if let it = body() { return it }
    var port = processor.pointee.calls.ports
    while let p = port {
      while p.words.idleCount > 1, let idle = takeIdle(p) { free(idle) }
      port = p.next
    }
    return body()
  }

  /// A frame for a worker's stack.
  static func addStack() -> Int {
    if processor.pointee.calls.stacks == UInt(STACKS_AT_MOST) { return Errno.again }
    guard let frame = dramManager.call({ $0.allocate(for: .program) }) else { return Errno.noMemory }
    if !frame.isZero { zero_page(frame.address.pointer) }
    processor.pointee.calls.stacks &+= 1
    giveStack(PageTableEntry(cached: frame.address, writable: true).raw)
    return 0
  }

  /// An idle worker of a port that was used on this processor, for a call that begins by way of the
  /// dispatcher; nil if there is none, or anything is missing that it needs. Touches nothing that other
  /// processors write.
  static func takeIdle(ofPort id: UInt, job: UInt) -> ThreadPointer? {
    var port = processor.pointee.calls.ports
    while let p = port {
      if p.words.id == id {
        return p.shared.admits(job: job) ? p.takeWorker() : nil
      }
      port = p.next
    }
    return nil
  }

  /// Gives a worker one of the processor's stacks, of which there is one.
  static func mapStack(_ worker: ThreadPointer) {
    worker.pointee.link.even = takeStack()
    forgetPair(worker)
  }

  private static func takeStack() -> UInt {
    let entries = fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_STACK_ENTRIES), as: UInt.self)
    local.pointee.stacks &-= 1
    return entries[Int(bitPattern: local.pointee.stacks)]
  }

  private static func giveStack(_ entry: UInt) {
    let entries = fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_STACK_ENTRIES), as: UInt.self)
    entries[Int(bitPattern: local.pointee.stacks)] = entry
    local.pointee.stacks &+= 1
  }

  static func becomeIdle(_ worker: ThreadPointer, _ port: PortRepresentative) {
    worker.pointee.link.nextIdle = port.words.idle
    port.words.idle = UnsafeMutableRawPointer(worker)
    port.words.idleCount &+= 1
    if port.words.idleCount > UInt(PORT_KEEPS) {
      local.pointee.trim = Unmanaged.passUnretained(port).toOpaque()
      local.pointee.attention = 1
    }
  }

  /// An idle worker, out of the port's list.
  static func takeIdle(_ port: PortRepresentative) -> ThreadPointer? {
    guard let worker = port.words.idle?.assumingMemoryBound(to: ThreadRecord.self) else { return nil }
    port.words.idle = worker.pointee.link.nextIdle
    port.words.idleCount &-= 1
    return worker
  }

  /// Frees what a port has more than it keeps. (`attend`)
  static func trim() {
    guard let pointer = local.pointee.trim else { return }
    local.pointee.trim = nil
    Unmanaged<PortRepresentative>.fromOpaque(pointer)._withUnsafeGuaranteedRef { port in
      while port.words.idleCount > UInt(PORT_KEEPS), let idle = takeIdle(port) { free(idle) }
    }
  }

  /// Frees a worker that is in no list and does not run. At least one other thread of its process is left.
  private static func free(_ worker: ThreadPointer) {
    let process = worker.process
    leaves(worker)
    if worker.pointee.ownStack != 0 { process.call { $0.keepStack(worker.pointee.ownStack) } }
    process.call { $0.workerGone() }
    FloatingPoint.forget(UnsafeMutableRawPointer(worker))
    ThreadRecord.free(worker)
  }

  /// A worker leaves its port, for good: nothing of the port or of a caller refers to it any more. It is not
  /// idle.
  static func leaves(_ worker: ThreadPointer) {
    unmapPair(worker)
    worker.withPort { port in
      var before: ThreadPointer?
      var w = port.workers
      while let one = w, one != worker {
        before = one
        w = one.pointee.nextWorker
      }
      if let before {
        before.pointee.nextWorker = worker.pointee.nextWorker
      } else {
        port.workers = worker.pointee.nextWorker
      }
      port.workerCount &-= 1
    }
    worker.process.call { $0.giveWorkerPages(worker.pointee.link.pair) }
    worker.pointee.link.port = nil
  }

  // ---- The pair of pages

  /// Takes back the stack and the caller's data that a worker has for its call.
  static func unmapPair(_ worker: ThreadPointer) {
    if worker.pointee.link.even != 0 { giveStack(worker.pointee.link.even) }
    if worker.pointee.link.even | worker.pointee.link.odd == 0 { return }
    worker.pointee.link.even = 0
    worker.pointee.link.odd = 0
    forgetPair(worker)
  }

  private static func forgetPair(_ worker: ThreadPointer) {
    let identifier = worker.pointee.link.space.pointee.identifier
    if !AddressSpaceIdentifiers.isCurrent(identifier) { return }
    let active = cp0_entry_hi() & AddressSpaceIdentifiers.mask
    TLB.replace(
      worker.pointee.link.pair, asid: identifier & AddressSpaceIdentifiers.mask, even: worker.pointee.link.even,
      odd: worker.pointee.link.odd)
    cp0_set_entry_hi(active)
  }

  /// The caller's data are no more for the worker to see.
  static func unmapData(_ worker: ThreadPointer) {
    if worker.pointee.link.odd == 0 { return }
    worker.pointee.link.odd = 0
    forgetPair(worker)
  }

  /// A process's memory in [start, end) goes: workers that have some of it mapped lose it.
  static func unmapData(of process: UInt, _ start: Address, _ end: Address) {
    forEachWorker { worker in
      if worker.pointee.link.odd != 0, let caller = worker.caller, caller.pointee.process == process,
        worker.pointee.link.data < end,
        pageBase(worker.pointee.link.data) &+ pageBytes > start
      {
        unmapData(worker)
      }
    }
  }

  /// A fault of the current thread in its pair of pages: their entry has left the TLB. False if there is
  /// nothing at that address.
  static func serveFault(_ address: Address, _ access: Access) -> Bool {
    let worker = currentThread
    if !worker.isWorker || address &- worker.pointee.link.pair >= TLB.pairBytes { return false }
    let entry = PageTableEntry(raw: address & pageBytes == 0 ? worker.pointee.link.even : worker.pointee.link.odd)
    if !entry.isValid || access == .store && !entry.isWritable { return false }
    // The refill has put in what the page table says, which is nothing.
    forgetPair(worker)
    return true
  }

  static func forEachWorker(_ body: (ThreadPointer) -> Void) {
    var port = processor.pointee.calls.ports
    while let p = port {
      var worker = p.workers
      while let w = worker {
        worker = w.pointee.nextWorker
        body(w)
      }
      port = p.next
    }
  }
}
