/// What a processor's state must be for nothing in it to lead out of the machine.
extension Processor {
  /// Whether what was restored is a processor that a station of this machine can have.
  ///
  /// What a program can put into registers may be anything. The rest may not: addresses beyond the caches,
  /// what the processor waits for, times.
  ///
  /// - Parameters:
  ///   - now: the station's present: who runs is there, or later.
  ///   - isMemory: whether an address is of the machine's memory.
  func isSound(now: UInt64, _ isMemory: (UInt64) -> Bool) -> Bool {
    let state = core.pointee
    let isTimed =
      state.time < PacketCheck.lastTick && state.multiplierReady < PacketCheck.lastTick
      && (state.status == .waiting || state.time >= now)
      && (0..<FloatUnit.readyCount).allSatisfy { float.ready[$0] < PacketCheck.lastTick }
    return isTimed && state.answer == .none && (state.status == .running || isSound(state.request, isMemory))
      && instructionCache.isSound(isMemory) && dataCache.isSound(isMemory) && secondary.isSound(isMemory)
      && sharing.isSound
  }

  private func isSound(_ request: ExternalRequest, _ isMemory: (UInt64) -> Bool) -> Bool {
    guard request.time < PacketCheck.lastTick, !request.hasVictim || isLine(request.victim, isMemory) else {
      return false
    }
    switch request.kind {
    case .none: return false
    case .uncachedRead, .uncachedWrite: return true
    case .giveUp: return isLine(request.address, isMemory)
    case .read, .readExclusive, .upgrade, .conditionalUpgrade:
      // An address that is no memory's is a bus error.
      return request.address == secondary.line(request.address)
        && Int(request.firstWord) + Int(request.words) <= secondary.lineBytes / LineRecord.wordBytes
    }
  }

  private func isLine(_ address: UInt64, _ isMemory: (UInt64) -> Bool) -> Bool {
    address == secondary.line(address) && isMemory(address)
  }
}
