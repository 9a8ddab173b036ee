// The representative of a process on one processor: the processor's address-space identifier for it, the frames it has taken, stacks that threads here
// have left. Its facets are in `ProcessRepresentative+….swift`.

import CMachine

final class ProcessRepresentative: Process {
  let shared: ProcessShared
  /// With its generation; see `AddressSpaceIdentifiers`. 0: none.
  var identifier: UInt = 0
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

  override func job() -> UInt { shared.job }
  override func processors() -> UInt { shared.processors }
  override func isEnding() -> Bool { shared.isEnding }

  override func activate() {
    if !AddressSpaceIdentifiers.isCurrent(identifier) { identifier = AddressSpaceIdentifiers.take() }
    local.pointee.pageTableRoot = UInt(bitPattern: privatePages.root)
    cp0_set_entry_hi(identifier & AddressSpaceIdentifiers.mask)
  }

  override func forgetTranslations(_ start: Address, _ end: Address) {
    RegionCache.forget(&regionCache, start, end)
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
    forgetThreadStacks()
    frames &-= privatePages.destroy()
    _ = atomic_add(shared.line(.frames), frames)
  }
}
