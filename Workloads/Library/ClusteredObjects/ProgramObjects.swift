// Where a program has what its clustered objects need (docs/programs.md).
// `Sources/TornadoNode/ClusteredObjects/KernelObjects.swift` says the same of the kernel.

import CMachine

/// The program's clustered objects: references, miss handlers and existence are the kernel's own, from the
/// same sources.
public enum Objects {
  /// Where every processor has its translation table.
  @inline(__always) public static var table: UInt { UInt(TORNADO_TABLE) }
  @inline(__always) private static var globalTable: UInt { UInt(TORNADO_GLOBAL_TABLE) }
  @inline(__always) private static var blocks: UInt { UInt(TORNADO_BLOCKS) }

  /// The first line of the own processor's data, which the kernel has filled.
  @inline(__always) private static func ownWord(_ offset: Int32) -> UInt {
    UnsafePointer<UInt>(bitPattern: UInt(TORNADO_OWN) &+ UInt(offset)).unsafelyUnwrapped.pointee
  }
  /// 1 once this processor has seen that the table is there.
  @inline(__always) private static var started: UnsafeMutablePointer<UInt> {
    UnsafeMutablePointer(bitPattern: UInt(TORNADO_OWN) &+ 0x80).unsafelyUnwrapped
  }

  /// The calling thread's processor, in the program's set. (One load, where `Processors.current` is a system
  /// call.)
  @inline(__always) public static var processor: UInt { ownWord(TORNADO_OWN_NUMBER) }
  @inline(__always) public static var processors: UInt { ownWord(TORNADO_OWN_PROCESSORS) }
  @inline(__always) static func station(of processor: UInt) -> UInt { processor / ownWord(TORNADO_OWN_STATION_SIZE) }

  /// All processors, as a bit set.
  public static var everyone: UInt { ~0 &>> (64 &- processors) }

  @inline(__always) private static var partShift: UInt { ownWord(TORNADO_OWN_PART_SHIFT) }
  /// Entries of a processor's part of the global table.
  @inline(__always) static var partEntries: UInt { 1 &<< partShift }
  @inline(__always) static var ownFirstSlot: UInt { processor &<< partShift }
  @inline(__always) static func owner(of slot: UInt) -> UInt { slot &>> partShift }
  @inline(__always) static var ownPart: UnsafeMutablePointer<GlobalEntry> { entry(ownFirstSlot) }

  /// An entry of the global table.
  @inline(__always) static func entry(_ slot: UInt) -> UnsafeMutablePointer<GlobalEntry> {
    UnsafeMutablePointer(bitPattern: globalTable &+ slot &<< 4).unsafelyUnwrapped
  }

  @inline(__always) static var block: ObjectBlock {
    ObjectBlock(base: UnsafeMutableRawPointer(bitPattern: ownWord(TORNADO_OWN_BLOCK)).unsafelyUnwrapped)
  }
  @inline(__always) static func block(of processor: UInt) -> ObjectBlock {
    ObjectBlock(base: UnsafeMutableRawPointer(bitPattern: blocks &+ processor &<< 14).unsafelyUnwrapped)
  }

  /// Makes the table usable; before the first object is made.
  @inline(__always) static func start() {
    if tornado_objects_started() == 0 { tornado_objects_start() }
  }

  @inline(__always) static func countMiss() {}
  @inline(__always) static func countDestruction() {}
  @inline(__always) static func poke(_ processor: UInt) {}

  /// Lets another thread of the processor go on, which may be the one that is waited for.
  @inline(never) static func pause() { _ = tornado_call(Int(TORNADO_CALL_SCHED_YIELD), 0, 0, 0, 0, 0, 0) }

  /// Gives back the memory of a representative or a handler: the object's own reference to it.
  @inline(__always) static func dispose(_ object: UnsafeMutableRawPointer) { tornado_release(object) }
  /// Zeroed memory for words in whole lines; nil when there is none.
  static func allocate(_ bytes: UInt) -> UnsafeMutableRawPointer? {
    var memory: UnsafeMutableRawPointer?
    let size = (Int(bitPattern: bytes) + Int(TORNADO_LINE) - 1) & -Int(TORNADO_LINE)
    guard posix_memalign(&memory, Int(TORNADO_LINE), size) == 0, let memory else { return nil }
    memset(memory, 0, size)
    return memory
  }
  static func free(_ memory: UnsafeMutableRawPointer) { CTornado.free(memory) }

  /// Throws away the own processor's translation table, as the kernel does when memory runs low: it is a
  /// cache, and the next calls miss.
  public static func discardTable() { _ = tornado_call(Int(TORNADO_CALL_DISCARD_TABLE), 0, 0, 0, 0, 0, 0) }
}

/// What a program that breaks the rules of clustered objects dies of.
@inline(never) func panic(_ message: StaticString, _ value: UInt) -> Never {
  printError("tornado: \(message) (0x\(hex: value))")
  Program.exit(134)
}
