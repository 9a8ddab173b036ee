/// Virtual to physical addresses (R4400 User's Manual, ch. 4): segments by mode and address width, then the
/// TLB.
enum Access: UInt8 {
  case fetch, load, store
}

/// Where a virtual address leads.
enum Translation {
  /// - Parameters:
  ///   - entry: the TLB entry that it came through, or -1.
  ///   - writable: a store may use it.
  case cached(physical: UInt64, entry: Int, writable: Bool)
  case uncached(physical: UInt64)
  case addressError
  case refill
  case invalid
  case modified
}

extension Processor {
  enum Mode: UInt32 {
    case kernel = 0
    case supervisor = 1
    case user = 2
  }

  /// The mode that Status says; the reserved value of KSU means user.
  var mode: Mode {
    let status = core.pointee.control.status
    if status & (Status.exl | Status.erl) != 0 { return .kernel }
    return Mode(rawValue: status >> Status.ksuShift & 3) ?? .user
  }

  /// Addresses of 64 bits in the present mode.
  private func wide(_ mode: Mode) -> Bool {
    let bit =
      switch mode {
      case .kernel: Status.kx
      case .supervisor: Status.sx
      case .user: Status.ux
      }
    return core.pointee.control.status & bit != 0
  }

  /// 64-bit instructions are reserved in user and supervisor mode with 32-bit addresses.
  var isNarrow: Bool { mode != .kernel && !wide(mode) && core.pointee.control.status & Status.px == 0 }

  /// Must be called after every change to Status or to the ASID in EntryHi.
  func updateContext() {
    let status = core.pointee.control.status
    let width = UInt64(status & (Status.kx | Status.sx | Status.ux | Status.erl | Status.px)) << 8
    let key = core.pointee.control.entryHi & 0xFF | width | UInt64(mode.rawValue) << 32
    if let tag = contexts.select(key) {
      fetchTable.drop(context: tag)
      loadTable.drop(context: tag)
      storeTable.drop(context: tag)
    }
  }

  func clearTables() {
    fetchTable.clear()
    loadTable.clear()
    storeTable.clear()
  }

  func translate(_ address: UInt64, _ access: Access) -> Translation {
    let mode = mode
    let wide = wide(mode)
    switch address >> 62 {
    case 0:
      if address >> 31 == 0 {
        if core.pointee.control.status & Status.erl != 0 { return .uncached(physical: address) }
        return lookUp(address, access)
      }
      return wide && address >> 40 == 0 ? lookUp(address, access) : .addressError
    case 1:
      return mode != .user && wide && address & 0x3FFF_FFFF_FFFF_FFFF < 1 << 40
        ? lookUp(address, access) : .addressError
    case 2:
      guard mode == .kernel, wide, address & 0x07FF_FFFF_FFFF_FFFF < 1 << 36 else { return .addressError }
      return unmapped(address & 0xF_FFFF_FFFF, attribute: UInt32(address >> 59 & 7))
    default:
      if address >= 0xFFFF_FFFF_8000_0000 { return compatibility(address, access, mode) }
      return mode == .kernel && wide && address < 0xC000_00FF_8000_0000 ? lookUp(address, access) : .addressError
    }
  }

  /// The top 2 GB, which addresses of 32 bits reach too.
  private func compatibility(_ address: UInt64, _ access: Access, _ mode: Mode) -> Translation {
    switch address >> 29 & 7 {
    case 4:
      return mode == .kernel
        ? unmapped(address & 0x1FFF_FFFF, attribute: core.pointee.control.config & 7) : .addressError
    case 5: return mode == .kernel ? .uncached(physical: address & 0x1FFF_FFFF) : .addressError
    case 6: return mode != .user ? lookUp(address, access) : .addressError
    default: return mode == .kernel ? lookUp(address, access) : .addressError
    }
  }

  /// Coherency attributes 3 to 6 are cached, coherently; of the others, 2 is uncached and the reserved ones
  /// are taken as that.
  private func unmapped(_ physical: UInt64, attribute: UInt32) -> Translation {
    3...6 ~= attribute ? .cached(physical: physical, entry: -1, writable: true) : .uncached(physical: physical)
  }

  /// The TLB entry that an address matches under the present ASID, or -1.
  ///
  /// Where there are two, the TLB shuts down for good and matches nothing (R4400 User's Manual, ch. 4).
  func matchingEntry(_ address: UInt64) -> Int {
    let asid = core.pointee.control.entryHi & 0xFF
    guard isRelease2 || core.pointee.control.status & Status.ts == 0 else { return -1 }
    let index = tlb.find(address, asid: asid)
    guard index >= 0, !isRelease2, tlb.isAmbiguous(index, address, asid: asid) else { return index }
    core.pointee.control.status |= Status.ts
    clearTables()
    return -1
  }

  private func lookUp(_ address: UInt64, _ access: Access) -> Translation {
    let index = matchingEntry(address)
    guard index >= 0 else { return .refill }
    let entry = tlb.entry[index]
    let pair = entry.pageMask | 0x1FFF
    let page = pair >> 1
    let low = address & (page &+ 1) == 0 ? entry.low0 : entry.low1
    guard low & 2 != 0 else { return .invalid }
    let writable = low & 4 != 0
    if access == .store && !writable { return .modified }
    let physical = ((low >> 6) << 12) & ~page & 0xF_FFFF_FFFF | address & page
    return 3...6 ~= low >> 3 & 7
      ? .cached(physical: physical, entry: index, writable: writable) : .uncached(physical: physical)
  }
}
