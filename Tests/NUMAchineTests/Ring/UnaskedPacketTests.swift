import TestSupport
import Testing

@testable import NUMAchine

/// Packets of the right form that nobody asked for: the machine ends, and its fault says what and by which
/// station.
@Suite(.serialized) struct UnaskedPacketTests {
  private static let numachine = Moments(profile: "numachine")
  private static let flat = Moments(profile: "simos")

  private func bytes(_ packet: Packet) -> [UInt8] {
    withUnsafeBytes(of: packet) { Array($0) } + [UInt8](repeating: 7, count: packet.recordBytes)
  }

  private func check(_ moments: Moments) -> PacketCheck { PacketCheck(profile: moments.profile, stations: 2) }

  /// A packet of the right form, of any kind, about a line that is in use.
  private func packet(_ moments: Moments, now: UInt64, _ random: inout SeededRandom) -> Packet {
    let check = check(moments)
    while true {
      var packet = Packet()
      packet.kind = random.one(of: MessageKind.allCases)
      packet.address = UInt64(random.below(2)) << 32 | 0x10_0000 | UInt64(random.below(256)) << 7
      packet.requester = random.below(8) == 0 ? 255 : UInt8(random.below(8))
      packet.source = UInt8(random.below(2))
      packet.stations = UInt16(random.below(4))
      packet.processors = 1 << UInt64(random.below(8))
      packet.isSequenced = moments.profile.coherence == .numachine && packet.kind == .invalidate
      packet.dataBytes =
        [.data, .ownerData, .writeBack].contains(packet.kind) ? UInt16(moments.profile.secondaryLineBytes) : 0
      packet.flags = UInt8(random.below(16))
      packet.value = random.word()
      packet.sequence = UInt32(random.below(1000))
      packet.ready = now + 2 * UInt64(LatencyBudget(moments.profile).window) + UInt64(random.below(500))
      if check.problem(packet) == nil { return packet }
    }
  }

  /// Thousands of packets; millions in a soak.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func whateverComesTheMachineGoesOnOrEndsByName(seed: UInt64) throws {
    let moments = seed % 2 == 0 ? Self.flat : Self.numachine
    var random = SeededRandom(seed: seed)
    var ended: [String: Int] = [:]
    let count = SeededRandom.count(500)
    for index in 0..<count {
      let machine = try moments.machine(random.one(of: moments.moments))
      do {
        for _ in 0..<random.below(8) { _ = try machine.step() }
        // Now and then more than there is room for.
        for _ in 0..<(random.below(50) == 0 ? 1500 : 1 + random.below(3)) {
          let forged = bytes(packet(moments, now: machine.now, &random))
          forged.withUnsafeBytes { for station in machine.stations { station.accept(packets: $0) } }
        }
        for _ in 0..<60 { guard try machine.step() else { break } }
      } catch let fault as ModelFault {
        ended[fault.rule, default: 0] += 1
        #expect(0..<2 ~= fault.station, "seed \(seed), packet \(index)")
      }
    }
    #expect(ended.values.reduce(0, +) > count / 4, "seed \(seed): \(ended)")
    #expect(ended.keys.contains { $0.contains("no processor waits for") } && ended.count > 3, "\(ended)")
  }

  private func fault(_ moments: Moments, _ change: (inout Packet) -> Void) throws -> ModelFault? {
    let machine = try moments.machine(moments.moments[0])
    while try machine.step() {}
    var packet = Packet()
    packet.source = 1
    packet.requester = 4
    packet.ready = machine.now + 2 * UInt64(LatencyBudget(moments.profile).window)
    change(&packet)
    if packet.kind == .data || packet.kind == .ownerData || packet.kind == .writeBack {
      packet.dataBytes = UInt16(moments.profile.secondaryLineBytes)
    }
    try #require(check(moments).problem(packet) == nil)
    bytes(packet).withUnsafeBytes { for station in machine.stations { station.accept(packets: $0) } }
    do {
      while try machine.step() {}
      return nil
    } catch { return error as? ModelFault }
  }

  @Test(arguments: [MessageKind.data, .grant, .refuse]) func anAnswerThatNoProcessorWaitsForIsNamed(kind: MessageKind)
    throws
  {
    for moments in [Self.numachine, Self.flat] {
      let fault = try fault(moments) {
        ($0.kind, $0.address, $0.requester, $0.stations) = (kind, 1 << 32 | 0x10_0000, 0, 1)
      }
      #expect(fault?.rule == "an answer that no processor waits for" && fault?.station == 1)
    }
  }

  @Test(arguments: [MessageKind.ownerData, .notFound]) func anAnswerToWhatNoHomeHasAskedIsNamed(kind: MessageKind)
    throws
  {
    for moments in [Self.numachine, Self.flat] {
      let fault = try fault(moments) { ($0.kind, $0.address, $0.stations) = (kind, 0x10_0000, 1) }
      #expect(fault?.rule == "an answer to something that the home has not asked" && fault?.station == 1)
    }
  }

  @Test func aWriteBackByWhoDoesNotOwnTheLineIsNamed() throws {
    for moments in [Self.numachine, Self.flat] {
      let fault = try fault(moments) { ($0.kind, $0.address, $0.stations) = (.writeBack, 0x3F_0000, 1) }
      #expect(fault?.rule.hasPrefix("a write-back from a") == true && fault?.station == 1)
    }
  }
}
