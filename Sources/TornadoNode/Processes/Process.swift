// Process: a program in execution, a clustered object (paper, Sections 2 and 3.2). Each processor on which it
// has threads, or that works for it, has a representative. Page faults, system calls and the end of a thread
// are served by the representative of the processor on which they happen.

import CMachine

/// The interface of the clustered object.
open class Process {
  init() {}

  // ---- Memory
  open func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { .refused }
  open func map(_ bytes: UInt, _ protection: Protection) -> Int { -Errno.noMemory }
  open func mapPresent(_ bytes: UInt, station: UInt) -> Int { -Errno.noMemory }
  open func unmap(_ start: Address, _ bytes: UInt) -> Int { -Errno.invalid }
  open func setBreak(_ address: Address) -> Address { 0 }
  open func monitorPage() -> Int { -Errno.noMemory }
  /// Changes the kind of all its regions, for tests. How many it could change.
  open func changeRegions(to kind: Region.Kind) -> Int { 0 }
  open func takeStack() -> Address { 0 }
  open func discardTable() -> Int { 0 }
  open func keepStack(_ top: Address) {}
  /// Its address space in page table and TLB.
  open func hat() -> Reference<HAT> { Reference(raw: 0) }
  /// The own processor's part in the unmapping of [start, end): nothing that leads there is left.
  open func forget(_ start: Address, _ end: Address) {}

  // ---- Protected procedure calls
  open func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address, everyone: Bool) -> Int { -Errno.noMemory }
  /// Addresses for a worker's pair of pages, 0 when there are WORKERS_AT_MOST workers of the process on this
  /// processor.
  open func takeWorkerPages() -> Address { 0 }
  open func giveWorkerPages(_ pair: Address) {}
  /// A worker was freed that was not the process's last thread.
  open func workerGone() {}
  open func report(_ fault: ProgramFault) {}

  // ---- Threads and the end
  open func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int { -Errno.again }
  open func waitForChange(_ address: Address, _ expected: UInt) -> Int { -Errno.invalid }
  open func wake(_ address: Address, _ count: UInt) -> Int { 0 }
  open func endThread(status: UInt) -> Never { panic("endThread of no process") }
  open func endProgram(status: UInt) -> Never { panic("endProgram of no process") }
  open func end(status: UInt, message: StaticString) -> Never { panic("end of no process") }
  open func killed(by fault: ProgramFault) -> Never { panic("a fault of no process") }
  open func endThreadIfEnding() {}
  open func isEnding() -> Bool { true }

  open func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt) -> Int {
    -Errno.noMemory
  }
  open func nameServer(_ word: UInt) -> Int { 0 }

  // ---- What it is
  open func job() -> UInt { 0 }
  /// How many processors it may use: the machine's first ones.
  open func processors() -> UInt { 0 }
}
