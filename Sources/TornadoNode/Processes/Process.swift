// Process: a program in execution, a clustered object (paper, Sections 2 and 3.2). Each processor on which it
// has threads, or that works for it, has a representative. Page faults, system calls and the end of a thread
// are served by the representative of the processor on which they happen.

import CMachine

/// The interface of the clustered object.
open class Process {
  init() {}

  // ---- Memory
  open func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { abstract() }
  open func map(_ bytes: UInt, _ protection: Protection) -> Int { abstract() }
  open func mapPresent(_ bytes: UInt, station: UInt) -> Int { abstract() }
  open func unmap(_ start: Address, _ bytes: UInt) -> Int { abstract() }
  open func setBreak(_ address: Address) -> Address { abstract() }
  open func monitorPage() -> Int { abstract() }
  /// Changes the kind of all its regions, for tests. How many it could change.
  open func changeRegions(to kind: Region.Kind) -> Int { abstract() }
  open func takeStack() -> Address { abstract() }
  open func discardTable() -> Int { abstract() }
  open func keepStack(_ top: Address) { abstract() }
  /// Its address space in page table and TLB.
  open func hat() -> Reference<HAT> { abstract() }
  /// The own processor's part in the unmapping of [start, end): nothing that leads there is left.
  open func forget(_ start: Address, _ end: Address) { abstract() }

  // ---- Protected procedure calls
  open func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address, everyone: Bool) -> Int { abstract() }
  /// Addresses for a worker's pair of pages, 0 when there are WORKERS_AT_MOST workers of the process on this
  /// processor.
  open func takeWorkerPages() -> Address { abstract() }
  open func giveWorkerPages(_ pair: Address) { abstract() }
  /// A worker was freed that was not the process's last thread.
  open func workerGone() { abstract() }
  open func report(_ fault: ProgramFault) { abstract() }

  // ---- Threads and the end
  open func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int { abstract() }
  open func waitForChange(_ address: Address, _ expected: UInt) -> Int { abstract() }
  open func wake(_ address: Address, _ count: UInt) -> Int { abstract() }
  open func endThread(status: UInt) -> Never { abstract() }
  open func endProgram(status: UInt) -> Never { abstract() }
  open func end(status: UInt, message: StaticString) -> Never { abstract() }
  open func killed(by fault: ProgramFault) -> Never { abstract() }
  open func endThreadIfEnding() { abstract() }
  open func isEnding() -> Bool { abstract() }

  open func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt) -> Int {
    abstract()
  }
  open func nameServer(_ word: UInt) -> Int { abstract() }

  // ---- What it is
  open func job() -> UInt { abstract() }
  /// How many processors it may use: the machine's first ones.
  open func processors() -> UInt { abstract() }
}
