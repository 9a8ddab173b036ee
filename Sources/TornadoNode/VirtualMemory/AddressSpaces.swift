// Which address space is active on a processor, and the address-space identifiers (ASIDs) that tell its TLB
// entries from others'.
//
// Identifiers are given by each processor for itself and never taken back one by one: when they have run out,
// the TLB is emptied and a new generation begins. A process that forgets its translations on a processor
// simply takes a new identifier.

import CMachine

struct AddressSpaceIdentifiers {
  /// The generation is in `ProcessorLocal`, in bits 63:8; protected procedure calls compare it.
  static let firstGeneration: UInt = 0x100
  /// The next identifier of the generation, 1 … 256. 0 belongs to the kernel.
  private var next: UInt = 1
  /// The root of a page table with nothing in it, for when no process is active.
  fileprivate var emptyRoot: UInt = 0

  static let mask: UInt = 0xFF

  /// Whether the TLB can hold entries of an identifier that `take` gave out.
  @inline(__always) static func isCurrent(_ identifier: UInt) -> Bool {
    identifier & ~mask == local.pointee.generation
  }

  /// A new identifier with its generation.
  static func take() -> UInt {
    if processor.pointee.addressSpaces.next > mask {
      TLB.invalidateAll()
      local.pointee.generation &+= 0x100
      processor.pointee.addressSpaces.next = 1
    }
    let identifier = processor.pointee.addressSpaces.next
    processor.pointee.addressSpaces.next = identifier &+ 1
    return local.pointee.generation | identifier
  }
}

enum AddressSpaces {
  static func initialise() {
    guard let table = PageTable() else { panic("no memory for an empty page table") }
    local.pointee.generation = AddressSpaceIdentifiers.firstGeneration
    processor.pointee.addressSpaces.emptyRoot = UInt(bitPattern: table.root)
    deactivate()
  }

  /// Makes the address space of the thread that is to run the active one.
  static func activate(_ thread: ThreadPointer) {
    let process = thread.pointee.process
    if process == 0 { return deactivate() }
    if process == local.pointee.activeProcess { return }
    // A thread that has run knows what there is to know.
    if let space = thread.pointee.link.space, AddressSpaceIdentifiers.isCurrent(space.pointee.identifier) {
      enter(space.pointee)
      local.pointee.activeProcess = process
    } else {
      activate(process)
    }
  }

  /// Makes the address space of a process (0: none) the active one.
  static func activate(_ process: UInt) {
    if process == 0 { return deactivate() }
    Reference<Process>(raw: process).call { $0.hat() }.call { $0.activate() }
    local.pointee.activeProcess = process
  }

  /// After a new generation of identifiers has begun with the active address space's being an old one.
  static func reactivate() { activate(local.pointee.activeProcess) }

  /// What the refill handler reads, and what tells the TLB whose entries count.
  @inline(__always) static func enter(_ space: SpaceWords) {
    local.pointee.pageTableRoot = space.root
    cp0_set_entry_hi(space.identifier & AddressSpaceIdentifiers.mask)
  }

  static func deactivate() {
    local.pointee.activeProcess = 0
    local.pointee.pageTableRoot = processor.pointee.addressSpaces.emptyRoot
    cp0_set_entry_hi(0)
  }
}
