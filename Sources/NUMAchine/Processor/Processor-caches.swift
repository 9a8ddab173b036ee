/// CACHE (R4400 User's Manual, app. A): what the kernel can do to the caches and see of them.
///
/// The primary data cache's lines are windows on those of the secondary cache, which is coherent: so nothing is ever lost by invalidating a data
/// line, and writing one back moves nothing. What is left of these operations is which lines are held, seen in tags, counters and time; the
/// instruction cache is another matter, because it does not see the stores of its own processor.
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
    let (cache, action) = (Cache(rawValue: code & 3).unsafelyUnwrapped, CacheAction(rawValue: code >> 2).unsafelyUnwrapped)
    switch translate(address, .load) {
    case .cached(let physical, _, _):
      let place = Place(virtual: address, physical: physical, isDoubleword: false)
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
    let physical = place.physical
    let state = secondary.state(physical)
    switch action {
    case .indexInvalidate, .indexStoreTag: dropCleanLine(secondary.held(slot: secondary.indexed(physical)))
    case .indexLoadTag: setSecondaryTag(secondary.held(slot: secondary.indexed(physical)))
    case .createDirtyExclusive where isData:
      // Asked for as by a store: other processors may hold the line.
      if core.pointee.answer != .line { setHit(state != .invalid) }
      return makeAvailable(place, .store, conditional: false)
    case .hitInvalidate, .hitWriteBackInvalidate:
      if isData || action == .hitInvalidate {
        setHit(state != .invalid)
        if state != .invalid { dropCleanLine((secondary.line(physical), state)) }
      }
    case .hitWriteBack where isData: setHit(state != .invalid)
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

  /// A dirty line stays: memory would have its data from no one else, and nobody can tell, because whoever asks for the line is given it.
  private func dropCleanLine(_ held: (line: UInt64, state: LineState)) {
    guard held.state == .shared || held.state == .cleanExclusive else { return }
    dropPrimaryLines(held.line)
    secondary.set(held.line, .invalid)
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
