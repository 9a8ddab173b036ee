// Process: a program in execution, a clustered object (paper, Sections 2 and 3.2). Each processor on which it
// has threads, or that works for it, has a representative. Page faults, system calls and the end of a thread
// are served by the representative of the processor on which they happen.
//
// It has four parts, each of which rests on those before it and has a file and a class of its own: memory
// (`ProcessMemory`), threads (`ProcessThreads`), calls (`ProcessCalls`), family (`ProcessFamily`). The last
// is what a processor's representative is made of.

import CMachine

/// The interface of the clustered object.
open class Process {
  init() {}

  // ---- Memory
  open func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { abstract() }
  /// Maps zeroed memory. Its address, or a negative error.
  open func map(_ bytes: UInt, _ protection: Protection) -> Int { abstract() }
  /// The same, writable, with all pages from a station and there at once.
  open func mapAt(_ station: UInt, _ bytes: UInt) -> Int { abstract() }
  /// Maps the monitor's page, once. Its address, or a negative error.
  open func mapMonitor() -> Int { abstract() }
  /// Unmaps whatever is in [start, end). 0, or a negative error.
  open func unmap(_ start: Address, _ end: Address) -> Int { abstract() }
  /// Moves the end of the heap if that is possible; returns the end.
  open func setBreak(_ address: Address) -> Address { abstract() }
  /// A stack for a thread of this processor, one that an ended thread left if there is one: its end. 0 when
  /// there is no room.
  open func takeStack() -> Address { abstract() }
  /// Keeps the stack of a thread that ends, for the next one here.
  open func keepStack(_ top: Address) { abstract() }
  /// Its address space in page table and TLB.
  open func hat() -> Reference<HAT> { abstract() }
  /// Gives back the pages of the program's translation table on this processor, which is only a cache.
  open func discardTable() -> Int { abstract() }
  /// The own processor's part in the unmapping of [start, end): nothing that leads there is left.
  open func forget(_ start: Address, _ end: Address) { abstract() }
  /// Changes the kind of all its regions, for tests. How many it could change.
  open func changeRegions(to kind: Region.Kind) -> Int { abstract() }

  // ---- Threads, and the end
  /// A new thread on any of the process's processors. Its number, or a negative error.
  open func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int { abstract() }
  /// Waits until another thread wakes the address, unless the word there is not `expected`. 0, or a negative
  /// error.
  open func wait(_ address: Address, _ expected: UInt) -> Int { abstract() }
  /// Wakes `count` threads at most that wait at an address. How many.
  open func wake(_ address: Address, _ count: UInt) -> Int { abstract() }
  /// The current thread's end, and the program's with the last one.
  open func endThread(status: UInt) -> Never { abstract() }
  /// The current thread, which was made on another processor, begins on this one.
  open func threadArrives() { abstract() }
  /// How many threads there are on this processor, but for workers.
  open func threadsHere() -> UInt { abstract() }
  open func endThreadIfEnding() { abstract() }
  /// The program's end, from its current thread.
  open func endProgram(status: UInt) -> Never { abstract() }
  /// The same with `tornado: NAME: ` and a message.
  open func endProgram(status: UInt, message: StaticString) -> Never { abstract() }
  /// The same with what the thread did.
  open func endProgram(by fault: ProgramFault) -> Never { abstract() }
  open func isEnding() -> Bool { abstract() }

  // ---- Protected procedure calls
  /// A new port. Its number, or a negative error.
  open func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address, everyone: Bool) -> Int { abstract() }
  /// Addresses for a worker's pair of pages, 0 when there are WORKERS_AT_MOST workers of the process on this
  /// processor.
  open func takeWorkerPages() -> Address { abstract() }
  open func giveWorkerPages(_ pair: Address) { abstract() }
  /// A worker was freed that was not the process's last thread.
  open func workerGone() { abstract() }
  /// A call that the current worker served has failed.
  open func report(_ fault: ProgramFault) { abstract() }

  // ---- Family: its job, and the job's other processes
  open func job() -> UInt { abstract() }
  /// How many processors it may use: the machine's first ones.
  open func processors() -> UInt { abstract() }
  /// A process of the same job, from a program file in this one's memory. The file and the strings are at
  /// checked addresses. 0, or a negative error.
  open func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt) -> Int {
    abstract()
  }
  /// Names the job's name server, if `word` is not 0 and there is none yet; what it is now, 0 for none.
  open func nameServer(_ word: UInt) -> Int { abstract() }
}
