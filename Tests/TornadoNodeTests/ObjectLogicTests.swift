import Testing

@testable import TornadoNodeRecords

@Suite("Clustered objects: what needs no machine")
struct ObjectLogicTests {
  @Test(
    "a part of the global table gives away each of its entries once, but for the well-known ones",
    arguments: [1024, 2048, 4096] as [UInt])
  func part(entries: UInt) {
    var seen = Set<UInt>()
    var used: UInt = 0
    while let index = TablePart.index(used, of: entries) {
      #expect(index >= TablePart.wellKnown && index < entries)
      #expect(seen.insert(index).inserted)
      used += 1
    }
    #expect(seen.count == Int(entries - TablePart.wellKnown))
    #expect(TablePart.index(used + 1, of: entries) == nil)
  }

  @Test("a token visits each processor of its set once, in order and round", arguments: [0, 1, 5, 62, 63] as [UInt])
  func path(start: UInt) {
    for set in [1, 0x8000_0000_0000_0000, 0xFFFF, 0x8000_0000_0000_0001, 0x1248_1248_0000_1111, UInt.max] as [UInt] {
      var remaining = set
      var order: [UInt] = []
      var at = start
      while let next = TokenPath.next(remaining, after: at) {
        remaining &= ~(1 << next)
        order.append(next)
        at = next
      }
      let inSet = (0..<64 as Range<UInt>).filter { set >> $0 & 1 != 0 }
      #expect(order == inSet.filter { $0 > start } + inSet.filter { $0 <= start })
    }
  }

  @Test("the word of operations counts two generations, and waits for the older one alone")
  func generations() {
    let one: UInt = 1
    let other: UInt = 1 << OperationWord.countBits
    var word = OperationWord(raw: 0)
    #expect(word.isIdle && word.isDrained && word.current == 0 && !word.wantsAttention)
    word.raw += one + one
    #expect(word.count(0) == 2 && word.count(1) == 0 && word.isDrained && !word.isIdle)
    // The generations change: what was active is to run out, what begins now does not matter.
    word.raw ^= OperationWord.generation
    word.raw |= OperationWord.attention
    #expect(word.current == 1 && !word.isDrained && word.wantsAttention)
    word.raw += 5 * other
    word.raw -= one
    #expect(!word.isDrained)
    word.raw -= one
    #expect(word.isDrained && word.count(1) == 5 && !word.isIdle)
    word.raw ^= OperationWord.generation
    #expect(word.current == 0 && !word.isDrained && word.count(1) == 5)
    word.raw -= 5 * other
    #expect(word.isDrained && word.isIdle)
  }
}
