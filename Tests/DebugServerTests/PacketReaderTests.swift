import Testing

@testable import DebugServer

@Suite struct PacketReaderTests {
  @Test func packetsComeBackAsTheyWereSent() {
    for text in ["", "g", "m1000,4", "}#$*\u{3}"] {
      var reader = PacketReader()
      #expect(reader.take(PacketReader.packet(Array(text.utf8))) == [.packet(Array(text.utf8))])
    }
  }

  @Test func whatStandsBetweenPacketsIsTakenForWhatItIs() {
    var reader = PacketReader()
    let bytes = Array("+-xyz".utf8) + [3] + PacketReader.packet(Array("?".utf8)) + [255, 0]
    #expect(reader.take(bytes) == [.acknowledged(true), .acknowledged(false), .interrupt, .packet([63])])
  }

  @Test func aPacketMayComeInPieces() {
    var reader = PacketReader()
    var items: [PacketReader.Item] = []
    for byte in PacketReader.packet(Array("vCont;c".utf8)) { items += reader.take([byte]) }
    #expect(items == [.packet(Array("vCont;c".utf8))])
  }

  @Test func wrongChecksumsAndEndlessPacketsAreDamaged() {
    var reader = PacketReader()
    #expect(reader.take("$g#00".utf8) == [.damaged])
    #expect(reader.take("$g#zz".utf8) == [.damaged])
    let long = [UInt8](repeating: 65, count: 100_000)
    #expect(reader.take(PacketReader.packet(long)) == [.damaged])
    #expect(reader.take("$g#67".utf8) == [.packet([103])])
  }

  @Test func anyBytesWhateverAreSurvived() {
    var random: UInt64 = 7
    var reader = PacketReader()
    for _ in 0..<200_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      _ = reader.take([UInt8(truncatingIfNeeded: random >> 33)])
    }
    _ = reader.take("#00".utf8)
    _ = reader.take("#00".utf8)
    #expect(reader.take("$g#67".utf8) == [.packet([103])])
  }
}
