// The pages of a File Cache Manager by their number: words in memory of the station of who needed them first,
// in chunks that are made when one of their pages is. A page is an EntryLo that allows everything, or 0.
// Pages are added by compare-exchange.

import CMachine

struct CachedPages {
  private static let chunkShift: UInt = 9
  private static let chunkPages: UInt = 1 << chunkShift

  /// With more pages than fit in a chunk, the chunks' addresses (0: not made yet); else the only chunk.
  private let words: UnsafeMutablePointer<UInt>
  private let count: UInt
  private var isSmall: Bool { count <= CachedPages.chunkPages }
  private var chunks: UInt { (count &+ (CachedPages.chunkPages &- 1)) >> CachedPages.chunkShift }

  /// Room for `count` pages; nil when there is no memory, and for more than 262144, which are 4 GB.
  init?(_ count: UInt) {
    self.count = count
    let chunks = (count &+ (CachedPages.chunkPages &- 1)) >> CachedPages.chunkShift
    guard let memory = Objects.allocate((chunks <= 1 ? count : chunks) &* 8) else { return nil }
    words = memory.assumingMemoryBound(to: UInt.self)
  }

  /// The place of a page, made if necessary; nil when there is no memory, or no such page.
  func makePlace(_ page: UInt) -> UnsafeMutablePointer<UInt>? {
    if isSmall { return page < count ? words + Int(bitPattern: page) : nil }
    return page < count
      ? makeChunk(page >> CachedPages.chunkShift).map { $0 + Int(bitPattern: page & (CachedPages.chunkPages &- 1)) }
      : nil
  }

  private func makeChunk(_ number: UInt) -> UnsafeMutablePointer<UInt>? {
    let word = words + Int(bitPattern: number)
    if let chunk = UnsafeMutablePointer<UInt>(bitPattern: atomic_load(word)) { return chunk }
    guard let memory = Objects.allocate(CachedPages.chunkPages &* 8) else { return nil }
    let before = atomic_compare_exchange(word, 0, UInt(bitPattern: memory))
    if before != 0 { Objects.free(memory) }
    return UnsafeMutablePointer(bitPattern: atomic_load(word))
  }

  /// Gives back the frames of pages whose number is in [first, last). Nobody else uses these. Returns how
  /// many there were.
  func free(from first: UInt, to last: UInt) -> UInt {
    var freed: UInt = 0
    var page = first
    while page < last {
      var places = words
      var end = last
      if !isSmall {
        let next = (page >> CachedPages.chunkShift &+ 1) << CachedPages.chunkShift
        if next < end { end = next }
        guard
          let chunk = UnsafeMutablePointer<UInt>(
            bitPattern: atomic_load(words + Int(bitPattern: page >> CachedPages.chunkShift)))
        else {
          page = end
          continue
        }
        places = chunk
      }
      while page < end {
        let place = places + Int(bitPattern: page & (CachedPages.chunkPages &- 1))
        let entry = PageTableEntry(raw: atomic_load(place))
        if entry.raw != 0 {
          place.pointee = 0
          dramManager.call { $0.free(entry.frame) }
          freed &+= 1
        }
        page &+= 1
      }
    }
    return freed
  }

  /// Gives everything back. Returns how many frames there were.
  func destroy() -> UInt {
    let freed = free(from: 0, to: count)
    if !isSmall {
      var chunk: UInt = 0
      while chunk < chunks {
        if let memory = UnsafeMutableRawPointer(bitPattern: words[Int(bitPattern: chunk)]) { Objects.free(memory) }
        chunk &+= 1
      }
    }
    Objects.free(words)
    return freed
  }
}
