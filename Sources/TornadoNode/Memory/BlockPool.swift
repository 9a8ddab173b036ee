// A processor's free blocks of one size, and the pages that blocks are cut from (paper, Section 4).
//
// Pools lie in the processor's own pages, at the same virtual address on every processor: a page's header
// names the pool of its blocks by that address, and says whose they are. A list ends in a block that is never
// given out, so that taking one needs a single test.

import CMachine

struct BlockPool {
  /// The first free block; a free block's first word is the next one's address.
  var head: UInt = 0
  /// Bits 19:0: how many blocks may still come back before some go to the station. Above: what the header of
  /// a page must say for its blocks to belong here. Less that, it is a small number, or the block is
  /// another's: one comparison tells whether a block may simply be put here.
  var room: UInt = 0
  /// The next block of the page that is being cut up, 0 for none: a page is cut a few blocks at a time, for
  /// each touches a line.
  var fresh: UInt = 0
  /// Size of the blocks.
  var bytes: UInt = 0
  /// Pages that blocks have been cut from, and blocks that are set aside (`FailingMemory`).
  var pages: UInt = 0
  var aside: UInt = 0
  private var unused: (UInt, UInt) = (0, 0)

  static let roomMask: UInt = (1 << 20) &- 1
  @inline(__always) var isFull: Bool { room & BlockPool.roomMask == 0 }
  /// Sets how many may come back.
  mutating func setRoom(_ count: UInt) { room = room & ~BlockPool.roomMask | count }

  /// Blocks that no other processor uses.
  @inline(__always) var isLocal: Bool { bytes < lineBytes }
  /// How many blocks are cut, or go between processor and station, at a time.
  var batch: UInt { isLocal ? 16 : bytes <= 512 ? 8 : bytes <= 1024 ? 4 : 2 }
}

typealias BlockPoolPointer = UnsafeMutablePointer<BlockPool>

/// The pool of blocks of so many lines: it lies as far from the first one as its blocks are long, so that a
/// size is all but an address.
struct LinePool {
  var pool = BlockPool()
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0, 0, 0)
}

/// The first line of a page of blocks. Written once: all processors of the machine may keep a copy.
struct BlockPageHeader {
  let pool: UInt
  /// Above bit 19: for blocks that any processor may use, the station's number + 1; for strictly local ones,
  /// `localHome` + the processor's.
  let home: UInt
  private static let shift: UInt = 20
  private static let localHome: UInt = 0x1_0000

  static func home(station: UInt) -> UInt { (station &+ 1) << shift }
  static func home(processor: UInt) -> UInt { (localHome &+ processor) << shift }
  /// The station whose blocks they are; nil for a processor's own.
  var station: UInt? {
    home >> BlockPageHeader.shift < BlockPageHeader.localHome ? home >> BlockPageHeader.shift &- 1 : nil
  }
  /// The processor whose blocks they are, if they are strictly local.
  var processor: UInt { home >> BlockPageHeader.shift &- BlockPageHeader.localHome }

  @inline(__always) static func of(_ block: UnsafeMutableRawPointer) -> UnsafeMutablePointer<BlockPageHeader> {
    fixed(pageBase(UInt(bitPattern: block)), as: BlockPageHeader.self)
  }
}

/// The sizes for which there are pools.
enum BlockSize {
  /// 1 … 32 lines. Nothing of such a block shares a line with another block, whoever has it.
  static let lines: UInt = 32
  /// The largest block, in bytes.
  static let largest: UInt = lines &* lineBytes
  /// 16 … 112 bytes, strictly local.
  static let localSizes: UInt = 7
  static let localUnit: UInt = 16
  static let largestLocal: UInt = localSizes &* localUnit
}
