/// Small ELF files, right and wrong.
struct TestELF {
  var machine: UInt16 = 8
  var classByte: UInt8 = 2
  var dataByte: UInt8 = 1
  var type: UInt16 = 2
  var flags: UInt32 = 0x2000_0000
  var entry: UInt64 = 0x1000_0000
  var address: UInt64 = 0x1000_0000
  var programHeaderType: UInt32 = 1
  var segmentFlags: UInt32 = 5
  var fileBytes: UInt64 = 16
  var memoryBytes: UInt64 = 16
  /// Segments, all alike but for their addresses: each begins `stride` after the one before.
  var segments = 1
  var stride: UInt64 = 0x1000

  var bytes: [UInt8] {
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, classByte, dataByte, 1, 0] + [UInt8](repeating: 0, count: 8)
    func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { file += $0 } }
    put(type)
    put(machine)
    put(UInt32(1))
    put(entry)
    put(UInt64(64))
    put(UInt64(0))
    put(flags)
    put(UInt16(64))
    put(UInt16(56))
    put(UInt16(segments))
    put(UInt16(0))
    put(UInt16(0))
    put(UInt16(0))
    let data = UInt64(64 + 56 * segments)
    for index in 0..<UInt64(segments) {
      put(programHeaderType)
      put(segmentFlags)
      put(data)
      put(address + index * stride)
      put(address + index * stride)
      put(fileBytes)
      put(memoryBytes)
      put(UInt64(0x1000))
    }
    return file + [UInt8](repeating: 0, count: 16)
  }
}
