// The DRAM manager: who has page frames to give (paper, Figure 3). One object for the whole system, with a
// representative on each processor (`FramePool`) that keeps a few frames at hand; behind them are the
// stations' `FrameAllocator`s.
//
// Everything else that the kernel makes is made of frames: pages of the translation table, the heap, this
// object's representatives themselves. So a processor begins with a few frames straight from its station
// (`begin`): for the translation table's first page, in which this object's reference is and which stays, and
// for a page of the heap with the representative. From then on it is called as any object is, also by those
// two.

import CMachine

/// The DRAM manager.
@inline(__always) var dramManager: Reference<DRAMManager> { Reference(slot: 1) }

/// A frame that was just taken.
public struct PageFrame {
  let raw: UInt
  /// Its contents are zeros; else they are undefined.
  @inline(__always) var isZero: Bool { raw & FrameAllocator.isZero != 0 }
  @inline(__always) var address: PhysicalAddress { PhysicalAddress(raw: raw & ~FrameAllocator.isZero) }

  /// The colour that a program's page should have. Pages next to each other have one after the other, so that
  /// what lies together does not meet; of the tables in which each processor has a part of its own, the parts
  /// have the same ones, that neither the kernel's text nor the processor's own pages have
  /// (docs/programs.md).
  static func colour(of address: Address) -> UInt {
    let page = address >> pageShift
    if address &- UInt(TORNADO_TABLE) < TranslationTable.bytes { return 40 &+ page & 3 }
    if address &- UInt(TORNADO_GLOBAL_TABLE) < TranslationTable.bytes { return 44 &+ page & 3 }
    if address &- UInt(TORNADO_BLOCKS) < TranslationTable.bytes { return 48 }
    return page &- 7 &* (page >> 6) &+ 18
  }
}

/// The interface of the clustered object. Frames are nil when the machine has none.
open class DRAMManager {
  init() {}
  /// A frame of the own station, or of the next one that has any.
  open func allocate(for use: FrameUse) -> PageFrame? { abstract() }
  /// The same for a program's page, of a colour if there is one.
  open func allocate(colour: UInt) -> PageFrame? { abstract() }
  /// A frame of a station, or of another if that has none, of a colour if one is asked for and there is one.
  /// For programs.
  open func allocate(station: UInt, colour: UInt?) -> PageFrame? { abstract() }
  /// A frame of zeros. For programs.
  open func allocateZeroed() -> PhysicalAddress? { abstract() }
  open func free(_ frame: PhysicalAddress) { abstract() }

  /// Makes sure that some objects of the kernel can be made on this processor, each in a new page if need be:
  /// objects are not refused memory when they are made, so what a program can have made without end asks
  /// before. False when there is no memory for them.
  open func secure() -> Bool { abstract() }
  /// Gives back to the station what is at hand.
  open func giveAll() { abstract() }
}

/// Behind the DRAM manager: the processors' representatives are made with the processors, and noted there.
final class DRAMManagerMissHandler: MissHandler {
  override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer { processor.pointee.dramManager.unsafelyUnwrapped }

  /// Makes the own processor's representative, its table's first page, and the heap's.
  static func begin() {
    var frames = InlineArray<8, UInt>(repeating: 0)
    let list = withUnsafeMutablePointer(to: &frames) { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt.self) }
    let count = FrameAllocator.take(FramePool.station(local.pointee.station), FramePool.batch, for: .kernel, into: list)
    if count != FramePool.batch { panic("a station without memory") }
    TranslationTable.initialise(PageFrame(raw: list[7]).address)
    KernelHeap.begin(with: PageFrame(raw: list[6]).address, FramePool.bytes)
    let representative = Unmanaged.passRetained(FramePool(list, count &- 2)).toOpaque()
    processor.pointee.dramManager = representative
    TranslationTable.install(dramManager.slot, representative)
  }
}
