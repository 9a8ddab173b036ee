/// A network of which nothing is modelled but its latency and the occupancy of each station's interface:
/// messages for a station are served in the order of arrival, then sender, then the sender's count. All
/// stations simulate it from the same headers, as they do the rings.
final class PlainNetwork {
  private struct Waiting: BitwiseCopyable {
    var ready: UInt64
    var sequence: UInt32
    var source: UInt8
    var slot: UInt16
  }

  private let stations: Int
  private let transit: UInt64
  private let occupancy: UInt64
  /// Tick at which each station's interface is free.
  private let interfaces: FlatBuffer<UInt64>
  /// In order.
  private let waiting: FlatBuffer<Waiting>
  private let underWay: StateValue<Int>
  let packets: PacketsUnderWay

  init(_ state: StateSpace, profile: MachineProfile, stations: Int, faults: FaultRecord = FaultRecord()) {
    self.stations = stations
    transit = UInt64(profile.networkTransit)
    occupancy = UInt64(profile.networkOccupancy)
    interfaces = state.buffer("interfaces", count: stations)
    waiting = state.buffer("waiting", count: PacketsUnderWay.capacity)
    underWay = state.value("under way", 0)
    packets = PacketsUnderWay(state, lineBytes: profile.secondaryLineBytes, faults: faults)
  }

  private var count: Int { underWay.value }

  /// A tick before which no packet that has not been delivered can arrive anywhere.
  var nextTime: UInt64 { count == 0 ? .max : waiting[0].ready &+ transit &+ occupancy }

  /// Takes in a packet that some station sent.
  func accept(_ packet: Packet, data: UnsafeRawPointer) {
    guard let slot = packets.take(packet, data: data) else { return }
    let entry = Waiting(ready: packet.ready, sequence: packet.sequence, source: packet.source, slot: UInt16(slot))
    let count = self.count
    var position = count
    while position > 0, Self.precedes(entry, waiting[position &- 1]) {
      waiting[position] = waiting[position &- 1]
      position &-= 1
    }
    waiting[position] = entry
    underWay.value = count &+ 1
  }

  /// Delivers all packets that are ready before `horizon`; the parameters are those of
  /// `RingSimulation.advance`.
  func advance(
    to horizon: UInt64, carried: (_ packet: UnsafePointer<Packet>, _ node: Int, _ ticks: UInt64) -> Void,
    delivered: (_ packet: UnsafePointer<Packet>, _ data: UnsafeRawPointer, _ station: Int, _ time: UInt64) -> Void
  ) {
    var count = self.count
    var done = 0
    while done < count, waiting[done].ready < horizon {
      let slot = Int(waiting[done].slot)
      let packet = packets.packet(slot)
      for station in 0..<stations where packet.pointee.stations & (1 << UInt16(station)) != 0 {
        let start = max(packet.pointee.ready &+ transit, interfaces[station])
        interfaces[station] = start &+ occupancy
        carried(packet, station, occupancy)
        delivered(packet, packets.line(slot), station, start &+ occupancy)
      }
      packets.release(slot)
      done &+= 1
    }
    guard done > 0 else { return }
    count &-= done
    underWay.value = count
    for index in 0..<count { waiting[index] = waiting[index &+ done] }
  }

  private static func precedes(_ a: Waiting, _ b: Waiting) -> Bool {
    if a.ready != b.ready { return a.ready < b.ready }
    if a.source != b.source { return a.source < b.source }
    return a.sequence < b.sequence
  }
}

extension PlainNetwork {
  /// Whether what was restored is what can be under way.
  func isSound(_ check: PacketCheck) -> Bool {
    guard 0...waiting.count ~= count else { return false }
    var ways = [Int](repeating: 0, count: PacketsUnderWay.capacity)
    for index in 0..<count {
      guard waiting[index].slot < PacketsUnderWay.capacity, waiting[index].ready < PacketCheck.lastTick,
        index == 0 || !Self.precedes(waiting[index], waiting[index - 1])
      else { return false }
      ways[Int(waiting[index].slot)] += 1
    }
    return packets.isSound(ways: ways, check) && (0..<stations).allSatisfy { interfaces[$0] < PacketCheck.lastTick }
  }
}
