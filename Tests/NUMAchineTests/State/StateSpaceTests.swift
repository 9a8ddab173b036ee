import Testing

@testable import NUMAchine

/// What digests and checkpoints are of.
@Suite struct StateSpaceTests {
  private enum Last: UInt8, StateChoice, CaseIterable { case none, some }

  private struct Padded: BitwiseCopyable {
    struct Inner: BitwiseCopyable {
      var word: UInt32 = 0
      var byte: UInt8 = 0
    }
    var small: UInt8 = 0
    var inner = Inner()
    /// Follows the inner value's last field, not its stride.
    var next: UInt8 = 0
    var large: UInt64 = 0
    var last = Last.none
  }

  private func bytes(_ state: StateSpace, _ kinds: Set<StateKind> = [.architectural]) -> [UInt8] {
    var bytes: [UInt8] = []
    state.write(kinds) { bytes.append(contentsOf: $0) }
    return bytes
  }

  @Test func bytesThatAreNobodysAreFoundAndDoNotCount() {
    #expect(MemoryLayout<Padded>.offset(of: \.next) == 9)
    #expect(StateLayout(of: Padded.self).padding == [1..<4, 10..<16, 25..<32])
    #expect(StateLayout(of: Packet.self).padding.isEmpty)
    let state = StateSpace()
    let buffer = state.buffer("padded", count: 3, of: Padded.self)
    let before = bytes(state)
    let raw = UnsafeMutableRawPointer(buffer.base)
    for place in [1, 15, 31, 32 + 2] { raw.storeBytes(of: 0xFF, toByteOffset: place, as: UInt8.self) }
    #expect(bytes(state) == before)
    buffer[2].next = 1
    #expect(bytes(state) != before)
  }

  @Test func valuesThatNoCaseHasAreNotReadBack() throws {
    let layout = StateLayout(of: Padded.self)
    #expect(layout.choices.map(\.place) == [24] && layout.choices.map(\.count) == [2])
    #expect(StateLayout(of: Packet.self).choices.map(\.count) == [MessageKind.allCases.count, 2])
    let state = StateSpace()
    let buffer = state.buffer("padded", count: 3, of: Padded.self)
    let raw = UnsafeMutableRawPointer(buffer.base)
    raw.storeBytes(of: 1, toByteOffset: 64 + 24, as: UInt8.self)
    try bytes(state).withUnsafeBytes { try state.restore($0) }
    raw.storeBytes(of: 2, toByteOffset: 64 + 24, as: UInt8.self)
    #expect(throws: StateImage.Problem.self) { try bytes(state).withUnsafeBytes { try state.restore($0) } }
  }

  @Test func kindsSayWhatDigestsAndCheckpointsHold() throws {
    func make() -> (StateSpace, [FlatBuffer<UInt64>]) {
      let state = StateSpace()
      return (
        state,
        [
          state.buffer("a", count: 1000), state.buffer("t", count: 1000, .transient), state.derived(count: 1000),
        ]
      )
    }
    let (state, buffers) = make()
    let none = bytes(state)
    buffers[1][500] = 7
    buffers[2][500] = 8
    #expect(bytes(state) == none)
    buffers[0][500] = 6
    #expect(bytes(state) != none)
    let (copy, copies) = make()
    try bytes(state, [.architectural, .transient]).withUnsafeBytes { try copy.restore($0) }
    #expect(copies.map { $0[500] } == [6, 7, 0])
    // Kinds have pages of their own.
    let pages = buffers.map { UInt(bitPattern: $0.base) >> 12 }
    #expect(Set(pages).count == 3)
  }

  @Test func pagesThatWereNeverTouchedAndThoseThatWereAreReadBack() throws {
    func make() -> (StateSpace, FlatBuffer<UInt8>) {
      let state = StateSpace()
      return (state, state.buffer("large", count: 64 << 20))
    }
    let (state, large) = make()
    let (copy, other) = make()
    for place in [0, 4095, 4096, 5 << 20, (64 << 20) - 1] { large[place] = UInt8(place & 127) | 1 }
    for place in [1, 7 << 20] { other[place] = 1 }
    let image = bytes(state)
    #expect(image.count < 1000)
    try image.withUnsafeBytes { try copy.restore($0) }
    #expect(bytes(copy) == image)
    #expect(other[1] == 0 && other[7 << 20] == 0 && other[5 << 20] == large[5 << 20])
  }

  /// Bus, events, transactions, reservations, packets under way: none is left out.
  @Test func theDigestIsOfEveryArchitecturalRegionInMidRun() {
    let machine = BusyMachine.machine(rounds: 100)
    #expect(!machine.run(cycles: 4000))
    let station = machine.stations[0]
    func digested() -> [UInt8] {
      var bytes: [UInt8] = []
      station.state { bytes.append(contentsOf: $0) }
      return bytes
    }
    let before = digested()
    let names = station.state.regions([.architectural]).map(\.name)
    for name in ["bus/booked", "events/heap", "reservations", "locked lines", "messages", "network/passages"] {
      #expect(names.contains(name), "\(name)")
    }
    for region in station.state.regions([.architectural]) {
      guard case .fixed(let content) = region.content else { continue }
      content[0] ^= 1
      #expect(digested() != before, "\(region.name)")
      content[0] ^= 1
    }
    #expect(digested() == before)
  }
}
