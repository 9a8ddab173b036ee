/// CRC-32C (Castagnoli), eight bytes a step by eight tables. It finds every damaged stretch of up to 32 bits,
/// and other damage but for one case in four thousand million.
struct CRC32C {
  /// Table k holds what a byte does to the checksum after k further bytes; 256 entries each, one table after
  /// the other.
  private let tables: UnsafePointer<UInt32>

  static let shared = CRC32C()

  private init() {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<(8 * 256) {
      let previous = tables[index - 256]
      tables[index] = (previous >> 8) ^ tables[Int(previous & 255)]
    }
    self.tables = UnsafePointer(tables)
  }

  /// The checksum of the bytes, going on from `crc`, the checksum of the bytes before them.
  @inline(__always)
  func checksum(_ bytes: UnsafeRawPointer, _ count: Int, from crc: UInt32 = 0) -> UInt32 {
    let t = tables
    var crc = ~crc
    var at = bytes
    var left = count
    while left >= 8 {
      let word = UInt64(littleEndian: at.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
      let low = UInt32(truncatingIfNeeded: word)
      let high = UInt32(truncatingIfNeeded: word >> 32)
      let a = t[7 * 256 + Int(low & 255)] ^ t[6 * 256 + Int((low >> 8) & 255)]
      let b = t[5 * 256 + Int((low >> 16) & 255)] ^ t[4 * 256 + Int(low >> 24)]
      let c = t[3 * 256 + Int(high & 255)] ^ t[2 * 256 + Int((high >> 8) & 255)]
      let d = t[256 + Int((high >> 16) & 255)] ^ t[Int(high >> 24)]
      crc = (a ^ b) ^ (c ^ d)
      at += 8
      left -= 8
    }
    while left > 0 {
      crc = (crc >> 8) ^ t[Int((crc ^ UInt32(at.load(as: UInt8.self))) & 255)]
      at += 1
      left -= 1
    }
    return ~crc
  }
}
