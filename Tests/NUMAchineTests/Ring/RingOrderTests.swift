import Profiles
import Testing

@testable import NUMAchine

/// What the protocol relies on (docs/numachine-protocol.md, R1), of random traffic on two levels of rings:
/// multicasts of one local ring and of several, and what stations send because of what they have got.
@Suite struct RingOrderTests {
  private struct Delivery {
    var source: UInt8
    var sequence: UInt32
    var isSequenced: Bool
    var time: UInt64
  }

  /// What each station has got, in order, and for each packet that a station sent in answer to another:
  /// which.
  private struct Run {
    var received: [[Delivery]]
    var causes: [(station: Int, cause: (UInt8, UInt32), sent: (UInt8, UInt32))] = []
  }

  private func run(seed: UInt64, rounds: Int) throws -> Run {
    let profile = try #require(try Profiles.named("numachine48"))
    let topology = RingTopology(profile: profile, stations: 12)
    let state = StateSpace()
    defer { withExtendedLifetime(state) {} }
    let ring = RingSimulation(state, profile: profile, stations: 12)
    let line = [UInt8](repeating: 0, count: 128)
    var random = Xorshift(seed: seed, processor: 0)
    var sent = [UInt32](repeating: 0, count: 12)
    var result = Run(received: Array(repeating: [], count: 12))

    func send(from station: Int, at time: UInt64) -> (UInt8, UInt32) {
      var packet = Packet()
      packet.ready = time
      packet.source = UInt8(station)
      packet.sequence = sent[station]
      sent[station] += 1
      let kind = random.next() >> 33 & 3
      packet.isSequenced = kind > 1
      packet.dataBytes = kind == 1 ? 128 : 0
      let stations = UInt16(truncatingIfNeeded: random.next() >> 20)
      let own = topology.members(of: topology.ring(of: station))
      switch kind {
      case 0, 1: packet.stations = 1 << UInt16(random.next() >> 33 % 12)
      case 2: packet.stations = stations & own | 1 << UInt16(station)
      default: packet.stations = topology.routingMask(of: stations & 0xFFF | 1 << UInt16(station))
      }
      line.withUnsafeBytes { ring.accept(packet, data: $0.baseAddress!) }
      return (packet.source, packet.sequence)
    }

    // No packet is delivered sooner than a hop and the way in after it was ready: an answer is known in time.
    let step = UInt64(profile.ringHop + profile.ringIn)
    var horizon: UInt64 = 0
    var left = rounds
    while left > 0 || ring.nextTime != .max {
      if left > 0 {
        for station in 0..<12 where random.next() >> 33 & 63 == 0 {
          _ = send(from: station, at: horizon + random.next() >> 33 % step)
        }
        left -= 1
      }
      horizon += step
      var arrived: [(station: Int, delivery: Delivery)] = []
      ring.advance(to: horizon) { _, _, _ in
      } delivered: { packet, _, station, time in
        let delivery = Delivery(
          source: packet.pointee.source, sequence: packet.pointee.sequence, isSequenced: packet.pointee.isSequenced,
          time: time)
        arrived.append((station, delivery))
      }
      for (station, delivery) in arrived {
        result.received[station].append(delivery)
        guard left > 0, random.next() >> 33 & 7 == 0 else { continue }
        result.causes.append((station, (delivery.source, delivery.sequence), send(from: station, at: delivery.time)))
      }
    }
    return result
  }

  private func key(_ packet: (UInt8, UInt32)) -> UInt64 { UInt64(packet.0) << 32 | UInt64(packet.1) }

  /// When each packet came to a station.
  private func places(_ received: [Delivery]) -> [UInt64: UInt64] {
    Dictionary(uniqueKeysWithValues: received.map { (key(($0.source, $0.sequence)), $0.time) })
  }

  @Test(arguments: [3, 4, 5] as [UInt64]) func sequencedPacketsAreSeenInOneOrderByAnyTwoStations(seed: UInt64) throws {
    let received = try run(seed: seed, rounds: 1000).received.map {
      $0.filter(\.isSequenced).map { key(($0.source, $0.sequence)) }
    }
    var common = 0
    for one in 0..<12 {
      for other in 0..<one {
        let both = Set(received[one]).intersection(received[other])
        common += both.count
        let isOneOrder = received[one].filter(both.contains) == received[other].filter(both.contains)
        #expect(isOneOrder, "stations \(one) and \(other)")
      }
    }
    #expect(common > 1000)
  }

  @Test(arguments: [3, 4, 5] as [UInt64]) func whatAStationSendsBecauseOfAPacketReachesNobodyAheadOfIt(seed: UInt64)
    throws
  {
    let run = try run(seed: seed, rounds: 1000)
    let times = run.received.map(places)
    var met = 0
    for (station, cause, sent) in run.causes {
      for other in 0..<12 {
        guard let first = times[other][key(cause)], let then = times[other][key(sent)] else { continue }
        met += 1
        #expect(first < then, "station \(other) hears of \(cause) from station \(station) first")
      }
    }
    #expect(met > 100)
  }
}
