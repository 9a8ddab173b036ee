/// Packets that have been sent and have not reached all their stations, with their lines' records.
struct PacketsUnderWay {
  private let packets: FlatBuffer<Packet>
  private let lines: FlatBuffer<UInt8>
  /// How many ways a packet is on: more than one where it goes down to several local rings.
  private let uses: FlatBuffer<UInt8>
  private let free: FlatBuffer<UInt16>
  private let freeCount: StateValue<Int>
  private let recordBytes: Int
  private let faults: FaultRecord

  static let capacity = 1024

  init(_ state: StateSpace, lineBytes: Int, faults: FaultRecord) {
    self.faults = faults
    recordBytes = LineRecord(lineBytes: lineBytes).bytes
    packets = state.buffer("packets", count: Self.capacity)
    lines = state.buffer("lines", count: Self.capacity * recordBytes)
    uses = state.buffer("uses", count: Self.capacity)
    free = state.buffer("free slots", count: Self.capacity)
    for slot in 0..<Self.capacity { free[slot] = UInt16(Self.capacity - 1 - slot) }
    freeCount = state.value("free count", Self.capacity)
  }

  /// Keeps a packet; returns its slot, or nil where there is none.
  func take(_ packet: Packet, data: UnsafeRawPointer) -> Int? {
    guard faults.holds(freeCount.value > 0, "more packets are under way than the network can hold") else {
      faults.blame(Int(packet.source))
      return nil
    }
    freeCount.value &-= 1
    let slot = Int(free[freeCount.value])
    packets[slot] = packet
    uses[slot] = 1
    if packet.dataBytes > 0 {
      UnsafeMutableRawPointer(lines.base + slot &* recordBytes).copyMemory(from: data, byteCount: packet.recordBytes)
    }
    return slot
  }

  /// The packet goes one more way.
  func retain(_ slot: Int) { uses[slot] &+= 1 }

  /// One way has ended.
  func release(_ slot: Int) {
    uses[slot] &-= 1
    guard uses[slot] == 0 else { return }
    free[freeCount.value] = UInt16(slot)
    freeCount.value &+= 1
  }

  /// The packets, with their lines' records.
  func forEach(_ body: (Packet, UnsafeMutableRawPointer) -> Void) {
    for slot in 0..<Self.capacity where uses[slot] > 0 {
      body(packets[slot], UnsafeMutableRawPointer(lines.base + slot &* recordBytes))
    }
  }

  /// Whether there is one about this line.
  func carries(_ line: UInt64) -> Bool {
    for slot in 0..<Self.capacity where uses[slot] > 0 && packets[slot].address == line { return true }
    return false
  }

  func packet(_ slot: Int) -> UnsafePointer<Packet> { UnsafePointer(packets.base + slot) }
  func line(_ slot: Int) -> UnsafeRawPointer { UnsafeRawPointer(lines.base + slot &* recordBytes) }
}

extension PacketsUnderWay {
  /// Whether what was restored are packets of the right form, each on as many ways as `ways` says.
  func isSound(ways: [Int], _ check: PacketCheck) -> Bool {
    let freeCount = freeCount.value
    guard 0...Self.capacity ~= freeCount else { return false }
    var isFree = [Bool](repeating: false, count: Self.capacity)
    for place in 0..<freeCount {
      let slot = Int(free[place])
      guard slot < Self.capacity, !isFree[slot] else { return false }
      isFree[slot] = true
    }
    return (0..<Self.capacity).allSatisfy {
      Int(uses[$0]) == ways[$0] && isFree[$0] == (ways[$0] == 0)
        && (isFree[$0] || check.problem(packets[$0]) == nil && packets[$0].ready < PacketCheck.lastTick)
    }
  }
}
