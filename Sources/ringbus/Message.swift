/// What travels on a link: a head of 24 bytes, then `length` bytes. All numbers are little-endian.
///
/// | byte | field |
/// |---|---|
/// | 0 | magic, "RING" |
/// | 4 | kind |
/// | 5 | zero |
/// | 6 | station that the message comes from or is about |
/// | 8 | round |
/// | 16 | length of what follows, in bytes |
/// | 20 | CRC-32C of the 20 bytes before and of what follows |
struct MessageHead {
  enum Kind: UInt8 {
    /// The first word of a daemon to its successor: a `Greeting`.
    case hello = 1
    /// The successor's answer: its own `Greeting`.
    case welcome = 2
    /// Why the other end is not wanted, as text. The last word on a connection.
    case refusal = 3
    /// One station's frame of one round.
    case frame = 4
    /// Nothing, said so that the other end knows that somebody is there.
    case heartbeat = 5
    /// A station has failed or left: a `Notice`. Goes round the ring both ways.
    case notice = 6
  }

  static let size = 24
  static let magic: UInt32 = 0x474e_4952
  /// The longest message other than a frame.
  static let shortLimit = 2048

  var kind: UInt8
  var station: Int
  var round: UInt64
  var length: Int
  var checksum: UInt32

  /// Reads the head at `bytes`, of which there are at least `size`; nil when it does not start with the magic
  /// and its fixed fields.
  @inline(__always)
  init?(_ bytes: UnsafeRawPointer) {
    let first = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard UInt32(truncatingIfNeeded: first) == Self.magic, (first >> 40) & 255 == 0 else { return nil }
    kind = UInt8(truncatingIfNeeded: first >> 32)
    station = Int(first >> 48)
    round = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    let last = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
    length = Int(last & 0xffff_ffff)
    checksum = UInt32(last >> 32)
  }

  /// Whether head and payload, which lie one after the other at `bytes`, are as they were sent.
  @inline(__always)
  func isWhole(_ bytes: UnsafeRawPointer) -> Bool {
    let crc = CRC32C.shared.checksum(bytes, 20)
    return CRC32C.shared.checksum(bytes + Self.size, length, from: crc) == checksum
  }

  /// Writes a head before the `length` bytes that stand already at `place + size`.
  @inline(__always)
  static func write(_ kind: Kind, station: Int, round: UInt64, length: Int, at place: UnsafeMutableRawPointer) {
    let first = UInt64(magic) | UInt64(kind.rawValue) << 32 | UInt64(station) << 48
    place.storeBytes(of: first.littleEndian, as: UInt64.self)
    place.storeBytes(of: round.littleEndian, toByteOffset: 8, as: UInt64.self)
    place.storeBytes(of: UInt32(length).littleEndian, toByteOffset: 16, as: UInt32.self)
    let crc = CRC32C.shared.checksum(place, 20)
    let whole = CRC32C.shared.checksum(place + size, length, from: crc)
    place.storeBytes(of: whole.littleEndian, toByteOffset: 20, as: UInt32.self)
  }

  /// A whole message, for those that are rare.
  static func message(_ kind: Kind, station: Int, round: UInt64 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size) + payload
    bytes.withUnsafeMutableBytes {
      write(kind, station: station, round: round, length: payload.count, at: $0.baseAddress!)
    }
    return bytes
  }
}
