/// Small ELF files, right and wrong: headers, and segments that all hold the same.
public struct TestELF {
  var machine: UInt16
  var classByte: UInt8
  var dataByte: UInt8
  var type: UInt16
  var flags: UInt32
  var entry: UInt64?
  var address: UInt64
  var programHeaderType: UInt32
  var segmentFlags: UInt32
  var content: [UInt8]
  var offset: Int
  var fileBytes: UInt64?
  var memoryBytes: UInt64?
  var segments: Int
  var stride: UInt64

  /// By default a program for MIPS III of one segment that may be executed, entered at its first byte.
  ///
  /// - Parameters:
  ///   - address: of the first segment; each other begins `stride` after the one before.
  ///   - content: what the file has behind the headers, for each segment.
  ///   - offset: where that begins at the earliest.
  ///   - fileBytes: what the program header says, if not the content's length.
  ///   - memoryBytes: the same.
  public init(
    machine: UInt16 = 8, classByte: UInt8 = 2, dataByte: UInt8 = 1, type: UInt16 = 2, flags: UInt32 = 0x2000_0000,
    entry: UInt64? = nil, address: UInt64 = 0x1000_0000, programHeaderType: UInt32 = 1, segmentFlags: UInt32 = 5,
    content: [UInt8] = [UInt8](repeating: 0, count: 16), offset: Int = 0, fileBytes: UInt64? = nil,
    memoryBytes: UInt64? = nil, segments: Int = 1, stride: UInt64 = 0x1000
  ) {
    (self.machine, self.classByte, self.dataByte, self.type, self.flags) = (machine, classByte, dataByte, type, flags)
    (self.entry, self.address, self.programHeaderType) = (entry, address, programHeaderType)
    (self.segmentFlags, self.content, self.offset) = (segmentFlags, content, offset)
    (self.fileBytes, self.memoryBytes, self.segments, self.stride) = (fileBytes, memoryBytes, segments, stride)
  }

  public var bytes: [UInt8] {
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, classByte, dataByte, 1, 0] + [UInt8](repeating: 0, count: 8)
    func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { file += $0 } }
    for half in [type, machine] { put(half) }
    put(UInt32(1))
    for word in [entry ?? address, 64, 0] { put(word) }
    put(flags)
    for half in [64, 56, UInt16(segments), 0, 0, 0] { put(half) }
    let data = max(offset, 64 + 56 * segments)
    let count = UInt64(content.count)
    for index in 0..<UInt64(segments) {
      for half in [programHeaderType, segmentFlags] { put(half) }
      let place = address + index * stride
      for word in [UInt64(data), place, place, fileBytes ?? count, memoryBytes ?? count, 0x1000] { put(word) }
    }
    return file + [UInt8](repeating: 0, count: data - file.count) + content
  }
}
