/// CACHE (R4400 User's Manual, app. A): what the kernel can do to the caches and see of them.
///
/// The primary data cache's lines are windows on those of the secondary cache: so nothing is lost by
/// invalidating a primary data line, and writing one back moves nothing; what is left of these operations is
/// which lines are held, seen in tags, counters and time. A dirty line of the secondary cache is written back
/// as one that makes room is, or lost. The instruction cache does not see the stores of its own processor.
extension Processor {
  private enum Cache: Int {
    case primaryInstruction = 0
    case primaryData, secondaryInstruction, secondaryData
  }

  /// Bits 20:18 of the instruction; what they mean depends on the cache.
  private enum CacheAction: Int {
    /// Index invalidate, with write-back for data.
    case indexInvalidate = 0
    case indexLoadTag, indexStoreTag, createDirtyExclusive, hitInvalidate
    /// Fill for the instruction cache.
    case hitWriteBackInvalidate
    case hitWriteBack, hitSetVirtual

    var isIndexed: Bool { rawValue <= Self.indexStoreTag.rawValue }
  }

  /// - Returns: false when the instruction faults or has to wait.
  func cacheOperation(_ address: UInt64, _ code: Int) -> Bool {
    let (cache, action) = (
      Cache(rawValue: code & 3).unsafelyUnwrapped, CacheAction(rawValue: code >> 2).unsafelyUnwrapped
    )
    switch translate(address, .load) {
    case .cached(let physical, _, _):
      let place = Place(virtual: address, physical: physical)
      switch cache {
      case .primaryInstruction: return instructionCacheOperation(place, action)
      case .primaryData: return dataCacheOperation(place, action)
      default: return secondaryOperation(place, action, isData: cache == .secondaryData)
      }
    case .uncached: return true
    case let problem:
      translationFails(problem, address, .load)
      return false
    }
  }

  private func instructionCacheOperation(_ place: Place, _ action: CacheAction) -> Bool {
    let physical = place.physical
    let index = action.isIndexed ? instructionCache.indexed(physical) : instructionCache.index(physical)
    let isHit = instructionCache.holds(physical)
    switch action {
    case .indexInvalidate, .indexStoreTag: dropInstructionLine(index)
    case .indexLoadTag: setPrimaryTag(instructionCache.tag[index], state: CacheTag.validInstruction)
    case .hitInvalidate where isHit: dropInstructionLine(index)
    case .hitWriteBackInvalidate where !isHit:
      guard makePresent(place) else { return false }
      install(instructionLine: physical)
    default: break
    }
    return true
  }

  private func dataCacheOperation(_ place: Place, _ action: CacheAction) -> Bool {
    let physical = place.physical
    let index = action.isIndexed ? dataCache.indexed(physical) : dataCache.index(physical)
    switch action {
    case .indexInvalidate, .indexStoreTag: dropDataLine(index)
    case .indexLoadTag:
      let line = dataCache.tag[index]
      setPrimaryTag(line, state: line == PrimaryCache.invalid ? 0 : UInt32(secondary.state(line).rawValue))
    case .createDirtyExclusive: return makeAvailable(place, .store, conditional: false)
    case .hitInvalidate, .hitWriteBackInvalidate: if dataCache.holds(physical) { dropDataLine(index) }
    default: break
    }
    return true
  }

  private func secondaryOperation(_ place: Place, _ action: CacheAction, isData: Bool) -> Bool {
    // The station has done its part.
    if core.pointee.answer == .gone { return true }
    let physical = place.physical
    let state = secondary.state(physical)
    let line = secondary.line(physical)
    switch action {
    case .indexInvalidate: return drop(secondary.held(slot: secondary.indexed(physical)), writesBack: isData)
    case .indexStoreTag: return drop(secondary.held(slot: secondary.indexed(physical)), writesBack: false)
    case .indexLoadTag: setSecondaryTag(secondary.held(slot: secondary.indexed(physical)))
    case .createDirtyExclusive where isData:
      // Asked for as by a store: other processors may hold the line.
      if core.pointee.answer != .line { setHit(state != .invalid) }
      return makeAvailable(place, .store, conditional: false)
    case .hitInvalidate:
      setHit(state != .invalid)
      return drop((line, state), writesBack: false)
    case .hitWriteBackInvalidate where isData:
      setHit(state != .invalid)
      return drop((line, state), writesBack: true)
    case .hitWriteBack where isData:
      setHit(state != .invalid)
      guard state == .dirtyExclusive else { return true }
      // Shared, not clean: where a network cache has taken the data, the home has not, and must not believe
      // that this processor answers for them.
      giveUp(line, isWritten: true, keepsCopy: true)
      return false
    case .hitSetVirtual: setHit(state != .invalid)
    default: break
    }
    return true
  }

  private func dropDataLine(_ index: Int) {
    let line = dataCache.tag[index]
    guard line != PrimaryCache.invalid else { return }
    dropFromTables(line)
    dataCache.tag[index] = PrimaryCache.invalid
  }

  /// Takes a line out of the caches.
  ///
  /// - Returns: false when the instruction has to wait, because the line is dirty.
  private func drop(_ held: (line: UInt64, state: LineState), writesBack: Bool) -> Bool {
    switch held.state {
    case .invalid: return true
    case .shared, .cleanExclusive:
      dropPrimaryLines(held.line)
      secondary.set(held.line, .invalid)
      return true
    case .dirtyExclusive:
      giveUp(held.line, isWritten: writesBack, keepsCopy: false)
      return false
    }
  }

  private func setHit(_ isHit: Bool) {
    let status = core.pointee.control.status
    core.pointee.control.status = isHit ? status | Status.ch : status & ~Status.ch
  }

  private func setPrimaryTag(_ line: UInt64, state: UInt32) {
    let isHeld = line != PrimaryCache.invalid
    core.pointee.control.tagLo = isHeld ? UInt32(truncatingIfNeeded: line >> 12) << 8 | state << 6 : 0
    core.pointee.control.tagHi = 0
  }

  private func setSecondaryTag(_ held: (line: UInt64, state: LineState)) {
    let virtualIndex = UInt32(truncatingIfNeeded: held.line >> 12 & 7) << 7
    let tag = UInt32(truncatingIfNeeded: held.line >> 17) << 13 | virtualIndex
    core.pointee.control.tagLo =
      switch held.state {
      case .invalid: 0
      case .cleanExclusive: tag | CacheTag.cleanExclusive
      case .dirtyExclusive: tag | CacheTag.dirtyExclusive
      case .shared: tag | CacheTag.shared
      }
    core.pointee.control.tagHi = 0
  }
}

/// States in TagLo. Those of a primary data line are the values of `LineState`, in bits 7:6.
enum CacheTag {
  static let validInstruction: UInt32 = 2
  static let cleanExclusive: UInt32 = 4 << 10
  static let dirtyExclusive: UInt32 = 5 << 10
  static let shared: UInt32 = 6 << 10
}
