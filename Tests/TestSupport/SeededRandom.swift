import Foundation

/// Numbers from a seed (SplitMix64), and bytes that have been changed by them.
public struct SeededRandom {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// A seed: that of `TORNADO_SEED`, in long runs a new one, else the same each time.
  public static func seed(_ usual: UInt64) -> UInt64 {
    if let given = ProcessInfo.processInfo.environment["TORNADO_SEED"].flatMap({ UInt64($0) }) { return given }
    return isLong ? UInt64.random(in: 0 ... .max) : usual
  }

  /// The long runs of random tests are asked for.
  public static var isLong: Bool { ProcessInfo.processInfo.environment["TORNADO_SOAK"] == "1" }

  /// Inputs of a test: so many in every run, a thousand times as many in a long one.
  public static func count(_ quick: Int) -> Int { isLong ? quick * 1000 : quick }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  public mutating func one<Choices: RandomAccessCollection>(of choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
  }

  /// A number of the kind that catches who does not look: near to none, to the ends, or any.
  public mutating func word() -> UInt64 {
    switch below(4) {
    case 0: UInt64(below(4))
    case 1: .max &- UInt64(below(4))
    case 2: 1 << UInt64(below(64))
    default: next()
    }
  }

  /// One to four changes: bits, bytes, words, the end, pieces left out, repeated or taken from elsewhere.
  public mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(4) {
      guard !bytes.isEmpty else { return [UInt8(below(256))] }
      let place = below(bytes.count)
      let end = min(bytes.count, place + 1 + below(64))
      switch below(7) {
      case 0: bytes[place] ^= 1 << UInt8(below(8))
      case 1: bytes[place] = UInt8(below(256))
      case 2:
        let width = [1, 2, 4, 8][below(4)]
        let value = word()
        let start = place / width * width
        for index in start..<min(bytes.count, start + width) {
          bytes[index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (index - start)))
        }
      case 3: bytes.removeLast(bytes.count - place)
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
      default:
        let from = below(bytes.count)
        for (index, other) in zip(place..<end, from..<bytes.count) { bytes[index] = bytes[other] }
      }
    }
    return bytes
  }
}
