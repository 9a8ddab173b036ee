// HAT: the hardware address translation of a process (paper, Figure 3: a Region "makes a call to the Hardware
// Address Translation (HAT) object to map the page"). It enters what others have decided into page table and
// TLB, and owns no memory of the program's: only the page table, and the pages that each processor has for
// itself.

import CMachine

/// The interface of the clustered object.
open class HAT {
  init() {}

  // ---- The address space
  /// Enters a page at an address below `PageTable.end`. False when there is no memory for the page table.
  open func map(_ address: Address, _ page: PageTableEntry) -> Bool { abstract() }
  /// Takes the pages in [start, end) out of the page table; processors may keep them in their TLBs until they
  /// are told to `forget`. False if there were none.
  open func unmap(_ start: Address, _ end: Address) -> Bool { abstract() }
  /// What the page table has for an address below `PageTable.end`.
  open func translation(of address: Address) -> PageTableEntry { abstract() }

  // ---- What the own processor alone sees of it
  open func mapPrivate(_ address: Address, _ access: Access) -> FaultOutcome { abstract() }
  /// Says where the program's miss record is; the first to say so counts. 0, or a negative error.
  open func beginObjects(missRecord: Address) -> Int { abstract() }
  /// Gives back the pages of the program's translation table, which is only a cache.
  open func discardTable() { abstract() }

  // ---- The own processor's TLB
  open func activate() { abstract() }
  open func space() -> UnsafeMutablePointer<SpaceWords> { abstract() }
  /// Sees to it that the address-space identifier is a current one.
  open func renewSpace() { abstract() }
  /// Throws the translations of [start, end) out.
  open func forget(_ start: Address, _ end: Address) { abstract() }
}

extension HAT {
  /// That of a process. Nil when there is no memory.
  static func make(for process: ProcessMissHandler) -> Reference<HAT>? { HATMissHandler.make(for: process) }
}

/// What all representatives of a HAT share: the page table. Also its miss handler.
final class HATMissHandler: ProcessPart {
  let pageTable: PageTable
  /// The program's fake class record, which its unfilled table entries name; 0 as long as it has no clustered
  /// objects.
  private var record: Address = 0

  static func make(for process: ProcessMissHandler) -> Reference<HAT>? {
    guard KernelHeap.prepare(Objects.processors &* 8), let table = PageTable() else { return nil }
    let shared = HATMissHandler(process, table)
    let slot = shared.enter()
    if slot != 0 { return Reference(slot: slot) }
    _ = table.destroy()
    TornadoNode.destroy(shared)
    return nil
  }

  private init(_ process: ProcessMissHandler, _ table: PageTable) {
    pageTable = table
    super.init(process, .perProcessor)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(HATRepresentative(self)).toOpaque()
  }

  var missRecord: Address { atomic_load(&record) }
  func setMissRecord(_ value: Address) { _ = atomic_compare_exchange(&record, 0, value) }

  /// On each processor that has a representative.
  override func leave() {
    if let own = existing(local.pointee.number) {
      Unmanaged<HATRepresentative>.fromOpaque(own)._withUnsafeGuaranteedRef { $0.retire() }
    }
    super.leave()
  }

  override func destroyed() {
    if !isReplaced { process.count(frames: 0 &- pageTable.destroy()) }
    super.destroyed()
  }
}
