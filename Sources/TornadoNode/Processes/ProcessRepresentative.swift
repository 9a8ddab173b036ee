// The representative of a process on one processor: the processor's address-space identifier for it, the frames it has taken, stacks that threads here
// have left. Its facets are in `ProcessRepresentative+….swift`.

import CMachine

final class ProcessRepresentative: Process {
  let shared: ProcessShared
  /// The own processor's address-space identifier for it, and the root of the page table.
  private var words: SpaceWords
  @inline(__always) var identifier: UInt {
    get { words.identifier }
    set { words.identifier = newValue }
  }
  /// Which workers' pairs of pages are in use.
  private var workerPages: (UInt, UInt) = (0, 0)
  /// Frames taken here for the process, less frames freed here.
  var frames: UInt = 0
  var regionCache = RegionCache()
  /// What this processor alone sees of the address space, and its root of the page table.
  var privatePages: PrivatePages
  /// Stacks that the kernel provided and whose threads have ended: the first one's lowest word that is in use names the next.
  var freeStacks: UInt = 0

  init(_ shared: ProcessShared) {
    self.shared = shared
    privatePages = PrivatePages(of: shared.pageTable)
    words = SpaceWords(identifier: 0, root: UInt(bitPattern: privatePages.root))
    super.init()
  }

  override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { serveFault(address, access) }
  override func map(_ bytes: UInt, _ protection: Protection) -> Int { mapAnonymous(bytes, protection) }
  override func mapPresent(_ bytes: UInt, station: UInt) -> Int { mapOnStation(bytes, station) }
  override func unmap(_ start: Address, _ bytes: UInt) -> Int { unmapRange(start, start &+ bytes) }
  override func setBreak(_ address: Address) -> Address { moveBreak(address) }
  override func monitorPage() -> Int { mapMonitor() }
  override func takeStack() -> Address { takeThreadStack() }
  override func beginObjects(missRecord: Address) -> Int { setMissRecord(missRecord) }
  override func discardTable() -> Int { discardObjectTable() }
  override func keepStack(_ top: Address) { keepThreadStack(top) }
  override func translation(of address: Address) -> PageTableEntry { privatePages.translation(of: address) }

  override func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address) -> Int {
    Ports.make(shared, entry: entry, mapsStacks: mapsStacks, faultEntry: faultEntry)
  }
  override func workerGone() { _ = atomic_add(shared.line(.threads), ~0) }
  override func report(_ fault: ProgramFault) { describe(fault, "a call failed with ") }

  override func takeWorkerPages() -> Address {
    let first = (~workerPages.0).trailingZeroBitCount
    let second = (~workerPages.1).trailingZeroBitCount
    if first < 64 {
      workerPages.0 |= 1 << UInt(bitPattern: first)
      return UInt(WORKER_PAGES) &+ UInt(bitPattern: first) << UInt(WORKER_PAGES_SHIFT)
    }
    if second < 64 {
      workerPages.1 |= 1 << UInt(bitPattern: second)
      return UInt(WORKER_PAGES) &+ (64 &+ UInt(bitPattern: second)) << UInt(WORKER_PAGES_SHIFT)
    }
    return 0
  }

  override func giveWorkerPages(_ pair: Address) {
    let number = (pair &- UInt(WORKER_PAGES)) >> UInt(WORKER_PAGES_SHIFT)
    if number < 64 { workerPages.0 &= ~(1 << number) } else { workerPages.1 &= ~(1 << (number & 63)) }
  }

  override func spawn(entry: Address, argument: UInt, on processor: UInt, stack: Address) -> Int {
    makeThread(entry, argument, processor, stack)
  }
  override func waitForChange(_ address: Address, _ expected: UInt) -> Int { futexWait(address, expected) }
  override func wake(_ address: Address, _ count: UInt) -> Int { FutexBucket.wake(shared.bucket(address), address, count) }
  override func endThread(status: UInt) -> Never { leave(status) }
  override func endProgram(status: UInt) -> Never {
    shared.beginEnding(status: status)
    leave(status)
  }
  override func end(status: UInt, message: StaticString) -> Never { endWithMessage(status, message) }
  override func killed(by fault: ProgramFault) -> Never { endByFault(fault) }
  override func endThreadIfEnding() { if shared.isEnding { leave(0) } }

  override func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt) -> Int {
    startProcess(file, bytes, strings, stringBytes, on: processor)
  }
  override func nameServer(_ word: UInt) -> Int { exchangeNameServer(word) }

  override func job() -> UInt { shared.job }
  override func processors() -> UInt { shared.processors }
  override func isEnding() -> Bool { shared.isEnding }

  override func space() -> UnsafeMutablePointer<SpaceWords> { withUnsafeMutablePointer(to: &words) { $0 } }

  override func renewSpace() { if !AddressSpaceIdentifiers.isCurrent(identifier) { identifier = AddressSpaceIdentifiers.take() } }

  override func activate() {
    renewSpace()
    local.pointee.pageTableRoot = words.root
    cp0_set_entry_hi(identifier & AddressSpaceIdentifiers.mask)
  }

  override func forgetTranslations(_ start: Address, _ end: Address) {
    RegionCache.forget(&regionCache, start, end)
    if processor.pointee.calls.ports != nil { Workers.unmapData(of: shared.reference.raw, start, end) }
    if !AddressSpaceIdentifiers.isCurrent(identifier) { return }
    if end &- start <= 8 &* TLB.pairBytes {
      let active = cp0_entry_hi() & AddressSpaceIdentifiers.mask
      var address = start & ~(TLB.pairBytes &- 1)
      while address < end {
        TLB.invalidate(address, asid: identifier & AddressSpaceIdentifiers.mask)
        address &+= TLB.pairBytes
      }
      cp0_set_entry_hi(active)
    } else {
      identifier = 0
      if local.pointee.activeProcess == shared.reference.raw { activate() }
    }
  }

  /// The last call: the process has no thread any more.
  func retire() {
    if local.pointee.activeProcess == shared.reference.raw { AddressSpaces.deactivate() }
    Ports.retire(shared)
    forgetThreadStacks()
    frames &-= privatePages.destroy()
    _ = atomic_add(shared.line(.frames), frames)
  }
}
