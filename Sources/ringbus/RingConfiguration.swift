/// What a daemon must know to take its place in the ring.
///
/// Cluster, version, profile, image and number of stations must be the same at both ends of every link; the
/// handshake checks it.
public struct RingConfiguration {
  /// The token that all daemons of a cluster share, at most 256 bytes. It travels in the clear: between
  /// hosts, use a network that is trusted.
  public var cluster: String
  /// The version of the ring's own protocol. Only tests change it.
  public var version: UInt32 = RingConfiguration.protocolVersion
  /// A digest of the machine's profile, at most 64 bytes.
  public var profileHash: [UInt8]
  /// A digest of the guest image that the machine boots, at most 64 bytes.
  public var imageHash: [UInt8]
  /// Number of stations of the machine, at most 65,535.
  public var stations: Int
  /// The stations that this daemon holds.
  public var local: Range<Int>
  /// Where this daemon's predecessor reaches it.
  public var listen: RingAddress
  /// Where the daemon listens that holds the station after `local`, round the ring. Not used when `local` is
  /// the whole machine.
  public var successor: RingAddress?

  /// Milliseconds from the call of `join` until the ring must be complete.
  public var joinTimeout = 30_000
  /// Milliseconds for which a neighbour may say nothing while this daemon waits. A neighbour that computes a
  /// window says nothing, so this bounds the host time of a window too.
  public var silenceTimeout = 5_000
  /// Milliseconds for which a busy exchange polls before it blocks.
  public var pollLimit = 2
  /// Nanoseconds after which a yield between two polls must have returned. One that takes longer shows that
  /// others want the processors; exchanges then block at once for `crowdedRounds` rounds.
  public var yieldLimit: UInt64 = 500_000
  public var crowdedRounds = 2_000
  /// The longest frame, in bytes.
  public var frameLimit = 16 << 20
  /// Delays put into the links, to prove that nothing depends on their timing. Only for tests.
  public var delay: RingDelay?
  /// Takes one line for each connection that was turned away. Called on the ring's thread.
  public var report: (String) -> Void = { _ in }

  public static let protocolVersion: UInt32 = 1

  public init(
    cluster: String, profileHash: [UInt8], imageHash: [UInt8], stations: Int, local: Range<Int>, listen: RingAddress,
    successor: RingAddress?
  ) {
    self.cluster = cluster
    self.profileHash = profileHash
    self.imageHash = imageHash
    self.stations = stations
    self.local = local
    self.listen = listen
    self.successor = successor
  }

  func check() throws(RingError) {
    guard stations >= 1, stations <= 65_535, !local.isEmpty, local.lowerBound >= 0, local.upperBound <= stations else {
      throw RingError(
        .address, "a daemon cannot hold stations \(local.lowerBound)..<\(local.upperBound) of a machine of \(stations)")
    }
    guard cluster.utf8.count <= 256, profileHash.count <= 64, imageHash.count <= 64 else {
      throw RingError(.address, "the cluster's token (at most 256 bytes) or a digest (at most 64 bytes) is too long")
    }
    try listen.check()
    try successor?.check()
  }
}

/// Delays of frames, drawn from a seeded generator: each frame is held for 0 to `longest` microseconds before
/// it is sent on.
public struct RingDelay: Sendable {
  public var seed: UInt64
  /// In microseconds.
  public var longest: Int
  public init(seed: UInt64, longest: Int) {
    self.seed = seed
    self.longest = longest
  }

  /// The next delay in nanoseconds (SplitMix64).
  mutating func next() -> UInt64 {
    seed &+= 0x9e37_79b9_7f4a_7c15
    var z = seed
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    z ^= z >> 31
    return z % (UInt64(max(0, longest)) &* 1000 &+ 1)
  }
}
