// Where the kernel has what its clustered objects need. `Workloads/Library/ClusteredObjects/ProgramObjects.swift` says the same of a program.

import CMachine

public enum Objects {
  /// Where every processor has its translation table.
  @inline(__always) public static var table: UInt { UInt(TABLE_BASE) }
  @inline(__always) static var processor: UInt { local.pointee.number }
  @inline(__always) static var processors: UInt { local.pointee.processors }
  @inline(__always) static func station(of processor: UInt) -> UInt { local.pointee.station(of: processor) }

  /// All processors, as a bit set.
  public static var everyone: UInt { ~0 &>> (64 &- processors) }

  /// Entries of a processor's part of the global table: 1024 with 64 processors, 4096 with 16.
  @inline(__always) static var partEntries: UInt { 1 << local.pointee.partShift }
  @inline(__always) static var ownFirstSlot: UInt { local.pointee.number << local.pointee.partShift }
  @inline(__always) static func owner(of slot: UInt) -> UInt { slot >> local.pointee.partShift }
  static var ownPart: UnsafeMutablePointer<GlobalEntry> { entry(ownFirstSlot) }

  /// An entry of the global table.
  static func entry(_ slot: UInt) -> UnsafeMutablePointer<GlobalEntry> {
    let owner = owner(of: slot)
    let station = owner / local.pointee.processorsPerStation
    let index = owner &- station &* local.pointee.processorsPerStation
    let offset = (index << local.pointee.partShift &+ slot & (partEntries &- 1)) << 4
    return PhysicalAddress(station: station, offset: UInt(GLOBAL_TABLE_OFFSET) &+ offset).pointer.assumingMemoryBound(to: GlobalEntry.self)
  }

  /// How large parts are: as large as the 65536 entries of the table and the sixteen pages of a station allow.
  static func initialise() {
    var shift: UInt = 14
    while local.pointee.processorsPerStation << shift > 16 << 10 { shift &-= 1 }
    while local.pointee.processors << shift > 64 << 10 { shift &-= 1 }
    local.pointee.partShift = shift
  }

  @inline(__always) static var block: ObjectBlock { ObjectBlock(base: PublicPage.own.objects) }
  static func block(of processor: UInt) -> ObjectBlock { ObjectBlock(base: PublicPage(of: processor).objects) }

  /// The table is there from the beginning.
  @inline(__always) static func start() {}
  @inline(__always) static func countMiss() { SoftwareCounter.translationMisses.add() }
  @inline(__always) static func countDestruction() { SoftwareCounter.objectsDestroyed.add() }

  /// Gives back the memory of a representative or a handler.
  @inline(__always) static func dispose(_ object: UnsafeMutableRawPointer) { KernelHeap.free(object) }
  /// Zeroed memory for words; nil when there is none.
  static func allocate(_ bytes: UInt) -> UnsafeMutableRawPointer? {
    guard let memory = KernelHeap.allocate(bytes) else { return nil }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: bytes))
    return memory
  }
  static func free(_ memory: UnsafeMutableRawPointer) { KernelHeap.free(memory) }

  /// Has another processor attend to what it was handed; the own one does when its operation ends.
  static func poke(_ processor: UInt) {
    if processor != local.pointee.number { Mailbox.poke(processor) }
  }
}
