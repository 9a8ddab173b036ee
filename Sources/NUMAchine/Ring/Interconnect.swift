/// What joins the stations: rings, or a plain network. Every station simulates all of it from the packets'
/// headers.
struct Interconnect {
  private let ring: RingSimulation?
  private let plain: PlainNetwork?
  let topology: RingTopology

  init(_ state: StateSpace, profile: MachineProfile, stations: Int, faults: FaultRecord) {
    topology = RingTopology(profile: profile, stations: stations)
    ring =
      profile.network == .ring
      ? RingSimulation(state, profile: profile, stations: stations, faults: faults) : nil
    plain =
      profile.network == .plain ? PlainNetwork(state, profile: profile, stations: stations, faults: faults) : nil
  }

  /// A tick before which no packet that has not been delivered can arrive anywhere.
  var nextTime: UInt64 { ring?.nextTime ?? plain!.nextTime }

  /// Takes in a packet that some station sent.
  func accept(_ packet: Packet, data: UnsafeRawPointer) {
    ring?.accept(packet, data: data)
    plain?.accept(packet, data: data)
  }

  /// Moves packets on; see `RingSimulation.advance`.
  func advance(
    to horizon: UInt64, carried: (_ packet: UnsafePointer<Packet>, _ node: Int, _ ticks: UInt64) -> Void,
    delivered: (_ packet: UnsafePointer<Packet>, _ data: UnsafeRawPointer, _ station: Int, _ time: UInt64) -> Void
  ) {
    ring?.advance(to: horizon, carried: carried, delivered: delivered)
    plain?.advance(to: horizon, carried: carried, delivered: delivered)
  }

  /// Whether a packet about this line is under way.
  func carries(_ line: UInt64) -> Bool { ring?.packets.carries(line) ?? plain!.packets.carries(line) }

  /// Whether what was restored is what can be under way.
  func isSound(_ check: PacketCheck) -> Bool { ring?.isSound(check) ?? plain!.isSound(check) }

  /// The packets that have not been delivered, with their lines' records.
  func forEachWaiting(_ body: (Packet, UnsafeMutableRawPointer) -> Void) {
    ring?.packets.forEach(body)
    plain?.packets.forEach(body)
  }
}
