// Where the kernel has what its clustered objects need.
// `Workloads/Library/ClusteredObjects/ProgramObjects.swift` says the same of a program.

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
  @inline(__always) static var partEntries: UInt { 1 &<< local.pointee.partShift }
  @inline(__always) static var ownFirstSlot: UInt { local.pointee.number &<< local.pointee.partShift }
  @inline(__always) static func owner(of slot: UInt) -> UInt { slot &>> local.pointee.partShift }
  @inline(__always) static var ownPart: UnsafeMutablePointer<GlobalEntry> { part(local.pointee.number) }

  /// The beginning of a processor's part of the global table.
  @inline(__always) private static func part(_ owner: UInt) -> UnsafeMutablePointer<GlobalEntry> {
    fixed(
      fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_PARTS) &+ owner &<< 3, as: UInt.self).pointee,
      as: GlobalEntry.self)
  }

  /// An entry of the global table. `slot` is below 65536.
  @inline(__always) static func entry(_ slot: UInt) -> UnsafeMutablePointer<GlobalEntry> {
    part(owner(of: slot)) + Int(bitPattern: slot & (partEntries &- 1))
  }

  /// How large parts are: as large as the 65536 entries of the table and the sixteen pages of a station
  /// allow.
  static func initialise() {
    var shift: UInt = 14
    while local.pointee.processorsPerStation << shift > 16 << 10 { shift &-= 1 }
    while local.pointee.processors << shift > 64 << 10 { shift &-= 1 }
    local.pointee.partShift = shift
    let parts = fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_PARTS), as: UInt.self)
    var owner: UInt = 0
    while owner < local.pointee.processors {
      let station = local.pointee.station(of: owner)
      let offset = (owner &- station &* local.pointee.processorsPerStation) &<< (shift &+ 4)
      parts[Int(bitPattern: owner)] = UInt(
        bitPattern: PhysicalAddress(station: station, offset: UInt(GLOBAL_TABLE_OFFSET) &+ offset).pointer)
      owner &+= 1
    }
  }

  @inline(__always) static var block: ObjectBlock { ObjectBlock(base: PublicPage.own.objects) }
  static func block(of processor: UInt) -> ObjectBlock { ObjectBlock(base: PublicPage(of: processor).objects) }

  /// The table is there from the beginning.
  @inline(__always) static func start() {}
  @inline(__always) static func countMiss() { SoftwareCounter.translationMisses.add() }
  @inline(__always) static func countDestruction() { SoftwareCounter.objectsDestroyed.add() }

  /// Passes a little time while another processor does something short.
  @inline(__always) static func pause() { pause_processor(16) }

  /// Gives back the memory of a representative or a handler.
  @inline(__always) static func dispose(_ object: UnsafeMutableRawPointer) { KernelHeap.free(object) }
  /// Zeroed memory for words, which objects cannot do without; nil when there is none.
  static func allocate(_ bytes: UInt) -> UnsafeMutableRawPointer? {
    guard let memory = KernelHeap.allocate(bytes, for: .kernel) else { return nil }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: bytes))
    return memory
  }
  static func free(_ memory: UnsafeMutableRawPointer) { KernelHeap.free(memory) }

  /// Has another processor attend to what it was handed; the own one does when its operation ends.
  static func poke(_ processor: UInt) {
    if processor != local.pointee.number { Mailbox.poke(processor) }
  }
}
