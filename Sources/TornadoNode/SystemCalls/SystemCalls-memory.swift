// System calls that map memory.

extension SystemCalls {
  static let mapType: UInt = 0xF
  static let mapShared: UInt = 1
  static let mapPrivate: UInt = 2
  static let mapFixed: UInt = 0x10
  static let mapAnonymous: UInt = 0x800
  static let mapHugePages: UInt = 0x8_0000

  /// What is shared with nobody, for a process has no child that would inherit it, is as good as private. All
  /// flags but these are hints, and so is the address.
  static func mmap(
    _ process: Reference<Process>, _ bytes: UInt, _ protection: UInt, _ flags: UInt, _ file: Int32, offset: UInt
  ) -> Int {
    if offset & (pageBytes &- 1) != 0 { return -Errno.invalid }
    if flags & mapAnonymous == 0 { return isOpen(file) ? -Errno.noDevice : -Errno.badFile }
    if bytes == 0 { return -Errno.invalid }
    let type = flags & mapType
    if type != mapPrivate && type != mapShared || flags & (mapFixed | mapHugePages) != 0 { return -Errno.invalid }
    // The processor has no pages that can be written or executed and not read.
    let bits = protection & 6 != 0 ? protection | 1 : protection
    return process.call { $0.map(bytes, Protection(bits: bits & 7)) }
  }

  static func munmap(_ process: Reference<Process>, _ address: Address, _ bytes: UInt) -> Int {
    if address & (pageBytes &- 1) != 0 || bytes == 0 || !isUserRange(address, bytes) { return -Errno.invalid }
    return process.call { $0.unmap(address, address &+ pageRoundedUp(bytes)) }
  }

  static func mapAt(_ process: Reference<Process>, _ bytes: UInt, _ index: UInt) -> Int {
    if index >= process.call({ $0.processors() }) { return -Errno.invalid }
    let station = local.pointee.station(of: index)
    return process.call { $0.mapAt(station, bytes) }
  }
}
