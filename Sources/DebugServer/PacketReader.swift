/// What a client sends: packets `$data#checksum`, acknowledgements, and the byte 3 for an interrupt. Takes
/// bytes as they come, whatever they are.
struct PacketReader {
  enum Item: Equatable {
    /// The data of a packet, unescaped.
    case packet([UInt8])
    case interrupt
    /// The client has received what was sent, or not.
    case acknowledged(Bool)
    /// A packet whose checksum is wrong, or that is too long.
    case damaged
  }

  /// The longest packet: two hexadecimal digits for each byte of the longest memory access, and its head.
  static let limit = 0x4000

  private enum State {
    case between
    case data(isEscaped: Bool)
    case checksum(first: UInt8?)
  }
  private var state = State.between
  private var data: [UInt8] = []
  private var sum: UInt8 = 0
  private var isTooLong = false

  /// The items that these bytes complete.
  mutating func take(_ bytes: some Sequence<UInt8>) -> [Item] { bytes.compactMap { take($0) } }

  private mutating func take(_ byte: UInt8) -> Item? {
    switch state {
    case .between:
      switch byte {
      case UInt8(ascii: "$"):
        data = []
        sum = 0
        isTooLong = false
        state = .data(isEscaped: false)
        return nil
      case 3: return .interrupt
      case UInt8(ascii: "+"): return .acknowledged(true)
      case UInt8(ascii: "-"): return .acknowledged(false)
      default: return nil
      }
    case .data(let isEscaped):
      if byte == UInt8(ascii: "#"), !isEscaped {
        state = .checksum(first: nil)
        return nil
      }
      sum &+= byte
      if byte == UInt8(ascii: "}"), !isEscaped {
        state = .data(isEscaped: true)
        return nil
      }
      state = .data(isEscaped: false)
      if data.count < Self.limit { data.append(isEscaped ? byte ^ 0x20 : byte) } else { isTooLong = true }
      return nil
    case .checksum(nil):
      state = .checksum(first: byte)
      return nil
    case .checksum(let first?):
      state = .between
      guard let high = Hex.digit(first), let low = Hex.digit(byte), high << 4 | low == sum, !isTooLong else {
        return .damaged
      }
      return .packet(data)
    }
  }

  /// A packet that says this.
  static func packet(_ text: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(text.count)
    for byte in text {
      if [UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "}"), UInt8(ascii: "*")].contains(byte) {
        escaped += [UInt8(ascii: "}"), byte ^ 0x20]
      } else {
        escaped.append(byte)
      }
    }
    let sum = escaped.reduce(0 as UInt8) { $0 &+ $1 }
    return [UInt8(ascii: "$")] + escaped + [UInt8(ascii: "#")] + Array(Hex.text([sum]).utf8)
  }
}

/// Hexadecimal digits as the protocol uses them.
enum Hex {
  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// A number of up to 16 digits; nil for anything else.
  static func number(_ text: some StringProtocol) -> UInt64? {
    guard !text.isEmpty, text.utf8.count <= 16 else { return nil }
    var value: UInt64 = 0
    for byte in text.utf8 {
      guard let digit = digit(byte) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  /// Pairs of digits; nil for anything else.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map { digit($0) }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0]! << 4 | digits[$0 + 1]! }
  }

  /// A register's value: its bytes in the machine's order.
  static func register(_ value: UInt64) -> String {
    text((0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) })
  }

  static func register(_ text: some StringProtocol) -> UInt64? {
    guard text.utf8.count == 16, let bytes = bytes(text) else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
