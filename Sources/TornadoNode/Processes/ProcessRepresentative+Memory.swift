// Page faults and mappings (paper, Figure 3, as far as there is no file behind a region: the pages are zeros, from the station of the processor that
// touches them first).

import CMachine

extension ProcessRepresentative {
  /// Where `mmap` finds room, and what the kernel keeps for itself above.
  static let mapStart: Address = 0x2000_0000
  static let mapEnd: Address = 0x7000_0000
  static let monitorAddress: Address = 0x7E00_0000
  /// A stack that the kernel provides for a thread: 256 KB, and a page below it that stays empty.
  static let threadStackBytes: UInt = 256 << 10
}

extension ProcessRepresentative {
  func serveFault(_ address: Address, _ access: Access) -> FaultOutcome {
    if address >= PageTable.end { return .refused }
    SoftwareCounter.pageFaults.add()
    if address &- UInt(WORKER_PAGES) < UInt(WORKERS_AT_MOST) << UInt(WORKER_PAGES_SHIFT) { return Workers.serveFault(address, access) ? .served : .refused }
    if PrivatePages.contains(address) { return serveFault(private: address, access) }
    guard let region = knownRegion(address), region.pointee.protection.allows(access) else { return .refused }
    guard let entry = shared.pageTable.makeEntry(address, made: &frames) else { return .noMemory }
    privatePages.take(leafOf: address, from: shared.pageTable)
    if atomic_load(entry) == 0 {
      if region.pointee.isMonitor {
        _ = atomic_compare_exchange(entry, 0, PageTableEntry(uncached: LocalWindow.monitorPage).raw)
      } else {
        guard let frame = FramePool.allocateZeroed() ?? frameOfTable() else { return .noMemory }
        let new = PageTableEntry(cached: frame, writable: region.pointee.protection.isWritable)
        // Another processor may have been faster. Who unmaps the region meanwhile waits for this processor's answer before it looks for frames.
        if atomic_compare_exchange(entry, 0, new.raw) == 0 { frames &+= 1 } else { FramePool.free(frame) }
      }
    }
    refreshTranslation(address, entry)
    return .served
  }

  /// A page that only this processor sees.
  private func serveFault(private address: Address, _ access: Access) -> FaultOutcome {
    let record = shared.missRecord
    if !PrivatePages.isMapped(address) || access == .fetch || record == 0 && PrivatePages.isTable(address) { return .refused }
    guard let entry = privatePages.makePage(address, missRecord: record, processors: shared.processors, frames: &frames) else { return .noMemory }
    refreshTranslation(address, entry)
    return .served
  }

  /// Says where the program's miss record is; the first to say so counts. 0, or a negative error.
  func setMissRecord(_ record: Address) -> Int {
    if record == 0 || record >= PageTable.end || record & 7 != 0 { return -Errno.invalid }
    shared.lockRegions()
    if shared.missRecord == 0 { shared.missRecord = record }
    shared.unlockRegions()
    return 0
  }

  /// A frame of zeros when memory has run out: from the own processor's translation table, which is only a cache (paper, Section 3.3: "our implementation simply
  /// discards victim pages"). Nil when there is none.
  @inline(never) private func frameOfTable() -> PhysicalAddress? {
    _ = discardObjectTable()
    return FramePool.allocateZeroed()
  }

  /// Gives back the own processor's translation table, as the kernel does when memory runs low.
  func discardObjectTable() -> Int {
    frames &-= privatePages.discardTable()
    forgetTranslations(UInt(USER_TABLE_BASE), UInt(USER_TABLE_BASE) &+ PrivatePages.tableBytes)
    return 0
  }

  /// The region of an address, from what this representative knows, else from the process's list. Nil if there is none.
  private func knownRegion(_ address: Address) -> UnsafeMutablePointer<RegionCache.Entry>? {
    if let known = RegionCache.find(&regionCache, address) { return known }
    shared.lockRegions()
    var found: UnsafeMutablePointer<RegionCache.Entry>?
    if let region = shared.regions.find(address), !region.pointee.isDying { found = RegionCache.add(&regionCache, region) }
    shared.unlockRegions()
    return found
  }

  /// Puts the page table's present word into the TLB entry that had an older one.
  private func refreshTranslation(_ address: Address, _ entry: UnsafeMutablePointer<UInt>) {
    let even = UnsafeMutablePointer<UInt>(bitPattern: UInt(bitPattern: entry) & ~15).unsafelyUnwrapped
    let asid = identifier & AddressSpaceIdentifiers.mask
    TLB.replace(address, asid: asid, even: atomic_load(even), odd: atomic_load(even + 1))
    cp0_set_entry_hi(asid)
  }

  /// Anonymous memory. An address, or a negative error.
  func mapAnonymous(_ bytes: UInt, _ protection: Protection) -> Int {
    if bytes == 0 { return -Errno.invalid }
    if bytes > Self.mapEnd &- Self.mapStart { return -Errno.noMemory }
    let length = pageRoundedUp(bytes)
    shared.lockRegions()
    var result = -Errno.noMemory
    if let address = shared.regions.place(length, from: Self.mapStart, to: Self.mapEnd),
      shared.regions.add(Region(start: address, end: address &+ length, protection: protection))
    {
      result = Int(bitPattern: address)
    }
    shared.unlockRegions()
    return result
  }

  /// As `mapAnonymous`, with all pages from a station and there at once.
  func mapOnStation(_ bytes: UInt, _ station: UInt) -> Int {
    if bytes > local.pointee.stations &* local.pointee.stationBytes { return -Errno.noMemory }
    let result = mapAnonymous(bytes, Protection(bits: 3))
    if result < 0 { return result }
    let start = UInt(bitPattern: result)
    var address = start
    let end = start &+ pageRoundedUp(bytes)
    while address < end {
      guard let entry = shared.pageTable.makeEntry(address, made: &frames), let frame = FramePool.allocateZeroed(station: station) else {
        _ = unmapRange(start, end)
        return -Errno.noMemory
      }
      // Another thread may have touched the page already; it is then where that thread is.
      if atomic_compare_exchange(entry, 0, PageTableEntry(cached: frame, writable: true).raw) == 0 {
        frames &+= 1
      } else {
        FramePool.free(frame)
      }
      address &+= pageBytes
    }
    return result
  }

  /// Unmaps whatever is in [start, end). The frames are freed when no processor can reach them any more: the regions die, entries lose their valid
  /// bit, all representatives forget the regions and their translations, and only then the frames go and the addresses may be used again.
  func unmapRange(_ start: Address, _ end: Address) -> Int {
    var dying: RegionPointer?
    shared.lockRegions()
    let isMarked = shared.regions.mark(start, end, &dying)
    shared.unlockRegions()
    // Without memory for a split, what could be marked is unmapped all the same.
    if dying == nil { return isMarked ? 0 : -Errno.noMemory }
    forEachEntry(of: dying) { entry in
      // A fault that is being served elsewhere may still fill an empty entry; it is found below.
      let old = atomic_load(entry)
      if old != 0 { atomic_store(entry, old & ~PageTableEntry.valid) }
    }
    SoftwareCounter.shootdowns.add()
    forgetTranslations(start, end)
    Mailbox.ask(shared.users, .shootdown, shared.reference.raw, start, end)
    forEachEntry(of: dying) { entry in
      let old = PageTableEntry(raw: atomic_load(entry))
      if old.raw != 0 {
        atomic_store(entry, 0)
        if old.isMemory {
          FramePool.free(old.frame)
          self.frames &-= 1
        }
      }
    }
    shared.lockRegions()
    shared.regions.remove(dying)
    shared.unlockRegions()
    return isMarked ? 0 : -Errno.noMemory
  }

  /// Calls `body` for the pages of regions being unmapped whose leaf exists.
  @inline(__always) private func forEachEntry(of dying: RegionPointer?, _ body: (UnsafeMutablePointer<UInt>) -> Void) {
    var region = dying
    while let r = region {
      var address = r.pointee.start
      while address < r.pointee.end {
        if let entry = shared.pageTable.entry(address) {
          body(entry)
          address &+= pageBytes
        } else {
          address = (address >> PageTable.leafShift &+ 1) << PageTable.leafShift
        }
      }
      region = r.pointee.nextDying
    }
  }

  /// Moves the end of the heap if that is possible; returns the end.
  func moveBreak(_ address: Address) -> Address {
    // One after the other: who asks for more while another does would have what that has.
    Lock.acquire(shared.line(.breakLock).assumingMemoryBound(to: Lock.self))
    defer { Lock.release(shared.line(.breakLock).assumingMemoryBound(to: Lock.self)) }
    let start = shared.breakStart
    let old = shared.breakEnd
    if address < start || address > Self.mapStart { return old }
    let oldPages = pageRoundedUp(old)
    let newPages = pageRoundedUp(address)
    if newPages > oldPages {
      shared.lockRegions()
      let isDone =
        shared.regions.isFree(oldPages, newPages)
        && shared.regions.add(Region(start: oldPages, end: newPages, protection: Protection(bits: 3)))
      shared.unlockRegions()
      if !isDone { return old }
    } else if newPages < oldPages {
      if unmapRange(newPages, oldPages) != 0 { return old }
    }
    shared.breakEnd = address
    return address
  }

  /// Maps the monitor's page, once.
  func mapMonitor() -> Int {
    let start = Self.monitorAddress
    shared.lockRegions()
    let isThere = shared.regions.find(start) != nil
    let isDone = isThere || shared.regions.add(Region(start: start, end: start &+ pageBytes, protection: .read, isMonitor: true))
    shared.unlockRegions()
    return isDone ? Int(bitPattern: start) : -Errno.noMemory
  }

  /// A stack for a thread of this processor, one that an ended thread left if there is one. 0 when there is no room.
  func takeThreadStack() -> Address {
    if let left = UnsafeMutablePointer<UInt>(bitPattern: freeStacks) {
      let top = left[1]
      freeStacks = left[0]
      KernelHeap.free(left)
      return top
    }
    let bytes = Self.threadStackBytes
    shared.lockRegions()
    var top: Address = 0
    if let guardPage = shared.regions.place(bytes &+ pageBytes, from: Self.mapStart, to: Self.mapEnd),
      shared.regions.add(Region(start: guardPage, end: guardPage &+ pageBytes, protection: .none))
    {
      let start = guardPage &+ pageBytes
      if shared.regions.add(Region(start: start, end: start &+ bytes, protection: Protection(bits: 3))) {
        top = start &+ bytes
      } else {
        var alone: RegionPointer?
        _ = shared.regions.mark(guardPage, start, &alone)
        shared.regions.remove(alone)
      }
    }
    shared.unlockRegions()
    return top
  }

  /// Keeps the stack of a thread that ends, for the next one here.
  func keepThreadStack(_ top: Address) {
    guard let note = KernelHeap.allocateLocal(16, for: .kernel) else { return }
    note.word(0).pointee = freeStacks
    note.word(1).pointee = top
    freeStacks = UInt(bitPattern: note)
  }

  /// The notes of kept stacks go; the stacks themselves go with the address space.
  func forgetThreadStacks() {
    while let note = UnsafeMutablePointer<UInt>(bitPattern: freeStacks) {
      freeStacks = note[0]
      KernelHeap.free(note)
    }
  }
}
