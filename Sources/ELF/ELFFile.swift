/// A 64-bit little-endian ELF file for MIPS, read without trust in a single one of its numbers.
public struct ELFFile: Sendable {
  /// What is wrong with a file, without its name.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
  }

  /// A program header.
  public struct Segment: Sendable {
    /// 1 is to be loaded, 2 and 3 are of dynamically linked programs.
    public var type: UInt64
    /// 1 executable, 2 writable, 4 readable.
    public var flags: UInt64
    /// Virtual.
    public var address: UInt64
    public var physicalAddress: UInt64
    public var memoryBytes: UInt64
    /// Where its bytes stand in the file: nowhere, if there are none, or it is not loaded.
    public var bytes: Range<Int>

    public var isLoaded: Bool { type == 1 }
  }

  /// A section header; nobody has checked that what it speaks of is in the file.
  public struct Section: Sendable {
    public var type: UInt64
    public var offset: UInt64
    public var size: UInt64
    public var link: UInt64
  }

  public static let headerBytes = 64
  private static let segmentHeaderBytes: UInt64 = 56
  private static let sectionHeaderBytes: UInt64 = 64

  public let bytes: [UInt8]
  /// 1 relocatable, 2 executable, 3 shared, 4 core.
  public let type: UInt64
  /// The processor's: the instruction set's level is in the highest four bits.
  public let flags: UInt64
  public let entry: UInt64
  public let segments: [Segment]

  /// - Throws: where header or program headers are not whole, or bytes to be loaded are not in the file.
  public init(_ bytes: [UInt8]) throws(Problem) {
    guard !bytes.isEmpty else { throw Problem("the file is empty") }
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw Problem("not an ELF file") }
    guard bytes.count >= Self.headerBytes else {
      throw Problem("truncated: \(bytes.count) bytes do not hold an ELF header")
    }
    func integer(_ offset: UInt64, _ count: Int) -> UInt64 { Self.integer(bytes, offset, count) }
    guard bytes[4] == 2, bytes[5] == 1, integer(18, 2) == 8 else {
      throw Problem("not a 64-bit little-endian MIPS program; build it with 'tctl build'")
    }
    let (table, headerBytes, count) = (integer(32, 8), integer(54, 2), integer(56, 2))
    let size = UInt64(bytes.count)
    var segments: [Segment] = []
    if count > 0 {
      guard headerBytes == Self.segmentHeaderBytes else {
        throw Problem("damaged: program headers of \(headerBytes) bytes")
      }
      guard table <= size, count * headerBytes <= size - table else {
        throw Problem("truncated: the program headers end beyond the \(size) bytes of the file")
      }
    }
    for header in (0..<count).map({ table + $0 * headerBytes }) {
      let (offset, fileBytes) = (integer(header + 8, 8), integer(header + 32, 8))
      // One without bytes has no place in the file, whatever stands there; and what is not loaded, nobody reads.
      var place = 0..<0
      let isLoaded = integer(header, 4) == 1
      if isLoaded, fileBytes > 0 {
        guard offset <= size, fileBytes <= size - offset else {
          throw Problem("truncated: \(Self.extent("a segment", fileBytes, at: offset)) of a file of \(size) bytes")
        }
        place = Int(offset)..<Int(offset + fileBytes)
      }
      segments.append(
        Segment(
          type: integer(header, 4), flags: integer(header + 4, 4), address: integer(header + 16, 8),
          physicalAddress: integer(header + 24, 8), memoryBytes: integer(header + 40, 8), bytes: place))
    }
    self.bytes = bytes
    self.segments = segments
    (type, entry, flags) = (integer(16, 2), integer(24, 8), integer(48, 4))
  }

  /// "a segment of 0x10 bytes at 0x40": where it would end, no number may tell.
  public static func extent(_ what: String, _ count: UInt64, at place: UInt64) -> String {
    "\(what) of \(hex(count)) bytes at \(hex(place))"
  }

  public static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// The sections whose headers are in the file.
  public var sections: [Section] {
    let (table, headerBytes, count) = (integer(40, 8), integer(58, 2), integer(60, 2))
    let size = UInt64(bytes.count)
    guard headerBytes == Self.sectionHeaderBytes, table <= size, count * headerBytes <= size - table else { return [] }
    return (0..<count).map { table + $0 * headerBytes }.map { header in
      Section(
        type: integer(header + 4, 4), offset: integer(header + 24, 8), size: integer(header + 32, 8),
        link: integer(header + 40, 4))
    }
  }

  /// A little-endian integer of the file; 0 where it is not in it.
  public func integer(_ offset: UInt64, _ count: Int) -> UInt64 { Self.integer(bytes, offset, count) }

  private static func integer(_ bytes: [UInt8], _ offset: UInt64, _ count: Int) -> UInt64 {
    guard offset < UInt64(bytes.count), count <= bytes.count - Int(offset) else { return 0 }
    var value: UInt64 = 0
    for place in stride(from: Int(offset) + count - 1, through: Int(offset), by: -1) {
      value = value << 8 | UInt64(bytes[place])
    }
    return value
  }

  /// The text that begins there and ends with a zero; empty where that is not in the file.
  public func text(_ offset: UInt64) -> String {
    guard offset < UInt64(bytes.count) else { return "" }
    return String(decoding: bytes[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
