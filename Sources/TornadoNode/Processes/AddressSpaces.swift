// Which address space is active on a processor, and the address-space identifiers (ASIDs) that tell its TLB entries from others'.
//
// Identifiers are given by each processor for itself and never taken back one by one: when they have run out, the TLB is emptied and a new
// generation begins. A process that forgets its translations on a processor simply takes a new identifier.

import CMachine

struct AddressSpaceIdentifiers {
  /// Generation above bit 8, the next identifier below. 0 belongs to the kernel.
  fileprivate var next: UInt = 0x101
  /// The root of a page table with nothing in it, for when no process is active.
  fileprivate var emptyRoot: UInt = 0

  static let mask: UInt = 0xFF

  /// Whether an identifier given out by `take` still stands.
  @inline(__always) static func isCurrent(_ identifier: UInt) -> Bool {
    (identifier ^ processor.pointee.addressSpaces.next) & ~mask == 0
  }

  /// A new identifier with its generation.
  static func take() -> UInt {
    let identifier = processor.pointee.addressSpaces.next
    if identifier & mask == 0 {
      TLB.invalidateAll()
      processor.pointee.addressSpaces.next = identifier &+ 2
      return identifier &+ 1
    }
    processor.pointee.addressSpaces.next = identifier &+ 1
    // The last of a generation: the next one to be taken would be 0 of the next generation, which `identifier & mask == 0` notices.
    return identifier
  }
}

enum AddressSpaces {
  static func initialise() {
    guard let table = PageTable() else { panic("no memory for an empty page table") }
    processor.pointee.addressSpaces.emptyRoot = UInt(bitPattern: table.root)
    deactivate()
  }

  /// Makes the address space of a process (0: none) the active one.
  static func activate(_ process: UInt) {
    if process == 0 {
      deactivate()
    } else if process != local.pointee.activeProcess {
      Reference<Process>(raw: process).call { $0.activate() }
      local.pointee.activeProcess = process
    }
  }

  static func deactivate() {
    local.pointee.activeProcess = 0
    local.pointee.pageTableRoot = processor.pointee.addressSpaces.emptyRoot
    cp0_set_entry_hi(0)
  }
}
