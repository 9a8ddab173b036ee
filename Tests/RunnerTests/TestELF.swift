/// Program files of a few instructions.
enum TestELF {
  /// A program that consists of some instructions, loaded with its header at 0x1000_0000.
  static func program(_ instructions: [UInt32]) -> [UInt8] {
    let header = 120
    var file: [UInt8] = []
    func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { file += $0 } }
    let size = UInt64(header + 4 * instructions.count)
    file += [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for half: UInt16 in [2, 8] { put(half) }
    put(UInt32(1))
    for word: UInt64 in [0x1000_0000 + UInt64(header), 64, 0] { put(word) }
    put(UInt32(0x2000_0000))
    for half: UInt16 in [64, 56, 1, 64, 0, 0] { put(half) }
    for half: UInt32 in [1, 5] { put(half) }
    for word: UInt64 in [0, 0x1000_0000, 0x1000_0000, size, size, 0x4000] { put(word) }
    for instruction in instructions { put(instruction) }
    return file
  }
}
