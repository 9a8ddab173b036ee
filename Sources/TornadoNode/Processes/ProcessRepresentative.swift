// The representative of a process on one processor: the regions that the processor has used, the frames it
// has taken, stacks that threads here have left. Its facets are in `ProcessRepresentative+….swift`.

import CMachine

final class ProcessRepresentative: Process {
  let shared: ProcessMissHandler
  /// Which workers' pairs of pages are in use.
  private var workerPages: (UInt, UInt) = (0, 0)
  /// Frames taken here for the process, less frames freed here.
  var frames: UInt = 0
  var regionCache = RegionCache()
  /// Stacks that the kernel provided and whose threads have ended: the first one's lowest word that is in use
  /// names the next.
  var freeStacks: UInt = 0

  init(_ shared: ProcessMissHandler) {
    self.shared = shared
    super.init()
  }

  override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { serveFault(address, access) }
  override func map(_ bytes: UInt, _ protection: Protection) -> Int { mapAnonymous(bytes, protection) }
  override func mapPresent(_ bytes: UInt, station: UInt) -> Int { mapOnStation(bytes, station) }
  override func unmap(_ start: Address, _ bytes: UInt) -> Int { unmapRange(start, start &+ bytes) }
  override func setBreak(_ address: Address) -> Address { moveBreak(address) }
  override func monitorPage() -> Int { mapMonitor() }
  override func changeRegions(to kind: Region.Kind) -> Int { changeAllRegions(to: kind) }
  override func takeStack() -> Address { takeThreadStack() }
  override func discardTable() -> Int {
    shared.hat.call { $0.discardTable(&frames) }
    return 0
  }
  override func keepStack(_ top: Address) { keepThreadStack(top) }
  override func hat() -> Reference<HAT> { shared.hat }

  override func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address, everyone: Bool) -> Int {
    Ports.make(
      mapsStacks ? .mappedStack : .simple, for: shared, entry: entry, faultEntry: faultEntry, everyone: everyone)
  }
  override func workerGone() { _ = atomic_add(shared.line(.threads), ~0) }
  override func report(_ fault: ProgramFault) { describe(fault, "a call failed with ") }

  override func takeWorkerPages() -> Address {
    let first = (~workerPages.0).trailingZeroBitCount
    let second = (~workerPages.1).trailingZeroBitCount
    if first < 64 {
      workerPages.0 |= 1 << UInt(bitPattern: first)
      return UInt(TORNADO_WORKER_PAGES) &+ UInt(bitPattern: first) << UInt(TORNADO_WORKER_PAGES_SHIFT)
    }
    if second < 64 {
      workerPages.1 |= 1 << UInt(bitPattern: second)
      return UInt(TORNADO_WORKER_PAGES) &+ (64 &+ UInt(bitPattern: second)) << UInt(TORNADO_WORKER_PAGES_SHIFT)
    }
    return 0
  }

  override func giveWorkerPages(_ pair: Address) {
    let number = (pair &- UInt(TORNADO_WORKER_PAGES)) >> UInt(TORNADO_WORKER_PAGES_SHIFT)
    if number < 64 { workerPages.0 &= ~(1 << number) } else { workerPages.1 &= ~(1 << (number & 63)) }
  }

  override func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int {
    makeThread(entry, argument, processor, stack)
  }
  override func waitForChange(_ address: Address, _ expected: UInt) -> Int { futexWait(address, expected) }
  override func wake(_ address: Address, _ count: UInt) -> Int {
    FutexBucket.wake(shared.bucket(address), address, count)
  }
  override func endThread(status: UInt) -> Never { leave(status) }
  override func endProgram(status: UInt) -> Never {
    shared.beginEnding(status: status)
    leave(status)
  }
  override func end(status: UInt, message: StaticString) -> Never { endWithMessage(status, message) }
  override func killed(by fault: ProgramFault) -> Never { endByFault(fault) }
  override func endThreadIfEnding() { if shared.isEnding { leave(0) } }

  override func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt)
    -> Int
  {
    startProcess(file, bytes, strings, stringBytes, on: processor)
  }
  override func nameServer(_ word: UInt) -> Int { exchangeNameServer(word) }

  override func job() -> UInt { shared.job }
  override func processors() -> UInt { shared.processors }
  override func isEnding() -> Bool { shared.isEnding }

  override func forget(_ start: Address, _ end: Address) {
    RegionCache.forget(&regionCache, start, end)
    if processor.pointee.calls.ports != nil { Workers.unmapData(of: shared.reference.raw, start, end) }
    shared.hat.call { $0.forget(start, end) }
  }

  /// The last call: the process has no thread any more.
  func retire() {
    Ports.retire(shared)
    forgetThreadStacks()
    shared.count(frames: frames)
  }
}
