import NUMAchine
import Profiles
import TestSupport
import Testing

@testable import DebugServer

/// Whatever a client sends is answered, and a machine that it has changed goes on.
@Suite struct PacketFuzzTests {
  /// One of each kind, as GDB sends them, and some more.
  private static let packets = [
    "?", "g", "p25", "P10=efcdab8967452301", "P25=0010008000000000", "P20=0000000000000000", "mffffffff80001000,40",
    "Mffffffff80001000,4:00000000", "Xffffffff80001000,4:abcd", "Hg1", "Hc-1", "T1", "Z0,ffffffff80001000,4",
    "z0,ffffffff80001000,4", "Z2,ffffffff80001100,8", "Z3,0,8", "Z4,ffffffff80001100,80", "z4,ffffffff80001100,80",
    "qSupported:multiprocess+;swbreak+", "qXfer:features:read:target.xml:0,ffb", "qfThreadInfo", "qsThreadInfo", "qC",
    "qThreadExtraInfo,1", "qAttached", "QStartNoAckMode", "qSymbol::", "vCont?", "vCont;s:1;c", "vCont;c:-1",
    "vMustReplyEmpty",
    "G" + String(repeating: "00", count: 72 * 8),
  ]

  private func stations() throws -> [Station] {
    var profile = try #require(try Profiles.named("numachine"))
    profile.memoryBytes = 8 << 20
    profile.secondaryBytes = 16 << 10
    let stations = (0..<2).map { Station(profile: profile, number: $0, stations: 2) }
    for station in stations { station.reset(entry: 0xFFFF_FFFF_8000_1000) }
    return stations
  }

  /// Thousands of packets; millions in a soak.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func everyPacketIsAnsweredAndTheMachineGoesOn(seed: UInt64) throws {
    let stations = try stations()
    let debugger = Debugger()
    debugger.attach(stations)
    let machine = LockStep(stations)
    var session = DebugSession(stations: stations, debugger: debugger)
    debugger.stopped = { _, _ in }
    var random = SeededRandom(seed: seed)
    var errors = 0
    let count = SeededRandom.count(2500)
    for _ in 0..<count {
      let good = Array(random.one(of: Self.packets).utf8)
      switch session.handle(random.below(8) == 0 ? good : random.changed(good)) {
      case .reply(let text):
        if text.hasPrefix("E") { errors += 1 }
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "seed \(seed): \(text)")
      case .binary(let bytes): #expect(bytes.count <= PacketReader.limit)
      case .resume: for _ in 0..<3 { _ = try machine.step() }
      case .detach, .kill: break
      }
      if random.below(20) == 0 { debugger.removeAll() }
    }
    #expect(errors > count / 20, "seed \(seed)")
  }

  /// Thousands of pieces of bytes; millions in a soak.
  @Test(arguments: [1, 2] as [UInt64]) func whateverBytesComeNoPacketIsMadeUp(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var reader = PacketReader()
    var whole = 0
    for _ in 0..<SeededRandom.count(5000) {
      let text = Array(random.one(of: Self.packets).utf8)
      let sent = PacketReader.packet(text)
      let isChanged = random.below(2) == 0
      for item in reader.take(isChanged ? random.changed(sent) : sent) {
        guard case .packet(let packet) = item else { continue }
        whole += 1
        #expect(packet.count <= PacketReader.limit, "seed \(seed)")
      }
    }
    #expect(whole > 1000, "seed \(seed)")
  }
}
