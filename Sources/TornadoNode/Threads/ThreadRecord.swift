// A thread's page: the thread's record near the start, its kernel stack from the end downwards. The page is
// in memory of the station on which the thread runs; nobody else touches it while the thread runs (paper,
// Section 3.2). Others know the thread as an object (`Thread`).

import CMachine

public typealias ThreadPointer = UnsafeMutablePointer<ThreadRecord>

public struct ThreadRecord {
  /// What protected procedure calls need of it; assembly knows that it comes first.
  var link = CallLinkage()
  /// Where the kernel stack is, while the thread does not run.
  var stackPointer: UInt
  /// The next thread of the list in which this one is: ready queue, incoming list, waiters.
  var next: UInt = 0
  /// Itself as an object. None as long as nobody but its maker knows it, and for idle threads.
  var reference = Reference<Thread>(raw: 0)
  /// Number within the process, from 1.
  let number: UInt
  /// Global number of the processor on which it runs.
  let processor: UInt
  /// What the thread begins with.
  let entry: Address
  let argument: UInt
  /// 0: the kernel provides a stack.
  var stack: Address
  /// A stack that the kernel provided, to be used again.
  var ownStack: Address = 0
  /// The address whose waking it waits for.
  var waitsFor: Address = 0
  /// The next thread in the list of those that wait for locks, and whether this one has been told to look.
  var nextWaiter: UInt = 0
  var isWoken = false
  /// What it has used of its processor, in units of Count, as `Dispatcher` reckons it.
  var used: UInt = 0
  /// Worker: the next worker of the port on this processor.
  var nextWorker: ThreadPointer?
  /// The call to another processor for whose end it sleeps (0: none), and the next thread of this processor
  /// that does so.
  var awaits: UInt = 0
  var nextSleeper: ThreadPointer?
  /// What RDHWR of register 29 gives it: `set_thread_area` sets it, C libraries find a thread's own data by
  /// it.
  var userLocal: UInt = 0
  /// Its floating-point registers, while it does not own the unit.
  var float = FloatRegisters()
  /// It was made on another processor, and has not begun.
  var isArriving = false
  /// Overwritten when the kernel stack has come down to here.
  var canary: UInt = ThreadRecord.intact

  init(
    process: UInt, number: UInt, processor: UInt, entry: Address, argument: UInt, stack: Address, stackPointer: UInt = 0
  ) {
    self.number = number
    self.processor = processor
    self.entry = entry
    self.argument = argument
    self.stack = stack
    self.stackPointer = stackPointer
    link.process = process
  }

  /// The process, as a reference (0: the processor's idle thread).
  @inline(__always) var process: UInt { link.process }

  static let intact: UInt = 0x544F_524E_4144_4F21

  /// Where the record is in its page: at another offset for each of a few threads, and for the workers of
  /// servers at others than for their callers. All pages have the same place in the primary cache, so that at
  /// one offset a call's two records would throw each other out.
  private static func offset(_ number: UInt, isWorker: Bool) -> UInt {
    (isWorker ? 2560 : 512) &+ (number & 15) &* lineBytes
  }

  /// Makes a thread on a page of `processor`'s station, or on that of one which has ended here and left its
  /// page and its object. Nil when there is no memory.
  static func make(
    process: Reference<Process>, number: UInt, processor: UInt, entry: Address, argument: UInt, stack: Address,
    isWorker: Bool = false
  ) -> ThreadPointer? {
    let thread: ThreadPointer
    var reference = Reference<Thread>(raw: 0)
    if processor == local.pointee.number, !isWorker, !FailingMemory.isOn,
      let ended = dispatcher.call({ $0.takeEnded() })
    {
      // Whoever could name it has done what he wanted of it, or it would not have come to its end.
      thread = ended
      reference = ended.pointee.reference
    } else {
      let station = local.pointee.station(of: processor)
      guard let frame = dramManager.call({ $0.allocate(station: station, colour: nil) }) else { return nil }
      thread = (frame.address.pointer + Int(bitPattern: offset(number, isWorker: isWorker))).assumingMemoryBound(
        to: ThreadRecord.self)
    }
    let top = thread.kernelStack
    let trapFrame = fixed(top &- UInt(FRAME_SIZE), as: TrapFrame.self)
    trapFrame.initialize(to: TrapFrame())
    trapFrame.pointee.epc = entry
    trapFrame.pointee.status = UInt(STATUS_USER)
    // What `switch_context` finds: preserved registers, and the address to go on at.
    let saved = UnsafeMutableRawPointer(trapFrame) - 96
    var register: UInt = 0
    while register < 10 {
      saved.word(register).pointee = 0
      register &+= 1
    }
    saved.word(10).pointee = address_of_thread_start()
    thread.initialize(
      to: ThreadRecord(
        process: process.raw, number: number, processor: processor, entry: entry, argument: argument, stack: stack,
        stackPointer: UInt(bitPattern: saved)))
    thread.pointee.reference = reference
    return thread
  }

  /// As `make`, for a thread of the own processor that never begins by itself: a worker. Others can name it
  /// at once.
  static func makeKnown(
    process: Reference<Process>, number: UInt, processor: UInt, entry: Address, argument: UInt, stack: Address,
    isWorker: Bool
  ) -> ThreadPointer? {
    guard
      let thread = make(
        process: process, number: number, processor: processor, entry: entry, argument: argument, stack: stack,
        isWorker: isWorker)
    else { return nil }
    if ThreadMissHandler.make(for: thread) { return thread }
    free(thread)
    return nil
  }

  /// A thread has ended, or never begun, and will never be switched to again: it goes once nobody can name
  /// it.
  static func free(_ thread: ThreadPointer) {
    let reference = thread.pointee.reference
    // Who wakes a thread has called it, and who has not yet called it has still to wake it.
    if reference.raw != 0 { Existence.destroy(reference, heldBy: 0) } else { thread.freePage() }
  }
}

extension ThreadPointer {
  /// Gives back the page of a thread that nobody knows any more.
  func freePage() {
    let frame = PhysicalAddress(raw: pageBase(PhysicalAddress(of: self).raw))
    dramManager.call { $0.free(frame) }
  }
  /// Lets the thread go on that waits for something: what others call, who found it in a list, which keeps it
  /// alive until then. A thread of another processor is handed to that one's dispatcher: a call from here
  /// would make the page of the own translation table in which that one's objects are, fifty times as much
  /// work.
  func wake() {
    if pointee.processor == local.pointee.number { return pointee.reference.call { $0.makeReady() } }
    Dispatch.makeReady(self)
  }
  /// It was no worker, whose record is at another place, and has an object.
  var canBeginAnew: Bool { pointee.link.pair == 0 && pointee.reference.raw != 0 }
  @inline(__always) var kernelStack: UInt { (UInt(bitPattern: self) | (pageBytes &- 1)) &+ 1 }
  @inline(__always) init?(word: UInt) { self.init(bitPattern: word) }
  @inline(__always) var word: UInt { UInt(bitPattern: self) }
  @inline(__always) var process: Reference<Process> { Reference(raw: pointee.process) }
}

/// The thread that runs on the own processor.
@inline(__always) var currentThread: ThreadPointer {
  local.pointee.current.unsafelyUnwrapped.assumingMemoryBound(to: ThreadRecord.self)
}

/// A new thread's first steps, on its own kernel stack and processor. (From `switch.S`.)
@_silgen_name("thread_started")
public func threadStarted(_ frame: UnsafeMutablePointer<TrapFrame>) {
  dispatcher.call { $0.switched() }
  let thread = currentThread
  if thread.pointee.isArriving { thread.process.call { $0.threadArrives() } }
  thread.pointee.link.space = thread.process.call { $0.hat() }.call { $0.space() }
  thread.pointee.link.job = thread.process.call { $0.job() }
  SoftwareCounter.threadsStarted.add()
  if thread.pointee.reference.raw == 0, !ThreadMissHandler.make(for: thread) {
    thread.process.call { $0.endProgram(status: 128 &+ 9, message: "no memory for a thread") }
  }
  if thread.pointee.stack == 0 {
    let stack = thread.process.call { $0.takeStack() }
    if stack == 0 { thread.process.call { $0.endProgram(status: 128 &+ 9, message: "no memory for a thread's stack") } }
    thread.pointee.stack = stack
    thread.pointee.ownStack = stack
  }
  let registers = UnsafeMutableRawPointer(frame)
  registers.word(4).pointee = thread.pointee.argument
  registers.word(25).pointee = thread.pointee.entry
  registers.word(29).pointee = thread.pointee.stack
  beforeUserMode()
}
