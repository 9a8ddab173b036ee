/// A state space as bytes, for checkpoints and the digest, and back: its regions in order, each with name and
/// length.
///
/// Most of a machine's memory has never been touched. A region is therefore written as those of its pages of
/// 4096 bytes that hold anything, and of these the pieces of 64 bytes that do: number of the page, a bit for
/// each piece, the pieces. All numbers are little-endian.
enum StateImage {
  static let pageBytes = 4096
  static let pieceBytes = 64
  static let end = UInt32.max

  static func write(_ value: some FixedWidthInteger, to sink: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeBytes(of: value.littleEndian, sink)
  }

  static func write(_ memory: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) -> Void) {
    let touched = TouchedPages(memory)
    var page = 0
    while page * pageBytes < memory.count {
      defer { page += 1 }
      guard touched[page] else { continue }
      let part = UnsafeRawBufferPointer(
        rebasing: memory[(page * pageBytes)..<min(memory.count, (page + 1) * pageBytes)])
      let pieces = occupied(part)
      guard pieces != 0 else { continue }
      write(UInt32(page), to: sink)
      write(pieces, to: sink)
      // Pieces that are neighbours go together.
      var rest = pieces
      while rest != 0 {
        let first = rest.trailingZeroBitCount
        let count = (~(rest >> UInt64(first))).trailingZeroBitCount
        rest &= count == 64 ? 0 : ~(((1 << UInt64(count)) - 1) << UInt64(first))
        sink(
          UnsafeRawBufferPointer(
            rebasing: part[(first * pieceBytes)..<min(part.count, (first + count) * pieceBytes)]))
      }
    }
    write(end, to: sink)
  }

  /// A bit for each piece of a page that is not all zeros.
  private static func occupied(_ page: UnsafeRawBufferPointer) -> UInt64 {
    var bits: UInt64 = 0
    var start = 0
    while start < page.count {
      let stop = min(page.count, start + pieceBytes)
      var all: UInt64 = 0
      var offset = start
      while offset + 8 <= stop {
        all |= page.load(fromByteOffset: offset, as: UInt64.self)
        offset += 8
      }
      while offset < stop {
        all |= UInt64(page[offset])
        offset += 1
      }
      if all != 0 { bits |= 1 << UInt64(start / pieceBytes) }
      start = stop
    }
    return bits
  }

  /// Makes memory what it was: pages that the image does not have become zero.
  ///
  /// - Parameter layout: of the elements in it, which can be no others than these.
  static func read(
    _ memory: UnsafeMutableRawBufferPointer, _ layout: StateLayout, from reader: inout Reader
  ) throws(Problem) {
    let touched = TouchedPages(UnsafeRawBufferPointer(memory))
    var next = 0
    while true {
      let page = try reader.integer(UInt32.self)
      let isEnd = page == end
      let upTo = isEnd ? (memory.count + pageBytes - 1) / pageBytes : Int(page)
      guard upTo >= next, isEnd || upTo * pageBytes < memory.count else { throw Problem() }
      clear(memory, pages: next..<upTo, touched)
      if isEnd { return }
      let pieces = try reader.integer(UInt64.self)
      let start = upTo * pageBytes
      for piece in 0..<(pageBytes / pieceBytes) {
        let from = start + piece * pieceBytes
        let count = min(memory.count - from, pieceBytes)
        guard pieces & (1 << UInt64(piece)) != 0 else {
          if count > 0 {
            UnsafeMutableRawBufferPointer(rebasing: memory[from..<(from + count)]).initializeMemory(
              as: UInt8.self, repeating: 0)
          }
          continue
        }
        guard count > 0 else { throw Problem() }
        UnsafeMutableRawBufferPointer(rebasing: memory[from..<(from + count)]).copyMemory(from: try reader.take(count))
        guard layout.fits(UnsafeRawBufferPointer(memory), in: from..<(from + count)) else { throw Problem() }
      }
      next = upTo + 1
    }
  }

  static func clear(_ memory: UnsafeMutableRawBufferPointer) {
    clear(
      memory, pages: 0..<((memory.count + pageBytes - 1) / pageBytes), TouchedPages(UnsafeRawBufferPointer(memory)))
  }

  /// Writes only to pages that hold something, so that the others stay free of charge.
  private static func clear(
    _ memory: UnsafeMutableRawBufferPointer, pages: Range<Int>, _ touched: TouchedPages
  ) {
    for page in pages where touched[page] {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: memory[(page * pageBytes)..<min(memory.count, (page + 1) * pageBytes)])
      if occupied(UnsafeRawBufferPointer(part)) != 0 { part.initializeMemory(as: UInt8.self, repeating: 0) }
    }
  }

  /// The bytes are no image of this machine's state: another version's, or damaged.
  struct Problem: Error {
    var region = ""
  }

  /// Reads numbers and bytes as far as there are any.
  struct Reader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) throws(Problem) -> UnsafeRawBufferPointer {
      guard count >= 0, count <= rest.count else { throw Problem() }
      defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
      return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type) throws(Problem) -> Integer {
      Integer(littleEndian: try take(MemoryLayout<Integer>.size).loadUnaligned(as: Integer.self))
    }
  }
}

extension StateSpace {
  /// The regions of these kinds.
  func write(_ kinds: Set<StateKind>, to sink: (UnsafeRawBufferPointer) -> Void) {
    let regions = regions(kinds)
    StateImage.write(UInt32(regions.count), to: sink)
    for region in regions {
      var name = region.name
      name.withUTF8 {
        StateImage.write(UInt16($0.count), to: sink)
        sink(UnsafeRawBufferPointer($0))
      }
      switch region.content {
      case .fixed(let memory):
        StateImage.write(UInt64(memory.count), to: sink)
        StateImage.write(UnsafeRawBufferPointer(memory), to: sink)
      case .growing(let bytes):
        StateImage.write(UInt64(bytes.bytes.count), to: sink)
        bytes.bytes.withUnsafeBytes(sink)
      }
    }
  }

  /// Takes over the architectural and transient state of a machine with the same regions.
  ///
  /// - Throws: `StateImage.Problem`; the state is then of no use.
  func restore(_ image: UnsafeRawBufferPointer) throws(StateImage.Problem) {
    var reader = StateImage.Reader(image)
    let regions = regions([.architectural, .transient])
    guard try reader.integer(UInt32.self) == regions.count else { throw StateImage.Problem() }
    for region in regions {
      do throws(StateImage.Problem) {
        let name = try reader.take(Int(try reader.integer(UInt16.self)))
        let count = Int(truncatingIfNeeded: try reader.integer(UInt64.self))
        guard name.elementsEqual(region.name.utf8) else { throw StateImage.Problem() }
        switch region.content {
        case .fixed(let memory):
          guard count == memory.count else { throw StateImage.Problem() }
          try StateImage.read(memory, region.layout, from: &reader)
        case .growing(let bytes): bytes.bytes = Array(try reader.take(count))
        }
      } catch { throw StateImage.Problem(region: region.name) }
    }
    guard reader.isAtEnd else { throw StateImage.Problem() }
  }
}
