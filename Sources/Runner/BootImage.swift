/// The boot image's segments: an ELF64 MIPS little-endian executable, loaded by physical address into the
/// memory of station 0.
public struct BootImage: Sendable {
  public struct Segment: Sendable {
    public var address: UInt64
    public var bytes: Range<Int>
  }
  public let file: [UInt8]
  public let entry: UInt64
  public let segments: [Segment]

  /// - Parameter memoryBytes: size of a station's memory, which the image must fit.
  /// - Throws: `RunnerError` for a file that is no such executable.
  public init(_ file: [UInt8], memoryBytes: Int) throws(RunnerError) {
    func refuse(_ reason: String) -> RunnerError {
      RunnerError("the boot image \(reason): rebuild it with 'make build'")
    }
    func integer<Integer: FixedWidthInteger>(_ offset: Int, _: Integer.Type) -> Int {
      file.withUnsafeBytes {
        Int(truncatingIfNeeded: Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Integer.self)))
      }
    }
    guard file.count >= 64, file[0...3] == [0x7F, 0x45, 0x4C, 0x46], file[4] == 2, file[5] == 1,
      integer(18, UInt16.self) == 8
    else {
      throw refuse("is no little-endian ELF64 MIPS file")
    }
    self.file = file
    entry = UInt64(bitPattern: Int64(integer(24, UInt64.self)))
    let table = integer(32, UInt64.self)
    let size = integer(54, UInt16.self)
    let count = integer(56, UInt16.self)
    guard size >= 56, table >= 64, table + size * count <= file.count else { throw refuse("is truncated") }
    var segments: [Segment] = []
    for header in (0..<count).map({ table + $0 * size }) where integer(header, UInt32.self) == 1 {
      let offset = integer(header + 8, UInt64.self)
      let address = integer(header + 24, UInt64.self)
      let fileSize = integer(header + 32, UInt64.self)
      let memorySize = integer(header + 40, UInt64.self)
      guard offset >= 0, fileSize >= 0, offset + fileSize <= file.count, fileSize <= memorySize else {
        throw refuse("is truncated")
      }
      guard address >= 0, address + memorySize <= memoryBytes else {
        throw refuse("does not fit a station's memory of \(memoryBytes) bytes")
      }
      segments.append(Segment(address: UInt64(address), bytes: offset..<(offset + fileSize)))
    }
    guard !segments.isEmpty else { throw refuse("has nothing to load") }
    self.segments = segments
  }
}
