// The MetaPort (paper, Section 6.1): "On first use, as well as for the uncommon case of there being no
// workers available on the port, the call is redirected to a special MetaPort, whose sole purpose is to
// handle these special cases. The workers for this port have resources pre-reserved for them so that these
// redirected calls will always succeed."
//
// Here the redirected call runs on the caller's own kernel stack, which is what is reserved for it: every
// thread that can call has one. It makes what is missing, and the call is made again, as after a translation
// miss; neither side notices. Or it gives the caller an error.

import CMachine

enum MetaPort {
  /// Makes it so that the current thread can call the port. 0, or an error number.
  static func prepare(_ id: UInt) -> Int {
    guard let port = PortDirectory.hold(id, job: currentThread.pointee.link.job) else { return Errno.noSuchProcess }
    let generation = local.pointee.generation
    // The first call on this processor misses in the translation table, and the port gets its representative
    // here.
    let failure = PortDirectory.canRepresent(port) ? port.reference.call { $0.provideWorker() } : Errno.noMemory
    if local.pointee.generation != generation { AddressSpaces.reactivate() }
    port.process.release()
    return failure
  }

  /// Whether data at [address, address + bytes) can go with a call: on one page, at most 8 KB, and the
  /// caller's own memory. 0, or an error number.
  static func prepareData(_ address: Address, _ bytes: UInt) -> Int {
    if bytes > UInt(PPC_DATA_BYTES) { return Errno.invalid }
    if address >= PageTable.end { return Errno.fault }
    if address & (pageBytes &- 1) &+ bytes > pageBytes { return Errno.invalid }
    let process = currentThread.process
    let hat = process.call { $0.hat() }
    if !hat.call({ $0.translation(of: address) }).isValid, process.call({ $0.handleFault(address, .load) }) != .served {
      return Errno.fault
    }
    // Not a device, and not what the thread was given itself as a worker, which is in no page table.
    let mapping = hat.call { $0.translation(of: address) }
    return mapping.isValid && mapping.isMemory ? 0 : Errno.fault
  }
}

/// From `ppc.S`: something was not as in the common case. 0: call again; else the error for the caller.
@_silgen_name("meta_port_call")
public func metaPortCall(_ frame: UnsafeMutablePointer<TrapFrame>, _ hasData: UInt) -> UInt {
  Operation.begin()
  let registers = UnsafeMutableRawPointer(frame)
  var failure = 0
  if hasData != 0 { failure = MetaPort.prepareData(registers.word(9).pointee, registers.word(10).pointee) }
  if failure == 0 { failure = MetaPort.prepare(registers.word(3).pointee) }
  if failure != 0 { beforeUserMode() } else { Operation.end() }
  return UInt(bitPattern: failure)
}
