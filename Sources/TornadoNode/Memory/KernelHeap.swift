// The kernel's small memory: pools per processor, in pages of the own station (paper, Section 4).
//
// Every block is a multiple of a secondary-cache line, so blocks of different owners never share one. A page holds blocks of one size;
// its first line says which. Blocks go back to the pool of the processor that frees them.

import CMachine

struct KernelHeap {
  /// Block sizes in lines: 1, 2, 4, 8, 16, 32.
  static let classes: UInt = 6
  /// The largest block, in bytes.
  static let largest: UInt = 4096

  /// First free block of each class; a free block's first word is the next one's address.
  private var free: (UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0)
  /// Pages that the pools have taken.
  private var pages: UInt = 0

  /// The header of a page of blocks.
  private struct PageHeader {
    var blockClass: UInt
  }

  @inline(__always) private static var heads: UnsafeMutablePointer<UInt> {
    UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &processor.pointee.heap) { $0 }).assumingMemoryBound(to: UInt.self)
  }

  /// `bytes` of memory at a multiple of 128; nil when there is none, or for more than `largest`. Objects cannot do without: they are `.kernel`.
  static func allocate(_ bytes: UInt, for use: FrameUse = .program) -> UnsafeMutableRawPointer? {
    var blockClass: UInt = 0
    var size = lineBytes
    while size < bytes {
      size <<= 1
      blockClass &+= 1
    }
    if blockClass >= classes { return nil }
    let head = heads + Int(bitPattern: blockClass)
    if head.pointee == 0, !addPage(blockClass, size, use) { return nil }
    let block = UnsafeMutableRawPointer(bitPattern: head.pointee).unsafelyUnwrapped
    head.pointee = block.word(0).pointee
    return block
  }

  static func free(_ block: UnsafeMutableRawPointer) {
    let header = fixed(pageBase(UInt(bitPattern: block)), as: PageHeader.self)
    let head = heads + Int(bitPattern: header.pointee.blockClass)
    block.word(0).pointee = head.pointee
    head.pointee = UInt(bitPattern: block)
  }

  @inline(never) private static func addPage(_ blockClass: UInt, _ size: UInt, _ use: FrameUse) -> Bool {
    guard let frame = FramePool.allocate(for: use) else { return false }
    processor.pointee.heap.pages &+= 1
    let page = frame.pointer
    page.assumingMemoryBound(to: PageHeader.self).initialize(to: PageHeader(blockClass: blockClass))
    let head = heads + Int(bitPattern: blockClass)
    var offset = pageBytes &- size
    while offset >= lineBytes {
      let block = page + Int(bitPattern: offset)
      block.word(0).pointee = head.pointee
      head.pointee = UInt(bitPattern: block)
      offset &-= size
    }
    return true
  }
}

/// Gives back an object's memory. Objects in the kernel's memory are not counted, so their end is always said.
func destroy(_ object: AnyObject) {
  KernelHeap.free(Unmanaged.passUnretained(object).toOpaque())
}

// What the Embedded Swift runtime asks for, under the names that `runtime.S` gives it.

@_silgen_name("kernel_allocate_aligned")
public func posixMemoryAlign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ bytes: UInt) -> Int32 {
  guard let block = KernelHeap.allocate(bytes, for: .kernel) else { panic("the kernel has no memory for an object") }
  result.pointee = block
  return 0
}

@_silgen_name("kernel_free")
public func runtimeFree(_ block: UnsafeMutableRawPointer?) {
  if let block { KernelHeap.free(block) }
}
