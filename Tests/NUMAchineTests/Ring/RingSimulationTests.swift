import Profiles
import Testing

@testable import NUMAchine

@Suite struct RingSimulationTests {
  private let profile = try! Profiles.named("numachine")!

  private func packet(_ ready: UInt64, from source: UInt8, to stations: UInt16, sequence: UInt32 = 0, bytes: UInt16 = 0) -> Packet {
    var packet = Packet()
    packet.ready = ready
    packet.source = source
    packet.stations = stations
    packet.sequence = sequence
    packet.dataBytes = bytes
    return packet
  }

  private func deliveries(_ packets: [Packet], horizon: UInt64 = .max) -> [[UInt64]] {
    let state = StateSpace()
    defer { withExtendedLifetime(state) {} }
    let ring = RingSimulation(state, profile: profile, stations: 4)
    let line = [UInt8](repeating: 0, count: 128)
    for packet in packets { line.withUnsafeBytes { ring.accept(packet, data: $0.baseAddress!) } }
    var all: [[UInt64]] = []
    ring.advance(to: horizon) { _, _, _ in
    } delivered: { packet, _, station, time in
      all.append([UInt64(packet.pointee.source), UInt64(station), time])
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

  @Test func whatIsReadyAfterTheHorizonWaits() {
    #expect(deliveries([packet(300, from: 0, to: 2)], horizon: 300).isEmpty)
  }
}
