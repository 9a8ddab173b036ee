import Testing

@testable import ringbus

extension RingTests {
  @Suite struct ChecksumTests {
    @Test("The checksum is CRC-32C")
    func known() {
      let digits = Array("123456789".utf8)
      #expect(digits.withUnsafeBytes { CRC32C.shared.checksum($0.baseAddress!, 9) } == 0xe306_9283)
      let zeros = [UInt8](repeating: 0, count: 32)
      #expect(zeros.withUnsafeBytes { CRC32C.shared.checksum($0.baseAddress!, 32) } == 0x8a91_36aa)
    }

    @Test("A checksum in two parts is that of the whole")
    func parts() {
      let bytes = sample(1, 2, size: 200)
      bytes.withUnsafeBytes { all in
        let whole = CRC32C.shared.checksum(all.baseAddress!, all.count)
        for cut in 0..<all.count {
          let first = CRC32C.shared.checksum(all.baseAddress!, cut)
          #expect(CRC32C.shared.checksum(all.baseAddress! + cut, all.count - cut, from: first) == whole)
        }
      }
    }

    @Test("Every single wrong bit of a message is found")
    func wrongBits() {
      let message = MessageHead.message(.frame, station: 3, round: 77, sample(3, 77, size: 40))
      for bit in 0..<(message.count * 8) {
        var damaged = message
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        let whole = damaged.withUnsafeBytes { bytes -> Bool in
          guard let head = MessageHead(bytes.baseAddress!), head.length == message.count - MessageHead.size else {
            return false
          }
          return head.isWhole(bytes.baseAddress!)
        }
        #expect(!whole, "bit \(bit)")
      }
    }
  }
}
