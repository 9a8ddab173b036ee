import Testing

/// What finds others' faults has to find them: classic outcomes, allowed and not.
@Suite struct SequentialMemoryTests {
  private func read(_ address: UInt64, _ found: UInt64) -> MemoryOperation {
    MemoryOperation(kind: .read, address: address, found: found)
  }
  private func write(_ address: UInt64, _ put: UInt64) -> MemoryOperation {
    MemoryOperation(kind: .write, address: address, put: put)
  }
  private func swap(_ address: UInt64, _ found: UInt64, _ put: UInt64) -> MemoryOperation {
    MemoryOperation(kind: .swap, address: address, found: found, put: put)
  }

  @Test func interleavingsAreAllowed() {
    #expect(SequentialMemory([[write(0, 1), read(8, 2)], [write(8, 2), read(0, 0)]]).violation == nil)
    #expect(SequentialMemory([[write(0, 1), write(8, 2)], [read(8, 2), read(0, 1)]]).violation == nil)
    #expect(SequentialMemory([[swap(0, 0, 1), swap(0, 2, 3)], [swap(0, 1, 2)]]).finalValues == [0: 3])
  }

  @Test func storeBufferingIsFound() {
    #expect(SequentialMemory([[write(0, 1), read(8, 0)], [write(8, 2), read(0, 0)]]).violation != nil)
  }

  @Test func messagePassingIsFound() {
    #expect(SequentialMemory([[write(0, 1), write(8, 2)], [read(8, 2), read(0, 0)]]).violation != nil)
  }

  @Test func readersThatDisagreeAreFound() {
    let readers = [[read(0, 1), read(8, 0)], [read(8, 2), read(0, 0)]]
    #expect(SequentialMemory([[write(0, 1)], [write(8, 2)]] + readers).violation != nil)
  }

  @Test func aReaderThatGoesBackIsFound() {
    #expect(SequentialMemory([[write(0, 1), write(0, 2)], [read(0, 2), read(0, 1)]]).violation != nil)
  }

  @Test func aLostUpdateIsFound() {
    #expect(SequentialMemory([[swap(0, 0, 1)], [swap(0, 0, 2)]]).violation?.contains("lost") == true)
    #expect(SequentialMemory([[swap(0, 0, 1)], [swap(0, 7, 2)]]).violation != nil)
  }

  @Test func aValueFromNowhereIsFound() {
    #expect(SequentialMemory([[read(0, 9)]]).violation?.contains("nobody") == true)
  }
}
