// The memory of a process on one processor: page faults and mappings (paper, Figure 3). The process finds the
// region, and the region does the rest. Here are the regions that the processor has used, the frames it has
// taken, and the stacks that threads here have left.

import CMachine

class ProcessMemory: Process {
  /// Where `mmap` finds room, and what the kernel keeps for itself above.
  static let mapStart = Address(TORNADO_MAPPINGS)
  static let mapEnd = Address(TORNADO_PRIVATE)
  static let monitorAddress = Address(TORNADO_MONITOR)
  /// A stack that the kernel provides for a thread: 256 KB, and a page below it that stays empty.
  static let threadStackBytes: UInt = 256 << 10

  final let shared: ProcessMissHandler
  /// Frames taken here for the process, less frames freed here (`ProcessMissHandler.count`).
  final var frames: UInt = 0
  private final var regionCache = RegionCache()
  /// Stacks that the kernel provided and whose threads have ended: the first one's lowest word that is in use
  /// names the next.
  private final var freeStacks: UInt = 0

  init(_ shared: ProcessMissHandler) {
    self.shared = shared
    super.init()
  }

  final override func hat() -> Reference<HAT> { shared.hat }

  final override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome {
    if address >= PageTable.end { return .refused }
    SoftwareCounter.pageFaults.add()
    if address &- UInt(TORNADO_WORKER_PAGES) < UInt(WORKERS_AT_MOST) << UInt(TORNADO_WORKER_PAGES_SHIFT) {
      return Workers.serveFault(address, access) ? .served : .refused
    }
    if PrivatePages.contains(address) { return shared.hat.call { $0.mapPrivate(address, access) } }
    guard let region = knownRegion(address) else { return .refused }
    let outcome = region.call { $0.handleFault(address, access) }
    return outcome == .noMemory ? serveWithoutTable(region, address, access) : outcome
  }

  /// When memory has run out: with what the own processor's translation table had, which is only a cache
  /// (paper, Section 3.3: "our implementation simply discards victim pages").
  @inline(never) private final func serveWithoutTable(_ region: Reference<Region>, _ address: Address, _ access: Access)
    -> FaultOutcome
  {
    _ = discardTable()
    return region.call { $0.handleFault(address, access) }
  }

  /// The region of an address, from what this representative knows, else from the process's list. Nil if
  /// there is none. The reference is good until this operation ends, whoever unmaps the region meanwhile.
  private final func knownRegion(_ address: Address) -> Reference<Region>? {
    if let known = RegionCache.find(&regionCache, address) { return known }
    shared.lockRegions()
    var found: Reference<Region>?
    if let mapping = shared.regions.find(address) { found = RegionCache.add(&regionCache, mapping) }
    shared.unlockRegions()
    return found
  }

  final override func map(_ bytes: UInt, _ protection: Protection) -> Int { map(bytes, protection, .anonymous) }

  private final func map(_ bytes: UInt, _ protection: Protection, _ kind: FileCacheManager.Kind) -> Int {
    if bytes == 0 { return -Errno.invalid }
    if bytes > ProcessMemory.mapEnd &- ProcessMemory.mapStart { return -Errno.noMemory }
    let length = pageRoundedUp(bytes)
    // The addresses are taken first, and what is behind them is made without the lock.
    shared.lockRegions()
    let address = shared.regions.place(length, from: ProcessMemory.mapStart, to: ProcessMemory.mapEnd)
    let mapping = address.flatMap {
      shared.regions.add($0, $0 &+ length, protection == .none ? redZone : Reference(raw: 0))
    }
    shared.unlockRegions()
    guard let mapping, let address, protection == .none || back(mapping, protection, kind) else {
      return -Errno.noMemory
    }
    return Int(bitPattern: address)
  }

  /// Makes what is behind a mapping that was added without a region: from now on it can be touched. False
  /// when there is no memory; then it is gone.
  private final func back(
    _ mapping: MappingPointer, _ protection: Protection, _ kind: FileCacheManager.Kind = .anonymous
  ) -> Bool {
    let start = mapping.pointee.start
    if let cache = FileCacheManager.make(kind, for: shared, start, mapping.pointee.end) {
      let region = Region.make(.simple, for: shared, at: start, protection, cache)
      cache.call { $0.detach(users: 0) }
      if let region {
        mapping.pointee.region = region
        // Who makes it touches it first, and need not look for it in the process's list. Who unmaps it meanwhile
        // still waits for this processor's answer.
        _ = RegionCache.add(&regionCache, mapping)
        return true
      }
    }
    shared.lockRegions()
    shared.regions.cancel(mapping)
    shared.unlockRegions()
    return false
  }

  final override func mapAt(_ station: UInt, _ bytes: UInt) -> Int {
    if bytes > local.pointee.stations &* local.pointee.stationBytes { return -Errno.noMemory }
    let result = map(bytes, .readWrite, .placed(station: station))
    if result < 0 { return result }
    let start = UInt(bitPattern: result)
    let end = start &+ pageRoundedUp(bytes)
    var address = start
    while address < end {
      // Another thread that knows the address may have unmapped it already.
      guard let region = knownRegion(address), region.call({ $0.handleFault(address, .store) }) == .served
      else {
        _ = unmap(start, end)
        return -Errno.noMemory
      }
      address &+= pageBytes
    }
    return result
  }

  /// Frames are given back when no processor can reach them any more: the mappings die, so that no fault finds
  /// them; the pages leave the page table; all representatives forget regions and translations; and only then
  /// the regions and what is behind them are told, and the addresses may be used again.
  final override func unmap(_ start: Address, _ end: Address) -> Int {
    var dying: MappingPointer?
    shared.lockRegions()
    let isMarked = shared.regions.mark(start, end, &dying)
    shared.unlockRegions()
    // Without memory for a split, what could be marked is unmapped all the same.
    if dying == nil { return isMarked ? 0 : -Errno.noMemory }
    SoftwareCounter.shootdowns.add()
    _ = unmapPages(dying)
    repeat {
      forget(start, end)
      Mailbox.ask(shared.users, .shootdown, shared.reference.raw, start, end)
      // A fault that was being served elsewhere may have mapped a page since, and another processor, which
      // had answered, may have used it. Now all have answered.
    } while unmapPages(dying)
    MappingPointer.forEach(dying) { mapping in
      mapping.pointee.region.call { $0.release(mapping.pointee.start, mapping.pointee.end) }
    }
    shared.lockRegions()
    shared.regions.remove(dying)
    shared.unlockRegions()
    MappingPointer.dispose(dying)
    return isMarked ? 0 : -Errno.noMemory
  }

  /// False if no page was mapped.
  private final func unmapPages(_ dying: MappingPointer?) -> Bool {
    var isFound = false
    MappingPointer.forEach(dying) { mapping in
      if shared.hat.call({ $0.unmap(mapping.pointee.start, mapping.pointee.end) }) { isFound = true }
    }
    return isFound
  }

  final override func changeRegions(to kind: Region.Kind) -> Int {
    var changed = 0
    var address: Address = 0
    while true {
      shared.lockRegions()
      let mapping = shared.regions.first(from: address)
      let region = mapping.map { $0.pointee.region }
      if let mapping { address = mapping.pointee.end }
      shared.unlockRegions()
      // As a fault does: the region is there until this operation ends.
      guard let region else { return changed }
      if region.call({ $0.become(kind, heldBy: shared.users) }) { changed &+= 1 }
    }
  }

  final override func setBreak(_ address: Address) -> Address {
    // One after the other: who asks for more while another does would have what that has.
    Lock.acquire(shared.line(.breakLock).assumingMemoryBound(to: Lock.self))
    defer { Lock.release(shared.line(.breakLock).assumingMemoryBound(to: Lock.self)) }
    let start = shared.breakStart
    let old = shared.breakEnd
    // Below the mappings, or above all that the kernel places.
    let limit =
      start < ProcessMemory.mapStart
      ? ProcessMemory.mapStart : start >> PageTable.rootShift == 0 ? start : PageTable.end
    if address < start || address > limit { return old }
    let oldPages = pageRoundedUp(old)
    let newPages = pageRoundedUp(address)
    if newPages > oldPages {
      shared.lockRegions()
      let mapping = shared.regions.isFree(oldPages, newPages) ? shared.regions.add(oldPages, newPages) : nil
      shared.unlockRegions()
      guard let mapping, back(mapping, .readWrite) else { return old }
    } else if newPages < oldPages {
      if unmap(newPages, oldPages) != 0 { return old }
    }
    shared.breakEnd = address
    return address
  }

  final override func mapMonitor() -> Int {
    let start = ProcessMemory.monitorAddress
    guard let region = Region.make(.simple, for: shared, at: start, .read, monitorPages) else {
      return -Errno.noMemory
    }
    shared.lockRegions()
    let isThere = !shared.regions.isFree(start, start &+ pageBytes)
    let isAdded = !isThere && shared.regions.add(start, start &+ pageBytes, region) != nil
    shared.unlockRegions()
    if !isAdded { region.call { $0.destroy() } }
    return isThere || isAdded ? Int(bitPattern: start) : -Errno.noMemory
  }

  final override func takeStack() -> Address {
    if let left = UnsafeMutablePointer<UInt>(bitPattern: freeStacks) {
      let top = left[1]
      freeStacks = left[0]
      KernelHeap.free(left)
      return top
    }
    shared.lockRegions()
    var stack: MappingPointer?
    let place = shared.regions.place(
      pageBytes &+ ProcessMemory.threadStackBytes, from: ProcessMemory.mapStart, to: ProcessMemory.mapEnd)
    let below = place.flatMap { shared.regions.add($0, $0 &+ pageBytes) }
    if let place, let below {
      stack = shared.regions.add(place &+ pageBytes, place &+ pageBytes &+ ProcessMemory.threadStackBytes)
      if stack == nil { shared.regions.cancel(below) }
    }
    shared.unlockRegions()
    guard let stack, let below else { return 0 }
    let top = stack.pointee.end
    if back(stack, .readWrite) {
      below.pointee.region = redZone
      return top
    }
    shared.lockRegions()
    shared.regions.cancel(below)
    shared.unlockRegions()
    return 0
  }

  final override func keepStack(_ top: Address) {
    guard let note = KernelHeap.allocateLocal(16, for: .kernel) else { return }
    note.word(0).pointee = freeStacks
    note.word(1).pointee = top
    freeStacks = UInt(bitPattern: note)
  }

  /// The notes of kept stacks go; the stacks themselves go with the address space.
  final func forgetStacks() {
    while let note = UnsafeMutablePointer<UInt>(bitPattern: freeStacks) {
      freeStacks = note[0]
      KernelHeap.free(note)
    }
  }

  final override func discardTable() -> Int {
    shared.hat.call { $0.discardTable() }
    return 0
  }

  final override func forget(_ start: Address, _ end: Address) {
    RegionCache.forget(&regionCache, start, end)
    if processor.pointee.calls.ports != nil { Workers.unmapData(of: shared.reference.raw, start, end) }
    shared.hat.call { $0.forget(start, end) }
  }
}
