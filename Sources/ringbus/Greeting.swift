/// What each end of a link says of itself first, and what the other compares with its own.
struct Greeting: Equatable {
  /// Comes first in the bytes for all time, so that versions can tell each other apart.
  var version: UInt32
  var stations: Int
  var local: Range<Int>
  var cluster: [UInt8]
  var profileHash: [UInt8]
  var imageHash: [UInt8]

  init(_ configuration: RingConfiguration) {
    version = configuration.version
    stations = configuration.stations
    local = configuration.local
    cluster = Array(configuration.cluster.utf8)
    profileHash = configuration.profileHash
    imageHash = configuration.imageHash
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func number(_ value: Int, _ count: Int) {
      for k in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * k))) }
    }
    number(Int(version), 4)
    for value in [stations, local.lowerBound, local.upperBound] { number(value, 4) }
    for text in [cluster, profileHash, imageHash] {
      number(text.count, 2)
      bytes += text
    }
    return bytes
  }

  enum Reading {
    case greeting(Greeting)
    /// A greeting of another version, of which nothing else can be known.
    case otherVersion(UInt32)
    case unreadable
  }

  static func read(_ bytes: UnsafeRawBufferPointer, expecting own: Greeting) -> Reading {
    var at = 0
    func number(_ count: Int) -> Int? {
      guard bytes.count - at >= count else { return nil }
      defer { at += count }
      return (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    func text() -> [UInt8]? {
      guard let count = number(2), bytes.count - at >= count else { return nil }
      defer { at += count }
      return Array(bytes[at..<(at + count)])
    }
    guard let version = number(4) else { return .unreadable }
    guard version == own.version else { return .otherVersion(UInt32(version)) }
    guard let stations = number(4), let lower = number(4), let upper = number(4), lower < upper, upper <= stations,
      let cluster = text(), let profile = text(), let image = text(), at == bytes.count
    else { return .unreadable }
    var greeting = own
    greeting.stations = stations
    greeting.local = lower..<upper
    greeting.cluster = cluster
    greeting.profileHash = profile
    greeting.imageHash = image
    return .greeting(greeting)
  }

  /// Why `other` cannot be in a ring with this one, or nil. Says nothing of the cluster's token, and a
  /// stranger learns nothing but that it differs.
  func objection(to other: Greeting) -> String? {
    let them = other.name
    guard Self.sameInConstantTime(cluster, other.cluster) else {
      return "\(them) there is of another cluster than \(name) here"
    }
    if stations != other.stations {
      return "the machine has \(stations) stations at \(name) and \(other.stations) at \(them)"
    }
    if profileHash != other.profileHash {
      return
        "the machine profiles differ: \(Self.short(profileHash)) at \(name), \(Self.short(other.profileHash)) at \(them)"
    }
    if imageHash != other.imageHash {
      return "the guest images differ: \(Self.short(imageHash)) at \(name), \(Self.short(other.imageHash)) at \(them)"
    }
    return nil
  }

  /// Why `other` is not the predecessor of this one, or nil.
  func objection(toPredecessor other: Greeting) -> String? {
    if let objection = objection(to: other) { return objection }
    guard other.local.upperBound % stations == local.lowerBound else {
      return "\(other.name) does not come right before \(name) in the ring; check the order of the addresses"
    }
    return nil
  }

  var name: String { stationName(local) }

  private static func short(_ hash: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return hash.isEmpty ? "none" : String(hash.prefix(6).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// Compares without telling by its time how far the two agree.
  private static func sameInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

/// A daemon is called by its stations.
func stationName(_ stations: Range<Int>) -> String {
  stations.count == 1 ? "station \(stations.lowerBound)" : "stations \(stations.lowerBound)-\(stations.upperBound - 1)"
}

/// The word that a station has failed or left, as it travels round the ring.
struct Notice {
  var error: RingError
  /// The rounds that the daemon at fault has completed, when it left in order.
  var round: UInt64

  private static let kinds: [RingError.Kind] = [.refused, .died, .silent, .protocolViolation, .left, .address]

  var message: [UInt8] {
    let kind = UInt8(Self.kinds.firstIndex(of: error.kind)!)
    return MessageHead.message(
      .notice, station: error.station ?? 0xffff, round: round, [kind] + Array(error.description.utf8.prefix(1024)))
  }

  init(_ error: RingError, round: UInt64) {
    self.error = error
    self.round = round
  }

  init?(_ head: MessageHead, _ payload: UnsafeRawBufferPointer) {
    guard let kind = payload.first, Int(kind) < Self.kinds.count else { return nil }
    let text = String(decoding: payload.dropFirst(), as: UTF8.self)
    error = RingError(Self.kinds[Int(kind)], station: head.station == 0xffff ? nil : head.station, text)
    round = head.round
  }
}
