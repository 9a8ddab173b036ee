import Profiles
import Testing

@testable import NUMAchine

@Suite struct RingSimulationTests {
  private let profile = try! Profiles.named("numachine")!
  /// Three local rings of four; hops of 12 ticks, crossings of 48, 36 to come in.
  private let twoLevels = try! Profiles.named("numachine48")!

  private func packet(
    _ ready: UInt64, from source: UInt8, to stations: UInt16, sequence: UInt32 = 0, bytes: UInt16 = 0,
    sequenced: Bool = false
  )
    -> Packet
  {
    var packet = Packet()
    packet.isSequenced = sequenced
    packet.ready = ready
    packet.source = source
    packet.stations = stations
    packet.sequence = sequence
    packet.dataBytes = bytes
    return packet
  }

  private func deliveries(_ packets: [Packet], horizon: UInt64 = .max, on machine: MachineProfile? = nil) -> [[Int]] {
    let state = StateSpace()
    defer { withExtendedLifetime(state) {} }
    let ring = RingSimulation(state, profile: machine ?? profile, stations: machine?.stations ?? 4)
    let line = [UInt8](repeating: 0, count: 128)
    for packet in packets { line.withUnsafeBytes { ring.accept(packet, data: $0.baseAddress!) } }
    var all: [[Int]] = []
    ring.advance(to: horizon) { _, _, _ in
    } delivered: { packet, _, station, time in
      all.append([Int(packet.pointee.source), station, Int(time)])
    }
    return all
  }

  @Test func aPacketTakesAHopForEachStationOnItsWay() {
    #expect(deliveries([packet(1000, from: 1, to: 1 << 0)]) == [[1, 0, 1000 + 3 * 15 + 45]])
  }

  @Test func aMulticastGoesRoundOnce() {
    #expect(deliveries([packet(0, from: 2, to: 0b1011)]) == [[2, 3, 60], [2, 0, 75], [2, 1, 90]])
  }

  @Test func aLineHoldsALinkForSeventeenSlots() {
    let times = deliveries([packet(0, from: 0, to: 2, bytes: 128), packet(0, from: 0, to: 2, sequence: 1)])
    #expect(times == [[0, 1, 60], [0, 1, 60 + 17 * 15]])
  }

  @Test func equalTimesAreServedByStationWhateverTheOrderOfArrival() {
    let a = packet(0, from: 0, to: 1 << 2)
    let b = packet(0, from: 1, to: 1 << 2)
    #expect(deliveries([a, b]) == deliveries([b, a]))
  }

  @Test func aPacketOnTheRingDoesNotWaitForOneThatComesToItsLinkLater() {
    let far = packet(0, from: 0, to: 1 << 3)
    let near = packet(1, from: 2, to: 1 << 3, bytes: 128)
    #expect(deliveries([far, near]) == [[2, 3, 61], [0, 3, 1 + 17 * 15 + 60]])
  }

  /// The senders of what a station gets, in order.
  private func senders(_ deliveries: [[Int]], at station: Int) -> [Int] {
    var found: [Int] = []
    for delivery in deliveries where delivery[1] == station { found.append(delivery[0]) }
    return found
  }

  @Test func anInvalidationIsReadBehindTheSequencingPointInTheSameOrderByAll() {
    // Two hops to station 0, a slot there, then once round.
    #expect(
      deliveries([packet(0, from: 2, to: 0b1111, sequenced: true)]) == [
        [2, 0, 90], [2, 1, 105], [2, 2, 120], [2, 3, 135],
      ])
    let both = deliveries([
      packet(0, from: 1, to: 0b1111, sequenced: true), packet(10, from: 3, to: 0b1111, sequenced: true),
    ])
    for station in 0..<4 { #expect(senders(both, at: station) == [3, 1]) }
  }

  @Test func anotherLocalRingIsReachedThroughBothInterfaces() {
    // From 1 three hops to the interface, one over the central ring to the next, and down two to its second
    // station.
    #expect(deliveries([packet(0, from: 1, to: 1 << 5)], on: twoLevels) == [[1, 5, 6 * 12 + 2 * 48 + 36]])
    // From the last ring back to the first.
    #expect(deliveries([packet(0, from: 11, to: 1 << 0)], on: twoLevels) == [[11, 0, 3 * 12 + 2 * 48 + 36]])
    // Within a ring past the interface.
    #expect(deliveries([packet(0, from: 7, to: 1 << 4)], on: twoLevels) == [[7, 4, 2 * 12 + 36]])
  }

  @Test func multicastsAreSeenInOneOrderByTheStationsOfAllRings() {
    var packets: [Packet] = []
    for source in 0..<12 {
      let isInner = source == 4 || source == 6
      packets.append(
        packet(UInt64(source * 7 % 12 * 20), from: UInt8(source), to: isInner ? 0xF0 : 0xFFF, sequenced: true))
    }
    let seen = deliveries(packets, on: twoLevels)
    let first = senders(seen, at: 0)
    #expect(first.count == 10)
    for station in 1..<12 { #expect(senders(seen, at: station).filter(first.contains) == first, "station \(station)") }
    let inner = senders(seen, at: 4)
    #expect(inner.count == 12)
    for station in 5..<8 { #expect(senders(seen, at: station) == inner) }
  }

  @Test(arguments: [false, true]) func invalidationsForAHaltedStationWaitAtTheSequencingPoint(isLarge: Bool) {
    let machine = isLarge ? twoLevels : profile
    var halt = packet(0, from: 2, to: 0)
    halt.kind = .halt
    var resume = packet(5000, from: 2, to: 0)
    resume.kind = .resume
    let all: UInt16 = isLarge ? 0xFFF : 0xF
    let invalidation = packet(100, from: 1, to: all, sequenced: true)
    let later = packet(200, from: 1, to: all & ~(1 << 2), sequence: 1, sequenced: true)
    let data = packet(300, from: 1, to: 1 << 2, sequence: 2)
    let seen = deliveries([halt, invalidation, later, data, resume], on: isLarge ? machine : nil)
    for station in 0..<Int(machine.stations) where station != 2 {
      let times = seen.filter { $0[1] == station }.map { $0[2] }
      #expect(times.count == 2 && times[0] < 1000 && times[1] > 5000, "station \(station)")
    }
    let times = seen.filter { $0[1] == 2 }.map { $0[2] }
    #expect(times.count == 2 && times[0] < 1000 && times[1] > 5000)
  }

  @Test func aRoutingMaskMayNameMoreStationsThanItWasMadeFor() {
    let topology = RingTopology(profile: twoLevels, stations: 12)
    #expect(topology.routingMask(of: 0b0100_0010) == 0b0110_0110)
    #expect(topology.routingMask(of: 1 << 9) == 1 << 9)
    #expect(RingTopology(profile: profile, stations: 4).routingMask(of: 0b1001) == 0b1001)
  }

  @Test func aPlainNetworkServesMessagesByArrivalSenderAndCount() throws {
    let simos = try #require(try Profiles.named("simos"))
    let state = StateSpace()
    defer { withExtendedLifetime(state) {} }
    let network = PlainNetwork(state, profile: simos, stations: 4)
    let line = [UInt8](repeating: 0, count: 128)
    for packet in [
      packet(10, from: 3, to: 1), packet(10, from: 1, to: 1, sequence: 1), packet(10, from: 1, to: 1),
      packet(0, from: 2, to: 3),
    ] {
      line.withUnsafeBytes { network.accept(packet, data: $0.baseAddress!) }
    }
    var all: [[Int]] = []
    network.advance(to: .max) { _, _, _ in
    } delivered: { packet, _, station, time in
      all.append([Int(packet.pointee.source), Int(packet.pointee.sequence), station, Int(time)])
    }
    #expect(all == [[2, 0, 0, 170], [2, 0, 1, 170], [1, 0, 0, 205], [1, 1, 0, 240], [3, 0, 0, 275]])
  }

  @Test func whatIsReadyAfterTheHorizonWaits() {
    #expect(deliveries([packet(300, from: 0, to: 2)], horizon: 300).isEmpty)
  }
}
