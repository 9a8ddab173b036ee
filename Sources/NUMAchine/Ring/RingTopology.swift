/// Which station is on which ring, and the nodes that a packet passes: stations, and where there are several
/// local rings their inter-ring interfaces, each a node of its local ring and one of the central ring.
struct RingTopology {
  let stations: Int
  let perRing: Int
  /// Local rings.
  let rings: Int
  let nodes: Int

  init(profile: MachineProfile, stations: Int) {
    self.stations = stations
    perRing = profile.network == .ring ? min(profile.stationsPerRing, stations) : stations
    rings = (stations + perRing - 1) / perRing
    nodes = rings == 1 ? stations : stations + 2 * rings
  }

  var hasCentralRing: Bool { rings > 1 }
  func ring(of station: Int) -> Int { station / perRing }
  /// The stations of a local ring.
  func members(of ring: Int) -> UInt16 {
    let all: UInt32 = (1 << UInt32(stations)) - 1
    return UInt16(truncatingIfNeeded: (((1 << UInt32(perRing)) - 1) << UInt32(ring * perRing)) & all)
  }

  /// The node by which a local ring's inter-ring interface is on that ring.
  func localSide(of ring: Int) -> Int { stations + ring }
  /// The node by which it is on the central ring.
  func centralSide(of ring: Int) -> Int { stations + rings + ring }
  func isStation(_ node: Int) -> Bool { node < stations }
  /// The local ring whose inter-ring interface this node is a side of.
  func ring(ofInterface node: Int) -> Int { (node - stations) % rings }

  /// Where the link out of a node leads.
  func successor(of node: Int) -> Int {
    if node < stations {
      let ring = ring(of: node)
      let last = min((ring + 1) * perRing, stations) - 1
      if node < last { return node + 1 }
      return hasCentralRing ? localSide(of: ring) : 0
    }
    if node < stations + rings { return (node - stations) * perRing }
    return node + 1 < nodes ? node + 1 : centralSide(of: 0)
  }

  /// Whether a routing mask names the stations that it was made for and no others: it does with only one bit
  /// in one of its fields.
  func isExact(_ mask: UInt16) -> Bool {
    guard hasCentralRing else { return true }
    var ringsNamed = 0
    var positions: UInt16 = 0
    for ring in 0..<rings where mask & members(of: ring) != 0 {
      ringsNamed += 1
      positions |= (mask & members(of: ring)) >> UInt16(ring * perRing)
    }
    return ringsNamed <= 1 || positions.nonzeroBitCount <= 1
  }

  /// The stations that a routing mask names which was made to name these: it has a field of bits for rings
  /// and one for the stations of a ring, and so may name more.
  func routingMask(of stations: UInt16) -> UInt16 {
    guard hasCentralRing else { return stations }
    var positions: UInt16 = 0
    for ring in 0..<rings { positions |= (stations & members(of: ring)) >> UInt16(ring * perRing) }
    var mask: UInt16 = 0
    for ring in 0..<rings where stations & members(of: ring) != 0 {
      mask |= (positions << UInt16(ring * perRing)) & members(of: ring)
    }
    return mask
  }
}
