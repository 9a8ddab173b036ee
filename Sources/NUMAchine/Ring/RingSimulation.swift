/// The rings, as every station simulates them from the same packets' headers: who gets which packet when.
///
/// A packet takes one link after the other. A link serves packets in the order in which they come to it; of
/// those that come at the same time first what is on the ring already, then by sender and its count. So
/// packets keep their order from link to link. Because all stations simulate from the same headers, nothing
/// more than a window's packets has to be exchanged.
///
/// A sequenced packet (an invalidation) is first carried unread to the sequencing point: on a single ring the
/// link into station 0; where there are several, the inter-ring interface of the local ring that has all its
/// stations, or the central ring's link into the interface of ring 0. Then it goes once round. So all
/// stations see such packets in one order (`docs/coherence.md`).
final class RingSimulation {
  enum Stage: UInt8, StateChoice, CaseIterable {
    /// To the stations of the mask that are on this local ring.
    case deliver
    /// On the local ring, to the sequencing point or to the inter-ring interface.
    case climb
    /// On the central ring, to its sequencing point.
    case seek
    /// On the central ring, going down where the mask says.
    case spread
    /// No packet, but a station's word that its queue is nearly full, or no longer.
    case signal
  }

  /// A packet that waits for the link out of a node.
  private struct Passage: BitwiseCopyable {
    var time: UInt64 = 0
    /// Breaks ties of time.
    var rank: UInt64 = 0
    var remaining: UInt16 = 0
    var slot: UInt16 = 0
    var node: UInt8 = 0
    var stage: Stage = .deliver
  }

  /// Flow control.
  private struct Control: BitwiseCopyable {
    /// Stations whose queue is nearly full.
    var halted: UInt16 = 0
    var held = 0
  }

  private let topology: RingTopology
  private let hop: UInt64
  private let input: UInt64
  private let beat: UInt64
  private let beatBytes: Int
  private let sequencing: UInt64
  private let crossing: UInt64
  /// Tick at which the link out of each node is free.
  private let links: FlatBuffer<UInt64>
  private let successors: FlatBuffer<UInt8>
  /// A binary heap by time and rank.
  private let passages: FlatBuffer<Passage>
  private let passing: StateValue<Int>
  /// Sequenced packets that wait at the sequencing point, in order.
  private let held: FlatBuffer<Passage>
  private let control: StateValue<Control>
  let packets: PacketsUnderWay
  private let faults: FaultRecord

  init(_ state: StateSpace, profile: MachineProfile, stations: Int, faults: FaultRecord = FaultRecord()) {
    self.faults = faults
    topology = RingTopology(profile: profile, stations: stations)
    hop = UInt64(profile.ringHop)
    input = UInt64(profile.ringIn)
    beat = UInt64(profile.ringBeat)
    beatBytes = profile.busBeatBytes
    sequencing = UInt64(profile.ringSequencing)
    crossing = UInt64(profile.interRingCrossing)
    links = state.buffer("links", count: topology.nodes)
    successors = state.derived(count: topology.nodes)
    for node in 0..<topology.nodes { successors[node] = UInt8(topology.successor(of: node)) }
    passages = state.buffer("passages", count: PacketsUnderWay.capacity * topology.rings)
    passing = state.value("passing", 0)
    held = state.buffer("held", count: PacketsUnderWay.capacity * topology.rings)
    control = state.value("flow control", Control())
    packets = PacketsUnderWay(state, lineBytes: profile.secondaryLineBytes, faults: faults)
  }

  private var count: Int { passing.value }

  /// A tick before which no packet that has not been delivered can arrive anywhere.
  var nextTime: UInt64 { count == 0 ? .max : passages[0].time &+ hop &+ input }

  /// Takes in a packet that some station sent.
  func accept(_ packet: Packet, data: UnsafeRawPointer) {
    guard let slot = packets.take(packet, data: data) else { return }
    let isHere = packet.stations & ~topology.members(of: topology.ring(of: Int(packet.source))) == 0
    var passage = Passage()
    passage.time = packet.ready
    passage.rank = 1 << 63 | UInt64(packet.source) << 40 | UInt64(packet.sequence) << 8 | UInt64(packet.source)
    passage.remaining = packet.stations
    passage.slot = UInt16(slot)
    passage.node = packet.source
    passage.stage = packet.isSequenced || !isHere ? .climb : .deliver
    if packet.kind == .halt || packet.kind == .resume { passage.stage = .signal }
    insert(passage)
  }

  /// Lets all packets go on that come to a link before `horizon`.
  ///
  /// - Parameters:
  ///   - horizon: no packet that is ready before this tick can still be unknown.
  ///   - carried: called with packet and node for each link taken, and the ticks it is taken for. Nodes from
  ///     the number of stations on are sides of inter-ring interfaces.
  ///   - delivered: called for each station that a packet reaches, with the tick at which it has come through
  ///     that station's ring interface.
  func advance(
    to horizon: UInt64, carried: (_ packet: UnsafePointer<Packet>, _ node: Int, _ ticks: UInt64) -> Void,
    delivered: (_ packet: UnsafePointer<Packet>, _ data: UnsafeRawPointer, _ station: Int, _ time: UInt64) -> Void
  ) {
    while count > 0, passages[0].time < horizon {
      var passage = removeFirst()
      if passage.stage == .signal {
        take(passage, delivered)
        continue
      }
      let slot = Int(passage.slot)
      let packet = packets.packet(slot)
      let length = UInt64(1 &+ Int(packet.pointee.dataBytes) / beatBytes) &* beat
      let from = Int(passage.node)
      let start = max(passage.time, links[from])
      links[from] = start &+ length
      carried(packet, from, length)
      let node = Int(successors[from])
      passage.node = UInt8(node)
      passage.time = start &+ hop
      passage.rank = UInt64(packet.pointee.source) << 40 | UInt64(packet.pointee.sequence) << 8 | UInt64(node)
      goOn(passage, delivered)
    }
  }

  private typealias Delivery = (
    _ packet: UnsafePointer<Packet>, _ data: UnsafeRawPointer, _ station: Int, _ time: UInt64
  ) -> Void

  /// A packet has come to a node.
  private func goOn(_ arrived: Passage, _ delivered: Delivery) {
    var passage = arrived
    let node = Int(passage.node)
    if control.value.halted & passage.remaining != 0, isSequencingPoint(node, passage) {
      held[control.value.held] = passage
      control.value.held &+= 1
      return
    }
    reach(node, &passage)
    let slot = Int(passage.slot)
    if passage.stage == .deliver, topology.isStation(node), passage.remaining & (1 << UInt16(node)) != 0 {
      passage.remaining &= ~(1 << UInt16(node))
      delivered(packets.packet(slot), packets.line(slot), node, passage.time &+ input)
    }
    if passage.remaining != 0 { insert(passage) } else { packets.release(slot) }
  }

  // MARK: Flow control

  /// Whether this node is where the packet takes its place among the sequenced ones.
  private func isSequencingPoint(_ node: Int, _ passage: Passage) -> Bool {
    guard packets.packet(Int(passage.slot)).pointee.isSequenced else { return false }
    switch passage.stage {
    case .climb:
      guard topology.hasCentralRing else { return node == 0 }
      return !topology.isStation(node)
        && passage.remaining & ~topology.members(of: topology.ring(ofInterface: node)) == 0
    case .seek: return topology.ring(ofInterface: node) == 0
    default: return false
    }
  }

  /// A station's queue is nearly full: no sequenced packet for it passes the sequencing point. Or it is no
  /// longer: those that wait for no other station go on, in order.
  private func take(_ signal: Passage, _ delivered: Delivery) {
    let packet = packets.packet(Int(signal.slot)).pointee
    packets.release(Int(signal.slot))
    let station: UInt16 = 1 << UInt16(packet.source)
    if packet.kind == .halt {
      control.value.halted |= station
      return
    }
    control.value.halted &= ~station
    let count = control.value.held
    control.value.held = 0
    for index in 0..<count {
      var passage = held[index]
      passage.time = max(passage.time, signal.time)
      goOn(passage, delivered)
    }
  }

  /// What a node does with a packet before it takes the next link.
  private func reach(_ node: Int, _ passage: inout Passage) {
    switch passage.stage {
    case .deliver, .signal: break
    case .climb:
      guard topology.hasCentralRing else {
        guard node == 0 else { return }
        passage.time &+= sequencing
        passage.stage = .deliver
        return
      }
      guard !topology.isStation(node) else { return }
      let ring = topology.ring(ofInterface: node)
      let isSequenced = packets.packet(Int(passage.slot)).pointee.isSequenced
      if passage.remaining & ~topology.members(of: ring) == 0 {
        passage.time &+= sequencing
        passage.stage = .deliver
      } else {
        passage.time &+= crossing
        passage.node = UInt8(topology.centralSide(of: ring))
        passage.stage = isSequenced ? .seek : .spread
      }
    case .seek:
      guard topology.ring(ofInterface: node) == 0 else { return }
      passage.time &+= sequencing
      passage.stage = .spread
      descend(node, &passage)
    case .spread:
      descend(node, &passage)
    }
  }

  /// A copy of the packet goes down to the local ring of this inter-ring interface if the mask names any of
  /// its stations.
  private func descend(_ node: Int, _ passage: inout Passage) {
    let ring = topology.ring(ofInterface: node)
    let here = passage.remaining & topology.members(of: ring)
    guard here != 0 else { return }
    var copy = passage
    copy.remaining = here
    copy.time &+= crossing
    copy.node = UInt8(topology.localSide(of: ring))
    copy.stage = .deliver
    packets.retain(Int(passage.slot))
    insert(copy)
    passage.remaining &= ~here
  }

  // MARK: The heap

  private func insert(_ passage: Passage) {
    guard faults.holds(count < passages.count, "more packets are under way than the rings can hold") else { return }
    var hole = count
    passing.value = hole &+ 1
    while hole > 0 {
      let parent = (hole &- 1) >> 1
      guard Self.precedes(passage, passages[parent]) else { break }
      passages[hole] = passages[parent]
      hole = parent
    }
    passages[hole] = passage
  }

  private func removeFirst() -> Passage {
    let first = passages[0]
    let count = self.count &- 1
    passing.value = count
    let last = passages[count]
    var hole = 0
    while true {
      var child = 2 &* hole &+ 1
      guard child < count else { break }
      if child &+ 1 < count, Self.precedes(passages[child &+ 1], passages[child]) { child &+= 1 }
      guard Self.precedes(passages[child], last) else { break }
      passages[hole] = passages[child]
      hole = child
    }
    passages[hole] = last
    return first
  }

  private static func precedes(_ a: Passage, _ b: Passage) -> Bool {
    a.time < b.time || (a.time == b.time && a.rank < b.rank)
  }
}

extension RingSimulation {
  /// Whether what was restored is what can be under way.
  func isSound(_ check: PacketCheck) -> Bool {
    let waiting = control.value.held
    guard 0...passages.count ~= count, 0...held.count ~= waiting,
      !control.value.halted.hasOthers(than: topology.stations)
    else { return false }
    var ways = [Int](repeating: 0, count: PacketsUnderWay.capacity)
    for passage in (0..<count).map({ passages[$0] }) + (0..<waiting).map({ held[$0] }) {
      guard passage.time < PacketCheck.lastTick, passage.slot < PacketsUnderWay.capacity,
        !passage.remaining.hasOthers(than: topology.stations)
      else { return false }
      ways[Int(passage.slot)] += 1
    }
    return (1..<max(1, count)).allSatisfy { !Self.precedes(passages[$0], passages[($0 - 1) >> 1]) }
      && (0..<count).allSatisfy { isOnItsWay(passages[$0]) }
      && (0..<waiting).allSatisfy { isSequencingPoint(Int(held[$0].node), held[$0]) && isOnItsWay(held[$0]) }
      && packets.isSound(ways: ways, check) && (0..<links.count).allSatisfy { links[$0] < PacketCheck.lastTick }
  }

  /// Whether a packet can be at the passage's node in its stage.
  private func isOnItsWay(_ passage: Passage) -> Bool {
    let node = Int(passage.node)
    let isCentral = topology.hasCentralRing && node >= topology.stations + topology.rings && node < topology.nodes
    let packet = packets.packet(Int(passage.slot)).pointee
    let isSignal = packet.kind == .halt || packet.kind == .resume
    switch passage.stage {
    case .signal: return isSignal && topology.isStation(node)
    case .deliver, .climb: return !isSignal && node < topology.nodes && !isCentral
    case .seek, .spread: return !isSignal && isCentral
    }
  }
}

extension UInt16 {
  /// Whether this mask names stations that a machine of so many does not have.
  func hasOthers(than stations: Int) -> Bool { UInt32(self) >> UInt32(stations) != 0 }
}
